"""Choosing: the first half of a build, from a recipe's candidates to the tracks it is to hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from segue.music.track import Track
from segue.names import track_ids_in
from segue.playlists.choose.picking import Picked, Ranked
from segue.playlists.choose.shares import in_turn, keep_apart, pick
from segue.playlists.choose.staying import (
    NO_TRIALS,
    KeptRows,
    Trials,
    kept_rows,
    on_trial,
    staying_in_rotation,
)
from segue.playlists.filter.apply import Stage
from segue.playlists.gather.candidates import FindCandidates, find_candidates
from segue.playlists.gather.missing import plays_known, require_all, stale_in
from segue.playlists.gather.pool import Facts
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import Models
from segue.playlists.score.score import Scored, score, steps_of
from segue.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """What a playlist is to hold, not yet ordered, and why.

    `membership` are its tracks, `kept` the rows that stay whatever is chosen; `eligible` the
    candidates in the order of their sources, `ranked` best first, `scored` with their scores.
    `seed` and `facts.now` are those it was chosen by; `trials` are the new songs on trial.
    """

    membership: Membership
    kept: KeptRows
    eligible: tuple[str, ...]
    ranked: tuple[str, ...]
    scored: Scored
    facts: Facts
    seed: int
    stages: tuple[Stage, ...]
    notes: tuple[str, ...]
    trials: Trials = NO_TRIALS

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
    kept = kept_rows(recipe, inventory, found.bars)
    dead = frozenset(track_ids_in(inventory.dead.get(recipe.id, ())))
    tracks = found.pool.tracks
    eligible = _eligible(found.passed, tracks, kept, dead, stages)
    unreached = inventory.unreached.get(recipe.id, frozenset())
    made = steps_of(map(track_ids_in, inventory.made.get(recipe.id, ())), unreached)
    scored = score(eligible, recipe.score, found.facts, models, made, recipe.freshness)
    scored = in_turn(scored, recipe, inventory)
    values = dict(zip(scored.track_ids, scored.scores.tolist(), strict=True))
    able = keep_apart(eligible, recipe, inventory, tracks, stages)
    worth = np.array([values[track_id] for track_id in able], dtype=np.float64)
    falling = np.lexsort((tie_breaks(able, seed), -np.round(worth, 9)))
    best_first = [able[index] for index in falling.tolist()]
    ranked = Ranked(best_first, tracks, values, inventory.genres, found.pool.shares)
    trials = on_trial(recipe, inventory, kept, ranked, found.pool, (now, seed))
    membership = choose_members(recipe, inventory, kept, trials.rest, trials)
    picked = membership.picked
    notes = [*found.pool.notes, *stale_in(recipe, inventory), *models.notes, *scored.notes]
    notes += trials.notes
    notes += picked.notes
    if picked.short and (recipe.length or recipe.duration):
        notes.append(f"{picked.short}: {what_cost_most(stages, picked)}")
    notes += filter(None, [plays_known(recipe, inventory, now)])
    stages.append(_chosen_stage(picked))
    return Members(
        membership=membership,
        kept=kept,
        eligible=tuple(eligible),
        ranked=tuple(best_first),
        scored=scored,
        facts=found.facts,
        seed=seed,
        stages=tuple(stages),
        notes=tuple(notes),
        trials=trials,
    )


def _eligible(
    passed: Sequence[str],
    tracks: Mapping[str, Track],
    kept: KeptRows,
    dead: Collection[str],
    stages: list[Stage],
) -> list[str]:
    """Leave out what stands there already in a row that cannot be read, what was taken out by hand
    and what cannot be added; each but the first gives a stage."""
    absent = [track_id for track_id in passed if track_id not in kept.held_ids]
    wanted = [track_id for track_id in absent if track_id not in kept.out_ids]
    if len(wanted) < len(absent):
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


SIZES = ("length", "duration", "max_per_artist", "max_per_album", "max_per_genre")
"""What bounds a list."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The tracks to be ordered: those that stay, in their order, then the chosen, best first."""

    staying: tuple[Track, ...]
    chosen: tuple[Track, ...]
    picked: Picked

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All of them; in an appending recipe repetitions on the account are kept."""
        return (*self.staying, *self.chosen)


def choose_members(
    recipe: Recipe,
    inventory: Inventory,
    kept: KeptRows,
    ranked: Ranked,
    trials: Trials = NO_TRIALS,
) -> Membership:
    """Decide the members: new ones by `pick`, beside those that stay by the write mode, and those
    on trial."""
    other_rows = len(kept.rows) - len(kept.held)
    if recipe.write.grows:
        staying = kept.tracks
        if recipe.write.mode == "archive":  # its length is that of what it is an archive of
            today = pick(ranked, recipe, kept_out=kept.kept_out)
            ranked = replace(ranked, ids=today.track_ids, shares=())
            recipe = recipe.model_copy(update=dict.fromkeys(SIZES) | {"many_genres": False})
        picked = pick(
            ranked,
            recipe,
            members=staying,
            kept_out=kept.kept_out,
            other_rows=len(kept.entries) - len(staying),
        )
        return Membership(staying, _tracks(picked.track_ids, ranked.tracks), picked)
    if recipe.write.mode == "rotate":
        return _rotate(recipe, inventory, kept, ranked)
    came = _tracks(trials.picked.track_ids, ranked.tracks)
    staying = (*kept.kept_in, *trials.staying)
    picked = pick(
        ranked,
        recipe,
        members=(*staying, *kept.held, *came),
        kept_out=kept.kept_out,
        other_rows=other_rows,
    )
    chosen = (*came, *_tracks(picked.track_ids, ranked.tracks))
    picked = replace(picked, track_ids=tuple(track.id for track in chosen))
    return Membership(staying, chosen, picked)


def _rotate(
    recipe: Recipe,
    inventory: Inventory,
    kept: KeptRows,
    ranked: Ranked,
) -> Membership:
    """Exchange what has been in longest. Where too little is new, some of it stays after all."""
    wanted = frozenset(ranked.ids)
    ids, leaving = staying_in_rotation(recipe, inventory, kept, wanted)
    known = (
        {track.id: track for track in kept.tracks} | dict(inventory.tracks) | dict(ranked.tracks)
    )
    size = len(ids) + len(leaving)
    if recipe.duration_ms is None and recipe.length is None and size:
        length = size + len(kept.kept_in) + len(kept.rows)
        recipe = recipe.model_copy(update={"length": length})
    staying = (*kept.kept_in, *_tracks([i for i in ids if i in known], known))
    gone = frozenset(leaving)
    back = [track_id for track_id in reversed(leaving) if track_id in wanted]
    last = min(ranked.scores.values(), default=0.0) - 1.0
    again = replace(
        ranked,
        ids=[*(track_id for track_id in ranked.ids if track_id not in gone), *back],
        scores={**ranked.scores, **dict.fromkeys(back, last)},
    )
    picked = pick(
        again,
        recipe,
        members=(*staying, *kept.held),
        kept_out=kept.kept_out,
        other_rows=len(kept.rows) - len(kept.held),
    )
    return Membership(staying, _tracks(picked.track_ids, ranked.tracks), picked)


def _tracks(ids: Sequence[str], tracks: Mapping[str, Track]) -> tuple[Track, ...]:
    return tuple(tracks[track_id] for track_id in ids)


def tie_breaks(track_ids: Iterable[str], seed: int) -> NDArray[np.uint64]:
    """A random number for each of n tracks, (n,), which decides between equals.

    It depends on the seed and the id alone: a track more or less in the library leaves the numbers
    of the others as they were.
    """
    key = blake2b(key=seed.to_bytes(16, "big", signed=True), digest_size=8)
    found = []
    for track_id in track_ids:
        each = key.copy()
        each.update(track_id.encode())
        found.append(each.digest())
    return np.frombuffer(b"".join(found), dtype=">u8").astype(np.uint64)


ASKED = " asked for"
"""How every note of a shortfall goes on after what there is."""


def shortfall_in(notes: Sequence[str]) -> str:
    """What a plan's notes say of a shortfall, without what cost most; empty where none does."""
    short = (note.partition(": ")[0] for note in notes)
    return next((words for words in short if words.endswith(ASKED)), "")


def what_cost_most(stages: Sequence[Stage], picked: Picked) -> str:
    """Which step left out most of the candidates, in words.

    `stages` count them from the sources through each filter, up to what could be chosen from.
    """
    costs = [
        (before.left - after.left, f"“{after.text.partition(' ')[2]}” cost most")
        for before, after in pairwise(stages)
    ]
    costs.append((picked.capped, "max_per_artist and max_per_album cost most"))
    costs.append((picked.copies, "other copies of the same recordings cost most"))
    cost, words = max(costs, key=lambda found: found[0])
    if not cost:
        return "there was no more to choose from"
    return f"of {stages[0].text}, {words} ({cost:,})"
