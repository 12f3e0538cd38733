"""Members: the tracks a playlist is to hold, by the way its recipe writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segue.music.track import Track
from segue.playlists.choose.kept_rows import KeptRows, staying_in_rotation
from segue.playlists.choose.picking import Picked, pick
from segue.playlists.inventory import Inventory
from segue.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Membership:
    """The tracks to be ordered: those that stay, in their order, then the chosen, best first."""

    staying: tuple[Track, ...]
    chosen: tuple[Track, ...]
    picked: Picked

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All of them; in an appending recipe repetitions on the account are kept."""
        return (*self.staying, *self.chosen)


def choose_members(
    recipe: Recipe,
    inventory: Inventory,
    kept: KeptRows,
    ranked: Sequence[str],
    tracks: Mapping[str, Track],
    values: Mapping[str, float],
) -> Membership:
    """Decide the members: new ones by `pick`, beside those that stay by the write mode."""
    other_rows = len(kept.rows) - len(kept.held)
    if recipe.write.mode == "append":
        staying = kept.tracks
        picked = pick(
            ranked,
            tracks,
            values,
            recipe,
            members=staying,
            kept_out=kept.kept_out,
            other_rows=len(kept.entries) - len(staying),
        )
        return Membership(staying, _tracks(picked.track_ids, tracks), picked)
    if recipe.write.mode == "rotate":
        return _rotate(recipe, inventory, kept, ranked, tracks, values)
    picked = pick(
        ranked,
        tracks,
        values,
        recipe,
        members=(*kept.kept_in, *kept.held),
        kept_out=kept.kept_out,
        other_rows=other_rows,
    )
    return Membership(kept.kept_in, _tracks(picked.track_ids, tracks), picked)


def _rotate(
    recipe: Recipe,
    inventory: Inventory,
    kept: KeptRows,
    ranked: Sequence[str],
    tracks: Mapping[str, Track],
    values: Mapping[str, float],
) -> Membership:
    """Exchange what has been in longest. Where too little is new, some of it stays after all."""
    wanted = frozenset(ranked)
    ids, leaving = staying_in_rotation(recipe, inventory, kept, wanted)
    known = {track.id: track for track in kept.tracks} | dict(inventory.tracks) | dict(tracks)
    size = len(ids) + len(leaving)
    if recipe.duration_ms is None and recipe.length is None and size:
        length = size + len(kept.kept_in) + len(kept.rows)
        recipe = recipe.model_copy(update={"length": length})
    staying = (*kept.kept_in, *_tracks([i for i in ids if i in known], known))
    gone = frozenset(leaving)
    back = [track_id for track_id in reversed(leaving) if track_id in wanted]
    last = min(values.values(), default=0.0) - 1.0
    picked = pick(
        [*(track_id for track_id in ranked if track_id not in gone), *back],
        tracks,
        {**values, **dict.fromkeys(back, last)},
        recipe,
        members=(*staying, *kept.held),
        kept_out=kept.kept_out,
        other_rows=len(kept.rows) - len(kept.held),
    )
    return Membership(staying, _tracks(picked.track_ids, tracks), picked)


def _tracks(ids: Sequence[str], tracks: Mapping[str, Track]) -> tuple[Track, ...]:
    return tuple(tracks[track_id] for track_id in ids)
