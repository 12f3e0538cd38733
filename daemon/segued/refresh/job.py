"""The refresh: put right what was cut off, sync, plan, and write what the guards let through; and
the cover of a playlist: sent when what it shows is another than was sent last."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from segue.errors import AuthorisationError, DataError, GuardError, RateLimitedError, SegueError
from segue.music.features import DISCO
from segue.names import track_ids_in
from segue.playlists.build import diff
from segue.playlists.inventory import Inventory
from segue.playlists.order.columns import columns_of, settings_for
from segue.playlists.order.order import standing_items
from segue.playlists.plan import GuardFinding, Plan
from segue.playlists.text import template_values
from segue.recipe.recipe import Recipe
from segue.recipe.values import FLOW, filled
from segued.config.secrets import expanded
from segued.config.sections import COVER_SCOPE
from segued.enrich.job import enrich_before_plan
from segued.exports import export_kept
from segued.refresh.apply import Request, apply
from segued.refresh.edits import Shown
from segued.refresh.edits import resume as without_pause
from segued.refresh.likes import promise, remember
from segued.refresh.outcome import Refreshed, RefreshOutcome
from segued.refresh.planning import ASIDE, Planned, plan_all
from segued.refresh.recover import recover
from segued.refresh.write.course import UNCLEAR
from segued.refresh.write.journaled import settle
from segued.refresh.write.operations import Add, ApplyOutcome
from segued.refresh.write.record import ban
from segued.run import Record, Run
from segued.store.files.atomic import read_file
from segued.store.playlists import Binding
from segued.store.state import State
from segued.sync.account import sync

LONGEST_NAME = 100
"""Characters that Spotify takes of a name."""
_LARGEST_FILE = 20_000_000
NONE_TAKEN = "as in an earlier run, Spotify takes none of the new tracks: the list stays as it is"
TRIED_INSTEAD = "others were tried in place of tracks that Spotify would not take"


def refresh_all(
    run: Run,
    names: Sequence[str] = (),
    *,
    waived: Collection[str] = (),
    resumed: bool = False,
    may_write: bool = True,
) -> RefreshOutcome:
    """Refresh the recipes of these names, all for none. The caller holds the writer's lock.

    `resumed` ends the pause of the named recipes: those whose playlist was deleted get a new one.
    A playlist that fails does not stop the others; a rate limit or a lost login does, and the
    rest is reported as failed for the same reason. Raises what `sync` and `plan_all` raise.
    """
    recovered = recover(run)
    synced = sync(run)
    enriched = enrich_before_plan(run, names)
    if resumed:
        _resume(run, names)
    plans = plan_all(run, names, waived=waived)
    to_write = {p.recipe.id: p.due for p in plans if may_write and p.plan.status == "changed"}
    done, inventory, known = list[Refreshed](), run.inventory(), promise(run, to_write)
    stopped: SegueError | None = None
    for number, planned in enumerate(plans):
        run.progress("write", number, len(plans))
        request = Request(
            planned.plan,
            planned.recipe,
            synced.user_id or inventory.user_id,
            planned.period,
            waived,
            may_write,
            models=planned.models,
            shown=_shown(run, planned, inventory),
            trial=planned.trial,
        )
        with run.recorded("refresh", planned.recipe.id) as line:
            if stopped is not None and planned.plan.status == "changed":
                done.append(_failed(planned, stopped))
            else:
                done.append(_write(run, planned, request))
            if isinstance(done[-1].error, (RateLimitedError, AuthorisationError)):
                stopped = done[-1].error
            _record(run, done[-1], line)
    run.progress("write", len(plans), len(plans))
    well = {each.plan.recipe_id: each.planned.due for each in done if each.exit_code == 0}
    remember(run, well, known)
    exports = export_kept(run, list(well))
    return RefreshOutcome(tuple(done), recovered, synced, run.requests, enriched, exports)


def _shown(run: Run, planned: Planned, inventory: Inventory) -> Shown:
    """A playlist's name and description, filled in from the list it is to have."""
    recipe = planned.recipe
    known = next(each for each in run.recipes if each.recipe.id == recipe.id)
    local = run.now.astimezone(run.settings.zone_of(known.configured_id))
    values = template_values(track_ids_in(planned.plan.uris), inventory, local.date())
    name, text = (filled(template, values) for template in (recipe.name, recipe.write.description))
    return Shown(name[:LONGEST_NAME].rstrip(), text)


def _write(run: Run, planned: Planned, request: Request) -> Refreshed:
    """Apply planned plan; whatever goes wrong with it is its outcome."""
    if planned.error is not None or planned.plan.status in ("refused", "failed"):
        _note_pause(planned, run.state)
        return Refreshed(planned, error=planned.error)
    try:
        binding = run.state.playlists.binding(request.recipe.id)
        outcome = apply(run, request)
        if outcome.doubted or outcome.dead:
            planned, outcome = _with_others(run, planned, request, outcome, binding)
    except GuardError as error:
        refusal = GuardFinding("conflict", True, str(error))
        plan = replace(planned.plan, status="refused", guards=(*planned.plan.guards, refusal))
        return Refreshed(replace(planned, plan=plan), error=error)
    except SegueError as error:
        return _failed(planned, error)
    undone: tuple[str, ...] = ()
    if outcome.status in ("changed", "unchanged"):
        settled = settle(run, request.recipe, planned.newcomers, planned.plan.run)
        undone = (*send_cover(run, request.recipe), *settled)
    notes = (*planned.plan.notes, *outcome.notes, *undone)
    if outcome.error is not None:
        notes = (*notes, str(outcome.error))
    plan = replace(
        planned.plan,
        status=outcome.status,
        notes=notes,
        playlist_id=outcome.playlist_id or planned.plan.playlist_id,
    )
    if outcome.status == "changed" and outcome.left_out:
        plan = _without(plan, outcome.left_out)
    partly = bool(outcome.left_out or undone)
    return Refreshed(replace(planned, plan=plan), outcome.version_id, outcome.error, partly)


def _with_others(
    run: Run, planned: Planned, request: Request, outcome: ApplyOutcome, before: Binding | None
) -> tuple[Planned, ApplyOutcome]:
    """After a write in which additions failed: try others in their place.

    Where others are taken, the first were to blame, and what the second try left is the outcome,
    whole or not. An error that tells of more than that try is the outcome's, beside what stands."""
    recipe, doubted = request.recipe, outcome.doubted
    earlier = frozenset(ban.uri for ban in before.bans) if before is not None else frozenset[str]()
    known = next(each for each in run.recipes if each.recipe.id == recipe.id)
    run.once(ASIDE, dict[str, frozenset[str]])[recipe.id] = earlier.union(doubted)
    try:
        (other,) = plan_all(run, (known.configured_id,), waived=request.waived)
        if other.plan.status == "changed" and len(other.plan.uris) >= len(other.plan.before):
            shown = _shown(run, other, run.inventory())
            again = apply(run, replace(request, plan=other.plan, models=other.models, shown=shown))
            if any(isinstance(operation, Add) for operation in again.operations):
                ban(run, recipe.id, doubted)
            if again.status == "changed" or again.written != outcome.written:
                # How the first try ended, its last note, is not how the list stands now.
                first = outcome.notes[:-1] if outcome.status == "failed" else outcome.notes
                notes, left = (*first, TRIED_INSTEAD, *again.notes), (*doubted, *again.left_out)
                return other, replace(again, notes=notes, left_out=left)
            if again.error is not None and not isinstance(again.error, UNCLEAR):
                raise again.error
    except (*UNCLEAR, GuardError) as error:
        outcome = replace(outcome, notes=(*outcome.notes, f"no others could be tried: {error}"))
    except SegueError as error:
        return planned, replace(outcome, error=error)
    again_refused = bool(doubted) and earlier.issuperset(doubted)
    return _at_rest(run, planned, outcome) if again_refused else (planned, outcome)


def _at_rest(run: Run, planned: Planned, outcome: ApplyOutcome) -> tuple[Planned, ApplyOutcome]:
    """A write whose tracks were refused in an earlier run too, and no others taken: where the list
    stands untouched, it stays so, and no refresh fails for them."""
    plan, stands = planned.plan, run.state.playlists.of_recipe(planned.recipe.id)
    if stands is None or not outcome.written == plan.before == stands.uris:
        return planned, outcome
    made = run.state.plans.get(planned.recipe.id)
    items = standing_items(stands.entries, made.after if made else (), run.now)
    planned = replace(planned, plan=replace(plan, after=items, diff=diff(plan.before, plan.before)))
    notes = (*outcome.notes, NONE_TAKEN)
    return planned, replace(outcome, status="unchanged", error=None, notes=notes)


def _without(plan: Plan, uris: Collection[str]) -> Plan:
    """The plan as it was written: without the tracks that could not be added."""
    after = tuple(item for item in plan.after if item.uri not in uris)
    return replace(plan, after=after, diff=diff(plan.before, [item.uri for item in after]))


def _failed(planned: Planned, error: SegueError) -> Refreshed:
    plan = replace(planned.plan, status="failed", notes=(*planned.plan.notes, str(error)))
    return Refreshed(replace(planned, plan=plan), error=error)


def _note_pause(planned: Planned, state: State) -> None:
    """A playlist that its user deleted pauses its recipe, so that every report says so."""
    binding = state.playlists.binding(planned.recipe.id)
    location = planned.location
    if binding is None or location is None or location.kind != "paused":
        return
    if binding.paused_reason is None:
        state.playlists.bind(replace(binding, paused_reason=location.text))
        state.playlists.commit()


def _resume(run: Run, names: Sequence[str]) -> None:
    listed = {summary.id for summary in run.state.playlists.summaries()}
    for known in run.chosen(names):
        binding = run.state.playlists.binding(known.recipe.id)
        if binding is not None and binding.playlist_id not in listed:
            run.state.playlists.bind(without_pause(binding))
        elif binding is not None:
            run.state.playlists.bind(replace(binding, exchanges=0))
    run.state.playlists.commit()


def _record(run: Run, refreshed: Refreshed, line: Record) -> None:
    """What the history and `segue explain` tell of it."""
    plan = refreshed.plan
    if plan.status in ("changed", "unchanged"):
        run.state.plans.save(plan)
    line.status, line.text = plan.status, refreshed.text
    line.counts = {
        "added": len(plan.diff.added),
        "removed": len(plan.diff.removed),
        "moved": plan.diff.moved,
        "tracks": len(plan.after),
    }


def send_cover(run: Run, recipe: Recipe) -> tuple[str, ...]:
    """Send the cover a recipe asks for to its playlist, unless that was the last one sent.

    What cannot be sent now is a note, and tried again by the next refresh: no list fails for its
    cover. The caller holds the writer's lock, and the list has been written.
    """
    wanted = recipe.write.cover
    binding = run.state.playlists.binding(recipe.id)
    if wanted is None or binding is None or binding.playlist_id is None:
        return ()
    try:
        digest, make = _from_flow(run, recipe) if wanted == FLOW else _from_file(wanted)
        if digest == binding.cover:
            return ()
        if not run.state.auth.allows(COVER_SCOPE):
            return ("its cover waits for a login that allows it: run `segue auth login` once more",)
        run.client().put_cover(binding.playlist_id, make())
    except SegueError as error:
        return (f"its cover is not changed yet: {error}",)
    # A write may have changed the binding meanwhile, as reading back a list does.
    latest = run.state.playlists.binding(recipe.id)
    assert latest is not None
    run.state.playlists.bind(replace(latest, cover=digest))
    run.state.playlists.commit()
    return ()


def _from_flow(run: Run, recipe: Recipe) -> tuple[str, Callable[[], bytes]]:
    from segue.sequencing.pictures.layout import cover_of, drawn_from, picture_of

    playlist = run.state.playlists.of_recipe(recipe.id)
    entries = playlist.entries if playlist is not None else ()
    tracks = [entry.track for entry in entries if entry.track is not None]
    columns = columns_of(tracks, run.state.features.features(), DISCO)
    order, titles = np.arange(len(tracks), dtype=np.int64), [track.title for track in tracks]
    picture = picture_of(columns.songs, order, settings_for(tracks, recipe.sequence), titles)
    return drawn_from(picture), lambda: cover_of(picture)


def _from_file(name: str) -> tuple[str, Callable[[], bytes]]:
    from segue.sequencing.pictures.layout import cover_from

    path = expanded(name)
    try:
        data = read_file(path, _LARGEST_FILE)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error

    def make() -> bytes:
        try:
            return cover_from(data)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error

    return hashlib.sha256(data).hexdigest()[:16], make
