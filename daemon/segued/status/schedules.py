"""How the service and its schedules stand, as far as the state tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from segued.config.schedule.timetable import Timed, timetable
from segued.config.schema import Settings
from segued.store.files.lock import service_process
from segued.store.schedules import ScheduleState
from segued.store.state import State

_LATE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """One schedule: its state, and how long it has been without a run that went well.

    `late` is the time since the first due time that such a run is missing for, where that is
    more than half an hour.
    """

    timed: Timed
    state: ScheduleState
    next_due: datetime
    late: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """Whether a service looks after this state (its process id), and its schedules by key."""

    process_id: int | None
    schedules: Mapping[str, ScheduleStatus]


def read_schedules(settings: Settings, state: State, now: datetime) -> ServiceStatus:
    """Read how the schedules stand; asks nobody and changes nothing."""
    states = state.schedules.all()
    found = {
        key: _status_of(timed, states.get(key, ScheduleState(key)), now)
        for key, timed in timetable(settings).items()
    }
    return ServiceStatus(service_process(state.folder), found)


def _status_of(timed: Timed, state: ScheduleState, now: datetime) -> ScheduleStatus:
    late = None
    if state.last_success is not None:
        first: datetime | None = timed.schedule.next(state.last_success)
    else:
        first = state.owed or state.next_due
    if first is not None and state.paused_at is None and now - first > _LATE:
        late = now - first
    return ScheduleStatus(timed, state, timed.schedule.next(now), late)
