"""What a recipe names and nobody can find: a source, a seed, a pinned track, a filter's target.

A playlist never gets thinner, or other, for want of something its recipe names: the recipe fails
and names everything that is missing, unless it says `missing = "skip"`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from segue.errors import MissingError
from segue.music.genres import no_such_genre
from segue.names import nearest
from segue.playlists.filter.catalogue import EVERY_PLAYLIST
from segue.playlists.filter.lyrics import likes_of, target_of
from segue.playlists.gather.collected import LOOKED_FOR, NO_TRACKS, PLAYLIST, starting_tracks
from segue.playlists.gather.sources import GATHERERS, collect_playlist, unknown_track
from segue.playlists.inventory import NOT_READ_YET, READ_BY_NO_APP, Inventory, find_playlist
from segue.playlists.library import Playlist
from segue.playlists.text import days_between
from segue.recipe.recipe import Recipe
from segue.recipe.sections import LikeTrack, SequenceSettings, Where
from segue.recipe.source_text import single_sources, write_source
from segue.recipe.sources import FromPlaylist, Shares, Source, SourceSet
from segue.recipe.types import GENRE
from segue.recipe.values import title_and_artist

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that cannot be used: the recipe's key that names it, how it is written, and why.

    `required` is True where going on without it would let in what was meant to stay out;
    `pending` where nobody looked for it yet and the next run will.
    """

    path: Path
    reference: str
    why: str
    required: bool = False
    pending: bool = False

    @property
    def key(self) -> str:
        """The key as people write it: `where.any[1].in_playlist`."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).lstrip(".")


def missing_in(recipe: Recipe, inventory: Inventory) -> tuple[Missing, ...]:
    """Everything a recipe names that cannot be used, in the order it is written."""
    found = (
        *_sources(recipe.source, inventory, required=False),
        *_filters(recipe.where, inventory, ("where",)),
        *_genres(("score", GENRE), recipe.genres_weighed, inventory),
        *_seeds(recipe.seeds, inventory),
        *_pins(recipe.sequence, inventory),
    )
    return tuple(dict.fromkeys(found))


def never_readable(recipe: Recipe) -> tuple[Missing, ...]:
    """What a recipe names that it cannot have of any account: lists that no app may read."""
    nobody = Inventory(user_id="")
    return tuple(each for each in missing_in(recipe, nobody) if each.why.endswith(READ_BY_NO_APP))


def require_all(recipe: Recipe, inventory: Inventory) -> None:
    """Raise MissingError, naming everything, where a recipe cannot be made without it."""
    found = missing_in(recipe, inventory)
    if recipe.missing == "skip":
        found = tuple(each for each in found if each.required)
    if not found:
        return
    reasons = "; ".join(f"{each.why} ({each.key})" for each in found)
    if any(each.required for each in found):
        remedy = "correct the recipe, or take out what it cannot be made safely without"
    else:
        remedy = 'correct the recipe, or say missing = "skip" in it to go on without'
    raise MissingError(f"{reasons}. The playlist stays as it is: {remedy}")


def stale_in(recipe: Recipe, inventory: Inventory) -> tuple[str, ...]:
    """Which playlists a recipe draws on are taken as they were last read, and why."""
    parts = (_stale(source, inventory) for source in single_sources(recipe.source))
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


def _sources(source: Source, inventory: Inventory, *, required: bool) -> Iterator[Missing]:
    if isinstance(source, SourceSet):
        for part in source.any_of:
            yield from _sources(part, inventory, required=required)
        for part in (*source.all_of, *source.minus):
            yield from _sources(part, inventory, required=True)
        return
    if isinstance(source, Shares):
        for share in source.parts:
            yield from _sources(share.source, inventory, required=False)
        for part in source.minus:
            yield from _sources(part, inventory, required=True)
        return
    written = write_source(source)
    for problem in GATHERERS[type(source)].collect(source, inventory).problems:
        reference = problem.reference or str(written)
        yield Missing(("from",), reference, problem.why, required, problem.pending)


def _playlist(path: Path, reference: str, inventory: Inventory) -> Iterator[Missing]:
    """Why a playlist that a filter names cannot be used: without it nothing is safe."""
    found = collect_playlist(find_playlist(reference, inventory), PLAYLIST)
    for problem in found.problems:
        yield Missing(path, reference, problem.why, required=True, pending=problem.pending)


def _track(path: Path, track_id: str, inventory: Inventory) -> Iterator[Missing]:
    problem = unknown_track(track_id, inventory)
    if problem is not None:
        yield Missing(path, track_id, problem.why, pending=problem.pending)


def _filters(where: Where, inventory: Inventory, path: Path) -> Iterator[Missing]:
    for key, references in (
        ("in_playlist", where.in_playlist),
        ("not_in_playlist", where.not_in_playlist),
    ):
        for reference in references:
            if reference != EVERY_PLAYLIST:
                yield from _playlist((*path, key), reference, inventory)
    for key, names in (("genre", where.genre), ("not_genre", where.not_genre)):
        yield from _genres((*path, key), names, inventory)
    yield from _likes(where, inventory, path)
    yield from _sounds(where, inventory, path)
    for key, parts in (("any", where.any_of), ("none", where.none_of)):
        for index, part in enumerate(parts):
            yield from _filters(part, inventory, (*path, key, index))


def _genres(path: Path, names: Iterable[str], inventory: Inventory) -> Iterator[Missing]:
    """Names that are no genre: what they should let in, keep out or put first is not known."""
    for name in names:
        if inventory.genre_tree.find(name) is None:
            yield Missing(path, name, no_such_genre(name, inventory.genre_tree), required=True)


def _likes(where: Where, inventory: Inventory, path: Path) -> Iterator[Missing]:
    """What lyrics should be close to and is unknown: such a filter would let everything through."""
    for like in likes_of(where):
        if target_of(like, inventory.lyric_space) is not None:
            continue
        if not isinstance(like, LikeTrack):
            why = f"“{like.text}” is not encoded yet, so that no lyrics can be close to it"
            yield Missing((*path, "like_text", "text"), like.text, why, pending=True)
        elif like.track not in inventory.tracks:
            place = (*path, "like_track", "track")
            yield from _track(place, like.track, inventory)
        else:
            title = inventory.tracks[like.track].title
            why = f"the lyrics of “{title}” are not known, so that none can be close to them"
            place = (*path, "like_track", "track")
            yield Missing(place, like.track, why, pending=like.track not in inventory.lyrics)


def _sounds(where: Where, inventory: Inventory, path: Path) -> Iterator[Missing]:
    """The track that others should sound like, where nobody knows what it sounds like."""
    like, place = where.like_sound, (*path, "like_sound", "track")
    if like is None or inventory.sound_space.of_track(like.track) is not None:
        return
    if like.track not in inventory.tracks:
        yield from _track(place, like.track, inventory)
        return
    title = inventory.tracks[like.track].title
    why = f"what “{title}” sounds like is not known: no file of yours that is it was encoded"
    yield Missing(place, like.track, f"{why}; see [sound]")


def _seeds(seeds: tuple[str, ...], inventory: Inventory) -> Iterator[Missing]:
    for seed, why in starting_tracks(seeds, inventory).missing:
        pending = why.endswith((LOOKED_FOR, NOT_READ_YET, NO_TRACKS))
        full = f"{why}{_similar_song(seed, inventory)}"
        yield Missing(("seeds",), seed, full, pending=pending)


def _similar_song(seed: str, inventory: Inventory) -> str:
    """The known song whose title and artist are most like a seed's words, with its id."""
    if not title_and_artist(seed):
        return ""
    songs = {f"{track.title} - {track.artist}": track.id for track in inventory.tracks.values()}
    near = nearest(seed, songs, 0.75)
    return f"; did you mean “{near}” ({songs[near]})?" if near is not None else ""


def _pins(sequence: SequenceSettings, inventory: Inventory) -> Iterator[Missing]:
    pinned = [
        ("first", sequence.first),
        ("last", sequence.last),
        *(("at", track_id) for track_id in sequence.at),
        *(("apart", track_id) for pair in sequence.apart for track_id in pair),
        *(("keep_together", track_id) for group in sequence.keep_together for track_id in group),
    ]
    for key, track_id in pinned:
        if track_id is not None:
            yield from _track(("sequence", key), track_id, inventory)


def _stale(source: Source, inventory: Inventory) -> Iterator[str]:
    if not isinstance(source, FromPlaylist):
        return
    found = find_playlist(source.reference, inventory)
    if isinstance(found, Playlist) and found.summary.id in inventory.unread:
        reason = inventory.unread[found.summary.id]
        yield f"“{found.summary.name}” is taken as it was last read: {reason}"


_LONG_ENOUGH_DAYS = 365
"""Plays known for so long are enough for a score by plays."""

_SECONDS_A_DAY = 86_400


def plays_known(recipe: Recipe, inventory: Inventory, now: datetime) -> str:
    """That a recipe asks about plays of a time of which none are known; empty where it does not.

    Spotify lists the last fifty plays: those before the first sync come from an imported history.
    """
    needed = _days_asked(recipe)
    if not needed or inventory.heard:
        return ""
    if not inventory.plays:
        return "no plays are known yet; `segue import history` brings in those of the past"
    first = min(play.played_at for play in inventory.plays)
    if days_between(first, now) >= needed:
        return ""
    return (
        f"plays are known since {first.day} {first:%b %Y} only; `segue import history` brings in "
        "those before"
    )


def _days_asked(recipe: Recipe) -> float:
    """How far back a recipe asks about plays, in days; 0 where it does not ask."""
    days = [0.0]
    for part in recipe.where.every():
        spans = (part.played_within, part.not_played_within)
        days += [seconds / _SECONDS_A_DAY for seconds in spans if seconds is not None]
        asks = (part.plays, part.skip_ratio, part.played_on or None)
        days += [_LONG_ENOUGH_DAYS] if any(each is not None for each in asks) else []
    if any(recipe.score.get(name) for name in ("novelty", "due", "plays", "skips")):
        days.append(_LONG_ENOUGH_DAYS)
    return max(days)
