"""How everything stands, as the page shows it: what only the whole state tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segued.run import Run
from segued.status.coverage import Coverage
from segued.status.report import PlaylistStatus, read_status

Part = dict[str, object]


def overview_answer(run: Run, _: Mapping[str, Any]) -> Part:
    """The playlists with their ages, what is stored and known of tracks, the latest look."""
    report = read_status(run)
    return {
        "playlists": [_playlist(run, one) for one in report.playlists],
        "stored": {
            "tracks": report.stored.tracks,
            "liked": report.stored.liked,
            "albums": report.stored.albums,
            "playlists": report.stored.playlists,
            "plays": report.stored.plays,
        },
        "last_sync": report.last_sync.started_at if report.last_sync else None,
        "coverage": _coverage(report.coverage),
        "cooling": [
            {"endpoint": each.endpoint, "until": each.until, "reason": each.reason}
            for each in report.cooling
        ],
    }


def _playlist(run: Run, status: PlaylistStatus) -> Part:
    """One playlist; `refreshed` is when it last came out as its recipe wants it."""
    state = run.state
    playlist = state.playlists.playlist(status.playlist_id) if status.playlist_id else None
    refreshes = (one for one in state.runs.recent(200, status.recipe_id) if one.kind == "refresh")
    good = next((one for one in refreshes if one.status in ("changed", "unchanged")), None)
    last = status.last_run
    schedule = run.settings.schedules.get(status.configured_id)
    return {
        "id": status.configured_id,
        "name": status.name,
        "made": status.playlist_id is not None,
        "tracks": len(playlist.entries) if playlist else None,
        "length_ms": sum(e.track.duration_ms for e in playlist.entries if e.track)
        if playlist
        else None,
        "refreshed": good.started_at if good else None,
        "schedule": schedule.text if schedule else None,
        "next_due": status.next_due,
        "paused_reason": status.paused_reason,
        "held": status.held,
        "trouble": last.text or last.status
        if last is not None and last.status in ("failed", "refused")
        else None,
    }


def _coverage(coverage: Coverage) -> list[Part]:
    """For each kind of knowledge its parts, each a number of tracks; they sum to all tracks."""
    features = coverage.features
    found = [
        {
            "name": "Audio features",
            "tracks": coverage.tracks,
            "parts": [
                *({"name": name, "tracks": n} for name, n in features.by_source.items()),
                {"name": "nobody has them", "tracks": features.missing, "lacking": True},
                {"name": "not asked yet", "tracks": features.not_asked, "lacking": True},
            ],
        }
    ]
    lyrics = coverage.lyrics
    if lyrics is not None:
        found.append(
            {
                "name": "Lyrics",
                "tracks": coverage.tracks,
                "parts": [
                    *({"name": name, "tracks": n} for name, n in lyrics.by_source.items()),
                    {"name": "instrumental", "tracks": lyrics.instrumental},
                    {"name": "nobody has them", "tracks": lyrics.missing, "lacking": True},
                    {"name": "not asked yet", "tracks": lyrics.not_asked, "lacking": True},
                ],
            }
        )
    return found
