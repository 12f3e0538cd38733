"""From a list and the list wanted to the requests that make one of the other. Pure.

Whatever ends a write half-way leaves the list of that moment on the account, so no list on the way
may be shorter than `least` rows. A replace (PUT, then POSTs above 100) is the shortest when much
changes, but it drops everything beyond the first hundred rows, what somebody adds between our read
and the PUT is lost, and every row's date becomes new. Positional operations (reorder, add, remove)
keep the rows that stay. Rows that have to be renewed (a removal takes every occurrence, so a copy
cannot be added first) are removed and added again in groups small enough for `least`; rows that
only leave go last. Rows that cannot be added back are only ever moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from segue.errors import GuardError
from segue.playlists.library import PlaylistEntry
from segued.writing.operations import (
    MOST_ROWS,
    URIS_A_REQUEST,
    Add,
    Operation,
    Remove,
    Reorder,
    Replace,
    moved,
    simulate,
)

GENTLE_EXTRA_REQUESTS = 4
"""How many more requests than the fewest may be spent to keep rows where they are."""
MOST_REQUESTS = 300
"""A write that takes more is refused: half of what a day's quota allows an endpoint."""

_MOST_MOVING = 2000  # above this, finding the moves takes longer than it can save


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds at every moment of a write: no fewer rows than `least`, no more than `most`.

    `replace` and `reorder` are False where such requests were seen not to work.
    """

    least: int
    most: int = MOST_ROWS
    replace: bool = True
    reorder: bool = True


def fixed_uris(entries: Iterable[PlaylistEntry]) -> frozenset[str]:
    """The URIs of rows that cannot be added back: local files, unplayable tracks, null rows."""
    return frozenset(entry.uri for entry in entries if not entry.can_be_added_back)


def operations(
    before: Sequence[PlaylistEntry], after: Sequence[str], bounds: Bounds
) -> tuple[Operation, ...]:
    """The requests that turn the rows `before` into the URIs `after`; none where nothing changes.

    Raises GuardError when rows that cannot be added back are not in `after` exactly as often as
    in `before` (naming them), and when no way keeps within `bounds` or a sane number of requests.
    """
    if [entry.uri for entry in before] == list(after):
        return ()
    _refuse_loss(before, after)
    return route([entry.uri for entry in before], after, fixed_uris(before), bounds)


def route(
    rows: Sequence[str], after: Sequence[str], fixed: Collection[str], bounds: Bounds
) -> tuple[Operation, ...]:
    """The same for rows by their URIs, of which those in `fixed` can only be moved.

    Of the ways within `bounds` it takes the one that keeps most rows where they are, as long as
    that costs little more than the shortest.
    """
    if list(rows) == list(after):
        return ()
    least = min(bounds.least, len(rows), len(after))
    safe = [
        way
        for way in _ways(rows, after, fixed, bounds, least)
        if _within(rows, way.operations, least, bounds.most)
    ]
    if not safe:
        raise GuardError(_no_way(rows, after, fixed, bounds, least))
    fewest = min(len(way.operations) for way in safe)
    if fewest > MOST_REQUESTS:
        raise GuardError(
            f"writing this list within write.max_shrink and write.min_tracks would take {fewest} "
            f"requests, more than {MOST_REQUESTS}; raise write.max_shrink"
        )
    return next(way.operations for way in safe if len(way.operations) <= fewest + way.extra)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way, and how many more requests than the fewest it is worth."""

    operations: tuple[Operation, ...]
    extra: int = 0


def _ways(
    rows: Sequence[str], after: Sequence[str], fixed: Collection[str], bounds: Bounds, least: int
) -> Iterator[_Way]:
    """Every way there is, the one that keeps most rows where they are first."""
    matched = _match(rows, after)
    in_order = _longest_rising(list(matched), matched)
    still = {token for token in matched if rows[token] in fixed}
    stays = [
        _only(matched, rows, in_order | still, fixed),
        _only(matched, rows, still, fixed),
    ]
    if len(matched) - len(in_order) <= _MOST_MOVING:
        stays.insert(0, matched)
    for stay in stays:
        in_place = sorted(stay.values()) == list(stay.values())
        if not bounds.reorder and not in_place:
            continue
        found = _Rebuild(rows, after, stay, least, bounds.most).operations()
        if found is not None:
            extra = GENTLE_EXTRA_REQUESTS * len(stay) // max(1, len(matched))
            yield _Way(found, extra)
    if not still and bounds.replace:
        yield _Way(_replace(after))


def _within(rows: Sequence[str], way: Sequence[Operation], least: int, most: int) -> bool:
    current = tuple(rows)
    for operation in way:
        current = simulate(current, operation)
        if not least <= len(current) <= max(most, len(rows)):
            return False
    return True


def _no_way(
    rows: Sequence[str], after: Sequence[str], fixed: Collection[str], bounds: Bounds, least: int
) -> str:
    if len(after) > bounds.most:
        return f"{len(after)} rows are more than the {bounds.most} Spotify lets a playlist have"
    there, wanted = Counter(rows), Counter(after)
    if not bounds.reorder and any(uri in fixed for uri in rows):
        return (
            "rows that cannot be added back would have to be moved, and Spotify does not move rows "
            "of this playlist; bring them into order by hand"
        )
    surplus = [uri for uri, count in there.items() if 0 < wanted[uri] < count]
    why = f"{len(surplus)} repeated tracks would leave and come back" if surplus else "its order"
    return (
        f"no way to write this list keeps at least {least} of {len(rows)} rows standing at every "
        f"moment ({why}), as write.min_tracks and write.max_shrink ask; raise write.max_shrink"
    )


def _refuse_loss(before: Sequence[PlaylistEntry], after: Sequence[str]) -> None:
    fixed = fixed_uris(before)
    there, wanted = Counter(entry.uri for entry in before), Counter(after)
    lost = [
        entry for entry in before if entry.uri in fixed and wanted[entry.uri] < there[entry.uri]
    ]
    if lost:
        names = ", ".join(sorted({entry.title or entry.uri or "an empty row" for entry in lost}))
        raise GuardError(
            f"rows that could not be added back would be lost: {names}; remove them in Spotify "
            "if they should go"
        )
    grown = sorted(uri for uri in fixed if wanted[uri] > there[uri])
    if grown:
        raise GuardError(f"rows that cannot be added through Spotify's API: {', '.join(grown)}")


def _match(rows: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """Rows that can stay (by index) to their place in `after`.

    A removal takes every occurrence of a URI: one that is wanted less often than it is there
    goes whole, and is added again.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, uri in enumerate(after):
        places[uri].append(place)
    there = Counter(rows)
    seen: Counter[str] = Counter()
    matched: dict[int, int] = {}
    for token, uri in enumerate(rows):
        if there[uri] <= len(places[uri]):
            matched[token] = places[uri][seen[uri]]
            seen[uri] += 1
    return matched


def _only(
    matched: dict[int, int], rows: Sequence[str], wanted: set[int], fixed: Collection[str]
) -> dict[int, int]:
    """Of what could stay, the wanted rows, less those a removal of their likes would take along."""
    taken = {rows[token] for token in matched if token not in wanted}.difference(fixed)
    return {token: place for token, place in matched.items() if rows[token] not in taken}


def _longest_rising(tokens: list[int], place: dict[int, int]) -> set[int]:
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


def _replace(after: Sequence[str]) -> tuple[Operation, ...]:
    chunks = list(_chunks(after)) or [()]
    adds = (Add(chunk, URIS_A_REQUEST * (n + 1)) for n, chunk in enumerate(chunks[1:]))
    return (Replace(chunks[0]), *adds)


@dataclass(slots=True)
class _Rebuild:
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
        for chunk in _chunks(self.leaving):
            self.found.append(Remove(chunk))
        return tuple(self.found)

    def _move(self) -> None:
        """Bring the rows that stay into order, moving blocks."""
        wanted = sorted(self.stay, key=self.stay.__getitem__)
        settled = _longest_rising([row for row in self.current if row in self.stay], self.stay)
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


def _chunks(uris: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for start in range(0, len(uris), URIS_A_REQUEST):
        yield tuple(uris[start : start + URIS_A_REQUEST])
