"""What stays in a list whatever a recipe would choose: the rows that stand there already, and new
songs on trial; and which of these come in beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from segue.music.track import Track
from segue.names import playlist_id_in, plural, track_id_in
from segue.playlists.choose.picking import Picked, Ranked
from segue.playlists.choose.picking import pick as pick_best
from segue.playlists.gather.candidates import Barrier, nothing_barred
from segue.playlists.gather.outside import newness
from segue.playlists.gather.pool import Pool
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistEntry
from segue.playlists.plan import Reason
from segue.playlists.trials import (
    draw_engine,
    hearing_of,
    judged,
    notes_on,
    reasons_of,
    record_of,
    stays_out,
)
from segue.recipe.recipe import Recipe
from segue.recipe.references import Newcomer

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


@dataclass(frozen=True, slots=True)
class Trials:
    """The newcomers of a list after a refresh, those chosen now among them, and what is said."""

    songs: tuple[Newcomer, ...] = ()
    staying: tuple[Track, ...] = ()
    picked: Picked = field(default_factory=lambda: Picked(()))
    rest: Ranked = field(default_factory=lambda: Ranked((), {}, {}))
    notes: tuple[str, ...] = ()
    reasons: Mapping[str, Reason] = field(default_factory=dict)


NO_TRIALS = Trials()


def on_trial(
    recipe: Recipe,
    inventory: Inventory,
    kept: KeptRows,
    ranked: Ranked,
    pool: Pool,
    when: tuple[datetime, int],
) -> Trials:
    """What stays of a list's newcomers, and what comes in beside them now.

    Those on trial hold their places; those that stayed too, the latest first, as far as the list
    has room, unless they graduated. Free places among `new` go to candidates that are new to the
    user, an engine being drawn for each; what is left of `ranked` fills the rest of the list.
    `when` is now and the seed.
    """
    wanted, (now, seed) = recipe.discover, when
    if wanted is None:
        return _without_those_that_left(inventory, ranked, pool, now)
    known = inventory.outside.newcomers.get(recipe.id, ())
    hearing = hearing_of((song.track_id for song in known), inventory)
    songs = [_taken_out(judged(song, wanted.rule, hearing, now), kept, now) for song in known]
    there = {track.id: track for track in kept.tracks} | dict(inventory.tracks)
    able = [s for s in songs if s.track_id in there and not _gone(s, there, kept)]
    trying = [song for song in able if song.outcome == "trying"]
    stayed = [song for song in able if song.outcome == "kept" and not song.graduated]
    room = None if recipe.length is None else max(recipe.length - wanted.new, 0)
    stayed = sorted(stayed, key=lambda song: song.ended_at or now, reverse=True)[:room]
    staying = tuple(there[song.track_id] for song in (*trying, *stayed))
    every_list = _all(inventory, songs, recipe.id)
    seen = stays_out(every_list, now) | {s.track_id for s in songs if s.outcome != "left"}
    is_new = newness(inventory)
    fresh = [i for i in ranked.ids if i not in seen and is_new(ranked.tracks[i])]
    queue = _by_engine(fresh, pool, record_of(every_list), seed)
    members = (*kept.kept_in, *staying, *kept.held)
    size = {"length": len(members) + max(wanted.new - len(trying), 0), "duration": None}
    if recipe.length is not None:
        size["length"] = min(size["length"] or 0, recipe.length)
    picked = pick_best(
        replace(ranked, ids=list(queue)),
        recipe.model_copy(update=size),
        members=members,
        kept_out=kept.kept_out,
    )
    came = [Newcomer(i, queue[i], now) for i in picked.track_ids]
    aside = {*fresh, *seen}
    rest = replace(ranked, ids=[i for i in ranked.ids if i not in aside])
    again = set(picked.track_ids)
    every = (*(song for song in songs if song.track_id not in again), *came)
    said, local = notes_on(recipe, every, came), now.astimezone(inventory.zone)
    return Trials(every, staying, picked, rest, said, reasons_of(every, recipe, local))


def _without_those_that_left(
    inventory: Inventory, ranked: Ranked, pool: Pool, now: datetime
) -> Trials:
    """The candidates of a list without trials, but for songs that left one within a year and that
    engines alone bring in."""
    left = stays_out(_all(inventory, (), ""), now)
    brought = {i: {each.kind for each in pool.origins.get(i, ())} for i in ranked.ids if i in left}
    out = {i for i, kinds in brought.items() if kinds == {"similar"}}
    if not out:
        return Trials(rest=ranked)
    ids = [i for i in ranked.ids if i not in out]
    shares = tuple(tuple(i for i in share if i not in out) for share in ranked.shares)
    note = f"{plural(len(out), 'song')} that left a trial within a year left out"
    return Trials(rest=replace(ranked, ids=ids, shares=shares), notes=(note,))


def _all(inventory: Inventory, songs: Sequence[Newcomer], recipe_id: str) -> list[Newcomer]:
    others = (each for i, each in inventory.outside.newcomers.items() if i != recipe_id)
    return [*songs, *(song for each in others for song in each)]


def _taken_out(song: Newcomer, kept: KeptRows, now: datetime) -> Newcomer:
    """A song that was taken out of the list by hand has left."""
    if song.outcome == "left" or song.track_id not in kept.out_ids:
        return song
    return replace(song, outcome="left", ended_at=now)


def _gone(song: Newcomer, there: Mapping[str, Track], kept: KeptRows) -> bool:
    track = there[song.track_id]
    in_already = any(track.id == each.id for each in (*kept.kept_in, *kept.held))
    return in_already or track.playable is False or kept.bars(track) is not None


def _by_engine(
    fresh: Sequence[str], pool: Pool, record: Mapping[str, tuple[int, int]], seed: int
) -> dict[str, str]:
    """Candidates in the order in which places are offered to them, each with who brings it in."""
    queues: dict[str, list[str]] = {}
    for track_id in fresh:
        for engine in engines_of(track_id, pool):
            queues.setdefault(engine, []).append(track_id)
    rng = np.random.default_rng(seed)
    found: dict[str, str] = {}
    at = dict.fromkeys(sorted(queues), 0)
    while at:
        engine = draw_engine(tuple(at), record, rng)
        queue = queues[engine]
        while at[engine] < len(queue) and queue[at[engine]] in found:
            at[engine] += 1
        if at[engine] == len(queue):
            del at[engine]
            continue
        found[queue[at[engine]]] = engine
    return found


def engines_of(track_id: str, pool: Pool) -> tuple[str, ...]:
    """Who brings in a track: the engines that name it, else the kinds of its sources."""
    origins = pool.origins.get(track_id, ())
    named = [each.name for each in origins if each.kind == "similar"]
    return tuple(dict.fromkeys(named or (each.kind for each in origins)))
