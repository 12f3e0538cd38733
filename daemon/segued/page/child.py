"""The process that answers the page's questions about the state: one JSON object a line.

It reads and never writes, neither the state nor the account; it ends when its input does.
"""

from __future__ import annotations

import logging
import math
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from segue.errors import SegueError
from segue.music.features import UNKNOWN
from segue.music.keys import camelot
from segue.names import track_id_in
from segue.playlists.library import Playlist
from segued.config.load import check
from segued.config.secrets import printable, state_folder
from segued.page.library import (
    check_answer,
    editor_answer,
    map_answer,
    names_answer,
    recipes_answer,
    track_answer,
)
from segued.page.playlist import plan_answer, playlist_answer, shape_of, versions_answer
from segued.run import Run
from segued.status.coverage import Coverage
from segued.status.report import PlaylistStatus, read_status
from segued.store.state import State
from segued.worker.child import limit
from segued.worker.messages import begin_logging

log = logging.getLogger(__name__)

Values = Mapping[str, Any]
Answer = Mapping[str, object]


def overview_answer(run: Run, _: Mapping[str, Any]) -> dict[str, object]:
    """The playlists with their ages, what is stored and known of tracks, the latest look."""
    report = read_status(run)
    return {
        "playlists": [_playlist(run, playlist) for playlist in report.playlists],
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


def _playlist(run: Run, status: PlaylistStatus) -> dict[str, object]:
    """One playlist; `refreshed` is when it last came out as its recipe wants it."""
    state = run.state
    playlist = state.playlists.playlist(status.playlist_id) if status.playlist_id else None
    refreshes = (
        entry for entry in state.runs.recent(200, status.recipe_id) if entry.kind == "refresh"
    )
    good = next(
        (refresh for refresh in refreshes if refresh.status in ("changed", "unchanged")), None
    )
    last = status.last_run
    schedule = run.settings.schedules.get(status.configured_id)
    return {
        "id": status.configured_id,
        "name": status.name,
        "made": status.playlist_id is not None,
        "tracks": len(playlist.entries) if playlist else None,
        "shape": _shape(run, playlist),
        "length_ms": sum(e.track.duration_ms for e in playlist.entries if e.track)
        if playlist
        else None,
        "refreshed": good.started_at if good else None,
        "schedule": schedule.words if schedule else None,
        "next_due": status.next_due,
        "paused_reason": status.paused_reason,
        "held": status.held,
        "trouble": last.text or last.status
        if last is not None and last.status in ("failed", "refused")
        else None,
    }


def _shape(run: Run, playlist: Playlist | None) -> list[dict[str, object]]:
    """A playlist at a glance, by what is known of its tracks."""
    known = run.state.features.features()
    ids = [track_id_in(entry.uri) or "" for entry in playlist.entries] if playlist else []
    features = [known.get(track_id, UNKNOWN) for track_id in ids]
    energy = [None if math.isnan(each.energy) else each.energy for each in features]
    return shape_of(energy, [camelot(each.key, each.mode) for each in features])


def _coverage(coverage: Coverage) -> list[dict[str, object]]:
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


QUESTIONS: Mapping[str, Callable[[Run, Values], Answer]] = {
    "overview": overview_answer,
    "playlist": playlist_answer,
    "plan": plan_answer,
    "versions": versions_answer,
    "map": map_answer,
    "names": names_answer,
    "track": track_answer,
    "recipes": recipes_answer,
    "editor": editor_answer,
    "check": check_answer,
}
"""Every question: a function of a run, in which nothing is written, and of what is asked about."""

_SAME_MOMENT = timedelta(seconds=60)


class Desk:
    """What was read for a question and serves the next one too, while it is still so."""

    def __init__(self, environ: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        self._environ = environ
        self._clock = clock
        self._state: State | None = None
        self._seen: object = None
        self._run: Run | None = None
        self._text = ""

    def run(self, config_text: str, config_source: str) -> Run:
        """A run on the state as it is now. Raises ConfigError and StoreError."""
        state = self._current()
        known, now = self._run, self._clock()
        if known is None or self._text != config_text or now - known.now > _SAME_MOMENT:
            settings = check(config_text, config_source, self._environ).settings
            limit(settings.service.job_memory_mib)
            known = self._run = Run(settings, state, self._environ, lambda: now)
            self._text = config_text
        return known

    def _current(self) -> State:
        if self._state is not None and self._seen == self._state.signature():
            return self._state
        if self._state is not None:
            self._state.close()
        self._run = None
        self._state = State.open(state_folder(self._environ))
        self._seen = self._state.signature()
        return self._state


def answer(desk: Desk, line: bytes) -> bytes:
    """The answer to one line; what goes wrong is an answer too."""
    try:
        values = orjson.loads(line)
        run = desk.run(values["config_text"], values["config_source"])
        return orjson.dumps(QUESTIONS[values["question"]](run, values), option=_PLAIN)
    except SegueError as error:
        return orjson.dumps({"error": printable(str(error))})
    except Exception as error:  # noqa: BLE001 - the boundary of a question: a bug is an answer
        log.error("%s", printable(traceback.format_exc()))
        text = f"a bug in Segue: {type(error).__name__}: {error}; the log has the details"
        return orjson.dumps({"error": printable(text)})


_PLAIN = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def main() -> int:
    """Answer until the input ends."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    begin_logging("text", logging.WARNING)
    desk = Desk(os.environ, lambda: datetime.now(UTC))
    for line in sys.stdin.buffer:
        left = memoryview(answer(desk, line) + b"\n")
        while left:
            left = left[os.write(out, left) :]
    return 0


if __name__ == "__main__":
    sys.exit(main())
