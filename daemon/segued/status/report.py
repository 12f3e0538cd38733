"""How everything stands: the login, each playlist, what Spotify asked to leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from segued.run import Run
from segued.spotify.login.lifetime import LoginStatus, login_status
from segued.status.coverage import Coverage, read_coverage
from segued.status.schedules import ServiceStatus, read_schedules
from segued.store.runs import RunRecord
from segued.store.state import State
from segued.web.budget import CoolDown, cool_downs


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
    """How much of the account is stored, and the playlists that could not be
    read, by name, with the reason."""

    tracks: int
    liked: int
    albums: int
    playlists: int
    plays: int
    unread: dict[str, str]


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


def read_status(run: Run) -> StatusReport:
    """Read how everything stands from the state. Makes no request."""
    settings, state, now = run.settings, run.state, run.now
    budgets = state.budget.all().values()
    syncs = (
        run
        for run in state.runs.recent(1000)
        if run.kind in ("sync", "refresh") and run.status not in ("failed", "running")
    )
    return StatusReport(
        now=now,
        login=login_status(state.auth, now),
        playlists=_playlists(run),
        stored=_stored(state),
        last_sync=next(syncs, None),
        cooling=cool_downs(state.budget, now),
        requests_today=sum(one.count(now.date()) for one in budgets if " /" in one.endpoint),
        requests_by_endpoint={
            one.endpoint: one.count(now.date()) for one in budgets if one.count(now.date())
        },
        coverage=read_coverage(settings, state),
        service=read_schedules(settings, state, now),
    )


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
    return Stored(
        tracks=len(state.library.tracks()),
        liked=len(state.library.liked()),
        albums=len(state.library.albums()),
        playlists=len(state.playlists.summaries()),
        plays=len(state.plays.all()),
        unread={names.get(key, key): why for key, why in state.playlists.unread().items()},
    )
