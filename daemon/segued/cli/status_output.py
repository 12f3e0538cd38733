"""How everything stands, as JSON and in words."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.markup import escape

from segued.cli.auth_output import login_document, login_text
from segued.cli.coverage_output import coverage_lines
from segued.cli.output import ago, local_time, plural
from segued.cli.reasons import by_reason
from segued.cli.standing_output import next_words, standing_document, standing_lines
from segued.cli.tables import table
from segued.config.timetable import playlist_key
from segued.jobs.status import PlaylistStatus, Report
from segued.store.runs import RunRecord


def status_document(report: Report) -> dict[str, object]:
    """The report as one JSON document."""
    return {
        "schema": 1,
        "now": report.now,
        "login": login_document(report.login),
        "playlists": [
            {
                "id": one.recipe_id,
                "name": one.name,
                "playlist_id": one.playlist_id,
                "paused_reason": one.paused_reason,
                "last_run": run_document(one.last_run),
                "next_due": one.next_due,
            }
            for one in report.playlists
        ],
        "stored": asdict(report.stored),
        "coverage": asdict(report.coverage),
        "last_sync": run_document(report.last_sync),
        "cool_downs": [
            {"endpoint": one.endpoint, "until": one.cool_down_until, "reason": one.reason}
            for one in report.cooling
        ],
        "requests_today": report.requests_today,
        "requests_by_endpoint": report.requests_by_endpoint,
        "service": standing_document(report.service),
    }


def run_document(run: RunRecord | None) -> dict[str, object] | None:
    """A run as part of a JSON document."""
    return None if run is None else asdict(run)


def print_status(console: Console, report: Report, start: str) -> None:
    """Print the report for people; `start` says how a service is started where none runs."""
    console.print(login_text(report.login))
    stored = report.stored
    counts = (
        plural(stored.liked, "like"),
        plural(stored.albums, "album"),
        plural(stored.playlists, "playlist"),
        plural(stored.plays, "play"),
    )
    if not stored.liked + stored.playlists + stored.plays:
        console.print("Nothing has been read from the account yet; `segue sync` does.")
    else:
        when = f" as of {ago(report.last_sync.started_at, report.now)}" if report.last_sync else ""
        console.print(f"Stored{when}: {', '.join(counts)}.")
    for line in coverage_lines(report.coverage, report.now):
        console.print(line, markup=False)
    if report.playlists:
        console.print()
        console.print(_table(report))
    for one in report.playlists:
        if one.paused_reason:
            console.print(f"{escape(one.name)} is paused: {escape(one.paused_reason)}")
    for line in by_reason(stored.unread):
        console.print(f"Not read: {line}", markup=False)
    for cooling in report.cooling:
        assert cooling.cool_down_until is not None
        until = local_time(cooling.cool_down_until)
        console.print(f"Left alone until {until}: {cooling.endpoint} ({cooling.reason})")
    console.print()
    for line in standing_lines(report.service, report.now, start):
        console.print(line, markup=False)
    console.print(f"{plural(report.requests_today, 'request')} to Spotify today.")


def _table(report: Report) -> object:
    drawn = table("Playlist", "Last run", "How it went", "Next")
    for one in report.playlists:
        drawn.add_row(*_row(one, report))
    return drawn


def _row(one: PlaylistStatus, report: Report) -> tuple[str, str, str, str]:
    last = one.last_run
    went = (last.text or last.status) if last else "not run yet"
    schedule = report.service.schedules.get(playlist_key(one.configured_id))
    then = "by hand"
    if schedule is not None:
        served = report.service.process_id is not None
        then = next_words(schedule, report.now, served=served)
    return (
        escape(one.name),
        ago(last.started_at, report.now) if last else "",
        escape(went),
        "paused" if one.paused_reason else then,
    )
