"""How the service stands, as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from segued.cli.output import ago, local_time, span
from segued.jobs.standing import ServiceStanding, Standing

_WAITS = {
    "login": "waits for a login (`segue auth login`)",
    "retry_at": "waits for a limit to end",
    "back_off": "waits for trouble to pass, and is tried again",
    "lock": "waits for another command to end",
    "disabled": "waits for you: it is disabled until `segue resume`",
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


def next_words(one: Standing, now: datetime, *, served: bool) -> str:
    """When a schedule runs next, or why not, in a word or two."""
    state = one.state
    if state.paused_at is not None:
        return "paused"
    if served and state.running_since is not None:
        return "now"
    if state.waiting == "disabled":
        return "disabled"
    if state.owed is not None and state.not_before is not None and state.not_before > now:
        return ago(min(state.not_before, one.next_due), now)
    return ago(one.next_due, now)


def standing_lines(standing: ServiceStanding, now: datetime, start: str) -> Iterator[str]:
    """The service, what it does now and beside playlists, and everything that waits, in words.

    `start` says how a service is started where none runs.
    """
    served = standing.process_id is not None
    yield f"The service is running (process {standing.process_id})." if served else start
    for one in standing.schedules.values():
        if served and one.state.running_since is not None:
            yield f"Under way: {one.timed.name}, since {local_time(one.state.running_since)}."
    for one in standing.schedules.values():
        if one.timed.kind != "refresh" and one.state.last_ended is not None:
            last = f"{one.state.last_status} {ago(one.state.last_ended, now)}"
            then = next_words(one, now, served=served)
            yield f"{one.timed.name.capitalize()}: {last}, next {then}."
    waits = [line for one in standing.schedules.values() for line in _trouble(one)]
    yield from waits
    if served and not waits:
        yield "Nothing waits but for its time."


def _trouble(one: Standing) -> Iterator[str]:
    name, state = one.timed.name, one.state
    if state.paused_at is not None:
        yield f"{name} is paused since {local_time(state.paused_at)}; `segue resume` ends it."
    elif state.waiting is not None:
        until = f", at {local_time(state.not_before)}" if state.not_before is not None else ""
        text = f": {state.waiting_text}" if state.waiting_text else "."
        yield f"{name} {_WAITS[state.waiting]}{until}{text}"
    elif one.late is not None:
        yield f"{name} is late: it has been due for {span(one.late.total_seconds())}."
