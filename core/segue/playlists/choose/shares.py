"""Shares: a list of parts, each from a source of its own, and how the parts stand in it; and turns:
what one plan over all playlists asks of a list, which songs come first and which stay out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, zip_longest

import numpy as np

from segue.music.track import Recordings, Track
from segue.names import name_key, track_ids_in
from segue.playlists.choose.picking import Picked, Ranked
from segue.playlists.choose.picking import pick as pick_best
from segue.playlists.choose.staying import kept_rows
from segue.playlists.coverage import Taker
from segue.playlists.filter.apply import Stage
from segue.playlists.gather.candidates import Candidates
from segue.playlists.inventory import Inventory
from segue.playlists.score.evidence import Words
from segue.playlists.score.score import Part, Scored
from segue.playlists.text import clock
from segue.recipe.recipe import Recipe
from segue.recipe.source_text import recipes_named, single_sources, write_source
from segue.recipe.sources import Share, Shares, TheseTracks


def pick(
    ranked: Ranked,
    recipe: Recipe,
    *,
    members: Sequence[Track] = (),
    kept_out: Sequence[Track] = (),
    other_rows: int = 0,
) -> Picked:
    """Choose new members as `segue.playlists.choose.picking.pick` does, from each share its part.

    Caps and copies are those of the whole list. What a share cannot give is said, and comes from
    the others in their turn.
    """
    source = recipe.source
    if not isinstance(source, Shares) or (recipe.length is None and recipe.duration is None):
        return pick_best(ranked, recipe, members=members, kept_out=kept_out, other_rows=other_rows)
    goal = _Goal(ranked, recipe, members, kept_out, other_rows)
    queues = [
        _queue(share, ids, ranked) for share, ids in zip(source.parts, ranked.shares, strict=True)
    ]
    found, share_of, notes, due = Picked(()), dict[str, int](), [], 0
    for number, wanted in enumerate(_parted(goal.size, [share.percent for share in source.parts])):
        given = goal.pick(queues[number], found.track_ids, due + wanted)
        share_of |= dict.fromkeys(given.track_ids, number)
        there = goal.amount(given.track_ids) if given.short else wanted
        due += there
        if given.short:
            name = _name(source.parts[number])
            notes.append(f"{name} gives {goal.words(there, wanted)}; the others fill in")
        found = _joined(found, given)
    rest = goal.pick(_by_turns(queues), found.track_ids, goal.size)
    for track_id in rest.track_ids:
        share_of[track_id] = next(n for n, queue in enumerate(queues) if track_id in queue)
    whole = replace(found, track_ids=(*found.track_ids, *rest.track_ids), short=rest.short)
    return replace(whole, notes=(*whole.notes, *notes), share_of=share_of)


class _Goal:
    """What is to be picked in all: `size` more tracks, or milliseconds of them."""

    def __init__(
        self,
        ranked: Ranked,
        recipe: Recipe,
        members: Sequence[Track],
        kept_out: Sequence[Track],
        other_rows: int,
    ) -> None:
        self._ranked, self._recipe = ranked, recipe
        self._members, self._kept_out, self._other_rows = tuple(members), kept_out, other_rows
        if recipe.length is not None:
            self.size = max(recipe.length - len(members) - other_rows, 0)
        else:
            standing = sum(member.duration_ms for member in members)
            self.size = max((recipe.duration_ms or 0) - standing, 0)

    def amount(self, track_ids: Sequence[str]) -> int:
        """What some tracks come to."""
        if self._recipe.length is not None:
            return len(track_ids)
        return sum(self._ranked.tracks[i].duration_ms for i in track_ids)

    def pick(self, queue: Sequence[str], chosen: Sequence[str], upto: int) -> Picked:
        """More of a queue, the first before others, until all that is chosen comes to `upto`."""
        members = (*self._members, *(self._ranked.tracks[i] for i in chosen))
        size: dict[str, float | int | None]
        if self._recipe.length is not None:
            size = {"length": upto + len(self._members) + self._other_rows}
        else:
            standing = sum(member.duration_ms for member in self._members)
            size = {"duration": (upto + standing) / 1000}
        return pick_best(
            replace(
                self._ranked,
                ids=queue,
                scores={i: -place / max(len(queue), 1) for place, i in enumerate(queue)},
            ),
            self._recipe.model_copy(update=size),
            members=members,
            kept_out=self._kept_out,
            other_rows=self._other_rows,
        )

    def words(self, there: int, wanted: int) -> str:
        """How much of what was wanted there is: "12 of its 15 tracks"."""
        if self._recipe.length is not None:
            return f"{there:,} of its {wanted:,} tracks"
        return f"{clock(there)} of its {clock(wanted)}"


def _queue(share: Share, ids: Sequence[str], ranked: Ranked) -> list[str]:
    """The candidates of a share in the order in which they are taken."""
    if share.first:
        able = frozenset(ranked.ids)
        return [track_id for track_id in ids if track_id in able]
    own = frozenset(ids)
    return [track_id for track_id in ranked.ids if track_id in own]


def _by_turns(queues: Sequence[Sequence[str]]) -> list[str]:
    turns = chain.from_iterable(zip_longest(*queues))
    return list(dict.fromkeys(track_id for track_id in turns if track_id is not None))


def _parted(whole: int, percents: Sequence[float]) -> list[int]:
    """A whole number parted by percents, by the largest remainder."""
    exact = [whole * percent / 100 for percent in percents]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda n: parts[n] - exact[n])
    for number in by_remainder[: whole - sum(parts)]:
        parts[number] += 1
    return parts


def _joined(first: Picked, second: Picked) -> Picked:
    return Picked(
        (*first.track_ids, *second.track_ids),
        first.copies + second.copies,
        first.capped + second.capped,
        tuple(dict.fromkeys((*first.notes, *second.notes))),
    )


def _name(share: Share) -> str:
    written = write_source(share.source)
    words = written if isinstance(written, str) else "its set"
    return f"the share “{f'{words} {share.first}'.strip()}”"


def by_share(rows: Sequence[int], share_of: Mapping[int, int]) -> list[list[int]]:
    """Rows parted by their share, those of none first; the order within is kept."""
    numbers = sorted(dict.fromkeys(share_of.get(row, -1) for row in rows))
    return [[row for row in rows if share_of.get(row, -1) == number] for number in numbers]


def interleaved(parts: Sequence[Sequence[int]]) -> list[int]:
    """Rows of several parts by turns, so that every stretch of the list holds each in proportion:
    each place goes to the part that is furthest behind."""
    keyed = [
        ((place + 1) / len(part), number, row)
        for number, part in enumerate(parts)
        for place, row in enumerate(part)
    ]
    return [row for _, _, row in sorted(keyed)]


def takes_part(recipe: Recipe, inventory: Inventory) -> bool:
    """Whether a list is one of the plan: it has a size, is made anew, and draws on no other
    recipe's list, which it would share its songs with."""
    sized = recipe.length is not None or recipe.duration is not None
    named = any(name_key(name) in inventory.recipe_names for name in recipe.playlists_named)
    return (
        sized
        and recipe.write.mode in ("replace", "rotate")
        and not recipes_named(recipe.source)
        and not named
    )


def taker(
    recipe: Recipe,
    found: Candidates,
    inventory: Inventory,
    starts: Sequence[datetime],
    given: tuple[str, ...] | None = None,
) -> Taker:
    """A recipe as a list of the plan. Shares that say in which order they are taken take none."""
    kept = kept_rows(recipe, inventory, found.bars)
    source = recipe.source
    ordered = isinstance(source, Shares) and any(share.first for share in source.parts)
    tracks = found.pool.tracks
    barred = kept.out_ids.union(kept.held_ids, track_ids_in(inventory.dead.get(recipe.id, ())))
    able = {i for i in found.passed if i not in barred and tracks[i].playable is not False}
    if recipe.length is not None:
        places = recipe.length - len(kept.kept_in) - len(kept.rows)
    else:
        lengths = [tracks[i].duration_ms for i in able if tracks[i].duration_ms > 0]
        left = (recipe.duration_ms or 0) - sum(track.duration_ms for track in kept.kept_in)
        places = int(left / np.mean(lengths)) if lengths else 0
    if recipe.discover is not None:
        places -= recipe.discover.new
    if recipe.write.mode == "rotate" and kept.entries:
        places = min(places, recipe.write.rotate)
    return Taker(
        recipe,
        frozenset() if ordered else able,
        max(places, 0),
        tuple(starts),
        given,
        frozenset(track.id for track in kept.tracks),
    )


def keep_apart(
    track_ids: list[str],
    recipe: Recipe,
    inventory: Inventory,
    tracks: Mapping[str, Track],
    stages: list[Stage],
) -> list[str]:
    """Leave out of a recipe's candidates what another list holds this week, as a stage of theirs;
    tracks that the recipe itself names or pins stay.

    They are left out after scoring, which compares all: so what other lists take while a period
    lasts changes no order, and a second refresh in it nothing.
    """
    coverage = inventory.coverage
    if recipe.id not in coverage.elsewhere:
        return track_ids
    planned = (inventory.planned.get(i, ()) for i in coverage.elsewhere if i != recipe.id)
    own = _named(recipe)
    held = coverage.elsewhere[recipe.id].union(*planned) - own
    known = Recordings(inventory.tracks[i] for i in sorted(held) if i in inventory.tracks)
    left = [
        i
        for i in track_ids
        if i not in held
        and (i in own or not recipe.unique_recordings or known.original_of(tracks[i]) is None)
    ]
    if len(left) < len(track_ids):
        stages.append(Stage(len(left), f"{len(left):,} that no other list holds this week"))
    return left


def _named(recipe: Recipe) -> frozenset[str]:
    """The tracks that a recipe names itself."""
    order = recipe.sequence
    pinned = {*filter(None, (order.first, order.last)), *order.at}
    pinned.update(track for group in order.keep_together for track in group)
    listed = (s for s in single_sources(recipe.source) if isinstance(s, TheseTracks))
    return frozenset(pinned.union(*(each.track_ids for each in listed)))


def in_turn(scored: Scored, recipe: Recipe, inventory: Inventory) -> Scored:
    """Scores in which the songs whose turn it is come before all others, the most urgent first."""
    due = inventory.coverage.due.get(recipe.id)
    if not due or not scored.track_ids:
        return scored
    number = len(due)
    urgency = {i: 1 + (number - place) / number for place, i in enumerate(due)}
    spread = float(np.ptp(scored.scores))
    weights = np.array([urgency.get(i, 0.0) for i in scored.track_ids]) * (1 + spread)
    words = {track_id: Words(text) for track_id, text in due.items()}
    if not weights.any():
        return scored
    part = Part("coverage", weights, lambda ids: {i: words[i] for i in ids if i in words})
    return replace(scored, scores=scored.scores + weights, parts=(*scored.parts, part))
