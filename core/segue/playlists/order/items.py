"""Items: the rows of a list as a plan shows them, each with its reasons and its transition."""

from __future__ import annotations

from segue.playlists.choose.choose import Members
from segue.playlists.library import PlaylistEntry
from segue.playlists.order.columns import transitions
from segue.playlists.order.listing import Listing
from segue.playlists.plan import PlannedItem, Reason
from segue.playlists.score.reasons import (
    BY_HAND,
    KEPT_ROW,
    NOT_A_TRACK,
    WAS_THERE,
    source_reasons,
)
from segue.recipe.recipe import Recipe


def items_of(listing: Listing, recipe: Recipe, members: Members) -> tuple[PlannedItem, ...]:
    """Describe every row of a list. The weights of a candidate's reasons sum to its score."""
    facts, scored = members.facts, members.scored
    places = {track_id: index for index, track_id in enumerate(scored.track_ids)}
    by_hand = {track.id for track in members.kept.kept_in}
    steps = dict(
        zip(
            listing.order, transitions(listing.columns, listing.order, recipe.sequence), strict=True
        )
    )
    items: list[PlannedItem] = []
    previous: int | None = None
    for slot in listing.slots:
        if isinstance(slot, PlaylistEntry):
            items.append(held_item(slot))
            previous = None
            continue
        track = listing.columns.tracks[slot]
        reasons: list[Reason] = []
        if slot < listing.opening or track.id not in places:
            reasons.append(BY_HAND if track.id in by_hand else WAS_THERE)
        elif track.id in by_hand:
            reasons.append(BY_HAND)
        if slot >= listing.opening and track.id in places:
            reasons.extend(scored.reasons(places[track.id]))
        said = {reason.text for reason in reasons}
        sources = source_reasons(track.id, facts, recipe.where)
        reasons.extend(reason for reason in sources if reason.text not in said)
        items.append(
            PlannedItem(
                uri=track.uri,
                title=track.title,
                artist=track.artist_line,
                duration_ms=track.duration_ms,
                reasons=tuple(reasons),
                transition=steps[slot] if previous is not None else None,
            )
        )
        previous = slot
    return tuple(items)


def held_item(entry: PlaylistEntry) -> PlannedItem:
    """A row that stays as it is."""
    track = entry.track
    return PlannedItem(
        uri=entry.uri,
        title=entry.title,
        artist=track.artist_line if track else "",
        duration_ms=track.duration_ms if track else 0,
        reasons=(KEPT_ROW if track else NOT_A_TRACK,),
    )
