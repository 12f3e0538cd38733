"""The history of runs, and how each schedule stands across restarts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from segued.store.files.format import decode, encode
from segued.store.files.storage import FileStore

KEEP = 1000
"""How many runs are remembered …"""
KEEP_EACH = 20
"""… and how many of each kind and recipe at least, however often others run."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. `status` is "running" until `ended_at` is set; `text` is a line for people.

    `requests` counts requests by endpoint ("GET /me/tracks": 3). `reason` is why the service began
    it ("due", "caught up …"); empty for a run by hand.
    """

    id: str
    kind: str
    started_at: datetime
    status: str
    recipe_id: str | None = None
    ended_at: datetime | None = None
    text: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


class RunStore(FileStore):
    """`runs.json`. Every change is on disk at once, on top of what other processes wrote."""

    def __init__(self, path: Path, keep: int = KEEP, keep_each: int = KEEP_EACH) -> None:
        super().__init__(path)
        self._runs = self._file.documents("runs")
        self._keep = keep
        self._keep_each = keep_each

    def add(self, run: RunRecord) -> None:
        """Remember a run; beyond the limit the oldest is forgotten.

        What runs every half hour leaves room for what runs once a month.
        """
        with self._file.unit():
            self._runs.put({run.id: encode(run)})
            self._runs.drop(self._too_old())

    def add_all(self, runs: Iterable[RunRecord]) -> None:
        """Remember several runs in one write."""
        with self._file.unit():
            self._runs.put({run.id: encode(run) for run in runs})
            self._runs.drop(self._too_old())

    def update(self, run: RunRecord) -> None:
        """Replace a run by its id."""
        self.add(run)

    def close_open(
        self, now: datetime, text: str, *, but_not: Collection[str] = ()
    ) -> tuple[RunRecord, ...]:
        """End the runs that are still "running", except those of these ids, and give them."""
        if not self.left_open(but_not):
            return ()
        with self._file.unit():
            closed = tuple(
                replace(self._decode(run_id), status="failed", ended_at=now, text=text)
                for run_id in self.left_open(but_not)
            )
            self._runs.put({run.id: encode(run) for run in closed})
        return closed

    def left_open(self, but_not: Collection[str] = ()) -> list[str]:
        """The ids of the runs that are still "running"."""
        self._file.file.refresh()
        return [
            run_id
            for run_id, run in self._runs.raw().items()
            if run.get("status") == "running" and run_id not in but_not
        ]

    def run(self, run_id: str) -> RunRecord | None:
        """A run by id, or None."""
        self._file.file.refresh()
        return self._find(self._runs, RunRecord, run_id, "run")

    def recent(self, count: int, recipe_id: str | None = None) -> tuple[RunRecord, ...]:
        """The latest runs, newest first; of one recipe, if given."""
        self._file.file.refresh()
        found: list[RunRecord] = []
        for run_id in reversed(self._runs.raw()):
            if len(found) >= count:
                break
            run = self._decode(run_id)
            if recipe_id is None or run.recipe_id == recipe_id:
                found.append(run)
        return tuple(found)

    def _too_old(self) -> list[str]:
        runs = self._runs.raw()
        over, found = len(runs) - self._keep, list[str]()
        if over <= 0:
            return found
        sorts = {run_id: (run.get("kind"), run.get("recipe_id")) for run_id, run in runs.items()}
        left = Counter(sorts.values())
        for run_id, sort in sorts.items():
            if len(found) < over and left[sort] > self._keep_each:
                left[sort] -= 1
                found.append(run_id)
        return found

    def _decode(self, run_id: str) -> RunRecord:
        document = self._runs.raw()[run_id]
        return decode(RunRecord, document, self._path, f"run {run_id}")


Waiting = Literal["login", "retry_at", "back_off", "lock", "disabled"]
"""What a schedule waits for: a new login, the time a service named, a while after trouble,
another writer, or a person's `segue resume`."""


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """One schedule. Times are UTC.

    `words` is the schedule as it was written when `next_due` was found. `owed` is the due time
    that a run is owed for, `owed_why` how that came; `not_before` holds it back, for `waiting`
    and its `waiting_text`. `tried` is the due time of the latest run. `failures` counts failures
    in a row; `told` is what people were last notified of. `running_since` is set while
    its run goes on. `last_success` is the due time of the latest run that did what it should.
    """

    key: str
    words: str = ""
    next_due: datetime | None = None
    owed: datetime | None = None
    owed_why: str = ""
    not_before: datetime | None = None
    waiting: Waiting | None = None
    waiting_text: str = ""
    tried: datetime | None = None
    login: str | None = None
    failures: int = 0
    told: str | None = None
    paused_at: datetime | None = None
    running_since: datetime | None = None
    last_started: datetime | None = None
    last_ended: datetime | None = None
    last_status: str = ""
    last_text: str = ""
    last_success: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentNotice:
    """One notice that people were sent: when, and a fingerprint of the words."""

    name: str
    at: datetime
    words: str = ""


class ScheduleStore(FileStore):
    """`schedules.json`. Every change is on disk at once, on top of what other processes wrote."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._states = self._file.documents("schedules")
        self._sent = self._file.documents("told")

    def read_anew(self) -> int:
        """Take in what other processes wrote; another number than before means there was some."""
        self._file.file.refresh()
        return self._file.file.loads

    def all(self) -> Mapping[str, ScheduleState]:
        """Every schedule that is known, by key."""
        self._file.file.refresh()
        return {key: self._state(key) for key in self._states.raw()}

    def get(self, key: str) -> ScheduleState:
        """How a schedule stands; an empty state where nothing is known."""
        self._file.file.refresh()
        return self._state(key)

    def change(self, keys: Collection[str], by: Callable[[ScheduleState], ScheduleState]) -> None:
        """Change schedules as they stand at this moment, whoever wrote them last."""
        with self._file.unit():
            self._states.put({key: encode(by(self._state(key))) for key in keys})

    def drop(self, keys: Collection[str]) -> None:
        """Forget schedules."""
        with self._file.unit():
            self._states.drop(list(keys))

    def pause(self, keys: Collection[str], at: datetime | None) -> None:
        """Pause schedules from a moment on, or with None let them go on, disabled ones too.

        A paused schedule owes nothing for the time of its pause.
        """
        self.change(keys, lambda state: _resumed(state) if at is None else _paused(state, at))

    def sent_notices(self) -> Mapping[str, SentNotice]:
        """The notices people were sent, by name."""
        self._file.file.refresh()
        return dict(self._values(self._sent, SentNotice))

    def note_sent(self, notice: SentNotice, forget_before: datetime) -> None:
        """Note a notice that was sent; what is older than `forget_before` is forgotten."""
        known = self.sent_notices()
        with self._file.unit():
            self._sent.put({notice.name: encode(notice)})
            self._sent.drop([name for name, notice in known.items() if notice.at < forget_before])

    def _state(self, key: str) -> ScheduleState:
        return self._find(self._states, ScheduleState, key) or ScheduleState(key)


def _paused(state: ScheduleState, at: datetime) -> ScheduleState:
    if state.paused_at is not None:
        return state
    return replace(state, paused_at=at, owed=None, owed_why="")


def _resumed(state: ScheduleState) -> ScheduleState:
    went_on = state.paused_at is not None
    return replace(
        state,
        paused_at=None,
        next_due=None if went_on else state.next_due,
        not_before=None,
        waiting=None,
        waiting_text="",
        failures=0,
    )
