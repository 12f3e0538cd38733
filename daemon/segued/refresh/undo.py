"""Bringing a kept version of a playlist back. An undo is a write like any other: undoable."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

from segue.errors import ConflictError, GuardError, StoreError
from segue.playlists.library import Playlist
from segue.recipe.references import WritePolicy
from segued.config.schedule.zone import local_time
from segued.refresh.edits import holds
from segued.refresh.recover import recover
from segued.refresh.write.journaled import bounds_of, write_list
from segued.refresh.write.operations import MOST_ROWS, ApplyOutcome, floor
from segued.refresh.write.reading import read_current
from segued.refresh.write.route import needed
from segued.run import Run, RunRecipe
from segued.store.playlists import Binding, limits_now
from segued.store.state import State
from segued.store.writes import Intent, Version

NOT_MADE = (
    "it has no playlist yet, so there is nothing to undo; `segue plan` shows what a refresh would "
    "make"
)
NOTHING_TO_UNDO = "no version but the present one is kept, so there is nothing to undo"


def undo_recipe(run: Run, known: RunRecipe, version_id: str | None = None) -> ApplyOutcome:
    """Bring back a version of a recipe's playlist: the named one, else the latest that differs.

    The caller holds the writer's lock. Raises what `undo` raises, recorded as failed.
    """
    recipe = known.recipe
    recover(run)
    binding = run.state.playlists.binding(recipe.id)
    if binding is None or binding.playlist_id is None:
        return ApplyOutcome("unchanged", notes=(NOT_MADE,))
    if version_id is not None:  # a typing mistake is no undo, and has no line in the history
        run.state.versions.get(binding.playlist_id, version_id)
    with run.recorded("undo", recipe.id) as line:
        outcome = undo(run, binding, recipe.write, period=known.period, version_id=version_id)
        line.status = outcome.status
        line.text = "; ".join(outcome.notes) or (str(outcome.error) if outcome.error else "")
    return outcome


def held(run: Run, chosen: Iterable[RunRecipe]) -> list[RunRecipe]:
    """Those of the chosen recipes whose list an undo holds in their present period."""
    bindings = run.state.playlists.bindings()
    return [
        known
        for known in chosen
        if (bound := bindings.get(known.recipe.id)) is not None and bound.undone == known.period
    ]


def release(run: Run, chosen: Iterable[RunRecipe]) -> list[RunRecipe]:
    """Let the next refresh make anew what an undo holds, and give it. The caller holds the
    writer's lock."""
    found = held(run, chosen)
    for known in found:
        binding = run.state.playlists.binding(known.recipe.id)
        if binding is not None:
            run.state.playlists.bind(replace(binding, undone=None))
    if found:
        run.state.playlists.commit()
    return found


def undo(
    run: Run,
    binding: Binding,
    policy: WritePolicy,
    *,
    period: str,
    version_id: str | None = None,
) -> ApplyOutcome:
    """Bring a version of a recipe's playlist back: the named one, else the latest that differs
    from what stands there (so that undoing twice comes back to where it began).

    The next refresh leaves it as it is while `period` lasts. The caller holds the writer's lock.
    Raises GuardError where rows would be lost for good, could
    not be added, or nothing would remain, and UsageError where there is no such version.
    """
    client, state = run.client(), run.state
    if binding.playlist_id is None:
        raise StoreError(f"{binding.name!r} has no playlist yet, so there is nothing to undo")
    if any(intent.recipe_id == binding.recipe_id for intent in state.journal.open_intents()):
        raise ConflictError(f"{binding.name!r}: an earlier write was cut off; recover it first")
    listing = client.list_playlists()
    if listing.complete and binding.playlist_id not in {each.id for each in listing.summaries}:
        raise GuardError(
            f"the playlist of {binding.name!r} is gone from your account; bring it back on "
            "Spotify's account page (Recover playlists), then undo"
        )
    playlist = read_current(run, binding, binding.playlist_id)
    if not playlist.complete:
        raise GuardError(f"{binding.name!r} could be read only in part; try again")
    version = _wanted(state, playlist, version_id)
    if version is None:
        return _unchanged(playlist, NOTHING_TO_UNDO)
    if not version.entries:
        raise GuardError(f"version {version.id} of {binding.name!r} is empty; it stays as it is")
    if playlist.uris == version.uris:
        return _unchanged(playlist, f"version {version.id} stands there already")
    intent = replace(_intent(run, binding, policy, playlist, version), holds=period)
    client.check_available(needed(playlist.entries, version.uris, bounds_of(intent)))
    kept = state.versions.save(
        playlist, recipe_id=binding.recipe_id, why="undo", run=run.id, now=run.now
    )
    intent = replace(intent, version_id=kept.id)
    state.journal.intend(intent)
    outcome = write_list(run, intent, playlist)
    if outcome.status != "changed":
        return outcome
    said = f"version {version.id}, of {local_time(version.taken_at)}, is back"
    return replace(outcome, notes=(said, holds(binding.name), *outcome.notes))


def _unchanged(playlist: Playlist, note: str) -> ApplyOutcome:
    return ApplyOutcome(
        "unchanged",
        playlist_id=playlist.summary.id,
        snapshot_id=playlist.summary.snapshot_id,
        notes=(note,),
        written=playlist.uris,
    )


def _wanted(state: State, playlist: Playlist, version_id: str | None) -> Version | None:
    """The version named, or the latest that differs; None where no other is kept."""
    if version_id is not None:
        return state.versions.get(playlist.summary.id, version_id)
    for version in state.versions.list(playlist.summary.id):
        if version.entries and version.uris != playlist.uris:
            return version
    return None


def _intent(
    run: Run, binding: Binding, policy: WritePolicy, playlist: Playlist, version: Version
) -> Intent:
    """What an undo brings back is wanted, what it takes away is not: edits by hand follow it."""
    there = set(version.uris)
    least = floor(
        len(playlist.entries),
        len(version.entries),
        min_tracks=policy.min_tracks,
        max_shrink=policy.max_shrink,
    )
    limits = limits_now(binding, run.now)
    return Intent(
        id=uuid.uuid4().hex,
        kind="undo",
        recipe_id=binding.recipe_id,
        playlist_id=playlist.summary.id,
        name=binding.name,
        description=playlist.summary.description,
        public=bool(playlist.summary.public),
        fingerprint=binding.fingerprint,
        run=run.id,
        started_at=run.now,
        before=playlist.uris,
        after=version.uris,
        snapshot_id=playlist.summary.snapshot_id,
        kept_in=tuple(uri for uri in binding.kept_in if uri in there),
        kept_out=tuple(uri for uri in binding.kept_out if uri not in there),
        period=binding.made[0].period if binding.made else "",
        text=binding.description or "",
        least=least,
        most=limits.most_rows or MOST_ROWS,
        reorder=limits.unmovable_until is None,
    )
