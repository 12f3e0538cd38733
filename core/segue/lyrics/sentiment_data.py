"""Texts with what people said of their mood, and which of them are never trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEUTRAL_BELOW = 0.125
"""A rated text is neutral where |valence| is below this: half a point on a scale of −4 to 4."""

HELD_OUT_SHARE = 0.2

SPLIT_RULE = (
    "held out: the 20 % of texts whose hash (BLAKE2b of the case-folded words) says so, and whole "
    "sets that were published as such; a text that is held out anywhere is trained on nowhere"
)


@dataclass(frozen=True, slots=True)
class RatedTexts:
    """One data set.

    `valence` (n,) float32 is −1..1, NaN where people gave classes only; `polarity` (n,) int64 is
    −1, 0 or 1. `held_out` says that the whole set is for measuring only. `source` is the set whose
    training part belongs to it: itself, unless it was published as another's test.
    """

    name: str
    texts: tuple[str, ...]
    valence: NDArray[np.float32]
    polarity: NDArray[np.int64]
    held_out: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        if not len(self.texts) == self.valence.size == self.polarity.size:
            raise ValueError(f"{self.name}: texts, valence and polarity differ in length")

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def is_rated(self) -> bool:
        """Whether people gave numbers, not only classes."""
        return bool(np.isfinite(self.valence).any())

    def target(self) -> NDArray[np.float32]:
        """Valence where it is known, else the polarity, as numbers to correlate with."""
        return np.where(np.isfinite(self.valence), self.valence, self.polarity).astype(np.float32)

    def taken(self, rows: NDArray[np.int64]) -> RatedTexts:
        """Only these rows."""
        return RatedTexts(
            self.name,
            tuple(self.texts[row] for row in rows),
            self.valence[rows],
            self.polarity[rows],
            self.held_out,
            self.source,
        )


def polarity_of(valence: NDArray[np.float32]) -> NDArray[np.int64]:
    """Classes from ratings in −1..1, see `NEUTRAL_BELOW`."""
    signs = np.sign(valence) * (np.abs(valence) >= NEUTRAL_BELOW)
    return np.asarray(signs, dtype=np.int64)


def plain(text: str) -> str:
    """A text as it is compared with others: case-folded words."""
    return " ".join(text.casefold().split())


def is_held_out(text: str) -> bool:
    """Whether a text is never trained on. It depends on the text alone."""
    digest = hashlib.blake2b(plain(text).encode(), digest_size=8, person=b"split").digest()
    return int.from_bytes(digest, "big") < HELD_OUT_SHARE * 2**64


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of each set, in the sets' order, that are for training and for measuring."""

    train: tuple[NDArray[np.int64], ...]
    test: tuple[NDArray[np.int64], ...]


def split(sets: Sequence[RatedTexts]) -> Split:
    """Deal every text to training or to measuring, see `SPLIT_RULE`. No text is in both."""
    published = {plain(text) for rated in sets if rated.held_out for text in rated.texts}
    train, test = [], []
    for rated in sets:
        out = np.array([rated.held_out or is_held_out(text) for text in rated.texts], dtype=bool)
        known = np.array([plain(text) in published for text in rated.texts], dtype=bool)
        train.append(np.flatnonzero(~out & ~known))
        test.append(np.flatnonzero(out & (known == rated.held_out)))
    return Split(tuple(train), tuple(test))
