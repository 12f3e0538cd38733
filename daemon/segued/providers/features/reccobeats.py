"""ReccoBeats: audio features by Spotify id, free and without a key, forty tracks a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segue.errors import MalformedAnswerError, NotFoundError
from segue.music.features import FEATURE_NAMES
from segue.music.track import Track
from segued.providers.features.source import Found, features_of
from segued.web.source import Source

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
        for row in rows:
            # Its own id is not Spotify's, and the order of the rows is not that of the question.
            href = row.get("href") if isinstance(row, dict) else None
            track_id = href.rstrip("/").rsplit("/", 1)[-1] if isinstance(href, str) else ""
            if not isinstance(row, dict) or not track_id or row.keys().isdisjoint(FEATURE_NAMES):
                raise MalformedAnswerError(
                    f"{self.name} answered {PATH} with a row that is no track's features; nothing "
                    "of it was kept, and it will be asked again later"
                )
            values = features_of(row)
            if track_id in wanted and values is not None:
                found[track_id] = Found(values)
        return found
