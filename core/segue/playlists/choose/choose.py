"""Choosing: the first half of a build, from a recipe's candidates to the tracks it is to hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from segue.music.track import Track
from segue.playlists.choose.kept_rows import KeptRows, kept_rows
from segue.playlists.choose.members import Membership, choose_members
from segue.playlists.choose.picking import Picked
from segue.playlists.filter.apply import Stage
from segue.playlists.gather.candidates import FindCandidates, find_candidates
from segue.playlists.gather.facts import Facts
from segue.playlists.gather.missing import require_all, stale_in
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import Models
from segue.playlists.score.randomness import tie_breaks
from segue.playlists.score.score import Scored, score
from segue.recipe.recipe import Recipe
from segue.spotify_ids import track_ids_in


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """What a playlist is to hold, not yet ordered, and why.

    `membership` are its tracks, `kept` the rows that stay whatever is chosen; `eligible` the
    candidates in the order of their sources, `scored` with their scores. `seed` and `facts.now`
    are those it was chosen by.
    """

    membership: Membership
    kept: KeptRows
    eligible: tuple[str, ...]
    scored: Scored
    facts: Facts
    seed: int
    stages: tuple[Stage, ...]
    notes: tuple[str, ...]

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks: those that stay, then the chosen, best first."""
        return self.membership.tracks

    @property
    def track_ids(self) -> tuple[str, ...]:
        """Their ids, each once."""
        return tuple(dict.fromkeys(track.id for track in self.tracks))


def choose(
    recipe: Recipe,
    inventory: Inventory,
    models: Models,
    now: datetime,
    seed: int,
    find: FindCandidates = find_candidates,
) -> Members:
    """Decide what a playlist should hold.

    Pure: nothing is read, written or changed. `now` is the moment days are counted from, `seed`
    decides between equals: the same arguments give the same members. `find` finds the recipe's
    candidates, or knows them already.

    Raises MissingError where the recipe names what cannot be found, NoScoreError where nothing it
    weighs is known, and RecipeError for what else cannot be built, see `find_candidates`.
    """
    require_all(recipe, inventory)
    found = find(recipe, inventory, now)
    stages = list(found.stages)
    kept = kept_rows(recipe, inventory)
    dead = frozenset(track_ids_in(inventory.dead.get(recipe.id, ())))
    tracks = found.pool.tracks
    eligible = _eligible(found.passed, tracks, kept, dead, stages)
    made = [track_ids_in(version) for version in inventory.made.get(recipe.id, ())]
    scored = score(eligible, recipe.score, found.facts, models, made, recipe.freshness)
    values = dict(zip(scored.track_ids, scored.scores.tolist(), strict=True))
    tie_break = tie_breaks(eligible, seed)
    ranked = sorted(eligible, key=lambda i: (-round(values[i], 9), tie_break[i], i))
    membership = choose_members(recipe, inventory, kept, ranked, tracks, values)
    stages.append(_chosen_stage(membership.picked))
    notes = (*found.pool.notes, *stale_in(recipe, inventory), *models.notes, *scored.notes)
    return Members(
        membership=membership,
        kept=kept,
        eligible=tuple(eligible),
        scored=scored,
        facts=found.facts,
        seed=seed,
        stages=tuple(stages),
        notes=(*notes, *membership.picked.notes),
    )


def _eligible(
    passed: Sequence[str],
    tracks: Mapping[str, Track],
    kept: KeptRows,
    dead: Collection[str],
    stages: list[Stage],
) -> list[str]:
    """Leave out what was taken out by hand and what cannot be added; each gives a stage."""
    wanted = [track_id for track_id in passed if track_id not in kept.out_ids]
    if len(wanted) < len(passed):
        stages.append(Stage(len(wanted), f"{len(wanted):,} you have not taken out by hand"))
    playable = [i for i in wanted if tracks[i].playable is not False and i not in dead]
    if len(playable) < len(wanted):
        stages.append(Stage(len(playable), f"{len(playable):,} that can be played"))
    return playable


def _chosen_stage(picked: Picked) -> Stage:
    number = len(picked.track_ids)
    passed_over = []
    if picked.copies:
        passed_over.append(f"{picked.copies:,} of the same recording")
    if picked.capped:
        passed_over.append(f"{picked.capped:,} over the caps")
    aside = f" ({' and '.join(passed_over)} passed over)" if passed_over else ""
    return Stage(number, f"{number:,} chosen{aside}")
