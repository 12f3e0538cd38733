"""What sources and seeds give: tracks with where they come from, or why they cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from segue.music.track import Track, song_key
from segue.names import TRACK_URI, track_ids_in
from segue.playlists.inventory import Inventory, find_playlist
from segue.playlists.plan import Reason
from segue.recipe.values import PLAYLIST as OF_A_PLAYLIST
from segue.recipe.values import shown, title_and_artist

LATEST_LIKES = 20
"""How many of the latest likes a recipe without seeds starts from."""

NO_TRACKS = "has no tracks"
"""What is said of a list without tracks to go on from."""


@runtime_checkable
class Prepares(Protocol):
    """A mapping whose values are made in less time together than one by one."""

    def prepare(self, names: Iterable[str], /) -> None:
        """Make those of them that there are, since all will be asked for."""


@dataclass(frozen=True, slots=True)
class StartingTracks:
    """What a recipe's models start from, as track ids.

    `seeds` are songs named one by one, `playlist` a list in its order, oldest first; `label` says
    what the list is. `missing` are the seeds that could not be found, each with why.
    """

    seeds: tuple[str, ...] = ()
    playlist: tuple[str, ...] = ()
    label: str = ""
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be found, in words."""
        return tuple(why for _, why in self.missing)


def starting_tracks(seeds: tuple[str, ...], inventory: Inventory) -> StartingTracks:
    """Look up a recipe's seeds: in the library, and in what was searched for before.

    Without any, the user's latest likes stand for them.
    """
    if not seeds:
        latest = [saved.track_id for saved in inventory.liked[:LATEST_LIKES]]
        return StartingTracks(playlist=tuple(reversed(latest)), label="your latest likes")
    found: list[str] = []
    lists: list[str] = []
    names: list[str] = []
    missing: list[tuple[str, str]] = []
    names_of = library_names(inventory.tracks)
    for reference in seeds:
        if reference.startswith(OF_A_PLAYLIST):
            playlist = find_playlist(reference.removeprefix(OF_A_PLAYLIST).strip(), inventory)
            if isinstance(playlist, str):
                missing.append((reference, f"the seed “{reference}”: {playlist}"))
                continue
            ids = track_ids_in(playlist.uris)
            if not ids:
                missing.append((reference, f"the seed “{reference}” {NO_TRACKS}"))
                continue
            names.append(f"“{playlist.summary.name}”")
            lists += ids
            continue
        track_id = seed_id(reference, inventory, names_of)
        if track_id is None:
            missing.append((reference, _not_found(reference, inventory)))
        else:
            found.append(track_id)
    return StartingTracks(
        tuple(dict.fromkeys(found)),
        tuple(dict.fromkeys(lists)),
        " and ".join(names),
        tuple(missing),
    )


def _not_found(reference: str, inventory: Inventory) -> str:
    seed = shown(reference)
    if not inventory.not_found.isdisjoint((reference, seed)):
        return f"the seed “{seed}” was not found: Spotify has no such track"
    return f"the seed “{seed}” was not found; {LOOKED_FOR}"


Names = Mapping[tuple[str, str], str]
"""Track ids by normalised title and first artist."""


def library_names(tracks: Mapping[str, Track]) -> Names:
    """The ids of tracks by title and artist; of equals the first by id."""
    return {
        song_key(track.title, artist.name): track.id
        for track in sorted(tracks.values(), key=lambda track: track.id, reverse=True)
        for artist in track.artists[:3]
    }


def seed_id(reference: str, inventory: Inventory, names: Names) -> str | None:
    """The id of the track that a seed names, or None where it is unknown."""
    if reference.startswith(TRACK_URI):
        track_id = reference.removeprefix(TRACK_URI)
        return track_id if track_id in inventory.tracks else None
    for title, artist in title_and_artist(reference):
        found = names.get(song_key(title, artist))
        if found is not None:
            return found
    looked_up = inventory.seeds.get(reference)
    return looked_up if looked_up in inventory.tracks else None


LOOKED_FOR = "`segue sync` looks for it"
"""What is said of a seed or track that nobody asked Spotify for yet."""

PLAYLIST = "playlist"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a track comes from, when it was added there and its place, where these are known.

    `beside` is the song that it was named beside, in words.
    """

    kind: str
    name: str = ""
    added_at: datetime | None = None
    place: int | None = None
    beside: str = ""


Origins = dict[str, tuple[Origin, ...]]
"""Where each track comes from, by track id in the order of the sources."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something that a recipe names cannot be used; `pending` where the next run reads it.

    `reference` is set where it is one track of several that are named.
    """

    why: str
    pending: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """What a source gives: track ids with their origins, and by id the tracks its rows hold.

    Both are made as they are asked for, so that looking for problems alone costs nothing. `notes`
    are what is to be known of it.
    """

    pairs: Iterable[tuple[str, Origin]] = ()
    tracks: Iterable[tuple[str, Track]] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceGatherer:
    """One source: how it is collected, what a stage calls its tracks, and why one is there.

    `kind` is its origins' and reasons' kind. `text` completes "37 …". `reason` is given the origin,
    now, and when the track was last played; without one it is shown as a playlist is.
    """

    kind: str
    collect: Callable[[Any, Inventory], Collected]
    text: Callable[[Any], str]
    reason: Callable[[Origin, datetime, datetime | None], Reason] | None = None


def origins_of(pairs: Iterable[tuple[str, Origin]]) -> Origins:
    """Track ids with their origins, each track once."""
    found: Origins = {}
    for track_id, origin in pairs:
        earlier = found.get(track_id)
        if earlier is None:
            found[track_id] = (origin,)
        elif origin not in earlier:
            found[track_id] = (*earlier, origin)
    return found


def plain(track_ids: Iterable[str], origin: Origin) -> Collected:
    """Track ids that all come from the same place."""
    return Collected((track_id, origin) for track_id in track_ids)
