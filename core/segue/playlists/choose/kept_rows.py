"""What already stands in a playlist and stays, whatever a recipe would choose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from segue.music.track import Track
from segue.names import playlist_id_in, track_id_in
from segue.playlists.gather.candidates import Barrier, nothing_barred
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistEntry
from segue.recipe.recipe import Recipe

Slot = int | PlaylistEntry
"""A row of a list: an index into its columns, or a row of the account that holds its place."""


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The rows of a recipe's playlist that stay.

    `entries` is the playlist as it was read, empty where there is none yet. `rows` are those that
    hold their place, with the index they stand at: they are no tracks (local files, episodes), or
    tracks that could not be added back. `kept_in` are the tracks the user added by hand, `kept_out`
    those they took out. `held_ids` are the ids of tracks that `rows` name without telling more.
    `bars` is what keeps tracks out of every recipe.
    """

    entries: tuple[PlaylistEntry, ...] = ()
    rows: tuple[tuple[int, PlaylistEntry], ...] = ()
    kept_in: tuple[Track, ...] = ()
    kept_out: tuple[Track, ...] = ()
    out_ids: frozenset[str] = frozenset()
    held_ids: frozenset[str] = frozenset()
    bars: Barrier = nothing_barred

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks on the account now, in order, repetitions included."""
        return tuple(entry.track for entry in self.entries if entry.track is not None)

    def among(self, order: Sequence[int]) -> tuple[Slot, ...]:
        """An order with the held rows back at the index they stood at, or at the end of a list
        that got shorter."""
        slots: list[Slot] = list(order)
        for index, entry in self.rows:
            slots.insert(min(index, len(slots)), entry)
        return tuple(slots)

    @property
    def held(self) -> tuple[Track, ...]:
        """The tracks among the rows that hold their place."""
        return tuple(entry.track for _, entry in self.rows if entry.track is not None)


def playlist_of(recipe: Recipe, inventory: Inventory) -> Playlist | None:
    """The playlist a recipe writes, as it was read; None where there is none yet."""
    playlist_id = inventory.recipe_playlists.get(recipe.id)
    if playlist_id is None and recipe.write.adopt and recipe.write.playlist_id:
        playlist_id = playlist_id_in(recipe.write.playlist_id) or recipe.write.playlist_id
    return inventory.playlists.get(playlist_id) if playlist_id is not None else None


def kept_rows(recipe: Recipe, inventory: Inventory, bars: Barrier = nothing_barred) -> KeptRows:
    """Find what stays.

    A row that could not be added back always stays, wanted or not: only its owner removes it.
    Edits by hand count while the recipe respects them.
    """
    playlist = playlist_of(recipe, inventory)
    entries = playlist.entries if playlist else ()
    known = {entry.track.id: entry.track for entry in entries if entry.track is not None}
    respect = recipe.write.respect_edits
    out_ids = frozenset(_ids(inventory.kept_out.get(recipe.id, ()))) if respect else frozenset()
    by_hand = [i for i in _ids(inventory.kept_in.get(recipe.id, ())) if i not in out_ids]
    in_ids = dict.fromkeys(by_hand if respect else ())
    rows = tuple(
        (index, entry)
        for index, entry in enumerate(entries)
        if entry.track is None or entry.kind != "track" or not entry.can_be_added_back
    )
    held = {entry.track.id for _, entry in rows if entry.track is not None}
    return KeptRows(
        entries=entries,
        rows=rows,
        kept_in=tuple(_tracks((i for i in in_ids if i not in held), inventory.tracks, known)),
        kept_out=tuple(_tracks(sorted(out_ids), inventory.tracks, known)),
        out_ids=out_ids,
        held_ids=frozenset(_ids(entry.uri for _, entry in rows if entry.track is None)),
        bars=bars,
    )


def staying_in_rotation(
    recipe: Recipe, inventory: Inventory, kept: KeptRows, wanted: Collection[str]
) -> tuple[list[str], list[str]]:
    """For a rotating recipe: the track ids that stay, and those whose turn it is to leave.

    The list rotated is the one the last period left, so that refreshing twice in a period changes
    nothing; before there is one, it is the adopted playlist as it was read. First leaves what the
    filters no longer let in, then what has been in for most periods, then what stood first.
    The first is in the order of that list, the second in the order of leaving; tracks added or
    removed by hand, and those that no recipe may bring in, are in neither.
    """
    versions = inventory.made.get(recipe.id, ())
    if versions:
        base: Iterable[str | None] = (track_id_in(each) for each in versions[0])
    else:
        base = (track.id for track in kept.tracks) if recipe.write.adopt else ()
    by_hand = {track.id for track in kept.kept_in} | kept.out_ids
    listed = {track.id: track for track in kept.tracks}
    rotating = [
        i
        for i in dict.fromkeys(base)
        if i is not None
        and i not in by_hand
        and not any(map(kept.bars, _tracks([i], inventory.tracks, listed)))
    ]
    place = {track_id: index for index, track_id in enumerate(rotating)}
    periods = {track_id: _periods_in(track_id, versions) for track_id in rotating}
    leaving_first = sorted(rotating, key=lambda i: (i in wanted, -periods[i], place[i]))
    number = max(recipe.write.rotate, len(rotating) - recipe.length if recipe.length else 0)
    leaving = set(leaving_first[:number])
    return [i for i in rotating if i not in leaving], leaving_first[:number]


def _periods_in(track_id: str, versions: Sequence[Sequence[str]]) -> int:
    """For how many periods in a row, up to the last, a track has been in."""
    periods = 0
    for version in versions:
        if not any(track_id_in(each) == track_id for each in version):
            break
        periods += 1
    return periods


def _ids(uris_or_ids: Iterable[str]) -> list[str]:
    return [i for each in uris_or_ids if (i := track_id_in(each)) is not None]


def _tracks(
    ids: Iterable[str], first: Mapping[str, Track], second: Mapping[str, Track]
) -> Iterable[Track]:
    for track_id in ids:
        track = first.get(track_id) or second.get(track_id)
        if track is not None:
            yield track
