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
from dataclasses import dataclass
from functools import lru_cache

from segue.errors import GuardError
from segue.playlists.library import PlaylistEntry
from segued.refresh.write.operations import (
    MOST_ROWS,
    URIS_A_REQUEST,
    Add,
    Operation,
    Remove,
    Replace,
)
from segued.refresh.write.rebuild import Rebuild, chunks, longest_rising

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
    return _route(tuple(rows), tuple(after), frozenset(fixed), bounds)


@lru_cache(maxsize=4)  # it is looked for when a write is checked, and again when it begins
def _route(
    rows: tuple[str, ...], after: tuple[str, ...], fixed: frozenset[str], bounds: Bounds
) -> tuple[Operation, ...]:
    if rows == after:
        return ()
    least = min(bounds.least, len(rows), len(after))
    safe = _safe_ways(rows, after, fixed, bounds, least)
    if not safe:
        raise GuardError(_no_way(rows, after, fixed, bounds, least))
    fewest = min(len(way.operations) for way in safe)
    if fewest > MOST_REQUESTS:
        raise GuardError(
            f"writing this list within write.max_shrink and write.min_tracks would take {fewest} "
            f"requests, more than {MOST_REQUESTS}: {_advice(rows, after, fixed, bounds, least)}"
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
    in_order = longest_rising(list(matched), matched)
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
        found = Rebuild(rows, after, stay, least, bounds.most).operations()
        if found is not None:
            extra = GENTLE_EXTRA_REQUESTS * len(stay) // max(1, len(matched))
            yield _Way(found, extra)
    if not still and bounds.replace:
        yield _Way(_replace(after))


def _safe_ways(
    rows: Sequence[str], after: Sequence[str], fixed: Collection[str], bounds: Bounds, least: int
) -> list[_Way]:
    return [
        way
        for way in _ways(rows, after, fixed, bounds, least)
        if _within(rows, way.operations, least, bounds.most)
    ]


def _within(rows: Sequence[str], way: Sequence[Operation], least: int, most: int) -> bool:
    """Whether every list on the way has at least `least` rows and no more than it may hold."""
    there = Counter(rows)
    size = len(rows)
    for operation in way:
        match operation:
            case Replace(uris):
                there = Counter(uris)
                size = len(uris)
            case Add(uris, _):
                there.update(uris)
                size += len(uris)
            case Remove(uris):
                size -= sum(there.pop(uri, 0) for uri in uris)
        if not least <= size <= max(most, len(rows)):
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
        f"moment ({why}), as write.min_tracks and write.max_shrink ask: "
        f"{_advice(rows, after, fixed, bounds, least)}"
    )


def _advice(
    rows: Sequence[str], after: Sequence[str], fixed: Collection[str], bounds: Bounds, least: int
) -> str:
    """What makes a refused write possible: the strictest settings at which there is a way of not
    too many requests, or what is to be done by hand where no settings allow one."""

    def possible(fewer: int) -> bool:
        ways = _safe_ways(rows, after, fixed, bounds, least - 1 - fewer)
        return any(len(way.operations) <= MOST_REQUESTS for way in ways)

    # A lower bound allows every way of a higher one.
    best = least - 1 - bisect_left(range(least), True, key=possible)
    if best >= -(-min(len(rows), len(after)) // 2):
        share = -(-100 * (len(rows) - best) // len(rows)) / 100
        return (
            f"set write.max_shrink of this recipe to {share:.2f} or more and write.min_tracks to "
            f"{best} or less"
        )
    there, wanted = Counter(rows), Counter(after)
    surplus = [uri for uri, count in there.items() if 0 < wanted[uri] < count]
    if surplus:
        return f"take out the repeated rows in Spotify by hand: {', '.join(surplus)}"
    return "bring its rows into order in Spotify by hand"


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


def _replace(after: Sequence[str]) -> tuple[Operation, ...]:
    parts = list(chunks(after)) or [()]
    adds = (Add(part, URIS_A_REQUEST * (n + 1)) for n, part in enumerate(parts[1:]))
    return (Replace(parts[0]), *adds)


CREATE = "POST /me/playlists"
LIST = "GET /me/playlists"
READ = "GET /playlists/{id}"
READ_PAGE = "GET /playlists/{id}/items"
ADD = "POST /playlists/{id}/items"
REMOVE = "DELETE /playlists/{id}/items"
PUT = "PUT /playlists/{id}/items"

_ROWS_WITH_A_PLAYLIST = 100  # what GET /playlists/{id} tells; beyond it pages are read


def needed(before: Sequence[PlaylistEntry], after: Sequence[str], bounds: Bounds) -> frozenset[str]:
    """The endpoints of a write from `before` to `after`: its requests, the reading back, and what
    taking it back from its end would need.

    Raises what `operations` raises.
    """
    there = operations(before, after, bounds)
    if not there:
        return frozenset()
    rows = [entry.uri for entry in before]
    try:
        back = route(after, rows, fixed_uris(before), bounds) if rows else ()
    except GuardError:
        back = ()  # what fails half-way is then finished later
    reads = {READ, READ_PAGE} if max(len(rows), len(after)) > _ROWS_WITH_A_PLAYLIST else {READ}
    return frozenset(reads).union(*(_of(operation) for operation in (*there, *back)))


def _of(operation: Operation) -> frozenset[str]:
    """An addition that fails is taken out before it is sent again, a removal is added back."""
    return frozenset({ADD, REMOVE}) if isinstance(operation, (Add, Remove)) else frozenset({PUT})
