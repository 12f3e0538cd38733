"""ReccoBeats: audio features by Spotify id, free and without a key, forty tracks a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segue.errors import MalformedAnswerError, NotFoundError
from segue.music.features import FEATURE_NAMES
from segue.music.track import Track
from segued.providers.features.source import Found, features_of
from segued.web.source import Json, Source

PATH = "/v1/audio-features"


class ReccoBeats:
    """The source "reccobeats"."""

    name = "reccobeats"
    batch_size = 40

    def __init__(self, source: Source) -> None:
        self._source = source

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. A track missing from the answer is one it does not have."""
        try:
            answer = self._source.get_json(PATH, {"ids": ",".join(track.id for track in tracks)})
        except NotFoundError:
            return {}
        rows = answer.get("content") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise MalformedAnswerError(
                f"{self.name} answered {PATH} without a list called content; nothing of it was "
                "kept, and it will be asked again later"
            )
        wanted = {track.id for track in tracks}
        found: dict[str, Found] = {}
        unreadable = 0
        for row in rows:
            track_id = _track_id(row)
            if track_id is None:
                unreadable += 1
            elif track_id in wanted and (values := features_of(row)) is not None:
                found[track_id] = Found(values)
        if 2 * unreadable >= max(1, len(rows)):
            raise MalformedAnswerError(
                f"{self.name} answered {PATH} with rows that are no track's features; nothing "
                "of it was kept, and it will be asked again later"
            )
        return found


def _track_id(row: Json) -> str | None:
    """Which track a row is about; None for a row that is no track's features.

    A row's own id is not Spotify's, and the order of the rows is not that of the question.
    """
    if not isinstance(row, dict) or row.keys().isdisjoint(FEATURE_NAMES):
        return None
    href = row.get("href")
    return href.rstrip("/").rsplit("/", 1)[-1] or None if isinstance(href, str) else None
