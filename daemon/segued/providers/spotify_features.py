"""Spotify's old endpoint of audio features: only old apps with Extended Quota still have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from segue.errors import MalformedAnswerError
from segue.music.track import Track
from segued.providers.features import Found, features_of
from segued.providers.http import Json


class SpotifyFeatures:
    """The source "spotify". `ask` sends the ids through the account's own client."""

    name = "spotify"
    batch_size = 100

    def __init__(self, ask: Callable[[Sequence[str]], Json]) -> None:
        self._ask = ask

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. A null row is a track it has no features for."""
        answer = self._ask([track.id for track in tracks])
        rows = answer.get("audio_features") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise MalformedAnswerError(
                "spotify answered GET /audio-features without a list called audio_features; "
                "nothing of it was kept, and it will be asked again later"
            )
        wanted = {track.id for track in tracks}
        return {
            row["id"]: Found(values)
            for row in rows
            if isinstance(row, dict)
            and isinstance(row.get("id"), str)
            and row["id"] in wanted
            and (values := features_of(row)) is not None
        }
