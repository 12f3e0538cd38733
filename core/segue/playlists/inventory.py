"""The inventory: everything known when a plan is built, as one immutable value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from segue.music.features import DISCO, AudioFeatures, Scaling
from segue.music.track import Track
from segue.playlists.library import Play, Playlist, PlaylistSummary, Saved, SavedAlbum
from segue.recipe.sources import TopRange

SHORTEST_PLAY_MS = 30_000
"""A shorter play does not count: Spotify's own history leaves such plays out."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How often a track was played, skipped and very short plays left out, and when last (UTC)."""

    plays: int
    last: datetime


Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LyricFacts:
    """What is known of one track's lyrics. An instrumental has neither language nor mood.

    `language` is an ISO 639-1 code, `mood` runs from -1 (dark) to 1 (bright); None is unknown.
    """

    instrumental: bool = False
    language: str | None = None
    mood: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LyricSpace:
    """Unit vectors made by one encoder: of tracks' lyrics, and of texts that recipes name.

    `matrix` is (n_tracks, dim) float32; `rows` gives the row of a track id.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    matrix: Vector = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    texts: Mapping[str, Vector] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Whether the vectors are the same, number for number."""
        if not isinstance(other, LyricSpace):
            return NotImplemented
        return (
            self.rows == other.rows
            and np.array_equal(self.matrix, other.matrix)
            and self.texts.keys() == other.texts.keys()
            and all(np.array_equal(self.texts[text], other.texts[text]) for text in self.texts)
        )

    def of_track(self, track_id: str) -> Vector | None:
        """The vector of a track's lyrics, (dim,), or None where it is unknown."""
        row = self.rows.get(track_id)
        return None if row is None else self.matrix[row]

    def of_tracks(self, track_ids: Iterable[str]) -> dict[str, Vector]:
        """The vectors of those tracks whose lyrics are known, by id."""
        return {i: self.matrix[self.rows[i]] for i in track_ids if i in self.rows}

    def closeness(self, track_id: str, to: Vector) -> float | None:
        """The cosine of a track's lyrics and a vector; None where the lyrics are unknown."""
        vector = self.of_track(track_id)
        return None if vector is None else float(vector @ to)


@dataclass(frozen=True)
class Inventory:
    """Everything known about an account when a plan is built.

    `playlists` holds those that were read whole, by id; `unread` those that exist but could not
    be read, by id, with the reason in words. `made` maps a recipe id to the track ids of the
    version each earlier period left, newest first, the current period's own version excluded.
    `kept_out` and `kept_in` map a recipe id to what the user removed and added by hand, as track
    ids or URIs; `reordered` holds the recipes whose list the user put into another order by hand.
    `dead` maps a recipe id to tracks that Spotify refused to put into its playlist, likewise.
    `planned` maps a recipe id to the track ids planned for it earlier in the same run, so that a
    recipe that draws on it sees what it is about to be. `scaling` is fitted on the library.
    `heard` are the plays of an imported history that `plays` does not hold, by track id,
    the most recent first. `seeds` are tracks that were searched for, by the words of the seed.
    `lyrics` is what is known of lyrics by track id; one that is not there is unknown.
    `recipe_names` are the ids of recipes by `name_key`: what such a name means before its playlist
    exists. `unread_parts` are those of "likes", "albums" and "plays" that were never read yet.
    `not_found` are the seeds and track ids that Spotify was asked for and does not have.
    `kept_by_segue` are the ids of all playlists that Segue keeps or once made, whichever recipes
    there are now: they are never meant by a name that another playlist has too.
    """

    user_id: str
    tracks: Mapping[str, Track] = field(default_factory=dict)
    features: Mapping[str, AudioFeatures] = field(default_factory=dict)
    liked: tuple[Saved, ...] = ()
    albums: tuple[SavedAlbum, ...] = ()
    playlists: Mapping[str, Playlist] = field(default_factory=dict)
    summaries: tuple[PlaylistSummary, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    top: Mapping[TopRange, tuple[str, ...]] = field(default_factory=dict)
    plays: tuple[Play, ...] = ()
    recipe_playlists: Mapping[str, str] = field(default_factory=dict)
    kept_by_segue: frozenset[str] = frozenset()
    recipe_names: Mapping[str, str] = field(default_factory=dict)
    unread_parts: frozenset[str] = frozenset()
    not_found: frozenset[str] = frozenset()
    made: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    kept_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kept_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dead: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reordered: frozenset[str] = frozenset()
    planned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scaling: Scaling = DISCO
    lyrics: Mapping[str, LyricFacts] = field(default_factory=dict)
    heard: Mapping[str, Heard] = field(default_factory=dict)
    seeds: Mapping[str, str] = field(default_factory=dict)
    lyric_space: LyricSpace = field(default_factory=LyricSpace)
