"""Making a list anew around rows that stay: moves, groups that go and come back. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from segued.refresh.write.operations import (
    URIS_A_REQUEST,
    Add,
    Operation,
    Remove,
    Reorder,
    moved,
)


@dataclass(slots=True)
class Rebuild:
    """Operations that keep the rows `stay` (index to place in `after`) and renew all others.

    Rows are numbers: those there by their index, the new one of a place by the place and the
    number of rows there were. `waiting` counts the old rows of each URI to be renewed that still
    stand, `leaving` are the URIs not wanted any more.
    """

    rows: Sequence[str]
    after: Sequence[str]
    stay: dict[int, int]
    least: int
    most: int
    row_at: dict[int, int] = field(init=False)
    current: list[int] = field(init=False)
    waiting: Counter[str] = field(init=False)
    leaving: list[str] = field(init=False)
    found: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.row_at = {place: row for row, place in self.stay.items()}
        self.current = list(range(len(self.rows)))
        wanted = set(self.after)
        others = [uri for token, uri in enumerate(self.rows) if token not in self.stay]
        self.waiting = Counter(uri for uri in others if uri in wanted)
        self.leaving = list(dict.fromkeys(uri for uri in others if uri not in wanted))

    def operations(self) -> tuple[Operation, ...] | None:
        """The operations; None where they cannot be kept within the bounds."""
        self._move()
        taken = set(self.stay.values())
        places = [place for place in range(len(self.after)) if place not in taken]
        while places:
            count, old = self._group(places)
            if count == 0:
                return None
            self._remove(old)
            for run in _runs(places[:count]):
                if not self._make_room(len(run)):
                    return None
                self._add(run)
            places = places[count:]
        for chunk in chunks(self.leaving):
            self.found.append(Remove(chunk))
        return tuple(self.found)

    def _move(self) -> None:
        """Bring the rows that stay into order, moving blocks."""
        wanted = sorted(self.stay, key=self.stay.__getitem__)
        settled = longest_rising([row for row in self.current if row in self.stay], self.stay)
        step = 0
        while step < len(wanted):
            if wanted[step] in settled:
                step += 1
                continue
            start = self.current.index(wanted[step])
            length = 1
            while (
                step + length < len(wanted)
                and wanted[step + length] not in settled
                and self.current[start + length : start + length + 1] == [wanted[step + length]]
            ):
                length += 1
            before = self.current.index(wanted[step - 1]) + 1 if step else 0
            if not start <= before <= start + length:
                self.found.append(Reorder(start, before, length))
                self.current = moved(self.current, start, before, length)
            step += length

    def _group(self, places: list[int]) -> tuple[int, list[str]]:
        """How many of the next places can be renewed at once, and whose old rows go before that."""
        old: dict[str, None] = {}
        size = len(self.current)
        for count, place in enumerate(places):
            uri = self.after[place]
            if self.waiting[uri] and uri not in old:
                size -= self.waiting[uri]
                if size < self.least or len(old) == URIS_A_REQUEST:
                    return count, list(old)
                old[uri] = None
        return len(places), list(old)

    def _remove(self, uris: Sequence[str]) -> None:
        """Remove the old rows of these URIs."""
        if not uris:
            return
        gone = set(uris)
        self.found.append(Remove(tuple(uris)))
        self.current = [
            row for row in self.current if row >= len(self.rows) or self.rows[row] not in gone
        ]
        for uri in uris:
            del self.waiting[uri]

    def _make_room(self, rows: int) -> bool:
        """Let rows that leave go already now where the list would grow beyond what it may hold."""
        there = Counter(self.rows)
        while self.leaving and len(self.current) + rows > self.most:
            size, going = len(self.current), 0
            for uri in self.leaving[:URIS_A_REQUEST]:
                size -= there[uri]
                if size < self.least:
                    break
                going += 1
            if not going:
                return False
            self._remove(self.leaving[:going])
            self.leaving = self.leaving[going:]
        return len(self.current) + rows <= self.most

    def _add(self, run: list[int]) -> None:
        """Insert the rows of consecutive places behind the row they follow."""
        first_new, place = len(self.rows), run[0]
        follows = self.row_at.get(place - 1, first_new + place - 1)
        position = self.current.index(follows) + 1 if place else 0
        self.found.append(Add(tuple(self.after[place : run[-1] + 1]), position))
        self.current[position:position] = [first_new + each for each in run]


def _runs(places: Sequence[int]) -> Iterator[list[int]]:
    """Consecutive places, at most a request's worth each."""
    run: list[int] = []
    for place in places:
        if run and (place != run[-1] + 1 or len(run) == URIS_A_REQUEST):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def longest_rising(tokens: list[int], place: dict[int, int]) -> set[int]:
    """The most tokens that already stand in the wanted order (longest increasing subsequence)."""
    ends: list[int] = []
    at: list[int] = []
    previous: dict[int, int | None] = {}
    for token in tokens:
        length = bisect_left(ends, place[token])
        previous[token] = at[length - 1] if length else None
        ends[length : length + 1] = [place[token]]
        at[length : length + 1] = [token]
    found: set[int] = set()
    token_or_none = at[-1] if at else None
    while token_or_none is not None:
        found.add(token_or_none)
        token_or_none = previous[token_or_none]
    return found


def chunks(uris: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """URIs by the request."""
    for start in range(0, len(uris), URIS_A_REQUEST):
        yield tuple(uris[start : start + URIS_A_REQUEST])
