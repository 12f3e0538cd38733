"""Ordering: the second half of a build, from a playlist's members to the list as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from segue.names import track_ids_in
from segue.playlists.choose.choose import Members
from segue.playlists.choose.shares import by_share, interleaved
from segue.playlists.choose.staying import KeptRows, Slot
from segue.playlists.filter.apply import Stage, why_nothing
from segue.playlists.inventory import Inventory
from segue.playlists.library import PlaylistEntry
from segue.playlists.order.columns import (
    Columns,
    Report,
    arrange,
    columns_of,
    flow_reasons,
    report,
    sorted_rows,
    transitions,
    unpinned,
)
from segue.playlists.plan import PlannedItem, Reason
from segue.playlists.score.score import (
    BY_HAND,
    KEPT_ROW,
    NOT_A_TRACK,
    WAS_THERE,
    since,
    source_reasons,
)
from segue.playlists.text import Grounds, why
from segue.recipe.recipe import Recipe
from segue.recipe.references import Newcomer
from segue.recipe.sources import Shares
from segue.sequencing.methods.greedy import NextFeatures


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a list. `order` are the columns in it, `opening` how many of them stood first."""

    columns: Columns
    order: list[int]
    slots: tuple[Slot, ...]
    opening: int = 0
    notes: tuple[str, ...] = ()


def list_rows(
    recipe: Recipe,
    inventory: Inventory,
    members: Members,
    next_features: NextFeatures | None = None,
) -> Listing:
    """Order the members and set them among the rows that hold their place.

    `next_features` is a model's ŷ for the beam. An appending recipe leaves what stands as it is
    and orders what is new to follow on. Where the user reordered a list and its members stay the
    same, their order holds.
    """
    kept, staying, chosen = members.kept, members.membership.staying, members.membership.chosen
    opening = len(staying) if recipe.write.grows else 0
    if recipe.sequence.method == "none" and not recipe.score:
        place = {track_id: index for index, track_id in enumerate(members.eligible)}
        chosen = tuple(sorted(chosen, key=lambda track: place[track.id]))
    tracks = (*staying, *chosen)
    lyrics = inventory.lyric_space.of_tracks(track.id for track in tracks)
    columns = columns_of(tracks, inventory.features, inventory.scaling, lyrics)
    order, notes = _ordered(columns, recipe, members, opening, next_features)
    if recipe.write.grows:
        numbers = iter(order)
        stood = tuple(e if e.track is None else next(numbers) for e in kept.entries)
        return Listing(columns, order, (*stood, *numbers), opening, notes)
    slots = kept.among(order)
    if recipe.id in inventory.reordered and recipe.write.respect_edits:
        slots = _in_kept_order(columns, slots, kept) or slots
        order = [slot for slot in slots if isinstance(slot, int)]
    return Listing(columns, order, slots, notes=notes)


def _ordered(
    columns: Columns,
    recipe: Recipe,
    members: Members,
    opening: int,
    next_features: NextFeatures | None,
) -> tuple[list[int], tuple[str, ...]]:
    """The order of all rows, the opening first: sorted, by the sequencer, or share by share."""
    first, every = list(range(opening)), range(opening, len(columns))
    if isinstance(recipe.source, Shares) and recipe.source.layout:
        known = members.membership.picked.share_of
        share_of = {row: known[t.id] for row, t in enumerate(columns.tracks) if t.id in known}
        parts = by_share(every, share_of)
        by_turns = recipe.source.layout == "interleaved"
        if by_turns and recipe.sort is None:
            return [*first, *interleaved(parts)], ()
        plain = recipe.model_copy(
            update={
                "source": replace(recipe.source, layout=""),
                "sequence": unpinned(recipe.sequence),
            }
        )
        found = [_ordered(columns.take(p), plain, members, 0, next_features) for p in parts]
        parts = [[p[row] for row in rows] for p, (rows, _) in zip(parts, found, strict=True)]
        notes = tuple(dict.fromkeys(note for _, said in found for note in said))
        return [*first, *(interleaved(parts) if by_turns else chain.from_iterable(parts))], notes
    if recipe.sort is None:
        return arrange(columns, recipe.sequence, members.seed, opening, next_features)
    rest, notes = sorted_rows(columns.tracks[opening:], recipe, members.facts, members.eligible)
    return [*first, *(opening + row for row in rest)], notes


def _in_kept_order(
    columns: Columns, slots: Sequence[Slot], kept: KeptRows
) -> tuple[Slot, ...] | None:
    """The same rows as they stand on the account, or None where they are not the same."""
    by_uri: dict[str, list[Slot]] = {}
    for slot in slots:
        uri = columns.tracks[slot].uri if isinstance(slot, int) else slot.uri
        by_uri.setdefault(uri, []).append(slot)
    if Counter(entry.uri for entry in kept.entries) != {u: len(s) for u, s in by_uri.items()}:
        return None
    return tuple(by_uri[entry.uri].pop(0) for entry in kept.entries)


def items_of(listing: Listing, recipe: Recipe, members: Members) -> tuple[PlannedItem, ...]:
    """Describe every row of a list. The weights of a candidate's reasons sum to its score."""
    teller = _Teller(recipe, members, listing)
    passages = transitions(listing.columns, listing.order, recipe.sequence)
    steps = dict(zip(listing.order, passages, strict=True))
    items: list[PlannedItem] = []
    numbers: list[str] = []
    previous: int | None = None
    for place, slot in enumerate(listing.slots, 1):
        if isinstance(slot, PlaylistEntry):
            items.append(held_item(slot, members.facts.now))
            numbers.append(f"row {place:,}")
            previous = None
            continue
        track = listing.columns.tracks[slot]
        items.append(
            PlannedItem(
                uri=track.uri,
                title=track.title,
                artist=track.artist_line,
                duration_ms=track.duration_ms,
                reasons=teller.reasons(slot),
                transition=steps[slot] if previous is not None else None,
            )
        )
        numbers.append(teller.number(slot) or f"row {place:,}")
        previous = slot
    lines = why([Grounds(item.reasons, n) for item, n in zip(items, numbers, strict=True)])
    return tuple(replace(item, why=line) for item, line in zip(items, lines, strict=True))


class _Teller:
    """Why each track of a list is there: what chose it, and what it stands between."""

    def __init__(self, recipe: Recipe, members: Members, listing: Listing) -> None:
        self._recipe, self._members, self._listing = recipe, members, listing
        self._places = {track_id: place for place, track_id in enumerate(members.ranked, 1)}
        self._by_hand = {track.id for track in members.kept.kept_in}
        self._stood = {entry.uri: entry for entry in members.kept.entries}
        tracks = listing.columns.tracks[listing.opening :]
        chosen = dict.fromkeys(track.id for track in tracks if track.id in self._places)
        self._chosen = members.scored.reasons(tuple(chosen))
        self._flow = flow_reasons(listing.columns, listing.slots) if recipe.flows else {}

    def reasons(self, slot: int) -> tuple[Reason, ...]:
        """The reasons of one row: those with a weight, heaviest first, then what is known of it."""
        track, facts = self._listing.columns.tracks[slot], self._members.facts
        chosen = self._chosen.get(track.id) if slot >= self._listing.opening else None
        found: list[Reason] = []
        if track.id in self._by_hand or chosen is None:
            kept = BY_HAND if track.id in self._by_hand else WAS_THERE
            found.append(since(kept, self._stood.get(track.uri), facts.now))
        if (trial := self._members.trials.reasons.get(track.id)) is not None:
            found.append(trial)
        found.extend(chosen or ())
        said = {reason.text for reason in found}
        sources = source_reasons(track.id, facts, self._recipe.where)
        found.extend(reason for reason in sources if reason.text not in said)
        if slot in self._flow:
            found.append(self._flow[slot])
        return tuple(found)

    def number(self, slot: int) -> str:
        """The number that ranked a chosen track among the candidates; empty for one that stays."""
        track_id = self._listing.columns.tracks[slot].id
        if slot < self._listing.opening or track_id not in self._chosen:
            return ""
        drawn = "" if self._recipe.score else " by chance"
        return f"no. {self._places[track_id]:,} of {len(self._places):,}{drawn}"


def held_item(entry: PlaylistEntry, now: datetime) -> PlannedItem:
    """A row that stays as it is."""
    track = entry.track
    return PlannedItem(
        uri=entry.uri,
        title=entry.title,
        artist=track.artist_line if track else "",
        duration_ms=track.duration_ms if track else 0,
        reasons=(since(KEPT_ROW if track else NOT_A_TRACK, entry, now),),
    )


def standing_items(
    entries: Sequence[PlaylistEntry], earlier: Sequence[PlannedItem], now: datetime
) -> tuple[PlannedItem, ...]:
    """A list as it stands on the account, with the reasons of the plan it was `earlier` made by.

    What was said of a row's place holds only where the whole list is the one that was planned.
    """
    if [entry.uri for entry in entries] == [item.uri for item in earlier]:
        return tuple(earlier)
    known = {item.uri: item for item in earlier}
    items: list[PlannedItem] = []
    for entry in entries:
        item = known.get(entry.uri)
        if item is None:
            stood = since(WAS_THERE if entry.track else NOT_A_TRACK, entry, now)
            item = replace(held_item(entry, now), reasons=(stood,))
        else:
            reasons = tuple(reason for reason in item.reasons if reason.kind != "flow")
            item = replace(item, reasons=reasons, transition=None)
        items.append(item)
    lines = why([Grounds(item.reasons, f"row {place:,}") for place, item in enumerate(items, 1)])
    return tuple(replace(item, why=line) for item, line in zip(items, lines, strict=True))


@dataclass(frozen=True, slots=True)
class Draft:
    """What a recipe makes of an inventory, before it is compared with the account.

    `stages` count the candidates from the sources through each filter; `scores` are those of the
    chosen tracks by id, each the sum of its reasons' weights; `newcomers` the new songs on trial.
    """

    recipe_id: str
    name: str
    seed: int
    made_at: datetime
    items: tuple[PlannedItem, ...]
    report: Report = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    newcomers: tuple[Newcomer, ...] = ()

    @property
    def track_ids(self) -> tuple[str, ...]:
        """The ids of the planned tracks in order: what a recipe that draws on this one sees."""
        return tuple(track_ids_in(item.uri for item in self.items))


def order(
    members: Members,
    recipe: Recipe,
    inventory: Inventory,
    next_features: NextFeatures | None = None,
) -> Draft:
    """Put a playlist's members in order, and say of each why it is there and how it follows.

    Pure, as `choose` is; the members' seed shuffles for the report. `next_features` is a model's
    ŷ for the beam. Raises RecipeError where pins contradict each other.
    """
    listing = list_rows(recipe, inventory, members, next_features)
    notes = [*members.notes, *listing.notes]
    if not members.tracks:
        notes.append(why_nothing(members.stages))
    stood = members.kept.tracks
    lyrics = inventory.lyric_space.of_tracks(track.id for track in stood)
    before = columns_of(stood, inventory.features, inventory.scaling, lyrics)
    scored = members.scored
    values = dict(zip(scored.track_ids, scored.scores.tolist(), strict=True))
    return Draft(
        recipe_id=recipe.id,
        name=recipe.name,
        seed=members.seed,
        made_at=members.facts.now,
        items=items_of(listing, recipe, members),
        report=report(listing.columns, listing.order, before, recipe.sequence, members.seed),
        notes=tuple(notes),
        stages=members.stages,
        scores={track.id: values[track.id] for track in members.tracks if track.id in values},
        newcomers=members.trials.songs,
    )
