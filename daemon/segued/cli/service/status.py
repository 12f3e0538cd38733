"""`segue status`: how everything stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import ConfigError
from segue.names import plural
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import ago, print_json, shell, span, stderr, stdout, table
from segued.cli.setup.auth import login_document, login_text
from segued.cli.stages.enrich import coverage_lines
from segued.config.schedule.zone import local_time

if TYPE_CHECKING:
    from segued.inventory.reading import EncoderStatus
    from segued.status.report import PlaylistStatus, ScheduleStatus, ServiceStatus, StatusReport
    from segued.store.runs import RunRecord


@click.command("status", help="Show the login, the playlists and the service. Makes no request.")
@json_option
@pass_call
def command(call: Call, as_json: bool) -> None:
    """Print the login, each playlist's last and next run, and what is being waited for."""
    from segued.service.install import how_to_start
    from segued.status.report import read_status

    try:
        _ = call.settings
    except ConfigError:
        _print_service(call)
        raise
    with call.look() as run:
        report = read_status(run)
    if as_json:
        print_json(status_document(report))
    else:
        print_status(stdout(), report, how_to_start(call.environ, call.state_folder))


def _print_service(call: Call) -> None:
    """What can be said of the service without a configuration: it goes on with the one it has."""
    from segued.store.files.lock import service_process

    process = service_process(call.state_folder)
    if process is not None:
        words = f"The service is running (process {process}), with the configuration it read last."
        stderr().print(words, markup=False)


def status_document(report: StatusReport) -> dict[str, object]:
    """The report as one JSON document."""
    return {
        "schema": 1,
        "now": report.now,
        "login": login_document(report.login),
        "playlists": [
            {
                "id": playlist.recipe_id,
                "name": playlist.name,
                "playlist_id": playlist.playlist_id,
                "paused_reason": playlist.paused_reason,
                "last_run": run_document(playlist.last_run),
                "next_due": playlist.next_due,
            }
            for playlist in report.playlists
        ],
        "stored": asdict(report.stored),
        "coverage": asdict(report.coverage),
        "encoder": None if report.encoder is None else asdict(report.encoder),
        "last_sync": run_document(report.last_sync),
        "cool_downs": [
            {"endpoint": cooling.endpoint, "until": cooling.until, "reason": cooling.reason}
            for cooling in report.cooling
        ],
        "requests_today": report.requests_today,
        "requests_by_endpoint": report.requests_by_endpoint,
        "service": service_document(report.service),
    }


def run_document(run: RunRecord | None) -> dict[str, object] | None:
    """A run as part of a JSON document."""
    return None if run is None else asdict(run)


def print_status(console: Console, report: StatusReport, start: str) -> None:
    """Print the report for people; `start` says how a service is started where none runs."""
    console.print(login_text(report.login))
    stored = report.stored
    counts = (
        plural(stored.liked, "like"),
        *((plural(stored.albums, "album"),) if stored.albums_read else ()),
        plural(stored.playlists, "playlist"),
        plural(stored.plays, "play"),
    )
    if not stored.liked + stored.playlists + stored.plays:
        console.print("Nothing has been read from the account yet; `segue sync` does.")
    else:
        when = f" as of {ago(report.last_sync.started_at, report.now)}" if report.last_sync else ""
        console.print(f"Stored{when}: {', '.join(counts)}.")
    if stored.heard_since is not None:
        console.print(
            f"What is heard of playlists is known since {local_time(stored.heard_since)} "
            "(`segue heard NAME`)."
        )
    for line in coverage_lines(report.coverage, report.now):
        console.print(line, markup=False)
    if report.encoder is not None:
        console.print(encoder_line(report.encoder), markup=False)
    if report.playlists:
        console.print()
        console.print(_table(report))
    for playlist in report.playlists:
        if playlist.paused_reason:
            console.print(f"{escape(playlist.name)} is paused: {escape(playlist.paused_reason)}")
        if playlist.held:
            console.print(
                f"{playlist.name} stays as an undo left it until its next period begins; "
                f"`segue resume {shell(playlist.name)}` ends that",
                markup=False,
            )
    if stored.unread:
        console.print(f"Not read: {plural(len(stored.unread), 'playlist')}; `segue list` says why.")
    for cooling in report.cooling:
        until = local_time(cooling.until)
        console.print(f"Left alone until {until}: {cooling.endpoint} ({cooling.reason})")
    console.print()
    for line in service_lines(report.service, report.now, start):
        console.print(line, markup=False)
    console.print(f"{plural(report.requests_today, 'request')} to Spotify today.")


def encoder_line(encoder: EncoderStatus) -> str:
    """Which encoder is configured, and whether it works."""
    if encoder.stand_in is not None:
        return (
            f"Encoder: {encoder.name} could not be fetched yet; the packaged {encoder.stand_in}"
            " stands in."
        )
    return f"Encoder: {encoder.name}{'' if encoder.here else ', not loaded yet'}."


def _table(report: StatusReport) -> object:
    drawn = table("Playlist", "Last run", "How it went", "Next")
    for playlist in report.playlists:
        drawn.add_row(*_row(playlist, report))
    return drawn


def _row(playlist: PlaylistStatus, report: StatusReport) -> tuple[str, str, str, str]:
    from segued.config.schema import playlist_key

    last = playlist.last_run
    went = (last.text or last.status) if last else "not run yet"
    schedule = report.service.schedules.get(playlist_key(playlist.configured_id))
    then = "by hand"
    if schedule is not None:
        served = report.service.process_id is not None
        then = next_words(schedule, report.now, served=served)
    return (
        escape(playlist.name),
        ago(last.started_at, report.now) if last else "",
        escape(went),
        "paused" if playlist.paused_reason else then,
    )


_WAITS = {
    "login": "waits for a login (`segue auth login`)",
    "retry_at": "waits for a limit to end",
    "back_off": "waits for trouble to pass, and is tried again",
    "lock": "waits for another command to end",
    "disabled": "waits for you: it is disabled until `segue resume`",
}


def service_document(service: ServiceStatus) -> dict[str, object]:
    """The service and its schedules as part of a JSON document."""
    return {
        "process_id": service.process_id,
        "schedules": [
            {
                "key": key,
                "name": schedule.timed.name,
                "schedule": schedule.timed.schedule.text,
                "next_due": schedule.next_due,
                "owed": schedule.state.owed,
                "waiting": schedule.state.waiting,
                "waiting_until": schedule.state.not_before,
                "waiting_text": schedule.state.waiting_text,
                "paused_at": schedule.state.paused_at,
                "running_since": schedule.state.running_since,
                "failures": schedule.state.failures,
                "last_started": schedule.state.last_started,
                "last_status": schedule.state.last_status,
                "last_text": schedule.state.last_text,
                "late_seconds": None if schedule.late is None else schedule.late.total_seconds(),
            }
            for key, schedule in service.schedules.items()
        ],
    }


def next_words(schedule: ScheduleStatus, now: datetime, *, served: bool) -> str:
    """When a schedule runs next, or why not, in a word or two."""
    state = schedule.state
    if state.paused_at is not None:
        return "paused"
    if served and state.running_since is not None:
        return "now"
    if state.waiting == "disabled":
        return "disabled"
    if state.owed is not None and state.not_before is not None and state.not_before > now:
        return ago(min(state.not_before, schedule.next_due), now)
    return ago(schedule.next_due, now)


def service_lines(service: ServiceStatus, now: datetime, start: str) -> Iterator[str]:
    """The service, what it does now and beside playlists, and everything that waits, in words.

    `start` says how a service is started where none runs.
    """
    served = service.process_id is not None
    yield f"The service is running (process {service.process_id})." if served else start
    for schedule in service.schedules.values():
        since = schedule.state.running_since
        if served and since is not None:
            yield f"Under way: {schedule.timed.name}, since {local_time(since)}."
    for schedule in service.schedules.values():
        if schedule.timed.kind != "refresh" and schedule.state.last_ended is not None:
            last = f"{schedule.state.last_status} {ago(schedule.state.last_ended, now)}"
            then = next_words(schedule, now, served=served)
            yield f"{schedule.timed.name.capitalize()}: {last}, next {then}."
    waits = [line for schedule in service.schedules.values() for line in _trouble(schedule)]
    yield from waits
    if served and not waits:
        yield "Nothing waits but for its time."


def _trouble(schedule: ScheduleStatus) -> Iterator[str]:
    name, state = schedule.timed.name, schedule.state
    if state.paused_at is not None:
        yield f"{name} is paused since {local_time(state.paused_at)}; `segue resume` ends it."
    elif state.waiting is not None:
        until = f", at {local_time(state.not_before)}" if state.not_before is not None else ""
        text = f": {state.waiting_text}" if state.waiting_text else "."
        yield f"{name} {_WAITS[state.waiting]}{until}{text}"
    elif schedule.late is not None:
        yield f"{name} is late: it has been due for {span(schedule.late.total_seconds())}."
