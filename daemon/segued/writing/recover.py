"""After a crash: every write that was begun is finished, or found never to have happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Literal

from segue.errors import SegueError
from segue.playlists.library import Playlist, PlaylistEntry
from segued.inventory.markers import mark_in
from segued.store.journal import Intent
from segued.store.state import State
from segued.writing.client import PlaylistClient
from segued.writing.execute import execute
from segued.writing.merge import merge
from segued.writing.operations import gently, operations, simulate
from segued.writing.record import bind_created, record

HIDDEN = (
    "a creation was cut off, and Spotify's list of your playlists has rows that cannot be read, so "
    "that nobody can tell whether the playlist is there; try again later"
)
HIDDEN_FOR = timedelta(days=1)
"""How long a playlist that was perhaps created is looked for behind rows that cannot be read."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of one write that was cut off.

    "finished": the new list stands there. "nothing": the old one does, as if it had never begun.
    "left": it could not be dealt with now; the recipe is not written before it is.
    """

    recipe_id: str
    playlist_id: str | None
    status: Literal["finished", "nothing", "left"]
    text: str
    error: SegueError | None = None


def recover(client: PlaylistClient, state: State, *, now: datetime) -> tuple[Recovered, ...]:
    """Deal with every open intent, oldest first; without one no request is made.

    The caller holds the writer's lock. An intent whose playlist cannot be read or written now
    stays open and is answered as "left", with the error.
    """
    found: list[Recovered] = []
    for intent in state.journal.open_intents():
        try:
            found.append(_one(client, state, intent, now))
        except SegueError as error:
            found.append(
                Recovered(
                    intent.recipe_id,
                    intent.playlist_id,
                    "left",
                    f"{intent.name!r}: a write that was cut off cannot be recovered now: {error}",
                    error,
                )
            )
    return tuple(found)


def _one(client: PlaylistClient, state: State, intent: Intent, now: datetime) -> Recovered:
    listing = client.list_playlists()
    listed = {summary.id: summary for summary in listing.summaries}
    if intent.playlist_id is None:
        marked = [one for one in listed.values() if mark_in(one.description) == intent.recipe_id]
        if not marked and not listing.complete and now - intent.started_at < HIDDEN_FOR:
            return Recovered(intent.recipe_id, None, "left", f"{intent.name!r}: {HIDDEN}")
        if not marked:
            return _close(state, intent, "its playlist was never created")
        intent = replace(intent, playlist_id=marked[0].id)
        state.journal.intend(intent)
    assert intent.playlist_id is not None
    if intent.playlist_id not in listed and listing.complete:
        return _close(state, intent, "its playlist is gone from the account and stays gone")
    playlist = client.read_playlist(intent.playlist_id)
    if not intent.before and state.playlists.binding(intent.recipe_id) is None:
        bind_created(state, intent, playlist.summary)
    if not playlist.complete:
        return Recovered(
            intent.recipe_id, intent.playlist_id, "left", f"{intent.name!r} is read only in part"
        )
    if playlist.uris == intent.before:
        return _close(state, intent, "nothing of it had been written")
    if playlist.uris != intent.after:
        return _finish(client, state, intent, playlist, now)
    record(state, intent, playlist, intent.after, now=now, why="after")
    return _finished(intent, "it had been written whole")


def _finish(
    client: PlaylistClient, state: State, intent: Intent, playlist: Playlist, now: datetime
) -> Recovered:
    states = _states(state, intent)
    edited = playlist.uris not in states
    if edited:
        state.versions.save(
            playlist, recipe_id=intent.recipe_id, why="edited", run=intent.run, now=now
        )
    wanted = merge(intent.after, states, playlist, cut_off_from=intent.before)
    written = execute(client, playlist, wanted)
    if written.found is None or written.found.uris != written.wanted:
        error = written.error
        text = f"{intent.name!r}: a write that was cut off cannot be finished now: {error}"
        return Recovered(intent.recipe_id, intent.playlist_id, "left", text, error)
    ours = tuple(uri for uri in intent.after if uri not in written.dead)
    record(state, intent, written.found, ours, now=now, why="after", dead=written.dead)
    kept = "; an edit by hand met it and is kept" if edited else ""
    return _finished(intent, f"it had been cut off half-way and is finished{kept}")


def _states(state: State, intent: Intent) -> tuple[tuple[str, ...], ...]:
    """Every list our own writes alone could have left, in their order."""
    rows: tuple[PlaylistEntry, ...] = ()
    if intent.version_id is not None and intent.playlist_id is not None:
        rows = state.versions.get(intent.playlist_id, intent.version_id).entries
    uris = tuple(row.uri for row in rows)
    ways = (operations(rows, intent.after), gently(rows, intent.after))
    return tuple(step for way in ways for step in accumulate(way, simulate, initial=uris))


def _close(state: State, intent: Intent, text: str) -> Recovered:
    state.journal.done(intent.id)
    return Recovered(
        intent.recipe_id,
        intent.playlist_id,
        "nothing",
        f"{intent.name!r}: a write was cut off, and {text}",
    )


def _finished(intent: Intent, text: str) -> Recovered:
    return Recovered(
        intent.recipe_id,
        intent.playlist_id,
        "finished",
        f"{intent.name!r}: a write was cut off; {text}",
    )
