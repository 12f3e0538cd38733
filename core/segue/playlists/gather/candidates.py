"""Candidates: what a recipe can choose from, gathered and filtered once, and what has to be known
of them before it can be built well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from segue.errors import RecipeError
from segue.music.features import FEATURE_NAMES, UNKNOWN
from segue.music.track import Artist, Track
from segue.names import name_key
from segue.playlists.filter.apply import Stage, apply_where, asks_about_lyrics, features_asked
from segue.playlists.filter.lyrics import Like, likes_of
from segue.playlists.gather.collected import PLAYLIST, starting_tracks
from segue.playlists.gather.pool import Facts, Pool, gather, look_up
from segue.playlists.gather.sources import collect_playlist
from segue.playlists.inventory import Inventory, find_playlist
from segue.playlists.score.models import asks_models
from segue.playlists.text import count, listed
from segue.recipe.recipe import Recipe
from segue.recipe.sections import LikeText, LikeTrack, Where
from segue.recipe.source_text import recipes_named, single_sources
from segue.recipe.sources import OfGenre, TheseTracks

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
        f"{count(len(each), 'track')} {why} ({_artists(each)})" for why, each in left_out.items()
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


@dataclass(frozen=True, slots=True)
class Needs:
    """What a recipe lacks, as track ids in the order of its sources.

    `tracks` are named by the recipe and not read from Spotify yet. `features` are candidates that
    lack an audio feature the recipe uses, after seeds that do; `filtered` is True where its filter
    asks for features, so that every one of these decides who is in, and False where they only
    bear on the order.
    `lyrics` are candidates of whose lyrics something is unknown that the filter asks about, after
    the tracks whose lyrics others should be close to; `texts` are those that are to be encoded.
    `genres` are tracks whose genres are asked about and unknown.
    `candidates` are all that the recipe can choose from, whatever is known of them.
    """

    tracks: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    filtered: bool = False
    lyrics: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the recipe can be built from what is known."""
        return not (self.tracks or self.features or self.lyrics or self.texts or self.genres)


def needs(recipe: Recipe, inventory: Inventory, found: Candidates) -> Needs:
    """Say what a recipe lacks, without deciding anything.

    Of `found`, its candidates, those are asked for that the rest of the filter lets through.
    """
    asked = features_asked(recipe.where)
    sorted_by = frozenset({"tempo"} if recipe.sort == "tempo" else ())
    used = frozenset(FEATURE_NAMES) if recipe.flows else asked | sorted_by
    named = [
        track_id
        for source in single_sources(recipe.source)
        if isinstance(source, TheseTracks)
        for track_id in source.track_ids
    ]
    return Needs(
        tracks=tuple(i for i in dict.fromkeys(named) if i not in inventory.tracks),
        features=tuple(
            track_id
            for track_id in dict.fromkeys((*_starts(recipe, inventory), *found.possible))
            if not (known := inventory.features.get(track_id, UNKNOWN)).complete
            and not used.isdisjoint(known.missing())
        )
        if used
        else (),
        filtered=bool(asked),
        lyrics=_lyrics(recipe.where, found.possible, inventory),
        texts=tuple(i for i in texts_in(recipe.where) if i not in inventory.lyric_space.texts),
        genres=_genres(recipe, found.possible, inventory),
        candidates=found.possible,
    )


def _genres(recipe: Recipe, candidates: Sequence[str], inventory: Inventory) -> tuple[str, ...]:
    """The tracks whose genres the recipe asks about and that are unknown: all that are known,
    where its source is a genre."""
    if any(isinstance(source, OfGenre) for source in single_sources(recipe.source)):
        return tuple(i for i in inventory.tracks if i not in inventory.genres)
    if not recipe.uses_genres:
        return ()
    return tuple(i for i in candidates if i in inventory.tracks and i not in inventory.genres)


def _starts(recipe: Recipe, inventory: Inventory) -> tuple[str, ...]:
    """The tracks that a recipe's models start from, where it names any."""
    if not recipe.seeds or not asks_models(recipe):
        return ()
    start = starting_tracks(recipe.seeds, inventory)
    return tuple(i for i in (*start.seeds, *start.playlist) if i in inventory.tracks)


def texts_in(where: Where) -> tuple[str, ...]:
    """The texts a filter compares lyrics with, each once."""
    here = (like.text for like in _likes(where) if isinstance(like, LikeText))
    return tuple(dict.fromkeys(here))


def _likes(where: Where) -> list[Like]:
    return [like for part in where.every() for like in likes_of(part)]


def _lyrics(where: Where, candidates: Sequence[str], inventory: Inventory) -> tuple[str, ...]:
    """The tracks whose lyrics the filter needs and that are unknown, targets first."""
    if not asks_about_lyrics(where):
        return ()
    likes = _likes(where)
    targets = [like.track for like in likes if isinstance(like, LikeTrack)]
    words, space = inventory.lyrics, inventory.lyric_space
    return tuple(
        track_id
        for track_id in dict.fromkeys((*targets, *candidates))
        if track_id in inventory.tracks
        and (
            track_id not in words
            or (likes and not words[track_id].instrumental and track_id not in space.rows)
        )
    )
