"""Applying a plan: the only way a recipe changes an account."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from segue.errors import ConflictError, SegueError, UnavailableError
from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import Plan
from segue.recipe.recipe import Recipe
from segued.inventory.fingerprint import fingerprint
from segued.inventory.markers import mark_in, marked
from segued.store.journal import Intent
from segued.store.playlists import Binding
from segued.store.state import State
from segued.sync.trust import doubt
from segued.writing.client import PlaylistClient
from segued.writing.details import Details, changed_details
from segued.writing.edits import find_edits
from segued.writing.guards import check
from segued.writing.locate import Location, locate
from segued.writing.operations import operations
from segued.writing.outcome import ApplyOutcome
from segued.writing.record import bind_created, made_with, remember
from segued.writing.write import write_list


def apply(
    plan: Plan,
    recipe: Recipe,
    client: PlaylistClient,
    state: State,
    *,
    now: datetime,
    user_id: str,
    period: str = "",
    waived: Collection[str] = (),
    may_write: bool = True,
) -> ApplyOutcome:
    """Write a plan to the account, creating the playlist where there is none.

    The caller holds the writer's lock. `period` names the schedule's period, for freshness.
    A failed guard gives "refused", a failing service "failed" with the error in it. Raises
    ConflictError, before anything is written, when the playlist is not as it was planned from.
    """
    if plan.refusals or plan.status == "refused":
        return _refused(plan, tuple(finding.text for finding in plan.refusals))
    if not may_write:
        return _refused(plan, ("planned but not written: writing is not allowed now",))
    if any(intent.recipe_id == recipe.id for intent in state.journal.open_intents()):
        raise ConflictError(
            f"{recipe.name!r}: an earlier write was cut off and is not recovered yet; run the "
            "refresh again, it begins with that"
        )
    if plan.playlist_id is None:
        return _create(plan, recipe, client, state, now, user_id, period, waived)
    return _existing(plan, recipe, client, state, now, user_id, period, waived)


def _existing(
    plan: Plan,
    recipe: Recipe,
    client: PlaylistClient,
    state: State,
    now: datetime,
    user_id: str,
    period: str,
    waived: Collection[str],
) -> ApplyOutcome:
    assert plan.playlist_id is not None
    playlist = _as_planned(plan, state) or client.read_playlist(plan.playlist_id)
    binding = state.playlists.binding(recipe.id)
    location = locate(recipe, binding, (playlist.summary,), user_id)
    if location.kind == "create":
        location = Location("refused", text=f"{playlist.summary.name!r} was not made by Segue")
    found = check(recipe.write, location, playlist, plan.uris, waived=waived)
    if refusals := tuple(finding.text for finding in found if finding.refused):
        return _refused(plan, refusals)
    if playlist.uris != plan.before:
        doubt(state.playlists, playlist.summary.id)  # what was stored may be what was wrong
        state.playlists.commit()
        raise ConflictError(
            f"{playlist.summary.name!r} was edited since it was read; nothing was written. "
            "Run the refresh again, it takes the edit into account"
        )
    details = changed_details(recipe, binding, playlist.summary)
    intent = replace(
        _intent(plan, recipe, binding, playlist, now, period), adopted=location.kind == "adopted"
    )
    if not operations(playlist.entries, plan.uris):
        return _only_details(client, state, intent, playlist, details)
    version = state.versions.save(
        playlist, recipe_id=recipe.id, why="before", run=plan.run, now=now
    )
    intent = replace(intent, version_id=version.id)
    state.journal.intend(intent)
    outcome = write_list(client, state, intent, playlist, now=now)
    if outcome.status != "changed":
        return outcome
    return replace(outcome, notes=(*outcome.notes, *_change(client, state, intent, details)))


def _as_planned(plan: Plan, state: State) -> Playlist | None:
    """What a plan that changes nothing was made from: nothing is written, so no look is due."""
    known = state.playlists.playlist(plan.playlist_id) if plan.playlist_id else None
    if plan.status != "unchanged" or known is None or not known.complete:
        return None
    same = known.summary.snapshot_id == plan.snapshot_id and known.uris == plan.before
    return known if same else None


def _create(
    plan: Plan,
    recipe: Recipe,
    client: PlaylistClient,
    state: State,
    now: datetime,
    user_id: str,
    period: str,
    waived: Collection[str],
) -> ApplyOutcome:
    found = check(recipe.write, Location("create"), None, plan.uris, waived=waived)
    if refusals := tuple(finding.text for finding in found if finding.refused):
        return _refused(plan, refusals)
    if (there := _marked(client, recipe.id, user_id)) is not None:
        raise ConflictError(
            f"{recipe.name!r} has a playlist already ({there.name!r}, by its mark); nothing was "
            "written. Run the refresh again, it takes that one"
        )
    intent = _intent(plan, recipe, state.playlists.binding(recipe.id), None, now, period)
    state.journal.intend(intent)
    try:
        made = _made(client, intent, user_id)
    except UnavailableError as error:
        # Nobody knows whether it exists: the open intent has the next start look for it.
        return ApplyOutcome("failed", notes=("the playlist could not be created",), error=error)
    except SegueError as error:
        state.journal.done(intent.id)
        return ApplyOutcome("failed", notes=("the playlist could not be created",), error=error)
    intent = replace(intent, playlist_id=made.id, snapshot_id=made.snapshot_id)
    state.journal.intend(intent)
    bind_created(state, intent, made)
    return write_list(client, state, intent, Playlist(made, ()), now=now)


def _made(client: PlaylistClient, intent: Intent, user_id: str) -> PlaylistSummary:
    try:
        return client.create_playlist(
            intent.name, public=intent.public, description=intent.description
        )
    except UnavailableError:
        made = _marked(client, intent.recipe_id, user_id)
        if made is None:
            raise
        return made


def _marked(client: PlaylistClient, recipe_id: str, user_id: str) -> PlaylistSummary | None:
    for summary in client.list_playlists().summaries:
        if summary.owner_id == user_id and mark_in(summary.description) == recipe_id:
            return summary
    return None


def _only_details(
    client: PlaylistClient, state: State, intent: Intent, playlist: Playlist, details: Details
) -> ApplyOutcome:
    """The list stands as planned: at most name and description change, and what is remembered."""
    binding = state.playlists.binding(intent.recipe_id)
    bound = binding or Binding(
        intent.recipe_id, playlist.summary.id, intent.name, intent.fingerprint
    )
    bound = replace(
        bound,
        playlist_id=playlist.summary.id,
        paused_reason=None,
        fingerprint=intent.fingerprint,
        # An order by hand is told from what Segue wrote, so that stays what it was.
        written=playlist.uris if bound.written is None else bound.written,
        made=made_with(bound.made, intent, playlist.uris),
        adopted=bound.adopted or intent.adopted,
    )
    if bound != binding:
        state.playlists.bind(bound)
        remember(state, playlist)
        state.playlists.commit()
    notes = _change(client, state, intent, details)
    return ApplyOutcome(
        status="unchanged" if details.empty else "changed",
        playlist_id=playlist.summary.id,
        snapshot_id=playlist.summary.snapshot_id,
        notes=notes,
        written=playlist.uris,
    )


def _change(
    client: PlaylistClient, state: State, intent: Intent, details: Details
) -> tuple[str, ...]:
    """Change name and description; what cannot be changed now is tried again next time."""
    assert intent.playlist_id is not None
    notes: tuple[str, ...] = ()
    if not details.empty:
        try:
            client.change_details(
                intent.playlist_id, name=details.name, description=details.description
            )
        except SegueError as error:
            return (f"name and description are not changed yet: {error}",)
        if details.name is not None:
            notes = (f"renamed to {details.name!r}",)
    bound = state.playlists.binding(intent.recipe_id)
    assert bound is not None
    renewed = replace(bound, name=intent.name, description=intent.text)
    if renewed != bound:
        state.playlists.bind(renewed)
        state.playlists.commit()
    return notes


def _intent(
    plan: Plan,
    recipe: Recipe,
    binding: Binding | None,
    playlist: Playlist | None,
    now: datetime,
    period: str,
) -> Intent:
    edits = find_edits(binding, playlist, respect=recipe.write.respect_edits)
    return Intent(
        id=uuid.uuid4().hex,
        kind="refresh",
        recipe_id=recipe.id,
        playlist_id=plan.playlist_id,
        name=recipe.name,
        description=marked(recipe.write.description, recipe.id),
        public=recipe.write.public,
        fingerprint=fingerprint(recipe),
        run=plan.run,
        started_at=now,
        before=playlist.uris if playlist else (),
        after=plan.uris,
        snapshot_id=playlist.summary.snapshot_id if playlist else None,
        kept_in=edits.kept_in,
        kept_out=edits.kept_out,
        period=period,
        text=recipe.write.description,
    )


def _refused(plan: Plan, notes: tuple[str, ...]) -> ApplyOutcome:
    return ApplyOutcome(
        "refused", playlist_id=plan.playlist_id, snapshot_id=plan.snapshot_id, notes=notes
    )
