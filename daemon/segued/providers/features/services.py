"""Services of audio features: ReccoBeats, and the old endpoint of Spotify."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from segue.errors import ForbiddenError, MalformedAnswerError, NotFoundError
from segue.music.features import FEATURE_NAMES
from segue.music.track import Track
from segued.providers.features.source import Found, features_of
from segued.web.service import Budget
from segued.web.source import Json, Source

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
