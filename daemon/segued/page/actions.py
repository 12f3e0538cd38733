"""What buttons begin: jobs of the service by hand, one after the other, and how they ended."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from segued.config.schedule.timetable import playlist_key
from segued.page.now import Backend
from segued.worker.messages import JobKind

MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Action:
    """What a button began for something: a recipe's id, or the kind of a job.

    `state` is "waiting", "running", "done" or "failed"; `text` says how it ended.
    """

    kind: str
    about: str
    began: datetime
    state: str = "waiting"
    text: str = ""
    version: str | None = None

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("waiting", "running")


_DONE: Mapping[str, Mapping[str, str]] = {
    "refresh": {"changed": "The playlist was written.", "unchanged": "Nothing had to change."},
    "undo": {"changed": "The earlier version is back.", "unchanged": "Nothing to undo."},
    "sync": {"done": "The account was read.", "partly": "The account was read in part."},
}


class Actions:
    """The latest action of each thing. Used from the page's event loop only."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._turn = asyncio.Lock()
        self._latest: OrderedDict[str, Action] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self.ended = 0
        """How many have ended: another number says that something has changed."""

    def latest(self, about: str) -> Action | None:
        """What was last begun for something."""
        return self._latest.get(about)

    def begin(self, kind: JobKind, about: str, version: str | None = None) -> Action:
        """Begin a job for something; where one is still open, that one is it."""
        known = self._latest.get(about)
        if known is not None and known.open:
            return known
        action = Action(kind, about, self._backend.clock(), version=version)
        self._keep(action)
        task = asyncio.get_running_loop().create_task(self._run(kind, action))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return action

    def pause(self, key: str, *, resume: bool) -> str:
        """Pause a schedule, or let it go on; in words what is so now."""
        backend, about = self._backend, key.removeprefix("refresh:")
        now = backend.clock()
        backend.scheduler.pause((key,), None if resume else now)
        text = "Its schedule goes on." if resume else "Paused: it is left as it is until resumed."
        self._keep(Action("resume" if resume else "pause", about, now, "done", text))
        if resume and key == playlist_key(about):
            self.begin("release", about)  # what an undo holds goes on too
        return text

    async def _run(self, kind: JobKind, action: Action) -> None:
        async with self._turn:
            self._keep(replace(action, state="running"))
            names = () if kind in ("sync", "enrich", "learn") else (action.about,)
            outcome = await asyncio.to_thread(self._backend.run, kind, names, action.version)
        result = outcome.of(action.about) or next(iter(outcome.results), None)
        if result is None:
            ended = replace(action, state="failed", text="It ended without a word.")
        elif result.step == "done":
            said = _DONE.get(kind, {}).get(result.status, f"{kind}: {result.status}.")
            more = f" {_sentence(result.text)}" if result.text else ""
            ended = replace(action, state="done", text=said + more)
        else:
            ended = replace(action, state="failed", text=_sentence(result.text or result.status))
        self._keep(ended)
        self.ended += 1

    def _keep(self, action: Action) -> None:
        self._latest[action.about] = action
        self._latest.move_to_end(action.about)
        while len(self._latest) > MOST_KEPT:
            self._latest.popitem(last=False)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
