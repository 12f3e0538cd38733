"""What the service knows by itself: what runs, what waits and why, the login, today's requests."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from segued.config.schema import Settings, Timed, playlist_key
from segued.schedule.policy import Outcome
from segued.schedule.scheduler import Scheduler
from segued.store.access import LIFE_MONTHS, login_status
from segued.store.runs import ScheduleState
from segued.store.state import State
from segued.worker.messages import JobKind, Progress


@dataclass(frozen=True, slots=True)
class Job:
    """A job that runs: what it is called, and how far it is where that is known."""

    name: str
    progress: Progress | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Backend:
    """What the page sees of the service, and has it do.

    `state` is the service's own, of which only runs, schedules, budget and auth are to be used.
    `run` does a job by hand, in a process of its own, and returns when it has ended; it may be
    called from any thread. `config` is the configuration in force, as text, and its file.
    """

    folder: Path
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    scheduler: Scheduler
    state: State
    settings: Callable[[], Settings]
    config: Callable[[], tuple[str, Path]]
    jobs: Callable[[], Sequence[Job]]
    run: Callable[[JobKind, tuple[str, ...], str | None], Outcome]
    reload: Callable[[], None]
    health: Callable[[], dict[str, object]]
    metrics: Callable[[], tuple[bytes, str]]


_WAITS = {
    "login": "a login; type `segue auth login`",
    "retry_at": "a limit of Spotify's to end",
    "back_off": "trouble to pass",
    "lock": "another command to end",
    "disabled": "somebody to resume it",
}


def standing(backend: Backend) -> dict[str, object]:
    """How everything stands at this moment, from what the service has in memory."""
    now, state = backend.clock(), backend.state
    table, states = backend.scheduler.timetable, backend.scheduler.states()
    login = login_status(state.auth, now)
    return {
        "now": now,
        "jobs": backend.jobs(),
        "next": _next(table, states),
        "waiting": [
            _waiting(table[key], state)
            for key, state in states.items()
            if state.waiting is not None
        ],
        "paused": [table[key].name for key, state in states.items() if state.paused_at is not None],
        "standing": [
            {"key": key, "name": timed.name, "schedule": timed.schedule.words, "state": states[key]}
            for key, timed in table.items()
            if timed.kind != "refresh"
        ],
        "login": {
            "logged_in": login.logged_in,
            "days_left": login.days_left,
            "ends_at": login.ends_at,
            "days": LIFE_MONTHS * 30,
        },
        "requests": _requests(state, now),
    }


def _next(
    table: Mapping[str, Timed], states: Mapping[str, ScheduleState]
) -> dict[str, object] | None:
    coming = [
        (state.next_due, table[key].name)
        for key, state in states.items()
        if state.next_due is not None and state.paused_at is None
    ]
    if not coming:
        return None
    due, name = min(coming)
    return {"name": name, "due": due}


def _waiting(timed: Timed, state: ScheduleState) -> dict[str, object]:
    return {
        "name": timed.name,
        "for": _WAITS[state.waiting or "back_off"],
        "text": state.waiting_text or state.last_text,
        "until": state.not_before,
    }


def _requests(state: State, now: datetime) -> dict[str, object]:
    """Today's requests (UTC) by endpoint, most first, and the most of any."""
    counts = {name: budget.count(now.date()) for name, budget in state.budget.all().items()}
    rows = sorted(((n, name) for name, n in counts.items() if n), key=lambda row: (-row[0], row[1]))
    cooling = {each.endpoint: each.until for each in state.budget.cool_downs(now)}
    return {
        "total": sum(n for n, _ in rows),
        "most": max((n for n, _ in rows), default=1),
        "rows": [{"endpoint": name, "count": n, "cooling": cooling.get(name)} for n, name in rows],
    }


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
    "release": {"done": "Its schedule goes on."},
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
