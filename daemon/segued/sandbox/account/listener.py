"""The listener: a hidden taste, and the likes, plays and top lists that follow from it.

The taste is a utility per track: a weighted sum of standardised features plus a liking for its
genre and its artist, plus a little that nothing explains. What learners can find is planted here.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from segued.sandbox.account.catalogue import Catalogue

_TASTE_FEATURES = ("energy", "valence", "acousticness", "danceability", "loudness")
_WILLINGNESS = 0.8
"""Log-odds that a track of the middling kind is heard to its end."""
_EXPLORED = 0.35
"""The share of a session's candidates that has nothing to do with taste."""
_SESSION_HOURS = ((7.4, 0.8, 0.25), (13.0, 1.6, 0.2), (18.2, 1.4, 0.3), (21.6, 1.1, 0.25))
"""When sessions begin: mean hour, spread in hours, share of sessions."""
_DAY_OF_OPENING = 1_000_000
"""The number of the day an account is opened on: seeds of days before it are not negative."""


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """One play. `ended_at` is what Spotify notes; `ms_played` what was heard of it."""

    track_id: str
    ended_at: datetime
    ms_played: int
    skipped: bool
    context_uri: str | None = None


class Listener:
    """A person with a taste over a catalogue. Same seed and catalogue, same person."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        rng = np.random.default_rng([seed, 2])
        self.seed = seed
        self.tracks = list(catalogue.tracks.values())
        self.matrix = _standardised(catalogue)
        direction = rng.normal(0, 1, len(_TASTE_FEATURES))
        direction /= max(float(np.linalg.norm(direction)), 1e-9)
        genres = sorted({track.genre for track in self.tracks})
        genre_liking = dict(zip(genres, rng.normal(0, 0.55, len(genres)), strict=True))
        artist_liking = dict(
            zip(catalogue.artists, rng.normal(0, 0.7, len(catalogue.artists)), strict=True)
        )
        self.utility: NDArray[np.float64] = (
            0.9 * (self.matrix @ direction)
            + np.array([genre_liking[track.genre] for track in self.tracks])
            + np.array([artist_liking[track.artist_ids[0]] for track in self.tracks])
            + rng.normal(0, 0.35, len(self.tracks))
        )
        self._middling = float(np.median(self.utility)) if self.tracks else 0.0
        weights = np.exp(1.4 * self.utility)
        self._cumulative = np.cumsum(weights / weights.sum()) if len(weights) else weights

    def likes(self, count: int, now: datetime) -> list[tuple[str, datetime]]:
        """The ids of the tracks saved and when, newest first; at most every track there is."""
        rng = np.random.default_rng([self.seed, 3])
        noisy = 1.3 * self.utility + rng.gumbel(0, 1, len(self.tracks))
        chosen = np.argsort(-noisy, kind="stable")[:count]
        days = rng.beta(0.8, 1.6, len(chosen)) * 1200
        moments = sorted(
            (now.replace(microsecond=0) - timedelta(seconds=round(86400 * span)) for span in days),
            reverse=True,
        )
        order = rng.permutation(len(chosen))
        return [
            (self.tracks[int(chosen[index])].id, moment)
            for index, moment in zip(order, moments, strict=True)
        ]

    def plays_of(self, day: date, opened: date) -> list[PlayRecord]:
        """Everything heard on a day (UTC), oldest first: sessions of like-sounding tracks.

        What is heard depends on how far the day is from the one the account was `opened` on, not
        on the calendar, so that an account of the same seed is the same on every date.
        """
        if not self.tracks:
            return []
        rng = np.random.default_rng([self.seed, 4, _DAY_OF_OPENING + (day - opened).days])
        heard: list[PlayRecord] = []
        free_from = datetime(day.year, day.month, day.day, tzinfo=UTC)
        end = free_from + timedelta(days=1)
        for hour in self._session_hours(rng):
            start = max(datetime(day.year, day.month, day.day, tzinfo=UTC), free_from)
            start = max(start, end - timedelta(days=1) + timedelta(hours=hour))
            for index in self._session(rng):
                track = self.tracks[index]
                liking = float(self.utility[index]) - self._middling
                willing = 1 / (1 + np.exp(-(1.1 * liking + _WILLINGNESS)))
                skipped = bool(rng.random() > willing)
                share = float(rng.uniform(0.04, 0.5)) if skipped else 1.0
                played = int(track.duration_ms * share)
                stop = start + timedelta(milliseconds=played)
                if stop >= end:
                    break
                context = f"spotify:album:{track.album_id}"
                heard.append(PlayRecord(track.id, stop, played, skipped, context))
                start = stop + timedelta(seconds=1)
                free_from = start
        return heard

    def _session_hours(self, rng: np.random.Generator) -> list[float]:
        slots = np.array([share for _, _, share in _SESSION_HOURS])
        picks = rng.choice(len(slots), size=int(rng.poisson(1.4)), p=slots / slots.sum())
        hours = [float(rng.normal(*_SESSION_HOURS[int(pick)][:2])) for pick in picks]
        return sorted(float(np.clip(hour, 0, 23.0)) for hour in hours)

    def _session(self, rng: np.random.Generator) -> list[int]:
        """Indices of the tracks of one session: liked ones, each near to the one before."""
        known = np.searchsorted(self._cumulative, rng.random(60))
        strange = rng.integers(0, len(self.tracks), 60)
        pool = np.unique(np.where(rng.random(60) < _EXPLORED, strange, known))
        pool = pool[pool < len(self.tracks)]
        if len(pool) == 0:
            return []
        length = min(len(pool), int(rng.integers(4, 15)))
        current = int(rng.choice(pool))
        session = [current]
        left = [int(index) for index in pool if index != current]
        for _ in range(length - 1):
            distances = np.linalg.norm(self.matrix[left] - self.matrix[current], axis=1)
            current = left.pop(int(np.argmin(distances + rng.gumbel(0, 0.6, len(left)))))
            session.append(current)
        return session


@lru_cache(maxsize=4)
def listener_of(catalogue: Catalogue, seed: int) -> Listener:
    """The listener of a catalogue: made once, as nothing about them changes."""
    return Listener(catalogue, seed)


def _standardised(catalogue: Catalogue) -> NDArray[np.float64]:
    rows = [
        [getattr(track.features, name) for name in _TASTE_FEATURES]
        for track in catalogue.tracks.values()
    ]
    matrix = np.array(rows, dtype=np.float64).reshape(len(rows), len(_TASTE_FEATURES))
    if len(rows) == 0:
        return matrix
    spread = matrix.std(axis=0)
    return np.asarray((matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


VERSIONS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is, when it was added and by whom."""

    uri: str
    added_at: datetime
    added_by: str

    @property
    def is_local(self) -> bool:
        """Whether the row is a file on the listener's own disk."""
        return self.uri.startswith("spotify:local:")


@dataclass(slots=True)
class Stale:
    """How a playlist is still shown after a write: with these rows, or as this version, for so
    many reads and until a moment; None is no bound."""

    rows: tuple[Row, ...] | None = None
    version: int | None = None
    reads: int | None = None
    until: datetime | None = None


@dataclass(slots=True)
class PlaylistRecord:
    """A playlist with its history. Every change of rows or details is a new version."""

    id: str
    name: str
    owner_id: str
    owner_name: str
    description: str = ""
    public: bool = True
    collaborative: bool = False
    rows: tuple[Row, ...] = ()
    cover: bytes | None = None
    version: int = 1
    versions: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    stale: list[Stale] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._keep()

    @property
    def snapshot_id(self) -> str:
        """The name of the present version: 32 characters of base 64, as Spotify's are."""
        digest = hashlib.sha1(f"{self.id}:{self.version}".encode(), usedforsecurity=False)
        return base64.b64encode(self.version.to_bytes(4, "big") + digest.digest()).decode()

    @property
    def uris(self) -> tuple[str, ...]:
        """The URIs in order."""
        return tuple(row.uri for row in self.rows)

    @property
    def spotify_owned(self) -> bool:
        """Whether Spotify made it: such a playlist cannot be read by apps."""
        return self.owner_id == "spotify"

    def changed(self, rows: Sequence[Row] | None = None) -> str:
        """Enter a new version, with `rows` if they changed, and give its snapshot id."""
        if rows is not None:
            self.rows = tuple(rows)
        self.version += 1
        self._keep()
        return self.snapshot_id

    def seen(self, now: datetime, *, read: bool = True) -> PlaylistRecord:
        """The playlist as a request sees it, which may be how it was; a `read` counts as one."""
        self.stale = [
            each
            for each in self.stale
            if each.reads != 0 and (each.until is None or now < each.until)
        ]
        if not self.stale:
            return self
        shown = copy.copy(self)
        for each in self.stale:
            shown.rows = shown.rows if each.rows is None else each.rows
            shown.version = shown.version if each.version is None else each.version
            if read and each.reads is not None:
                each.reads -= 1
        return shown

    def _keep(self) -> None:
        self.versions[self.snapshot_id] = self.rows
        while len(self.versions) > VERSIONS_KEPT:
            del self.versions[next(iter(self.versions))]


def moved(rows: Sequence[Row], start: int, insert_before: int, length: int) -> tuple[Row, ...]:
    """Rows with `length` of them from `start` moved to stand before the row at `insert_before`.

    Both positions count in the order before the move. Raises ValueError outside the list.
    """
    if start < 0 or length < 1 or start + length > len(rows):
        raise ValueError("range_start or range_length is outside the playlist")
    if not 0 <= insert_before <= len(rows):
        raise ValueError("insert_before is outside the playlist")
    block = list(rows[start : start + length])
    if start <= insert_before <= start + length:
        return tuple(rows)
    rest = [*rows[:start], *rows[start + length :]]
    target = insert_before if insert_before < start else insert_before - length
    return (*rest[:target], *block, *rest[target:])
