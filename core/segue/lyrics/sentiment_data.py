"""Texts with what people said of their mood, and which of them are never trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

NEUTRAL_BELOW = 0.125
"""A rated text is neutral where |valence| is below this: half a point on a scale of −4 to 4."""

HELD_OUT_SHARE = 0.2

SPLIT_RULE = (
    "held out: of a set published in parts, its own dev or test part; of any other, the 20 % of "
    "texts whose hash (BLAKE2b of the case-folded words) says so; a text that is held out "
    "anywhere is trained on nowhere"
)

Part = Literal["all", "train", "held out"]
"""What of a data set this is: all of it, or one of the parts it was published in."""


@dataclass(frozen=True, slots=True)
class RatedTexts:
    """One data set.

    `valence` (n,) float32 is −1..1, NaN where people gave classes only; `polarity` (n,) int64 is
    −1, 0 or 1. `source` names the data set that this is a `part` of.
    """

    name: str
    texts: tuple[str, ...]
    valence: NDArray[np.float32]
    polarity: NDArray[np.int64]
    part: Part = "all"
    source: str = ""

    def __post_init__(self) -> None:
        if not len(self.texts) == self.valence.size == self.polarity.size:
            raise ValueError(f"{self.name}: texts, valence and polarity differ in length")

    def __len__(self) -> int:
        return len(self.texts)

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
            self.part,
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
    hidden = {
        plain(text)
        for rated in sets
        for text in rated.texts
        if rated.part == "held out" or (rated.part == "all" and is_held_out(text))
    }
    train, test = [], []
    for rated in sets:
        out = np.array([plain(text) in hidden for text in rated.texts], dtype=bool)
        none = np.zeros(0, dtype=np.int64)
        train.append(none if rated.part == "held out" else np.flatnonzero(~out))
        test.append(none if rated.part == "train" else np.flatnonzero(out))
    return Split(tuple(train), tuple(test))
