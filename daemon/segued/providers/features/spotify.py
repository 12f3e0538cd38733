"""Spotify's old endpoint of audio features: only old apps with Extended Quota still have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from segue.errors import ForbiddenError, MalformedAnswerError
from segue.music.track import Track
from segued.providers.features.source import Found, features_of
from segued.web.budget import Budget

REFUSED = timedelta(days=30)
BUDGET = "spotify features"
"""The name under which the refusal is remembered."""


class SpotifyFeatures:
    """The source "spotify". `ask` sends the ids through the account's own client."""

    name = "spotify"
    batch_size = 100

    def __init__(
        self, ask: Callable[[Sequence[str]], object], budget: Budget, clock: Callable[[], datetime]
    ) -> None:
        self._ask = ask
        self._budget = budget
        self._clock = clock

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. A null row is a track it has no features for."""
        self._budget.check([BUDGET])
        try:
            answer = self._ask([track.id for track in tracks])
        except ForbiddenError as error:
            self._budget.cool_down(BUDGET, self._clock() + REFUSED, "this app may not use it")
            raise ForbiddenError(
                "Spotify does not give this app audio features (it gives them to no app made "
                "since November 2024); it is not asked again for a month. Take spotify out of "
                "`[features] sources`.",
                status=error.status,
            ) from error
        # spotipy hands on the list inside the answer, the raw endpoint the object around it.
        rows = answer.get("audio_features") if isinstance(answer, dict) else answer
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
