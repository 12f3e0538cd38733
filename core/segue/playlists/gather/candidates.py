"""Candidates: what a recipe can choose from, gathered and filtered once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from segue.errors import RecipeError
from segue.music.track import Artist, Track
from segue.names import name_key, plural
from segue.playlists.filter.apply import Stage, apply_where
from segue.playlists.gather.collected import PLAYLIST
from segue.playlists.gather.pool import Facts, Pool, gather, look_up
from segue.playlists.gather.sources import collect_playlist
from segue.playlists.inventory import Inventory, find_playlist
from segue.playlists.library import Saved
from segue.playlists.text import listed
from segue.recipe.recipe import Recipe
from segue.recipe.source_text import recipes_named

_USED = (
    "user_id",
    "tracks",
    "features",
    "liked",
    "albums",
    "playlists",
    "summaries",
    "unread",
    "top",
    "plays",
    "recipe_playlists",
    "kept_by_segue",
    "unread_parts",
    "lyrics",
    "heard",
    "skips",
    "heard_at",
    "zone",
    "lyric_space",
    "sound_space",
    "genres",
    "popularity",
    "never",
    "outside",
)
"""What of an inventory sources and filters look at, besides what was planned in the same run."""


Barrier = Callable[[Track], str | None]
"""Why a track may not come in, to follow "tracks": "in “Sleep”"; None where it may."""

_MOST_NAMED = 3


def nothing_barred(_: Track) -> None:
    """No track is kept out."""


def barrier(inventory: Inventory) -> Barrier:
    """What keeps tracks out of every recipe and discovery.

    Raises RecipeError where a list or playlist of `[never]` cannot be read: what should stay out
    could come in.
    """
    never = inventory.never
    if never.problem:
        raise RecipeError(f"[never] {never.problem}; until then nothing can be chosen safely")
    held: dict[str, str] = {}
    for reference in never.playlists:
        found = collect_playlist(find_playlist(reference, inventory), PLAYLIST)
        for problem in found.problems:
            raise RecipeError(
                f"[never] {problem.why}; what it holds is to stay out, so nothing can be chosen "
                "safely: make it readable, or take it out of [never] playlists"
            )
        for track_id, origin in found.pairs:
            held.setdefault(track_id, f"in “{origin.name}”")

    def excepted(artist: Artist) -> bool:
        return name_key(artist.name) in never.excepted

    def why(track: Track) -> str | None:
        for artist in track.artists:
            named = never.artists.get(artist.id or "")
            if named is not None and not excepted(artist):
                return f"by artists {named}"
        reason = held.get(track.id)
        return None if reason is None or any(map(excepted, track.artists)) else reason

    return why if never.artists or held else nothing_barred


def likes_to_place(inventory: Inventory) -> Iterator[Saved]:
    """The likes that a list could hold: known, playable, and not kept out by `[never]`.

    Raises what `barrier` raises.
    """
    bars = barrier(inventory)
    for saved in inventory.liked:
        track = inventory.tracks.get(saved.track_id)
        if track is not None and track.playable is not False and not bars(track):
            yield saved


def without_never(
    pool: Pool, inventory: Inventory, bars: Barrier
) -> tuple[Pool, tuple[Stage, ...]]:
    """A pool less what may not come in, with a note of why, and the stage of it."""
    notes = [f"[never] {note}" for note in inventory.never.notes]
    left_out: dict[str, list[Track]] = defaultdict(list)
    for track in pool.tracks.values():
        reason = bars(track)
        if reason is not None:
            left_out[reason].append(track)
    if not left_out:
        return replace(pool, notes=(*pool.notes, *notes)), ()
    gone = {track.id for tracks in left_out.values() for track in tracks}
    origins = {i: found for i, found in pool.origins.items() if i not in gone}
    tracks = {i: track for i, track in pool.tracks.items() if i not in gone}
    parts = (
        f"{plural(len(each), 'track')} {why} ({_artists(each)})" for why, each in left_out.items()
    )
    notes.append(f"[never] leaves out {'; '.join(parts)}")
    shares = tuple(tuple(i for i in share if i not in gone) for share in pool.shares)
    notes = [*pool.notes, *notes]
    left = replace(pool, origins=origins, tracks=tracks, shares=shares, notes=tuple(notes))
    return left, (Stage(len(origins), f"{len(origins):,} that [never] lets in"),)


def _artists(tracks: Iterable[Track]) -> str:
    names = list(dict.fromkeys(track.artist for track in tracks))
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return listed([*names[:_MOST_NAMED], *more])


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What a recipe can choose from.

    `passed` are the track ids its filter lets through, in the order of the sources; `possible`
    those it may let through once what is unknown of them is known. `stages` count them from the
    sources (`gathered`) through each filter. `bars` is what keeps tracks out of every recipe.
    `recipe` and `inventory` are what they were found by.
    """

    pool: Pool
    facts: Facts
    passed: tuple[str, ...]
    possible: tuple[str, ...]
    gathered: tuple[Stage, ...]
    stages: tuple[Stage, ...]
    bars: Barrier
    recipe: Recipe
    inventory: Inventory

    def gathered_for(self, recipe: Recipe, inventory: Inventory, now: datetime) -> bool:
        """Whether a recipe would gather the same from its sources, with another inventory too."""
        return (
            self.facts.now == now
            and self.recipe.source == recipe.source
            and all(_same(getattr(self.inventory, n), getattr(inventory, n)) for n in _USED)
            and all(
                self.inventory.planned.get(name) == inventory.planned.get(name)
                for name in (*recipes_named(recipe.source), *_planned_by_name(recipe, inventory))
            )
        )


FindCandidates = Callable[[Recipe, Inventory, datetime], Candidates]


def find_candidates(
    recipe: Recipe, inventory: Inventory, now: datetime, earlier: Candidates | None = None
) -> Candidates:
    """Gather a recipe's sources and filter them. Of `earlier`, its own candidates or those of a
    recipe with the same sources, what still holds is not done again.

    Raises RecipeError where the sources, the filter or what must stay out cannot be judged safely,
    see `gather`, `apply_where` and `barrier`.
    """
    if earlier is not None and earlier.gathered_for(recipe, inventory, now):
        if earlier.recipe.where == recipe.where:
            return earlier
        pool, facts, bars, gathered = earlier.pool, earlier.facts, earlier.bars, earlier.gathered
    else:
        bars = barrier(inventory)
        every = gather(recipe.source, inventory)
        pool, kept_out = without_never(every, inventory, bars)
        facts = look_up(pool, inventory, now)
        gathered = (Stage(len(every.origins), pool.text), *kept_out)
    found = apply_where(recipe.where, list(pool.origins), facts, inventory)
    return Candidates(
        pool=pool,
        facts=facts,
        passed=found.passed,
        possible=found.possible,
        gathered=gathered,
        stages=(*gathered, *found.stages),
        bars=bars,
        recipe=recipe,
        inventory=inventory,
    )


def _planned_by_name(recipe: Recipe, inventory: Inventory) -> list[str]:
    """The recipes whose names a recipe uses as those of playlists."""
    found = (inventory.recipe_names.get(name_key(name)) for name in recipe.playlists_named)
    return [recipe_id for recipe_id in found if recipe_id is not None]


def _same(first: object, second: object) -> bool:
    return first is second or first == second


class CandidateFinder:
    """Finds the candidates of recipes, and finds them again only where they no longer hold.

    Recipes with the same sources share what is gathered from them.
    """

    def __init__(self) -> None:
        self._found: dict[str, Candidates] = {}

    def __call__(self, recipe: Recipe, inventory: Inventory, now: datetime) -> Candidates:
        """The candidates of a recipe. Raises RecipeError, see `find_candidates`."""
        earlier = self._found.get(recipe.id)
        if earlier is None or not earlier.gathered_for(recipe, inventory, now):
            others = reversed(self._found.values())
            earlier = next((each for each in others if each.recipe.source == recipe.source), None)
        found = find_candidates(recipe, inventory, now, earlier)
        self._found[recipe.id] = found
        return found
