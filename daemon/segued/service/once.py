"""One full pass for cron and timers: read, look up, learn, make every playlist, and end."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from segue.errors import PARTLY
from segued.config.schedule.timetable import Kind, playlist_key, timetable
from segued.schedule.policy import Outcome
from segued.service.children import Children
from segued.service.configuration import Configuration, request_for
from segued.store.state import State

log = logging.getLogger(__name__)

REASON = "segued --once"
_BEFORE: tuple[Kind, ...] = ("sync", "enrich", "learn")
"""What is done before the refresh, so that it knows what was found."""


def once(
    configuration: Configuration, state: State, children: Children, environ: Mapping[str, str]
) -> int:
    """Do everything once, whatever the clock says; gives the exit code.

    The code is that of the refresh; where that went well and something before it did not, 3.
    Paused schedules are left out, and what has an empty one.
    """
    settings = configuration.settings
    table, states = timetable(settings), state.schedules.all()
    paused = {key for key, state in states.items() if state.paused_at is not None}
    known: dict[str, str] = {
        playlist_key(playlist.id): playlist.name for playlist in settings.playlists
    }
    for key, name in (known | {kind: kind for kind in _BEFORE}).items():
        if key in paused:
            log.info("%s is paused and left out", name)
    names = [
        playlist.id for playlist in settings.playlists if playlist_key(playlist.id) not in paused
    ]
    codes: dict[Kind, int] = {}
    for kind in _BEFORE:
        reads = kind == "sync" and not names  # else the refresh reads the account
        if kind not in paused and (kind in table or reads) and not codes.get("sync"):
            codes[kind] = _run(kind, (), configuration, children, environ)
    if names:
        made = _run("refresh", tuple(names), configuration, children, environ)
        return made or (PARTLY if any(codes.values()) else 0)
    return next((code for code in codes.values() if code), 0)


def _run(
    kind: Kind,
    names: tuple[str, ...],
    configuration: Configuration,
    children: Children,
    environ: Mapping[str, str],
) -> int:
    settings = configuration.settings
    request = request_for(kind, names, REASON, configuration, environ)
    outcome: Outcome = children.run(request, settings.service.job_time)
    names_by_id = {recipe.id: recipe.name for recipe in settings.playlists}
    for result in outcome.results:
        level = logging.INFO if result.exit_code == 0 else logging.WARNING
        log.log(
            level,
            "%s: %s: %s",
            names_by_id.get(result.name, result.name),
            result.status,
            result.text,
        )
    # What could only be done in part, such as a look-up that ran out of time, went well enough.
    well = kind != "refresh" and all(result.step == "done" for result in outcome.results)
    return 0 if well else outcome.exit_code
