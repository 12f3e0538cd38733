"""Recipes that ask for genres: filters, a source, and what has to be looked up for them."""

from __future__ import annotations

import pytest

from segue.errors import RecipeError
from segue.music.genres import genre_tree
from segue.playlists.choose.choose import choose
from segue.playlists.filter.apply import apply_where
from segue.playlists.gather.candidates import find_candidates, needs
from segue.playlists.gather.missing import missing_in
from segue.playlists.gather.pool import gather, look_up
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import NO_MODELS
from segue.recipe.recipe import Recipe
from segue.recipe.sections import Where
from segue.recipe.sources import Liked, OfGenre, single_sources

GENRES = {"t1": ("deephouse",), "t2": ("jazz", "bossanova"), "t3": (), "t4": ("metal",)}


@pytest.fixture
def inventory(lab) -> Inventory:
    ids = ("t1", "t2", "t3", "t4", "t5")
    return Inventory("me", tracks=lab.tracks(*ids), liked=lab.liked(*ids), genres=GENRES)


def passed(inventory: Inventory, lab, **where) -> list[str]:
    pool = gather(Liked(), inventory)
    facts = look_up(pool, inventory, lab.now)
    return sorted(apply_where(Where(**where), list(pool.origins), facts, inventory).passed)


def test_a_genre_finds_its_parts_in_any_spelling(inventory: Inventory, lab) -> None:
    assert passed(inventory, lab, genre="Electronic", unknown_features="drop") == ["t1"]
    wanted = ["Bossa-Nova", "metal"]
    assert passed(inventory, lab, genre=wanted, unknown_features="drop") == ["t2", "t4"]


def test_of_a_track_nobody_was_asked_about_the_genre_is_unknown(inventory: Inventory, lab) -> None:
    assert passed(inventory, lab, genre="jazz") == ["t2", "t5"]
    assert passed(inventory, lab, not_genre="rock") == ["t1", "t2", "t3", "t5"]
    assert passed(inventory, lab, not_genre="rock", unknown_features="drop") == ["t1", "t2", "t3"]


def test_a_name_that_is_no_genre_never_lets_everything_through(inventory: Inventory, lab) -> None:
    with pytest.raises(RecipeError, match="jazz"):
        passed(inventory, lab, genre="jaz")
    recipe = Recipe(**{"name": "A", "from": "liked", "where": {"none": [{"genre": "jaz"}]}})
    (missing,) = missing_in(recipe.settled(), inventory)
    assert missing.required
    assert missing.key == "where.none[0].genre"


def test_the_source_of_a_genre_is_everything_known_of_it(inventory: Inventory) -> None:
    assert list(gather(OfGenre("latin"), inventory).origins) == ["t2"]
    recipe = Recipe(**{"name": "A", "from": "genre:latinn"}).settled()
    (missing,) = missing_in(recipe, inventory)
    assert "latin" in missing.why


def test_only_recipes_of_genres_have_them_looked_up(inventory: Inventory, lab) -> None:
    def lacking(**recipe) -> tuple[str, ...]:
        made = Recipe(**{"name": "A", "from": "liked"} | recipe).settled()
        return needs(made, inventory, find_candidates(made, inventory, lab.now)).genres

    assert lacking() == ()
    assert lacking(where={"genre": "jazz"}) == ("t5",)
    assert lacking(where={"any": [{"not_genre": "jazz"}]}) == ("t5",)
    assert lacking(**{"from": "genre:jazz"}) == ("t5",)


def test_names_that_a_service_lists_are_genres_too(lab) -> None:
    tree = genre_tree(("zeuhl",))
    known = Inventory("me", tracks=lab.tracks("t1"), genres={"t1": ("zeuhl",)}, genre_tree=tree)
    assert list(gather(OfGenre("Zeuhl"), known).origins) == ["t1"]


def test_a_genre_is_written_as_it_is_read() -> None:
    recipe = Recipe(**{"name": "A", "from": ["genre: deep house ", "liked"]})
    found = [source for source in single_sources(recipe.source) if isinstance(source, OfGenre)]
    assert found == [OfGenre("deep house")]


def test_a_cap_counts_main_genres_and_leaves_the_unknown_alone(lab) -> None:
    ids = [f"t{number}" for number in range(1, 9)]
    genres = dict.fromkeys(ids[:3], ("house", "jazz")) | dict.fromkeys(ids[3:6], ("jazz",))
    known = Inventory("me", tracks=lab.tracks(*ids), liked=lab.liked(*ids), genres=genres)
    recipe = Recipe(**{"name": "A", "from": "liked", "max_per_genre": 2}).settled()
    chosen = choose(recipe, known, NO_MODELS, lab.now, 1).track_ids
    assert len(set(chosen) & set(ids[:3])) == 2
    assert len(set(chosen) & set(ids[3:6])) == 2
    assert set(ids[6:]) <= set(chosen)
