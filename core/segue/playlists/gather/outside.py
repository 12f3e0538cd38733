"""The sources beyond the account: releases, searches, playlists of others, similar songs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain

from segue.music.track import Recordings, Track
from segue.names import track_ids_in
from segue.playlists.gather.collected import (
    LOOKED_FOR,
    Collected,
    Origin,
    Problem,
    SourceGatherer,
)
from segue.playlists.inventory import Inventory, own_playlists
from segue.playlists.library import Release, asked_key
from segue.playlists.plan import Reason
from segue.playlists.text import ago
from segue.recipe.sources import Found, NewReleases, OfAlbum, OfArtist, Similar, TopOfArtist

ENGINE_NAMES: Mapping[str, str] = {
    "reccobeats": "ReccoBeats",
    "listenbrainz": "ListenBrainz",
    "lastfm": "Last.fm",
}


def _new_releases(_: NewReleases, inventory: Inventory) -> Collected:
    outside = inventory.outside
    looked = sum(artist in outside.looked for artist in outside.watched)
    if not looked:
        why = "no artist was looked at for new releases yet, run `segue sync`"
        return Collected(problems=(Problem(why, pending=True),))
    waiting = len(outside.watched) - looked
    notes = f"new releases: {looked:,} of {len(outside.watched):,} artists looked at so far"
    found = [outside.releases[release_id] for release_id in outside.new]
    return replace(_released(found), notes=(notes,) if waiting else ())


def _released(releases: Iterable[Release]) -> Collected:
    return Collected(
        (track_id, Origin("release", release.name, release.released_at))
        for release in releases
        for track_id in release.track_ids or ()
    )


def _album(source: OfAlbum, inventory: Inventory) -> Collected:
    release = inventory.outside.releases.get(source.album_id)
    if release is not None and release.track_ids is not None:
        return _released([release])
    if source.album_id in inventory.not_found:
        return Collected(problems=(Problem(f"Spotify has no album with the id {source.album_id}"),))
    why = f"the album {source.album_id} is not known yet; {LOOKED_FOR}"
    return Collected(problems=(Problem(why, pending=True),))


def _of_artist(source: OfArtist, inventory: Inventory) -> Collected:
    name, outside = source.reference, inventory.outside
    artist_id = outside.artist_id(name)
    if artist_id == "":
        return Collected(problems=(Problem(f"Spotify's search finds no artist called “{name}”"),))
    looked = outside.looked.get(artist_id) if artist_id is not None else None
    ids = looked.release_ids if looked is not None else ()
    found = [outside.releases[i] for i in ids if i in outside.releases]
    read = sum(release.track_ids is not None for release in found)
    if looked is not None and looked.whole and not ids:
        return Collected(problems=(Problem(f"Spotify has nothing released by “{name}”"),))
    if looked is not None and looked.whole and read == len(ids):
        return _released(sorted(found, key=lambda release: release.released, reverse=True))
    far = f"{read} of {looked.total or len(found)} releases" if looked is not None else "nothing"
    why = f"of what “{name}” released, {far} was read so far; `segue sync` goes on"
    return Collected(problems=(Problem(why, pending=True),))


def _top_of(source: TopOfArtist, inventory: Inventory) -> Collected:
    return _asked("top-of-artist", source.reference, Origin("top of", source.reference), inventory)


def _found(source: Found, inventory: Inventory) -> Collected:
    return _asked("search", source.words, Origin("search", source.words), inventory)


def _asked(kind: str, words: str, origin: Origin, inventory: Inventory) -> Collected:
    known = inventory.outside.asked.get(asked_key(kind, words))
    if known is None:
        why = f"{kind}:{words} was not asked yet; {LOOKED_FOR}"
        return Collected(problems=(Problem(why, pending=True),))
    if known.why:
        return Collected(problems=(Problem(known.why),))
    placed = (replace(origin, place=place) for place in range(1, len(known.ids) + 1))
    return Collected(zip(known.ids, placed, strict=True))


def _similar(source: Similar, inventory: Inventory) -> Collected:
    known, name = inventory.outside.suggested.get(source.engine), ENGINE_NAMES[source.engine]
    if known is None:
        why = f"{name} was not asked for similar songs yet; {LOOKED_FOR}"
        return Collected(problems=(Problem(why, pending=True),))
    waiting = sum(song.looked_at is None for song in known.songs)
    note = f"{name}: {waiting:,} of the {len(known.songs):,} songs it names were not looked up yet"
    return Collected(_suggested(source, inventory), notes=(note,) if waiting else ())


def _suggested(source: Similar, inventory: Inventory) -> Iterator[tuple[str, Origin]]:
    """What a service named and the user neither has nor dislikes."""
    known, tracks = inventory.outside.suggested[source.engine], inventory.tracks
    found = [song for song in known.songs if song.track_id in tracks]
    new = newness(inventory) if found else _anything
    for place, song in enumerate(found, 1):
        if new(tracks[song.track_id]):
            beside = tracks[song.beside].title if song.beside in tracks else ""
            name = ENGINE_NAMES[source.engine]
            yield song.track_id, Origin("similar", name, place=place, beside=beside)


def newness(inventory: Inventory) -> Callable[[Track], bool]:
    """Whether a track is new to the user: neither it nor another version of it is liked, on a saved
    album or in a playlist of their own, and they do not dislike it."""
    disliked, recordings = disliked_tracks(inventory), Recordings(held_tracks(inventory))
    return lambda track: track.id not in disliked and recordings.original_of(track) is None


def held_tracks(inventory: Inventory) -> Iterator[Track]:
    """What the user has: likes, saved albums, and playlists of their own that no recipe makes."""
    own = (each for each in own_playlists(inventory) if not isinstance(each, str))
    ids = chain(
        (saved.track_id for saved in inventory.liked),
        (track_id for album in inventory.albums for track_id in album.track_ids),
        chain.from_iterable(track_ids_in(playlist.uris) for playlist in own),
    )
    yield from (inventory.tracks[i] for i in dict.fromkeys(ids) if i in inventory.tracks)


def disliked_tracks(inventory: Inventory) -> frozenset[str]:
    """The ids of tracks taken out of a playlist by hand, or skipped twice and mostly."""
    skips, plays = Counter(inventory.skips), Counter[str]()
    for play in inventory.plays:
        (skips if play.skipped else plays)[play.track_id] += 1
    plays.update({track_id: heard.plays for track_id, heard in inventory.heard.items()})
    skipped = (i for i, times in skips.items() if times >= _SKIPS and times > plays[i])
    return frozenset((*skipped, *track_ids_in(chain.from_iterable(inventory.kept_out.values()))))


_SKIPS = 2
"""Skipped so often, and more often than played, a track is disliked."""


def _anything(_: Track) -> bool:
    return True


def _beside(origin: Origin, _now: datetime, _played: datetime | None) -> Reason:
    beside = f" beside “{origin.beside}”" if origin.beside else ""
    return Reason("similar", f"{origin.name} names it{beside}")


def _released_when(origin: Origin, now: datetime, _: datetime | None) -> Reason:
    when = f", released {ago(origin.added_at, now)}" if origin.added_at else ""
    return Reason("release", f"on “{origin.name}”{when}")


OUTSIDE: Mapping[type, SourceGatherer] = {
    NewReleases: SourceGatherer(
        "release", _new_releases, lambda _: "on new releases", _released_when
    ),
    OfAlbum: SourceGatherer("release", _album, lambda _: "on the album", _released_when),
    OfArtist: SourceGatherer(
        "release", _of_artist, lambda source: f"by “{source.reference}”", _released_when
    ),
    TopOfArtist: SourceGatherer(
        "top of",
        _top_of,
        lambda source: f"top tracks of “{source.reference}”",
        lambda origin, _now, _played: Reason("top of", f"no. {origin.place} of “{origin.name}”"),
    ),
    Found: SourceGatherer(
        "search",
        _found,
        lambda source: f"found by “{source.words}”",
        lambda origin, _now, _played: Reason(
            "search", f"no. {origin.place} that “{origin.name}” finds"
        ),
    ),
    Similar: SourceGatherer(
        "similar", _similar, lambda source: f"named by {ENGINE_NAMES[source.engine]}", _beside
    ),
}
"""Every source beyond the account by its class."""
