"""How each schedule stands, across restarts, and what people were notified of when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from segued.store.files.format import decode, encode
from segued.store.files.storage import Documents

Waiting = Literal["login", "retry_at", "back_off", "lock", "disabled"]
"""What a schedule waits for: a new login, the time a service named, a while after trouble,
another writer, or a person's `segue resume`."""


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """One schedule. Times are UTC.

    `words` is the schedule as it was written when `next_due` was found. `owed` is the due time
    that a run is owed for, `owed_why` how that came; `not_before` holds it back, for `waiting`
    and its `waiting_text`. `tried` is the due time of the latest run. `failures` counts failures
    in a row; `told` is the class of failure people were notified of. `running_since` is set while
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
class Told:
    """One notice that people were sent: when, and a fingerprint of the words."""

    name: str
    at: datetime
    words: str = ""


class ScheduleStore:
    """`schedules.json`. Every change is on disk at once, on top of what other processes wrote."""

    def __init__(self, path: Path) -> None:
        self._file = Documents(path)
        self._states = self._file.documents("schedules")
        self._told = self._file.documents("told")

    @property
    def warning(self) -> str | None:
        """What had to be repaired when the file was opened."""
        return self._file.file.warning

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

    def told(self) -> Mapping[str, Told]:
        """The notices people were sent, by name."""
        self._file.file.refresh()
        path = self._file.file.path
        raw = self._told.raw()
        return {name: decode(Told, document, path, name) for name, document in raw.items()}

    def tell(self, notice: Told, forget_before: datetime) -> None:
        """Note a notice that was sent; what is older than `forget_before` is forgotten."""
        known = self.told()
        with self._file.unit():
            self._told.put({notice.name: encode(notice)})
            self._told.drop([name for name, notice in known.items() if notice.at < forget_before])

    def close(self) -> None:
        """Let the documents go."""
        self._file.close()

    def _state(self, key: str) -> ScheduleState:
        document = self._states.find(key)
        if document is None:
            return ScheduleState(key)
        return decode(ScheduleState, document, self._file.file.path, key)


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
