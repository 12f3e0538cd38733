"""`segued`: the service, and `segued --once` for cron and timers."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import click

from segue.errors import PARTLY, SegueError
from segued.config.schema import Kind, playlist_key, timetable
from segued.config.secrets import config_file, printable, state_folder
from segued.schedule.policy import Outcome
from segued.service.children import Children
from segued.service.process import Events
from segued.service.reporter import Configuration, request_for
from segued.store.files.lock import service_lock
from segued.store.state import State
from segued.worker.messages import begin_logging, style_for

log = logging.getLogger(__name__)

_LOOK_SECONDS = 60.0


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"segued {version('segue')}")
        ctx.exit()


@click.command(
    "segued",
    help="Keep playlists up to date by their schedules, until stopped. SIGHUP reads the "
    "configuration again; `segue status` shows how everything stands.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration file.",
)
@click.option("--once", is_flag=True, help="Do everything once and exit, for cron and timers.")
@click.option("--verbose", "-v", is_flag=True, help="Debug output.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def command(config: Path | None, once: bool, verbose: bool) -> int:
    """Read the configuration and work."""
    environ = os.environ
    level = logging.DEBUG if verbose else logging.INFO
    begin_logging(style_for("auto", environ), level)
    configuration = Configuration((config or config_file(environ)).absolute(), environ)
    begin_logging(style_for(configuration.settings.service.log, environ), level)
    folder = state_folder(environ)
    return _once(configuration, folder) if once else _serve(configuration, folder)


def _serve(configuration: Configuration, folder: Path) -> int:
    from segued.service.service import Service

    with service_lock(folder):
        state = State.open(folder)
        try:
            service = Service(configuration, state, os.environ, clock=lambda: datetime.now(UTC))
            return service.run()
        finally:
            for warning in state.warnings:
                log.warning("%s", warning)
            state.close()


def _once(configuration: Configuration, folder: Path) -> int:

    children, events = Children(os.environ), Events()
    state = State.open(folder)
    try:
        with (
            events.of_signals((signal.SIGTERM, signal.SIGINT)),
            ThreadPoolExecutor(1) as pool,
        ):
            pass_ = pool.submit(once, configuration, state, children, os.environ)
            pass_.add_done_callback(lambda _: events.put(0))
            while not pass_.done():
                if number := events.get(_LOOK_SECONDS):
                    children.stop()
                    return 128 + number  # as shells have it
            return pass_.result()
    finally:
        state.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the service and give its exit code; see `segue.errors` for what the codes mean."""
    try:
        result = command.main(
            args=None if arguments is None else list(arguments),
            prog_name="segued",
            standalone_mode=False,
        )
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        sys.stderr.write(printable(f"segued: {error.format_message()}\nTry: segued --help\n"))
        return 2
    except click.Abort:
        return 130
    except SegueError as error:
        log.error("%s", printable(str(error)))
        return error.exit_code
    except Exception:  # the one boundary: a bug must end with words
        log.exception("unexpected error; this is a bug in Segue")
        return 1


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


if __name__ == "__main__":
    sys.exit(main())
