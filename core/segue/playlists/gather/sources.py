"""How each source is gathered: what tracks it gives, in whose words, and why it cannot.

One entry a source. To add one: `segue.recipe.sources` says how it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain

from segue.music.genres import no_such_genre
from segue.names import track_id_in
from segue.playlists.gather.collected import (
    LOOKED_FOR,
    PLAYLIST,
    Collected,
    Origin,
    Problem,
    SourceGatherer,
    plain,
)
from segue.playlists.gather.outside import OUTSIDE
from segue.playlists.inventory import NOT_READ_YET, Inventory, find_playlist
from segue.playlists.library import Playlist
from segue.playlists.plan import Reason
from segue.playlists.text import ago, quoted
from segue.recipe.sources import (
    FromPlaylist,
    FromRecipe,
    Liked,
    OfGenre,
    RecentPlays,
    SavedAlbums,
    TheseTracks,
    TopTracks,
)

RANGE_WORDS: Mapping[str, str] = {
    "short": "the last four weeks",
    "medium": "the last six months",
    "long": "the last year",
}


def collect_playlist(found: Playlist | str, kind: str, name: str = "") -> Collected:
    """The tracks of a playlist that was found, or why it was not."""
    if isinstance(found, str):
        return Collected(problems=(Problem(found, found.endswith(NOT_READ_YET)),))
    name = name or found.summary.name
    incomplete = Problem(f"some rows of the playlist “{name}” could not be read")
    tracks = [entry for entry in found.entries if entry.kind == "track"]
    rows = [(i, entry) for entry in tracks if (i := track_id_in(entry.uri))]
    return Collected(
        ((track_id, Origin(kind, name, entry.added_at)) for track_id, entry in rows),
        ((track_id, entry.track) for track_id, entry in rows if entry.track is not None),
        () if found.complete else (incomplete,),
    )


def unknown_track(track_id: str, inventory: Inventory) -> Problem | None:
    """Why a track named by its id cannot be used, or None where it can."""
    if track_id in inventory.tracks:
        return None
    named = f"track:{track_id}"
    if track_id in inventory.not_found:
        return Problem(f"Spotify has no track with the id {track_id}", reference=named)
    why = f"the track {track_id} is not known yet; {LOOKED_FOR}"
    return Problem(why, pending=True, reference=named)


def _unread(part: str, name: str, inventory: Inventory) -> tuple[Problem, ...]:
    """A part of the account that nobody has read is not an empty one."""
    if part not in inventory.unread_parts:
        return ()
    return (Problem(f"{name} were not read yet, run `segue sync`", pending=True),)


def _liked(_: Liked, inventory: Inventory) -> Collected:
    return Collected(
        ((s.track_id, Origin("liked", added_at=s.added_at)) for s in inventory.liked),
        problems=_unread("likes", "your Liked Songs", inventory),
    )


def _albums(_: SavedAlbums, inventory: Inventory) -> Collected:
    return Collected(
        (
            (track_id, Origin("album", album.name, album.added_at))
            for album in inventory.albums
            for track_id in album.track_ids
        ),
        problems=_unread("albums", "your saved albums", inventory),
    )


def _top(source: TopTracks, inventory: Inventory) -> Collected:
    ids = inventory.top.get(source.range)
    if ids is None:
        why = f"your top tracks of {RANGE_WORDS[source.range]} were not read yet, run `segue sync`"
        return Collected(problems=(Problem(why, pending=True),))
    label = RANGE_WORDS[source.range]
    return Collected((i, Origin("top", label, place=place)) for place, i in enumerate(ids, 1))


def _plays(_: RecentPlays, inventory: Inventory) -> Collected:
    newest_first = (play.track_id for play in reversed(inventory.plays))
    # An imported history reaches back to tracks that nothing is known about.
    imported = (i for i in inventory.heard if i in inventory.tracks)
    found = plain(chain(newest_first, imported), Origin("plays"))
    return Collected(found.pairs, problems=_unread("plays", "your recent plays", inventory))


def _recipe(source: FromRecipe, inventory: Inventory) -> Collected:
    name = source.reference
    planned = inventory.planned.get(name)
    if planned is not None:
        return plain(planned, Origin("recipe", name))
    playlist_id = inventory.recipe_playlists.get(name)
    if playlist_id is None:
        return Collected(problems=(Problem(f"the recipe “{name}” has not made a playlist yet"),))
    return collect_playlist(find_playlist(playlist_id, inventory), "recipe", name)


def _of_genre(source: OfGenre, inventory: Inventory) -> Collected:
    tree, wanted = inventory.genre_tree, inventory.genre_tree.find(source.reference)
    if wanted is None:
        return Collected(problems=(Problem(no_such_genre(source.reference, tree)),))
    able = {genre for genre in tree.names if wanted in tree.above(genre)}
    found = (i for i in inventory.tracks if not able.isdisjoint(inventory.genres.get(i, ())))
    return plain(found, Origin("genre", tree.names[wanted]))


def _tracks(source: TheseTracks, inventory: Inventory) -> Collected:
    problems = (unknown_track(track_id, inventory) for track_id in source.track_ids)
    found = plain(source.track_ids, Origin("named"))
    return Collected(found.pairs, problems=tuple(each for each in problems if each is not None))


def _liked_when(origin: Origin, now: datetime, _: datetime | None) -> Reason:
    when = origin.added_at
    return Reason("liked", f"liked {ago(when, now)}" if when else "liked")


def _played_when(_: Origin, now: datetime, played: datetime | None) -> Reason:
    return Reason("plays", f"played {ago(played, now)}" if played else "played")


def _always(text: str) -> Callable[[Origin, datetime, datetime | None], Reason]:
    """A reason of the origin's kind; {} in its text is the origin's name."""
    return lambda origin, _now, _played: Reason(origin.kind, text.format(origin.name))


GATHERERS: Mapping[type, SourceGatherer] = {
    Liked: SourceGatherer("liked", _liked, lambda _: "liked", _liked_when),
    SavedAlbums: SourceGatherer(
        "album", _albums, lambda _: "on saved albums", _always("on your saved album “{}”")
    ),
    FromPlaylist: SourceGatherer(
        PLAYLIST,
        lambda source, inventory: collect_playlist(
            find_playlist(source.reference, inventory), PLAYLIST
        ),
        lambda source: f"in “{source.reference}”",
    ),
    TopTracks: SourceGatherer(
        "top",
        _top,
        lambda source: f"top tracks of {RANGE_WORDS[source.range]}",
        lambda origin, _now, _played: Reason(
            "top", f"no. {origin.place} of your top tracks of {origin.name}"
        ),
    ),
    RecentPlays: SourceGatherer("plays", _plays, lambda _: "played", _played_when),
    FromRecipe: SourceGatherer(
        "recipe",
        _recipe,
        lambda source: f"of the recipe “{source.reference}”",
        _always("in what the recipe “{}” made"),
    ),
    TheseTracks: SourceGatherer(
        "named", _tracks, lambda _: "named", _always("named in the recipe")
    ),
    OfGenre: SourceGatherer(
        "genre", _of_genre, lambda source: f"of the genre “{source.reference}”", _always("{}")
    ),
    **OUTSIDE,
}
"""Every source by its class."""


def origin_reasons(
    origins: Iterable[Origin], now: datetime, last_played: datetime | None
) -> Iterable[Reason]:
    """Where a track comes from, in words; playlists together."""
    reasons = {gatherer.kind: gatherer.reason for gatherer in GATHERERS.values()}
    playlists: dict[str, datetime | None] = {}
    for origin in origins:
        reason = reasons[origin.kind]
        if reason is not None:
            yield reason(origin, now, last_played)
        else:
            playlists[origin.name] = origin.added_at
    if playlists:
        word = "playlist" if len(playlists) == 1 else "playlists"
        added = next(iter(playlists.values())) if len(playlists) == 1 else None
        when = f", added {ago(added, now)}" if added is not None else ""
        yield Reason(PLAYLIST, f"in your {word} {quoted(list(playlists), 'and')}{when}")
