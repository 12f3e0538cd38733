"""One full pass for cron and timers: read, look up, make every playlist, and end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal

from segued.config.timetable import playlist_key, timetable
from segued.service.children import Children
from segued.service.configuration import Configuration
from segued.service.requests import LOCK_WAIT_SECONDS
from segued.store.state import State
from segued.worker.logs import style_for
from segued.worker.messages import Outcome, Request

log = logging.getLogger(__name__)

REASON = "segued --once"


def once(
    configuration: Configuration, state: State, children: Children, environ: Mapping[str, str]
) -> int:
    """Do everything once, whatever the clock says; gives the exit code.

    Paused playlists are left out. Features and lyrics are looked up before the refresh, so that
    it knows them.
    """
    settings = configuration.settings
    states = state.schedules.all()
    names = []
    for recipe in settings.playlists:
        known = states.get(playlist_key(recipe.id))
        if known is not None and known.paused_at is not None:
            log.info("%s is paused and left out", recipe.name)
        else:
            names.append(recipe.id)
    codes = []
    if "sync" in timetable(settings) or not names:
        codes.append(_run("sync", (), configuration, children, environ))
    if codes[:1] in ([], [0]) and "enrich" in timetable(settings):
        _run("enrich", (), configuration, children, environ)
    if names:
        codes = [_run("refresh", tuple(names), configuration, children, environ)]
    return codes[0] if codes else 0


def _run(
    kind: Literal["sync", "enrich", "refresh"],
    names: tuple[str, ...],
    configuration: Configuration,
    children: Children,
    environ: Mapping[str, str],
) -> int:
    settings = configuration.settings
    request = Request(
        kind=kind,
        names=names,
        reason=REASON,
        config_text=configuration.text,
        config_source=str(configuration.file),
        wait_seconds=LOCK_WAIT_SECONDS,
        most_seconds=settings.schedules_of.enrich_time if kind == "enrich" else None,
        memory_mib=settings.service.job_memory_mib,
        log=style_for(settings.service.log, environ),
        log_level=logging.getLogger().level,
    )
    outcome: Outcome = children.run(request, settings.service.job_time)
    names_by_id = {recipe.id: recipe.name for recipe in settings.playlists}
    for one in outcome.results:
        level = logging.INFO if one.exit_code == 0 else logging.WARNING
        log.log(level, "%s: %s: %s", names_by_id.get(one.name, one.name), one.status, one.text)
    return outcome.exit_code
