"""The state of everything: the login, the service, its schedules, each playlist, what is known of
tracks, and what Spotify asked to leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from segued.config.schema import Settings, Timed, timetable
from segued.inventory.reading import (
    EncoderStatus,
    encoder_status,
)
from segued.run import Run
from segued.status.coverage import Coverage, contexts_since, read_coverage
from segued.store.access import CoolDown, LoginStatus, concerns, login_status
from segued.store.files.lock import service_process
from segued.store.library import PARTS_READ
from segued.store.runs import RunRecord, ScheduleState
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class PlaylistStatus:
    """One recipe: what it is bound to, its last run, when it is due next, why it is paused.

    `held`: an undo brought its list back, which stays until the period ends.
    """

    recipe_id: str
    name: str
    playlist_id: str | None
    paused_reason: str | None
    last_run: RunRecord | None
    next_due: datetime | None
    configured_id: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """How much of the account is stored, and the playlists that could not be read, by name, with
    the reason. Albums are read only where a recipe draws on them; `heard_since` is when plays began
    to tell which playlist they were played from."""

    tracks: int
    liked: int
    albums: int
    playlists: int
    plays: int
    unread: dict[str, str]
    albums_read: bool = True
    heard_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How everything stands at one moment. `last_sync` is the latest run that read the account,
    a refresh too; `cooling` are endpoints and services to be left alone for now; `requests_today`
    counts those to Spotify, `requests_by_endpoint` all of today (UTC)."""

    now: datetime
    login: LoginStatus
    playlists: tuple[PlaylistStatus, ...]
    stored: Stored
    last_sync: RunRecord | None
    cooling: tuple[CoolDown, ...]
    requests_today: int
    requests_by_endpoint: Mapping[str, int]
    coverage: Coverage
    service: ServiceStatus
    encoder: EncoderStatus | None = None


def read_status(run: Run) -> StatusReport:
    """Read how everything stands from the state. Makes no request."""
    settings, state, now = run.settings, run.state, run.now
    budgets = state.budget.all().values()
    return StatusReport(
        now=now,
        login=login_status(state.auth, now),
        playlists=_playlists(run),
        stored=_stored(state),
        last_sync=latest_sync(state),
        cooling=left_alone(settings, state, now),
        requests_today=sum(
            budget.count(now.date()) for budget in budgets if " /" in budget.endpoint
        ),
        requests_by_endpoint={
            budget.endpoint: budget.count(now.date())
            for budget in budgets
            if budget.count(now.date())
        },
        coverage=read_coverage(settings, state),
        service=read_schedules(settings, state, now),
        encoder=encoder_status(settings, state) if settings.lyrics.enabled else None,
    )


def left_alone(settings: Settings, state: State, now: datetime) -> tuple[CoolDown, ...]:
    """The endpoints and services that are to be left alone for now, of those still asked."""
    return tuple(each for each in state.budget.cool_downs(now) if concerns(each.endpoint, settings))


def latest_sync(state: State) -> RunRecord | None:
    """The latest run that read the account."""
    runs = state.runs.recent(1000)
    syncs = (run for run in runs if run.kind in ("sync", "refresh"))
    return next((run for run in syncs if run.status not in ("failed", "running")), None)


def _playlists(run: Run) -> tuple[PlaylistStatus, ...]:
    state, found = run.state, []
    for known in run.recipes:
        recipe = known.recipe
        binding = state.playlists.binding(recipe.id)
        schedule = run.settings.schedules.get(known.configured_id)
        found.append(
            PlaylistStatus(
                recipe_id=recipe.id,
                name=recipe.name,
                playlist_id=binding.playlist_id if binding else None,
                paused_reason=binding.paused_reason if binding else None,
                last_run=next(iter(state.runs.recent(1, recipe.id)), None),
                next_due=schedule.next(run.now) if schedule else None,
                configured_id=known.configured_id,
                held=binding is not None and binding.undone == known.period,
            )
        )
    return tuple(found)


def _stored(state: State) -> Stored:
    names = {summary.id: summary.name for summary in state.playlists.summaries()}
    plays = state.plays.all()
    return Stored(
        tracks=len(state.library.tracks()),
        liked=len(state.library.liked()),
        albums=len(state.library.albums()),
        playlists=len(state.playlists.summaries()),
        plays=len(plays),
        unread={names.get(key, key): why for key, why in state.playlists.unread().items()},
        albums_read="albums" in (state.library.cursor(PARTS_READ) or {}),
        heard_since=contexts_since(plays),
    )


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
    """Read the state of the schedules. Makes no request and changes nothing."""
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
