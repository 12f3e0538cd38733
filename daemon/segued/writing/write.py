"""One journaled write of a list: version, intent, write, read back, record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from segue.errors import (
    AuthorisationError,
    GuardError,
    MalformedAnswerError,
    RateLimitedError,
    SegueError,
)
from segue.playlists.library import Playlist
from segue.playlists.plan import Status
from segued.store.journal import Intent
from segued.store.state import State
from segued.writing.client import PlaylistClient
from segued.writing.edits import compare
from segued.writing.execute import Written, execute
from segued.writing.merge import merge
from segued.writing.operations import Replace
from segued.writing.outcome import ApplyOutcome
from segued.writing.record import record
from segued.writing.snapshots import edits_between

LEFT_OPEN = "the write was cut off; the next start finishes it or takes it back"
PARTLY = "the playlist was written, but could be read back only in part"
OVERWRITTEN = (
    "the playlist was edited between being read and being replaced; that edit is overwritten and "
    "Spotify does not tell what it was"
)


def write_list(
    client: PlaylistClient, state: State, intent: Intent, playlist: Playlist, *, now: datetime
) -> ApplyOutcome:
    """Make `playlist`, as read a moment ago, into `intent.after`.

    `intent` is on the disk already. It is done when the outcome is certain: written, or as it was
    before. Otherwise it stays open for `recover`.
    """
    written = execute(client, playlist, intent.after)
    notes: list[str] = []
    if written.cut_short and written.found is not None:
        notes.append(_edited(state, intent, written, now))
        written = _again(client, written)
    found = written.found
    if found is not None and found.complete:
        if written.error is None or found.uris == written.wanted:
            return _ended(state, intent, playlist, found, written, notes, now)
    elif written.error is None:
        written = replace(written, error=MalformedAnswerError(PARTLY))
    return _failed(client, state, intent, playlist, written, notes, now)


def _ended(
    state: State,
    intent: Intent,
    playlist: Playlist,
    found: Playlist,
    written: Written,
    notes: list[str],
    now: datetime,
) -> ApplyOutcome:
    others = edits_between(
        playlist.summary.snapshot_id, found.summary.snapshot_id, len(written.done)
    )
    # Without what somebody added meanwhile: told from this list, that is an edit by hand.
    ours = tuple(uri for uri in intent.after if uri not in written.dead)
    why = "undone" if intent.kind == "undo" else "after"
    if found.uris != written.wanted and others == 0:
        # Nobody else wrote: Spotify put another release of a track in its place.
        ours = found.uris
        notes.append("Spotify shows some tracks under other ids than they were written with")
    elif found.uris != written.wanted:
        why = "edited"
        notes.append(_edited(state, intent, written, now))
    elif others and any(isinstance(one, Replace) for one in written.done) and not notes:
        notes.append(OVERWRITTEN)
    if written.dead:
        notes.append(f"left out, since Spotify would not take them: {', '.join(written.dead)}")
    record(state, intent, found, ours, now=now, why=why, dead=written.dead)
    return _outcome("changed", intent, written, notes)


def _failed(
    client: PlaylistClient,
    state: State,
    intent: Intent,
    playlist: Playlist,
    written: Written,
    notes: list[str],
    now: datetime,
) -> ApplyOutcome:
    found = written.found
    if found is not None and found.complete and found.uris == playlist.uris:
        state.journal.done(intent.id)
        return _outcome("failed", intent, written, [*notes, "nothing was changed"])
    useless = isinstance(written.error, (RateLimitedError, AuthorisationError))
    if found is None or not found.complete or useless:
        return _outcome("failed", intent, written, [*notes, LEFT_OPEN])
    back = _restore(client, intent, found)
    if back is None or not back.as_wanted:
        return _outcome("failed", intent, written, [*notes, LEFT_OPEN])
    assert back.found is not None
    state.versions.save(
        back.found, recipe_id=intent.recipe_id, why="restored", run=intent.run, now=now
    )
    state.journal.done(intent.id)
    outcome = _outcome("failed", intent, written, [*notes, "it failed half-way and is taken back"])
    return replace(outcome, written=back.found.uris, snapshot_id=back.found.summary.snapshot_id)


def _restore(client: PlaylistClient, intent: Intent, found: Playlist) -> Written | None:
    try:
        return execute(client, found, intent.before)
    except GuardError:
        return None  # somebody added a row that a restore would lose: recovery merges instead


def _again(client: PlaylistClient, written: Written) -> Written:
    """Go on after an edit that showed in the middle, with the edit kept."""
    assert written.found is not None
    wanted = merge(written.wanted, written.expected, written.found)
    try:
        again = execute(client, written.found, wanted)
    except SegueError as error:
        return replace(written, error=error)
    done, dead = (*written.done, *again.done), (*written.dead, *again.dead)
    return replace(again, done=done, dead=dead)


def _edited(state: State, intent: Intent, written: Written, now: datetime) -> str:
    """Keep an edit that landed during a write as a version, and say what it was."""
    found = written.found
    assert found is not None
    version = state.versions.save(
        found, recipe_id=intent.recipe_id, why="edited", run=intent.run, now=now
    )
    edits = compare(written.expected[0], found.uris)
    what = [
        *(f"added {uri}" for uri in edits.added),
        *(f"removed {uri}" for uri in edits.removed),
    ]
    return (
        f"somebody edited the playlist while it was written ({', '.join(what) or 'its order'}); "
        f"what was found is kept as version {version.id}"
    )


def _outcome(status: Status, intent: Intent, written: Written, notes: list[str]) -> ApplyOutcome:
    found = written.found
    return ApplyOutcome(
        status=status,
        playlist_id=intent.playlist_id,
        version_id=intent.version_id,
        snapshot_id=found.summary.snapshot_id if found else None,
        notes=tuple(notes),
        operations=written.done,
        written=found.uris if found else None,
        dead=written.dead,
        error=written.error if status == "failed" else None,
    )
