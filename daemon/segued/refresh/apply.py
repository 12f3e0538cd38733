"""Applying a plan: the only way a recipe changes an account."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from segue.errors import ConflictError, SegueError, UnavailableError
from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import Plan
from segue.recipe.recipe import Recipe
from segue.recipe.values import named_in
from segued.inventory.identity import fingerprint, mark_in, marked, unmarked
from segued.refresh.edits import Details, Edits, Shown, Target, changed_details, find_target
from segued.refresh.guards import Location
from segued.refresh.write.journaled import bounds_of, write_list
from segued.refresh.write.operations import MOST_ROWS, ApplyOutcome, floor, still_late
from segued.refresh.write.reading import read_current
from segued.refresh.write.record import (
    banned_with,
    bind_created,
    made_with,
    remember,
)
from segued.refresh.write.route import CREATE, LIST, needed
from segued.run import Run
from segued.store.playlists import Binding, Trial, limits_now
from segued.store.writes import Intent
from segued.sync.tracks import doubt


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be applied, for whom.

    `period` names the schedule's period, for freshness; `waived` the guards that only report.
    `models` marks the models the plan was made with, `trial` its part in an experiment; `shown` is
    what its playlist is to be called, the recipe's own name and text where it is not said.
    """

    plan: Plan
    recipe: Recipe
    user_id: str
    period: str = ""
    waived: Collection[str] = ()
    may_write: bool = True
    models: Mapping[str, str] = field(default_factory=dict)
    trial: Trial | None = None
    shown: Shown | None = None

    @property
    def details(self) -> Shown:
        """What the account is to show of it."""
        return self.shown or Shown(self.recipe.name, self.recipe.write.description)


def apply(run: Run, request: Request) -> ApplyOutcome:
    """Write a plan to the account, creating the playlist where there is none.

    The caller holds the writer's lock. A failed guard gives "refused", a failing service "failed"
    with the error in it. Raises, before anything is written, ConflictError when the playlist is
    not as it was planned from, and RateLimitedError while an endpoint that the write may need is
    cooling down.
    """
    plan, recipe = request.plan, request.recipe
    if plan.refusals or plan.status == "refused":
        return _refused(plan, tuple(finding.text for finding in plan.refusals))
    if not request.may_write:
        return _refused(plan, ("planned but not written: writing is not allowed now",))
    if any(intent.recipe_id == recipe.id for intent in run.state.journal.open_intents()):
        raise ConflictError(
            f"{recipe.name!r}: an earlier write was cut off and is not recovered yet; run the "
            "refresh again, it begins with that"
        )
    if plan.playlist_id is None:
        return _create(run, request)
    return _existing(run, request, plan.playlist_id)


def _existing(run: Run, request: Request, playlist_id: str) -> ApplyOutcome:
    plan, recipe, state = request.plan, request.recipe, run.state
    binding = state.playlists.binding(recipe.id)
    playlist = _as_planned(run, plan) or read_current(run, binding, playlist_id)
    target = find_target(recipe, binding, (playlist.summary,), request.user_id, lambda _: playlist)
    if target.location.kind == "create":
        elsewhere = Location("refused", text=f"{playlist.summary.name!r} was not made by Segue")
        target = replace(target, location=elsewhere)
    found = target.check(plan.uris, request.waived)
    if refusals := tuple(finding.text for finding in found if finding.refused):
        return _refused(plan, refusals)
    if playlist.uris != plan.before:
        doubt(state.playlists, playlist.summary.id)  # what was stored may be what was wrong
        state.playlists.commit()
        raise ConflictError(
            f"{playlist.summary.name!r} was edited since it was read; nothing was written. "
            "Run the refresh again, it takes the edit into account"
        )
    rows = playlist.uris != plan.uris
    details = changed_details(recipe, request.details, binding, playlist.summary, rows=rows)
    intent = _intent(run, request, target)
    if playlist.uris == plan.uris:
        return _only_details(run, intent, playlist, details)
    run.client().check_available(needed(playlist.entries, plan.uris, bounds_of(intent)))
    version = state.versions.save(
        playlist, recipe_id=recipe.id, why="before", run=plan.run, now=run.now
    )
    intent = replace(intent, version_id=version.id)
    state.journal.intend(intent)
    outcome = write_list(run, intent, playlist)
    if outcome.status != "changed":
        return outcome
    return replace(outcome, notes=(*outcome.notes, *_change(run, intent, details)))


def _as_planned(run: Run, plan: Plan) -> Playlist | None:
    """What a plan that changes nothing was made from: nothing is written, so no look is due."""
    known = run.state.playlists.playlist(plan.playlist_id) if plan.playlist_id else None
    if plan.status != "unchanged" or known is None or not known.complete:
        return None
    same = known.summary.snapshot_id == plan.snapshot_id and known.uris == plan.before
    return known if same else None


def _create(run: Run, request: Request) -> ApplyOutcome:
    plan, recipe, state = request.plan, request.recipe, run.state
    binding = state.playlists.binding(recipe.id)
    target = Target(recipe, binding, Location("create"), None, _kept(binding))
    found = target.check(plan.uris, request.waived)
    if refusals := tuple(finding.text for finding in found if finding.refused):
        return _refused(plan, refusals)
    intent = _intent(run, request, target)
    wanted = needed((), plan.uris, bounds_of(intent))
    run.client().check_available((CREATE, LIST, *sorted(wanted)))
    if (there := _marked(run, recipe.id, request.user_id)) is not None:
        raise ConflictError(
            f"{recipe.name!r} has a playlist already ({there.name!r}, by its mark); nothing was "
            "written. Run the refresh again, it takes that one"
        )
    state.journal.intend(intent)
    try:
        made = _made(run, intent, request.user_id)
    except UnavailableError as error:
        # Nobody knows whether it exists: the open intent has the next start look for it.
        return ApplyOutcome("failed", notes=("the playlist could not be created",), error=error)
    except SegueError as error:
        state.journal.done(intent.id)
        return ApplyOutcome("failed", notes=("the playlist could not be created",), error=error)
    intent = replace(intent, playlist_id=made.id, snapshot_id=made.snapshot_id)
    state.journal.intend(intent)
    bind_created(state, intent, made)
    return write_list(run, intent, Playlist(made, ()))


def _kept(binding: Binding | None) -> Edits:
    return Edits(binding.kept_in, binding.kept_out) if binding is not None else Edits()


def _made(run: Run, intent: Intent, user_id: str) -> PlaylistSummary:
    try:
        return run.client().create_playlist(
            intent.shown or intent.name, public=intent.public, description=intent.description
        )
    except UnavailableError:
        made = _marked(run, intent.recipe_id, user_id)
        if made is None:
            raise
        return made


def _marked(run: Run, recipe_id: str, user_id: str) -> PlaylistSummary | None:
    for summary in run.client().list_playlists().summaries:
        if summary.owner_id == user_id and mark_in(summary.description) == recipe_id:
            return summary
    return None


def _only_details(run: Run, intent: Intent, playlist: Playlist, details: Details) -> ApplyOutcome:
    """The list stands as planned: at most name and description change, and what is remembered."""
    state = run.state
    binding = state.playlists.binding(intent.recipe_id)
    bound = binding or Binding(
        intent.recipe_id, playlist.summary.id, intent.name, intent.fingerprint
    )
    bound = replace(
        bound,
        playlist_id=playlist.summary.id,
        paused_reason=None,
        fingerprint=intent.fingerprint,
        # An order by hand is recognised by what Segue wrote, which therefore stays as it was.
        written=playlist.uris if bound.written is None else bound.written,
        made=made_with(bound.made, intent, playlist.uris),
        adopted=bound.adopted or intent.adopted,
        late=still_late(bound.late, run.clock()),
    )
    if bound.dead:  # stored without a date, they would never end
        bound = replace(bound, dead=(), bans=banned_with(bound, (), run.clock()))
    if bound != binding:
        state.playlists.bind(bound)
        remember(state, playlist)
        state.playlists.commit()
    notes = _change(run, intent, details)
    return ApplyOutcome(
        status="unchanged" if details.empty else "changed",
        playlist_id=playlist.summary.id,
        snapshot_id=playlist.summary.snapshot_id,
        notes=notes,
        written=playlist.uris,
    )


def _change(run: Run, intent: Intent, details: Details) -> tuple[str, ...]:
    """Change name and description; what cannot be changed now is tried again next time."""
    assert intent.playlist_id is not None
    notes: tuple[str, ...] = ()
    if not details.empty:
        try:
            run.client().change_details(
                intent.playlist_id, name=details.name, description=details.description
            )
        except SegueError as error:
            _owe(run, intent.recipe_id, details)
            return (f"name and description are not changed yet: {error}",)
        if details.name is not None:
            notes = (f"renamed to {details.name!r}",)
    bound = run.state.playlists.binding(intent.recipe_id)
    assert bound is not None
    renewed = replace(bound, name=intent.name, description=intent.text, owed=None)
    # An earlier request whose answer was lost may have changed them after all.
    if named_in(intent.name) and intent.shown in (bound.owed or ()):
        renewed = replace(renewed, shown_name=intent.shown)
    if named_in(intent.text) and unmarked(intent.description) in (bound.owed or ()):
        renewed = replace(renewed, shown_text=unmarked(intent.description))
    if details.name is not None:
        renewed = replace(renewed, shown_name=details.name if named_in(intent.name) else None)
    if details.description is not None:
        text = unmarked(details.description) if named_in(intent.text) else None
        renewed = replace(renewed, shown_text=text)
    if renewed != bound:
        run.state.playlists.bind(renewed)
        run.state.playlists.commit()
    return notes


def _owe(run: Run, recipe_id: str, details: Details) -> None:
    """Remember what was asked for and is not known to be so: the next refresh sees to it."""
    bound = run.state.playlists.binding(recipe_id)
    assert bound is not None
    tried = [details.name, None if details.description is None else unmarked(details.description)]
    owed = dict.fromkeys((*(bound.owed or ()), *(text for text in tried if text is not None)))
    run.state.playlists.bind(replace(bound, owed=tuple(owed)))
    run.state.playlists.commit()


def _intent(run: Run, request: Request, target: Target) -> Intent:
    plan, recipe, policy = request.plan, request.recipe, request.recipe.write
    playlist = target.playlist
    limits = limits_now(target.binding, run.now)
    return Intent(
        id=uuid.uuid4().hex,
        kind="refresh",
        recipe_id=recipe.id,
        playlist_id=plan.playlist_id,
        name=recipe.name,
        description=marked(request.details.text, recipe.id),
        public=policy.public,
        fingerprint=fingerprint(recipe),
        run=plan.run,
        started_at=run.now,
        before=target.uris,
        after=plan.uris,
        snapshot_id=playlist.summary.snapshot_id if playlist else None,
        kept_in=target.edits.kept_in,
        kept_out=target.edits.kept_out,
        exchanges=target.edits.exchanges,
        period=request.period,
        text=policy.description,
        adopted=target.location.kind == "adopted",
        least=floor(
            len(target.uris),
            len(plan.uris),
            min_tracks=policy.min_tracks,
            max_shrink=policy.max_shrink,
        ),
        most=limits.most_rows or MOST_ROWS,
        reorder=limits.unmovable_until is None,
        models=request.models,
        trial=request.trial,
        shown=request.details.name if named_in(recipe.name) else "",
    )


def _refused(plan: Plan, notes: tuple[str, ...]) -> ApplyOutcome:
    return ApplyOutcome(
        "refused", playlist_id=plan.playlist_id, snapshot_id=plan.snapshot_id, notes=notes
    )
