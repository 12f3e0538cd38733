"""What a plan knows of lyrics: instrumental or sung, language, mood, and vectors that compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SongWords:
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
