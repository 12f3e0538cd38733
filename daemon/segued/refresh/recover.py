"""After a crash: every write that was begun is finished, or found never to have happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from segue.errors import GuardError, SegueError, ServiceError
from segue.playlists.library import Playlist
from segued.inventory.identity import mark_in
from segued.refresh.edits import merge
from segued.refresh.write.execute import BAD_TRACK
from segued.refresh.write.journaled import bounds_of, send
from segued.refresh.write.operations import Operation, simulate
from segued.refresh.write.reading import PAUSES
from segued.refresh.write.record import bind_created, give_up, note_findings, record
from segued.refresh.write.route import fixed_uris, needed, route
from segued.run import Run
from segued.store.writes import Intent
from segued.sync.wanted import read_account

Status = Literal["finished", "nothing", "left"]

HIDDEN = (
    "a creation was cut off, and Spotify's list of your playlists has rows that cannot be read, so "
    "that nobody can tell whether the playlist is there; try again later"
)
HIDDEN_FOR = timedelta(days=1)
"""How long a playlist that was perhaps created is looked for behind rows that cannot be read."""
YOUNG = timedelta(minutes=10)
"""For so long after a write began, a read that shows nothing of it is made again, up to thrice."""
RECORDED: Mapping[Status, str] = {"finished": "changed", "nothing": "unchanged", "left": "failed"}
"""What the history calls each ending."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of one write that was cut off.

    "finished": the new list stands there. "nothing": the old one does, as if it had never begun.
    "left": it could not be dealt with now; the recipe is not written before it is.
    """

    recipe_id: str
    playlist_id: str | None
    status: Status
    text: str
    error: SegueError | None = None


def recover(run: Run) -> tuple[Recovered, ...]:
    """Deal with every open intent, oldest first; without one no request is made.

    The caller holds the writer's lock. An intent whose playlist cannot be read or written now
    stays open and is answered as "left", with the error.
    """
    return tuple(_recorded(run, intent) for intent in run.state.journal.open_intents())


def _recorded(run: Run, intent: Intent) -> Recovered:
    with run.recorded("recovery", intent.recipe_id) as line:
        try:
            found = _one(run, intent)
        except SegueError as error:
            text = f"{intent.name!r}: a write that was cut off cannot be recovered now: {error}"
            found = Recovered(intent.recipe_id, intent.playlist_id, "left", text, error)
        line.status, line.text = RECORDED[found.status], found.text
    return found


def _one(run: Run, intent: Intent) -> Recovered:
    client, state = run.client(), run.state
    read_account(run)  # on another account the playlist would seem to be gone
    listing = client.list_playlists()
    listed = {summary.id: summary for summary in listing.summaries}
    if intent.playlist_id is None:
        marked = [each for each in listed.values() if mark_in(each.description) == intent.recipe_id]
        if not marked and not listing.complete and abs(run.now - intent.started_at) < HIDDEN_FOR:
            return Recovered(intent.recipe_id, None, "left", f"{intent.name!r}: {HIDDEN}")
        if not marked:
            return _close(run, intent, "its playlist was never created")
        intent = replace(intent, playlist_id=marked[0].id)
        state.journal.intend(intent)
    assert intent.playlist_id is not None
    if intent.playlist_id not in listed and listing.complete:
        return _close(run, intent, "its playlist is gone from the account and stays gone")
    playlist = client.read_playlist(intent.playlist_id)
    if not intent.before and state.playlists.binding(intent.recipe_id) is None:
        bind_created(state, intent, playlist.summary)
    for pause in PAUSES if abs(run.clock() - intent.started_at) < YOUNG else ():
        if playlist.uris != intent.before:
            break
        client.pause(pause)
        playlist = client.read_playlist(intent.playlist_id)
    if not playlist.complete:
        return Recovered(
            intent.recipe_id, intent.playlist_id, "left", f"{intent.name!r} is read only in part"
        )
    if playlist.uris == intent.before:
        return _close(run, intent, "nothing of it had been written", _in_flight(intent, playlist))
    return _finish(run, intent, playlist)


def _finish(run: Run, intent: Intent, playlist: Playlist) -> Recovered:
    """Go on to the list that was wanted, from whatever stands there now."""
    edited = bool(set(playlist.uris).difference(intent.before, intent.after))
    if edited:
        run.state.versions.save(
            playlist, recipe_id=intent.recipe_id, why="edited", run=intent.run, now=run.now
        )
    ends = (intent.before, intent.after)
    bound = run.state.playlists.binding(intent.recipe_id)
    banned = bound.banned(run.now) if bound is not None else frozenset()
    after = tuple(uri for uri in intent.after if uri not in banned or uri in playlist.uris)
    wanted = merge(after, ends, playlist, cut_off_from=intent.before)
    whole = playlist.uris == wanted
    bounds = bounds_of(intent)
    run.client().check_available(needed(playlist.entries, wanted, bounds))
    written = send(run, intent, playlist, wanted)
    written = replace(written, unseen=(*_in_flight(intent, playlist), *written.unseen))
    found = written.found
    error = written.error
    bad_track = isinstance(error, ServiceError) and error.status == BAD_TRACK
    refused = bad_track or isinstance(error, GuardError)
    if refused and found is not None and found.complete and not set(found.uris) - set(wanted):
        # Spotify does not take the rest: the next refresh begins from what stands there.
        record(run, intent, replace(written, wanted=found.uris), found.uris, why="after")
        return _finished(intent, "Spotify does not take the rest of it, which is left out for now")
    if found is None or found.uris != written.wanted:
        note_findings(run, intent, written)
        why = error or "the playlist is not as it was written; it is looked at again"
        text = f"{intent.name!r}: a write that was cut off cannot be finished now: {why}"
        return Recovered(intent.recipe_id, intent.playlist_id, "left", text, error)
    left_out = set(written.left_out)
    ours = tuple(uri for uri in after if uri not in left_out)
    record(run, intent, written, ours, why="after")
    if whole and not edited:
        return _finished(intent, "it had been written whole")
    kept = "; an edit by hand met it and is kept" if edited else ""
    return _finished(intent, f"it had been cut off half-way and is finished{kept}")


def _in_flight(intent: Intent, playlist: Playlist) -> tuple[Operation, ...]:
    """The request that was under way when a write was cut off, which may yet take effect; all of
    the write's where the list is at none of its steps."""
    fixed = fixed_uris(playlist.entries)
    try:
        way = route(intent.before, intent.after, fixed, bounds_of(intent))
    except GuardError:
        return ()
    rows = intent.before
    for operation in way:
        if rows == playlist.uris:
            return (operation,)
        rows = simulate(rows, operation)
    return () if rows == playlist.uris else way


def _close(run: Run, intent: Intent, text: str, in_flight: tuple[Operation, ...] = ()) -> Recovered:
    give_up(run, intent, (intent.before, intent.after), in_flight)
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
