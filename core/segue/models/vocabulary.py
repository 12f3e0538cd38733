"""Track ids on one side, row numbers on the other: the only place where they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray


class Vocabulary:
    """A fixed, ordered set of ids; the index of an id is its row in every matrix.

    Raises ValueError where an id stands twice or holds a line break.
    """

    __slots__ = ("_ids", "_index")

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = tuple(ids)
        self._index = {identity: row for row, identity in enumerate(self._ids)}
        if len(self._index) != len(self._ids):
            raise ValueError("a vocabulary cannot hold the same id twice")
        if any("\n" in identity for identity in self._ids):
            raise ValueError("an id of a vocabulary cannot hold a line break")

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __contains__(self, identity: object) -> bool:
        return identity in self._index

    def __getitem__(self, index: int) -> str:
        return self._ids[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and other._ids == self._ids

    def __hash__(self) -> int:
        return hash(self._ids)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} ids)"

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, in the order of their rows."""
        return self._ids

    def index(self, identity: str) -> int | None:
        """The row of an id, or None where it is unknown."""
        return self._index.get(identity)

    def indices(self, ids: Iterable[str]) -> NDArray[np.int32]:
        """The rows of those ids that are known, in the order given: (n_known,) int32."""
        known = [self._index[identity] for identity in ids if identity in self._index]
        return np.array(known, dtype=np.int32)

    def to_array(self) -> NDArray[np.uint8]:
        """All ids as UTF-8 bytes, parted by line breaks, for a tensor file."""
        return np.frombuffer("\n".join(self._ids).encode(), dtype=np.uint8)

    @classmethod
    def from_array(cls, array: NDArray[np.uint8]) -> Vocabulary:
        """The inverse of `to_array`."""
        text = array.astype(np.uint8).tobytes().decode()
        return cls(text.split("\n") if text else ())
