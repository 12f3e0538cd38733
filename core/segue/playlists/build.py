"""Building: from a recipe and what is known of the account to the playlist that should be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from segue.music.track import Track
from segue.playlists.choose.kept_rows import KeptRows, kept_rows
from segue.playlists.choose.members import choose_members
from segue.playlists.choose.picking import Choice
from segue.playlists.filter.apply import Stage, apply_where
from segue.playlists.gather.facts import look_up
from segue.playlists.gather.missing import require_all, stale_in
from segue.playlists.gather.pool import gather
from segue.playlists.inventory import Inventory
from segue.playlists.order.columns import columns_of
from segue.playlists.order.items import items_of
from segue.playlists.order.listing import list_rows
from segue.playlists.order.report import Report, report
from segue.playlists.plan import PlannedItem
from segue.playlists.score.models import Models
from segue.playlists.score.randomness import tie_breaks
from segue.playlists.score.score import score
from segue.recipe.recipe import Recipe
from segue.spotify_ids import track_id_in


@dataclass(frozen=True, slots=True)
class Draft:
    """What a recipe makes of an inventory, before it is compared with the account.

    `stages` count the candidates from the sources through each filter; `scores` are those of the
    chosen tracks by id, each the sum of its reasons' weights.
    """

    recipe_id: str
    name: str
    seed: int
    made_at: datetime
    items: tuple[PlannedItem, ...]
    report: Report = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def track_ids(self) -> tuple[str, ...]:
        """The ids of the planned tracks in order: what a recipe that draws on this one sees."""
        return tuple(i for item in self.items if (i := track_id_in(item.uri)) is not None)


def build(recipe: Recipe, inventory: Inventory, models: Models, now: datetime, seed: int) -> Draft:
    """Decide what a playlist should hold, in which order, and why.

    Pure: nothing is read, written or changed. `now` is the moment days are counted from, `seed`
    decides between equals and shuffles for the report: the same arguments give the same draft.
    Raises MissingError where the recipe names what cannot be found, NoScoreError where nothing it
    weighs is known, and RecipeError for what else cannot be built, see `gather` and `apply_where`.
    """
    require_all(recipe, inventory)
    pool = gather(recipe.source, inventory)
    facts = look_up(pool, inventory, now)
    passed, filtered = apply_where(recipe.where, list(pool.origins), facts, inventory)
    stages = [Stage(len(pool.origins), pool.text), *filtered]
    standing = kept_rows(recipe, inventory)
    dead = frozenset(_track_ids(inventory.dead.get(recipe.id, ())))
    candidates = _eligible(passed, pool.tracks, standing, dead, stages)
    made = [_track_ids(version) for version in inventory.made.get(recipe.id, ())]
    scored = score(candidates, recipe.score, facts, models, made, recipe.freshness)
    values = dict(zip(scored.track_ids, scored.scores.tolist(), strict=True))
    lot = tie_breaks(candidates, seed)
    ranked = sorted(candidates, key=lambda i: (-round(values[i], 9), lot[i], i))
    members = choose_members(recipe, inventory, standing, ranked, pool.tracks, values)
    listing = list_rows(
        recipe, inventory, standing, members, candidates, seed, models.next_features
    )
    stages.append(_chosen_stage(members.choice))
    notes = [
        *pool.notes,
        *stale_in(recipe, inventory),
        *models.notes,
        *scored.notes,
        *members.choice.notes,
        *listing.notes,
    ]
    if not members.tracks:
        notes.append(_nothing(stages))
    lyrics = inventory.lyric_space.of_tracks(track.id for track in standing.tracks)
    before = columns_of(standing.tracks, inventory.features, inventory.scaling, lyrics)
    return Draft(
        recipe_id=recipe.id,
        name=recipe.name,
        seed=seed,
        made_at=now,
        items=items_of(listing, recipe, standing, facts, scored),
        report=report(listing.columns, listing.order, before, recipe.sequence, seed),
        notes=tuple(notes),
        stages=tuple(stages),
        scores={track.id: values[track.id] for track in members.tracks if track.id in values},
    )


def _eligible(
    passed: Sequence[str],
    tracks: Mapping[str, Track],
    standing: KeptRows,
    dead: Collection[str],
    stages: list[Stage],
) -> list[str]:
    """Leave out what was taken out by hand and what cannot be added; each gives a stage."""
    wanted = [track_id for track_id in passed if track_id not in standing.out_ids]
    if len(wanted) < len(passed):
        stages.append(Stage(len(wanted), f"{len(wanted):,} you have not taken out by hand"))
    playable = [i for i in wanted if tracks[i].playable is not False and i not in dead]
    if len(playable) < len(wanted):
        stages.append(Stage(len(playable), f"{len(playable):,} that can be played"))
    return playable


def _chosen_stage(choice: Choice) -> Stage:
    number = len(choice.track_ids)
    passed_over = []
    if choice.copies:
        passed_over.append(f"{choice.copies:,} of the same recording")
    if choice.capped:
        passed_over.append(f"{choice.capped:,} over the caps")
    aside = f" ({' and '.join(passed_over)} passed over)" if passed_over else ""
    return Stage(number, f"{number:,} chosen{aside}")


def _nothing(stages: Sequence[Stage]) -> str:
    """Why nothing could be chosen: the counts up to the first stage that left none."""
    texts = []
    for stage in stages:
        texts.append(stage.text)
        if stage.left == 0:
            break
    return f"nothing to choose from: {' → '.join(texts)}"


def _track_ids(uris_or_ids: Iterable[str]) -> list[str]:
    return [i for each in uris_or_ids if (i := track_id_in(each)) is not None]
