"""From a list and the list wanted to the requests that make one of the other. Pure.

There are three ways. A replace (PUT, then POSTs above 100) is the shortest when much changes, but
what somebody adds between our read and the PUT is lost, and every row's date becomes new.
Positional operations (add, reorder, remove) lose nothing, and adding before removing leaves a
whole list when an addition fails; they are preferred while they cost little more. Rows that cannot
be added back are only ever moved, never removed: around them, rows may be removed and added again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from segue.errors import GuardError
from segue.playlists.library import PlaylistEntry

Row = TypeVar("Row")

URIS_A_REQUEST = 100
"""What Spotify takes in one request."""
GENTLE_EXTRA_REQUESTS = 4
"""How many requests more than a replace the gentler positional operations may cost."""

_MOST_MOVING = 2000  # above this, finding the moves takes longer than it can save


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace every row (PUT): at most 100 URIs."""

    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Add:
    """Insert URIs so that the first stands at `position` (POST): at most 100."""

    uris: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove every occurrence of each URI (DELETE): at most 100 URIs."""

    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reorder:
    """Move `range_length` rows from `range_start` before the row at `insert_before` (PUT).

    Both places count in the order before the move.
    """

    range_start: int
    insert_before: int
    range_length: int


Operation = Replace | Add | Remove | Reorder


def operations(before: Sequence[PlaylistEntry], after: Sequence[str]) -> tuple[Operation, ...]:
    """The requests that turn the rows `before` into the URIs `after`; none where nothing changes.

    Raises GuardError, naming them, when rows that cannot be added back are not in `after` exactly
    as often as in `before`.
    """
    rows = [entry.uri for entry in before]
    if rows == list(after):
        return ()
    fixed = {entry.uri for entry in before if not entry.can_be_added_back}
    _refuse_loss(before, after, fixed)
    matched = _match(rows, after)
    if not fixed:
        replace = _replace(after)
        most = len(replace) + GENTLE_EXTRA_REQUESTS
        moving = len(matched) - len(_longest_rising(list(matched), matched))
        gentle = _positional(rows, after, matched) if moving <= _MOST_MOVING else None
        return gentle if gentle is not None and len(gentle) <= most else replace
    kept_in_order = _longest_rising(list(matched), matched)
    still = {token for token in matched if rows[token] in fixed}
    some = _positional(rows, after, _only(matched, rows, kept_in_order | still, fixed))
    least = _positional(rows, after, _only(matched, rows, still, fixed))
    return min((_positional(rows, after, matched), some, least), key=len)


def gently(before: Sequence[PlaylistEntry], after: Sequence[str]) -> tuple[Operation, ...]:
    """The same without a replace, whatever it costs: rows that are there already stay there."""
    rows = [entry.uri for entry in before]
    _refuse_loss(before, after, {entry.uri for entry in before if not entry.can_be_added_back})
    return _positional(rows, after, _match(rows, after))


def simulate(rows: Sequence[str], operation: Operation) -> tuple[str, ...]:
    """What Spotify makes of `rows` by one operation."""
    match operation:
        case Replace(uris):
            return uris
        case Add(uris, position):
            return (*rows[:position], *uris, *rows[position:])
        case Remove(uris):
            gone = set(uris)
            return tuple(uri for uri in rows if uri not in gone)
        case Reorder(start, before, length):
            return tuple(_moved(rows, start, before, length))


def _refuse_loss(before: Sequence[PlaylistEntry], after: Sequence[str], fixed: set[str]) -> None:
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
    matched: dict[int, int], rows: Sequence[str], wanted: set[int], fixed: set[str]
) -> dict[int, int]:
    """Of what could stay, the wanted rows, less those a removal of their likes would take along."""
    taken = {rows[token] for token in matched if token not in wanted} - fixed
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


def _positional(
    rows: Sequence[str], after: Sequence[str], stay: dict[int, int]
) -> tuple[Operation, ...]:
    """Operations that keep the rows `stay` (index to place in `after`) and renew all others."""
    gone = {uri: None for token, uri in enumerate(rows) if token not in stay}  # ordered
    current = list(range(len(rows)))
    taken = set(stay.values())
    removal = [Remove(chunk) for chunk in _chunks(tuple(gone))]
    removed_first = any(uri in gone for place, uri in enumerate(after) if place not in taken)
    if removed_first:
        current = [token for token in current if token in stay]
    moves = _moves(current, stay)
    adds = _adds(current, after, {place: token for token, place in stay.items()}, len(rows))
    return (*removal, *moves, *adds) if removed_first else (*moves, *adds, *removal)


def _moves(current: list[int], stay: dict[int, int]) -> list[Operation]:
    """Bring the rows that stay into order, moving blocks; changes `current` accordingly."""
    wanted = sorted(stay, key=stay.__getitem__)
    settled = _longest_rising([token for token in current if token in stay], stay)
    found: list[Operation] = []
    step = 0
    while step < len(wanted):
        if wanted[step] in settled:
            step += 1
            continue
        start = current.index(wanted[step])
        length = 1
        while (
            step + length < len(wanted)
            and wanted[step + length] not in settled
            and current[start + length : start + length + 1] == [wanted[step + length]]
        ):
            length += 1
        before = current.index(wanted[step - 1]) + 1 if step else 0
        if not start <= before <= start + length:
            found.append(Reorder(start, before, length))
            current[:] = _moved(current, start, before, length)
        step += length
    return found


def _adds(
    current: list[int], after: Sequence[str], token_at: dict[int, int], first_new: int
) -> list[Operation]:
    """Insert what is new, run by run, each behind the row it follows; changes `current`."""
    found: list[Operation] = []
    place = 0
    while place < len(after):
        if place in token_at:
            place += 1
            continue
        end = place
        while end < len(after) and end not in token_at and end - place < URIS_A_REQUEST:
            end += 1
        follows = token_at.get(place - 1, first_new + place - 1)
        position = current.index(follows) + 1 if place else 0
        found.append(Add(tuple(after[place:end]), position))
        current[position:position] = range(first_new + place, first_new + end)
        place = end
    return found


def _moved(rows: Sequence[Row], start: int, before: int, length: int) -> list[Row]:
    block = rows[start : start + length]
    rest = [*rows[:start], *rows[start + length :]]
    target = before if before < start else max(start, before - length)
    return [*rest[:target], *block, *rest[target:]]


def _chunks(uris: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for start in range(0, len(uris), URIS_A_REQUEST):
        yield tuple(uris[start : start + URIS_A_REQUEST])
