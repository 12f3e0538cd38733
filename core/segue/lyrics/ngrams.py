"""Texts as hashed n-grams: words, pairs of words, and pieces of words, in a fixed number of places.

Pieces of words carry over to spellings that were never seen ("sooo", "loveee", "unhappier"), and
hashing needs no vocabulary beside the weights.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 17
PIECE_LENGTHS = (3, 4, 5)

_TOKEN = re.compile(
    r"[^\W_]+(?:'[^\W_]+)*"  # a word
    r"|[:;=8][-o*']?[()\[\]dp/\\|@3]|<3"  # an emoticon
    r"|[!?]+|\.\.+"
    r"|[\U0001F000-\U0001FAFF\u2600-\u27BF]"
)
_LONG_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bags:
    """The n-grams of several texts, one after another.

    `buckets` (n_grams,) int64 and `weights` (n_grams,) float32 of text i stand from `offsets[i]`
    up to the next offset; `offsets` is (n_texts,) int64. A text's weights have length 1, or 0
    where it has no words.
    """

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    offsets: NDArray[np.int64]

    def rows(self) -> NDArray[np.int64]:
        """Which text each n-gram belongs to: (n_grams,) int64."""
        ends = np.append(self.offsets[1:], self.buckets.size)
        return np.repeat(np.arange(self.offsets.size), ends - self.offsets)

    def sums(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """The weighted sums of a table's rows (BUCKETS, k): (n_texts, k) float32."""
        out = np.zeros((self.offsets.size, table.shape[1]), dtype=np.float32)
        np.add.at(out, self.rows(), table[self.buckets] * self.weights[:, None])
        return out


def bags(texts: Sequence[str]) -> Bags:
    """Each text's n-grams, weighted 1 + ln(count) and scaled to length 1."""
    buckets: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float32]] = []
    offsets = np.zeros(len(texts), dtype=np.int64)
    filled = 0
    for index, text in enumerate(texts):
        counts = Counter(zlib.crc32(gram.encode()) % BUCKETS for gram in ngrams(text))
        weight = 1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
        norm = float(np.linalg.norm(weight))
        buckets.append(np.fromiter(counts, dtype=np.int64, count=len(counts)))
        weights.append((weight / norm if norm else weight).astype(np.float32))
        offsets[index] = filled
        filled += len(counts)
    return Bags(
        np.concatenate(buckets) if buckets else np.zeros(0, dtype=np.int64),
        np.concatenate(weights) if weights else np.zeros(0, dtype=np.float32),
        offsets,
    )


def ngrams(text: str) -> list[str]:
    """The words, neighbouring pairs, and pieces of 3 to 5 letters of the words, of a text."""
    found = words(text)
    out = [*found, *(f"{first} {second}" for first, second in itertools.pairwise(found))]
    for word in found:
        framed = f"<{word}>"
        for length in PIECE_LENGTHS:
            # A piece that is the whole word would count it twice.
            if len(framed) > length:
                out.extend(f"#{framed[i : i + length]}" for i in range(len(framed) - length + 1))
    return out


def words(text: str) -> list[str]:
    """Words, emoticons and marks of emphasis, case-folded; letters drawn out are cut to two."""
    plain = _LONG_RUN.sub(r"\1\1", text.casefold().replace("\u2019", "'"))
    return [token[:2] if token[0] in "!?." else token for token in _TOKEN.findall(plain)]
