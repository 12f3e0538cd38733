"""Listening: what Spotify remembers of plays and what was imported, as one."""

from __future__ import annotations

from collections.abc import Mapping

from segue.music.recordings import normalised_artist, normalised_title
from segue.music.track import Track
from segue.playlists.listening import Listening, listening_of, merged, under_ids
from segued.store.history import History
from segued.store.state import State


def read_imported(state: State, tracks: Mapping[str, Track]) -> Listening:
    """The imported plays, each under the id its track has in the library."""
    history = state.history.get()
    if history is None:
        return listening_of(())
    return under_ids(history.listening, library_ids(history, tracks))


def read_listening(state: State, tracks: Mapping[str, Track]) -> Listening:
    """Every play that is known. Where an import tells a play too, its word counts: it knows how
    long it was heard."""
    return merged(read_imported(state, tracks), listening_of(state.plays.all()))


def library_ids(history: History, tracks: Mapping[str, Track]) -> tuple[str, ...]:
    """The ids of a history's tracks as the library has them.

    Spotify gives one recording several ids over the years: one that the library does not have is
    taken for the track of the same title and artist there, if there is one.
    """
    ids = history.listening.track_ids
    if all(track_id in tracks for track_id in ids):
        return ids
    named = {
        _name(track.title, track.artist): track.id
        for track in sorted(tracks.values(), key=lambda track: track.id, reverse=True)
    }
    return tuple(
        track_id if track_id in tracks else named.get(_name(title, artist), track_id)
        for track_id, title, artist in zip(ids, history.titles, history.artists, strict=True)
    )


def _name(title: str, artist: str) -> tuple[str, str]:
    return normalised_title(title), normalised_artist(artist)
