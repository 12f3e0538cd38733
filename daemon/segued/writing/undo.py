"""Bringing a kept version of a playlist back. An undo is a write like any other: undoable."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from segue.errors import ConflictError, GuardError, StoreError
from segue.playlists.library import Playlist
from segued.store.journal import Intent
from segued.store.playlists import Binding
from segued.store.state import State
from segued.store.versions import Version
from segued.writing.client import PlaylistClient
from segued.writing.operations import operations
from segued.writing.outcome import ApplyOutcome
from segued.writing.write import write_list


def undo(
    binding: Binding,
    client: PlaylistClient,
    state: State,
    *,
    now: datetime,
    run: str,
    version_id: str | None = None,
) -> ApplyOutcome:
    """Bring a version of a recipe's playlist back: the named one, else the latest that differs
    from what stands there (so that undoing twice comes back to where it began).

    The caller holds the writer's lock. Raises GuardError where rows would be lost for good, could
    not be added, or nothing would remain, and StoreError where there is no such version.
    """
    if binding.playlist_id is None:
        raise StoreError(f"{binding.name!r} has no playlist yet, so there is nothing to undo")
    if any(intent.recipe_id == binding.recipe_id for intent in state.journal.open_intents()):
        raise ConflictError(f"{binding.name!r}: an earlier write was cut off; recover it first")
    listing = client.list_playlists()
    if listing.complete and binding.playlist_id not in {one.id for one in listing.summaries}:
        raise GuardError(
            f"the playlist of {binding.name!r} is gone from your account; bring it back on "
            "Spotify's account page (Recover playlists), then undo"
        )
    playlist = client.read_playlist(binding.playlist_id)
    if not playlist.complete:
        raise GuardError(f"{binding.name!r} could be read only in part; try again")
    version = _wanted(state, playlist, version_id)
    if not version.entries:
        raise GuardError(f"version {version.id} of {binding.name!r} is empty; it stays as it is")
    if not operations(playlist.entries, version.uris):
        return ApplyOutcome(
            "unchanged",
            playlist_id=playlist.summary.id,
            snapshot_id=playlist.summary.snapshot_id,
            notes=(f"version {version.id} stands there already",),
            written=playlist.uris,
        )
    kept = state.versions.save(playlist, recipe_id=binding.recipe_id, why="undo", run=run, now=now)
    intent = _intent(binding, playlist, version, kept.id, run, now)
    state.journal.intend(intent)
    outcome = write_list(client, state, intent, playlist, now=now)
    said = f"version {version.id} of {version.taken_at:%Y-%m-%d %H:%M} UTC is back"
    notes = (said, *outcome.notes) if outcome.status == "changed" else outcome.notes
    return replace(outcome, notes=notes)


def _wanted(state: State, playlist: Playlist, version_id: str | None) -> Version:
    if version_id is not None:
        return state.versions.get(playlist.summary.id, version_id)
    for version in state.versions.list(playlist.summary.id):
        if version.entries and version.uris != playlist.uris:
            return version
    raise StoreError(
        f"no version of {playlist.summary.name!r} but the present one is kept, so there is "
        "nothing to undo"
    )


def _intent(
    binding: Binding, playlist: Playlist, version: Version, kept: str, run: str, now: datetime
) -> Intent:
    """What an undo brings back is wanted, what it takes away is not: edits by hand follow it."""
    there = set(version.uris)
    return Intent(
        id=uuid.uuid4().hex,
        kind="undo",
        recipe_id=binding.recipe_id,
        playlist_id=playlist.summary.id,
        name=binding.name,
        description=playlist.summary.description,
        public=bool(playlist.summary.public),
        fingerprint=binding.fingerprint,
        run=run,
        started_at=now,
        before=playlist.uris,
        after=version.uris,
        snapshot_id=playlist.summary.snapshot_id,
        kept_in=tuple(uri for uri in binding.kept_in if uri in there),
        kept_out=tuple(uri for uri in binding.kept_out if uri not in there),
        period=binding.made[0].period if binding.made else "",
        version_id=kept,
        text=binding.description or "",
    )
