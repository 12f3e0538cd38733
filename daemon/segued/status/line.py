"""How the service stands, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from segued.config.schedule.timetable import Timed
from segued.store.schedules import ScheduleState


def status_line(
    timetable: Mapping[str, Timed],
    states: Mapping[str, ScheduleState],
    running: str | None,
    now: datetime,
) -> str:
    """`running` (a job and its stage), what comes next, what is paused and what is waited for."""
    playlists = sum(1 for timed in timetable.values() if timed.kind == "refresh")
    parts = ["1 playlist" if playlists == 1 else f"{playlists} playlists"]
    if running is not None:
        parts.append(f"running: {running}")
    paused = [key for key, state in states.items() if state.paused_at is not None]
    coming = [
        (state.next_due, timetable[key].name)
        for key, state in states.items()
        if state.next_due is not None and key not in paused
    ]
    if coming:
        due, name = min(coming)
        minutes = max(0, round((due - now).total_seconds() / 60))
        when = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
        parts.append(f"next: {name} in {when}")
    if paused:
        parts.append(f"{len(paused)} paused")
    waiting = sorted({state.waiting for state in states.values() if state.waiting is not None})
    if waiting:
        words = {
            "login": "a login (`segue auth login`)",
            "retry_at": "a limit of Spotify's to end",
            "back_off": "trouble to pass",
            "lock": "another command to end",
            "disabled": "`segue resume` of what was refused",
        }
        parts.append("waiting for " + " and ".join(words[one] for one in waiting))
    return "; ".join(parts)
