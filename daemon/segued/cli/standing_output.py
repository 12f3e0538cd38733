"""How the service stands, as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from segued.cli.output import ago, local_time, span
from segued.jobs.standing import ServiceStanding, Standing

_WAITS = {
    "login": "waits for a login",
    "retry_at": "goes on when a limit ends",
    "back_off": "is tried again",
    "lock": "waits for another command",
    "disabled": "is disabled until `segue resume`",
}


def standing_document(standing: ServiceStanding) -> dict[str, object]:
    """The service and its schedules as part of a JSON document."""
    return {
        "process_id": standing.process_id,
        "schedules": [
            {
                "key": key,
                "name": one.timed.name,
                "schedule": one.timed.schedule.text,
                "next_due": one.next_due,
                "owed": one.state.owed,
                "waiting": one.state.waiting,
                "waiting_until": one.state.not_before,
                "waiting_text": one.state.waiting_text,
                "paused_at": one.state.paused_at,
                "running_since": one.state.running_since,
                "failures": one.state.failures,
                "last_started": one.state.last_started,
                "last_status": one.state.last_status,
                "last_text": one.state.last_text,
                "late_seconds": None if one.late is None else one.late.total_seconds(),
            }
            for key, one in standing.schedules.items()
        ],
    }


def standing_lines(standing: ServiceStanding, now: datetime) -> Iterator[str]:
    """The service, what it does beside playlists, and everything that waits, in words."""
    if standing.process_id is None:
        yield "No service is running; `segue service install` sets one up."
    else:
        yield f"The service is running (process {standing.process_id})."
    for one in standing.schedules.values():
        if one.timed.kind != "refresh" and one.state.last_started is not None:
            last = f"{one.state.last_status} {ago(one.state.last_started, now)}"
            yield f"{one.timed.name.capitalize()}: {last}, next {ago(one.next_due, now)}."
    for one in standing.schedules.values():
        yield from _trouble(one)


def _trouble(one: Standing) -> Iterator[str]:
    name, state = one.timed.name, one.state
    if state.paused_at is not None:
        yield f"{name} is paused since {local_time(state.paused_at)}; `segue resume` ends it."
    elif state.waiting is not None:
        until = f" at {local_time(state.not_before)}" if state.not_before is not None else ""
        text = f": {state.waiting_text}" if state.waiting_text else "."
        yield f"{name} {_WAITS[state.waiting]}{until}{text}"
    elif one.late is not None:
        yield f"{name} is late: its last good run was due {span(one.late.total_seconds())} before."
