"""Planning: what every chosen recipe would make of its playlist, each on its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from segue.errors import NoScoreError, RecipeError, SegueError
from segue.playlists.build import build
from segue.playlists.diff import make_plan
from segue.playlists.gather.building_order import in_building_order
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import Diff, GuardFinding, Plan, Status
from segue.playlists.references import namesakes
from segue.playlists.score.models import Lookup
from segue.playlists.score.randomness import seed_for
from segue.progress import Progress as Progress
from segue.recipe.recipe import Recipe
from segued.config.schema import Settings
from segued.config.select import select_recipes
from segued.inventory.encoder import choice_of, known_key
from segued.inventory.identity import recipes_with_ids
from segued.inventory.models import SavedModels, models_for
from segued.inventory.reading import read_inventory
from segued.jobs.not_looked_up import not_looked_up
from segued.store.state import State
from segued.sync.trust import believed
from segued.writing.edits import Edits, find_edits
from segued.writing.guards import check
from segued.writing.locate import Location, locate


class PlaylistReader(Protocol):
    """The part of a Spotify client that planning needs."""

    def read_playlist(self, playlist_id: str) -> Playlist: ...


@dataclass(frozen=True, slots=True)
class Planned:
    """One recipe under its lasting id, its plan and its period.

    `location` is where it writes. `error` is why it could not be planned; the plan then has the
    status "failed" and its text among the notes.
    """

    recipe: Recipe
    plan: Plan
    period: str
    location: Location | None = None
    error: SegueError | None = None


lasting_recipes = recipes_with_ids


def plan_all(
    settings: Settings,
    state: State,
    client: PlaylistReader | None,
    *,
    names: Sequence[str],
    now: datetime,
    run: str,
    progress: Progress,
    seed: int | None = None,
    lookup: Lookup | None = None,
    waived: Collection[str] = (),
) -> tuple[Planned, ...]:
    """Plan the recipes of these names, all for none, in the order they have to be built.

    Nothing is written, neither to the account nor to the state. Without a `client` the playlists
    are taken as they were last read, and without a `lookup` models as they were saved. A recipe
    that cannot be planned is a failed plan; the others go on.

    Raises UsageError for an unknown name or where nothing was synced yet, and RecipeError for
    recipes that draw on each other in a circle.
    """
    chosen = {recipe.id for recipe in select_recipes(settings.playlists, names)}
    identities = lasting_recipes(settings, state)
    known = {one.recipe.id: one for one in identities}
    order = in_building_order([one.recipe for one in identities])
    periods = {
        one.recipe.id: settings.period_start(one.configured_id, now).isoformat()
        for one in identities
    }
    encoder = known_key(choice_of(settings), state)
    inventory = read_inventory(state, order, periods, encoder)
    wanted = [recipe for recipe in order if known[recipe.id].configured_id in chosen]
    models = lookup or SavedModels(settings, state)
    planned: list[Planned] = []
    for number, recipe in enumerate(wanted):
        progress("plan", number, len(wanted))
        start = settings.period_start(known[recipe.id].configured_id, now)
        one = _Planning(
            recipe=recipe,
            inventory=inventory,
            seed=seed_for(recipe.id, start) if seed is None else seed,
            now=now,
            run=run,
            notes=tuple(note for note in (known[recipe.id].note,) if note),
            waived=waived,
        )
        result, inventory = one.plan(state, client, models)
        planned.append(replace(result, period=periods[recipe.id]))
    progress("plan", len(wanted), len(wanted))
    return tuple(planned)


@dataclass(frozen=True, slots=True)
class _Planning:
    """The planning of one recipe."""

    recipe: Recipe
    inventory: Inventory
    seed: int
    now: datetime
    run: str
    notes: tuple[str, ...]
    waived: Collection[str]

    def plan(
        self, state: State, client: PlaylistReader | None, models: Lookup
    ) -> tuple[Planned, Inventory]:
        """The plan, and the inventory as later recipes see it."""
        try:
            return self._plan(state, client, models)
        except SegueError as error:
            return Planned(self.recipe, self._ended(error, state), "", error=error), self.inventory

    def _ended(self, error: SegueError, state: State) -> Plan:
        """The plan of a recipe that an error ended, with the error's own words."""
        try:
            lacking = not_looked_up(self.recipe, self.inventory, state, self.now)
        except RecipeError:
            lacking = ()
        notes = (*self.notes, *lacking)
        refused = isinstance(error, NoScoreError)
        return Plan(
            recipe_id=self.recipe.id,
            name=self.recipe.name,
            playlist_id=None,
            run=self.run,
            seed=self.seed,
            made_at=self.now,
            status="refused" if refused else "failed",
            before=(),
            after=(),
            diff=Diff(),
            guards=(GuardFinding("no_score", True, str(error)),) if refused else (),
            notes=notes if refused else (*notes, str(error)),
        )

    def _plan(
        self, state: State, client: PlaylistReader | None, models: Lookup
    ) -> tuple[Planned, Inventory]:
        recipe = self.recipe
        binding = state.playlists.binding(recipe.id)
        location = locate(recipe, binding, self.inventory.summaries, self.inventory.user_id)
        playlist = _as_it_stands(location.summary, state, client)
        edits = find_edits(binding, playlist, respect=recipe.write.respect_edits)
        inventory = _seen(self.inventory, recipe, location, playlist, edits)
        known = models_for(recipe, inventory, models)
        draft = build(recipe, inventory, known, self.now, self.seed)
        plan = make_plan(
            draft,
            playlist.uris if playlist else (),
            location.playlist_id,
            playlist.summary.snapshot_id if playlist else None,
            self.run,
        )
        guards = (
            *check(recipe.write, location, playlist, plan.uris, waived=self.waived),
            *_same_name(recipe, location, self.inventory),
        )
        said = tuple(text for text in (edits.text,) if text)
        lacking = not_looked_up(recipe, inventory, state, self.now)
        plan = replace(
            plan,
            status=_status(plan, guards, location),
            guards=guards,
            notes=(*self.notes, *said, *lacking, *plan.notes),
        )
        after = replace(inventory, planned={**inventory.planned, recipe.id: draft.track_ids})
        return Planned(recipe, plan, "", location), after


def _same_name(
    recipe: Recipe, location: Location, inventory: Inventory
) -> tuple[GuardFinding, ...]:
    """What is said, and stops nothing, before another playlist of a name is made."""
    twins = namesakes(recipe.name, inventory) if location.kind == "create" else ()
    if not twins:
        return ()
    ids = ", ".join(sorted(summary.id for summary in twins))
    text = (
        f"you already have a playlist called “{twins[0].name}” ({ids}), and this makes another; to "
        f'have Segue keep yours instead, write playlist_id = "{twins[0].id}" and adopt = true in '
        "[playlist.write]"
    )
    return (GuardFinding("same_name", False, text),)


def _status(plan: Plan, guards: Sequence[GuardFinding], location: Location) -> Status:
    """A refusal counts where there is something to refuse: a list as it should be stays so."""
    stopped = any(finding.refused for finding in guards)
    nowhere = location.kind in ("paused", "refused", "create")
    if stopped and (nowhere or plan.status == "changed"):
        return "refused"
    return plan.status


def _as_it_stands(
    summary: PlaylistSummary | None, state: State, client: PlaylistReader | None
) -> Playlist | None:
    """The playlist at the version the account lists; read again where ours is another."""
    if summary is None:
        return None
    known = state.playlists.playlist(summary.id)
    current = known is not None and known.summary.snapshot_id == summary.snapshot_id
    if client is None or (current and known is not None and known.complete):
        return known
    return believed(client.read_playlist(summary.id), summary, known)


def _seen(
    inventory: Inventory,
    recipe: Recipe,
    location: Location,
    playlist: Playlist | None,
    edits: Edits,
) -> Inventory:
    """The inventory as this recipe sees it: its playlist as read now, with the edits by hand."""
    changed = replace(
        inventory,
        kept_in={**inventory.kept_in, recipe.id: edits.kept_in},
        kept_out={**inventory.kept_out, recipe.id: frozenset(edits.kept_out)},
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
