"""Filters on genres. A track is of a genre where it or its artist is tagged with it, or with one
that is part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from segue.errors import RecipeError
from segue.music.genres import no_such_genre
from segue.playlists.filter.condition import Answer, Condition, Filter, negated
from segue.playlists.gather.pool import Facts
from segue.playlists.inventory import Inventory
from segue.playlists.plan import Reason
from segue.playlists.text import quoted


def wanted_genres(names: Sequence[str], inventory: Inventory) -> frozenset[str]:
    """The keys of genres named in any spelling. Raises RecipeError for a name that is none."""
    found = {name: inventory.genre_tree.find(name) for name in names}
    for name, key in found.items():
        if key is None:
            raise RecipeError(no_such_genre(name, inventory.genre_tree))
    return frozenset(key for key in found.values() if key is not None)


def _genre(names: tuple[str, ...], _: Facts, inventory: Inventory) -> Condition:
    wanted, tree = wanted_genres(names, inventory), inventory.genre_tree
    answers: dict[tuple[str, ...], bool] = {}

    def test(track_id: str) -> Answer:
        genres = inventory.genres.get(track_id)
        if genres is None:
            return None
        if genres not in answers:
            answers[genres] = any(not wanted.isdisjoint(tree.above(genre)) for genre in genres)
        return answers[genres]

    return Condition(f"of the genre {quoted(names)}", test)


def _not_genre(names: tuple[str, ...], facts: Facts, inventory: Inventory) -> Condition:
    found = _genre(names, facts, inventory)
    return Condition(f"not {found.text}", negated(found.test))


def _named(names: tuple[str, ...], track_id: str, facts: Facts) -> Iterable[Reason]:
    """The track's genre that is, or is part of, one of those named; else its first."""
    tree, genres = facts.genre_tree, facts.genres.get(track_id, ())
    wanted = {tree.find(name) for name in names}
    fitting = [genre for genre in genres if not wanted.isdisjoint(tree.above(genre))]
    for genre in (fitting or genres)[:1]:
        yield Reason("genre", tree.names[genre])


GENRES: tuple[Filter, ...] = (
    Filter("genre", _genre, genres=True, reasons=_named),
    Filter("not_genre", _not_genre, genres=True, reasons=_named),
)
