"""Planning: what every chosen recipe would make of its playlist, each on its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from segue.errors import NoScoreError, RecipeError, SegueError
from segue.models.saving import departed
from segue.names import track_id_in
from segue.playlists.build import build, make_plan
from segue.playlists.gather.candidates import CandidateFinder
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.order.order import Draft, standing_items
from segue.playlists.plan import Diff, GuardFinding, Plan, Status
from segue.playlists.score.models import Models
from segue.recipe.recipe import Recipe
from segue.recipe.references import Newcomer, in_building_order
from segued.enrich.outcome import missing_notes
from segued.inventory.identity import fingerprint
from segued.inventory.recipe_check import models_for
from segued.refresh.edits import Edits, Target, find_target, holds
from segued.refresh.guards import Location, kept_by_another, same_name
from segued.refresh.likes import covered
from segued.refresh.write.operations import MOST_ROWS, cut
from segued.refresh.write.reading import is_settling, read_now
from segued.refresh.write.route import fixed_uris
from segued.run import Run, RunRecipe
from segued.store.playlists import Trial, limits_now

ASIDE = "aside"
"""What a run keeps the tracks by that it does not try again, by recipe."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One recipe under its lasting id, its plan and its period.

    `location` is where it writes, `models` marks the models it was made with, `due` are the songs
    whose turn it was. `error` is why it could not be planned: its plan has the status "failed".
    """

    recipe: Recipe
    plan: Plan
    period: str
    location: Location | None = None
    error: SegueError | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    trial: Trial | None = None
    newcomers: tuple[Newcomer, ...] = ()
    due: tuple[str, ...] = ()


def plan_all(
    run: Run,
    names: Sequence[str] = (),
    *,
    offline: bool = False,
    waived: Collection[str] = (),
) -> tuple[Planned, ...]:
    """Plan the recipes of these names, all for none, in the order they have to be built.

    Nothing is written, neither to the account nor to the state. When `offline` the playlists are
    taken as they were last read. A recipe that cannot be planned is a failed plan; the others go
    on.

    Raises UsageError for an unknown name or where nothing was synced yet, and RecipeError for
    recipes that draw on each other in a circle.
    """
    wanted = {known.recipe.id: known for known in run.chosen(names)}
    order = in_building_order([known.recipe for known in run.recipes])
    inventory = covered(run, run.inventory())
    # In this order, and with the recipes they draw on by their ids.
    chosen = [replace(wanted[each.id], recipe=each) for each in order if each.id in wanted]
    planned: list[Planned] = []
    for number, known in enumerate(chosen):
        run.progress("plan", number, len(chosen))
        result, inventory = _Planning(run, known, inventory, waived, offline).plan()
        planned.append(result)
    run.progress("plan", len(chosen), len(chosen))
    return tuple(planned)


@dataclass(frozen=True, slots=True)
class _Planning:
    """The planning of one recipe."""

    run: Run
    known: RunRecipe
    inventory: Inventory
    waived: Collection[str]
    offline: bool

    @property
    def recipe(self) -> Recipe:
        return self.known.recipe

    @property
    def _find(self) -> CandidateFinder:
        return self.run.once("candidates", CandidateFinder)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(text for text in (self.known.note, self.known.why) if text)

    def plan(self) -> tuple[Planned, Inventory]:
        """The plan, and the inventory as later recipes see it."""
        try:
            return self._plan()
        except SegueError as error:
            failed = Planned(self.recipe, self._ended(error), self.known.period, error=error)
            return failed, self.inventory

    def _ended(self, error: SegueError) -> Plan:
        """The plan of a recipe that an error ended, with the error's own words."""
        try:
            lacking = self._lacking(self.inventory)
        except RecipeError:
            lacking = ()
        notes = (*self.notes, *lacking)
        refused = isinstance(error, NoScoreError)
        return Plan(
            recipe_id=self.recipe.id,
            name=self.recipe.name,
            playlist_id=None,
            run=self.run.id,
            seed=self.known.seed,
            made_at=self.run.now,
            status="refused" if refused else "failed",
            before=(),
            after=(),
            diff=Diff(),
            guards=(GuardFinding("no_score", True, str(error)),) if refused else (),
            notes=notes if refused else (*notes, str(error)),
        )

    def _plan(self) -> tuple[Planned, Inventory]:
        recipe, run = self.recipe, self.run
        target = self._target()
        inventory = _seen(self.inventory, recipe, target, run)
        marks = run.models.marks(recipe)
        held = holding(target, self.known, marks)
        newcomers: tuple[Newcomer, ...] = ()
        if held and target.playlist is not None:
            plan, models = self._as_it_stands(target, target.playlist, held), None
        else:
            (plan, newcomers), models = self._built(target, inventory), marks
        guards = (
            *target.check(plan.uris, self.waived),
            *same_name(recipe, target.location, self.inventory),
        )
        said = (*filter(None, (target.edits.text,)), *self._lacking(inventory))
        plan = replace(
            plan,
            status=_status(plan, guards, target.location),
            guards=guards,
            notes=(*self.notes, *said, *plan.notes),
        )
        ids = tuple(found for found in map(track_id_in, plan.uris) if found is not None)
        after = replace(inventory, planned={**inventory.planned, recipe.id: ids})
        found = Planned(
            recipe,
            plan,
            self.known.period,
            target.location,
            models=_made_with(target, models),
            trial=self.known.trial,
            newcomers=newcomers,
            due=tuple(inventory.coverage.due.get(recipe.id, ())),
        )
        return found, after

    def _lacking(self, inventory: Inventory) -> tuple[str, ...]:
        found = self._find(self.recipe, inventory, self.run.now)
        return missing_notes(self.recipe, inventory, self.run.state, found)

    def _target(self) -> Target:
        binding = self.run.state.playlists.binding(self.recipe.id)

        def read(summary: PlaylistSummary) -> Playlist | None:
            return read_now(self.run, summary, binding, offline=self.offline)

        settling = binding is not None and is_settling(binding, self.run.now)
        half_written = any(
            intent.recipe_id == self.recipe.id for intent in self.run.state.journal.open_intents()
        )
        found = find_target(
            self.recipe,
            binding,
            self.inventory.summaries,
            self.inventory.user_id,
            read,
            learn_edits=not (half_written or (self.offline and settling)),
        )
        recipes = (known.recipe for known in self.run.recipes)
        bindings = self.run.state.playlists.bindings()
        kept = kept_by_another(found.location, self.recipe, recipes, bindings)
        return (
            found if kept is None else replace(found, location=kept, playlist=None, edits=Edits())
        )

    def _built(self, target: Target, inventory: Inventory) -> tuple[Plan, tuple[Newcomer, ...]]:
        """What the recipe makes of everything known now, and the new songs on trial in it."""
        models = models_for(self.recipe, inventory, self.run.models)
        draft = self._draft(inventory, models)
        kept, notes = draft.items, draft.notes
        most = limits_now(target.binding, self.run.now).most_rows or MOST_ROWS
        if len(kept) > most:
            fixed = fixed_uris(target.playlist.entries) if target.playlist is not None else ()
            kept = cut(kept, most, lambda item: item.uri in fixed)
            over = len(draft.items) - most
            notes = (*notes, f"Spotify lets this playlist have {most} rows: {over} are left out")
        draft = replace(draft, items=kept, notes=notes)
        return self._make(draft, target), draft.newcomers

    def _draft(self, inventory: Inventory, models: Models) -> Draft:
        draft = build(self.recipe, inventory, models, self.run.now, self.known.seed, self._find)
        return replace(draft, report={}) if self.known.trial else draft  # which would give it away

    def _as_it_stands(self, target: Target, playlist: Playlist, notes: tuple[str, ...]) -> Plan:
        """A plan that leaves the list as it is, with the reasons it was made with."""
        made = self.run.state.plans.get(self.recipe.id)
        draft = Draft(
            recipe_id=self.recipe.id,
            name=self.recipe.name,
            made_at=self.run.now,
            seed=self.known.seed,
            items=standing_items(playlist.entries, made.after if made else (), self.run.now),
            report={},
            notes=notes,
        )
        return self._make(draft, target)

    def _make(self, draft: Draft, target: Target) -> Plan:
        snapshot = target.playlist.summary.snapshot_id if target.playlist else None
        earlier, where = self.run.state.plans.get(self.recipe.id), target.location.playlist_id
        return make_plan(draft, target.uris, where, snapshot, self.run.id, earlier)


def holding(target: Target, known: RunRecipe, marks: Mapping[str, str]) -> tuple[str, ...]:
    """Why this period's list stays as it stands, in words; nothing where it is to be made anew.

    A recipe that was itself changed since is made anew.
    """
    binding = target.binding
    if binding is None or binding.fingerprint != fingerprint(known.recipe):
        return ()
    if binding.undone == known.period:
        return (f"an undo brought this list back; {holds(known.recipe.name)}",)
    made = binding.made[0] if binding.made else None
    if made is None or made.period != known.period:
        return ()
    gone = departed(made.models, marks)
    return (*gone, "this period's list stays as it is until the next begins") if gone else ()


def _made_with(target: Target, models: Mapping[str, str] | None) -> Mapping[str, str]:
    """The marks to keep with the list: those of the models that made it."""
    if models is not None:
        return models
    binding = target.binding
    return binding.made[0].models if binding is not None and binding.made else {}


def _status(plan: Plan, guards: Sequence[GuardFinding], location: Location) -> Status:
    """A refusal counts where there is something to refuse: a list as it should be stays so."""
    stopped = any(finding.refused for finding in guards)
    nowhere = location.kind in ("paused", "refused", "create")
    return "refused" if stopped and (nowhere or plan.status == "changed") else plan.status


def _seen(inventory: Inventory, recipe: Recipe, target: Target, run: Run) -> Inventory:
    """The inventory as this recipe sees it: its playlist as read now, with the edits by hand."""
    edits, playlist, location = target.edits, target.playlist, target.location
    banned = target.binding.banned(run.now) if target.binding is not None else frozenset[str]()
    aside = run.once(ASIDE, dict[str, frozenset[str]]).get(recipe.id, frozenset())
    changed = replace(
        inventory,
        kept_in={**inventory.kept_in, recipe.id: edits.kept_in},
        kept_out={**inventory.kept_out, recipe.id: frozenset(edits.kept_out)},
        dead={**inventory.dead, recipe.id: banned.union(edits.hidden, aside)},
        reordered=inventory.reordered | {recipe.id} if edits.reordered else inventory.reordered,
    )
    if playlist is None or location.playlist_id is None:
        return changed
    made = changed.made
    if location.kind == "adopted" and not made.get(recipe.id):
        made = {**made, recipe.id: (playlist.uris,)}  # as `record` will remember it
    return replace(
        changed,
        made=made,
        playlists={**changed.playlists, location.playlist_id: playlist},
        recipe_playlists={**changed.recipe_playlists, recipe.id: location.playlist_id},
    )
