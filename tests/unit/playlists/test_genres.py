"""Recipes that ask for genres: filters, a source, and what has to be looked up for them."""

from __future__ import annotations

import pytest

from segue.errors import NoScoreError, RecipeError
from segue.music.genres import genre_tree
from segue.playlists.choose.choose import choose
from segue.playlists.filter.apply import apply_where
from segue.playlists.gather.candidates import find_candidates
from segue.playlists.gather.missing import missing_in
from segue.playlists.gather.needs import Needs
from segue.playlists.gather.pool import gather, look_up
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import NO_MODELS
from segue.recipe.recipe import Recipe
from segue.recipe.sections import Where
from segue.recipe.source_text import single_sources
from segue.recipe.sources import Liked, OfGenre

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
        return Needs(made, inventory, find_candidates(made, inventory, lab.now)).genres

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


def built(inventory: Inventory, lab, **recipe):
    made = Recipe(**{"name": "A", "from": "liked"} | recipe).settled()
    return choose(made, inventory, NO_MODELS, lab.now, 1)


def test_weighed_genres_come_first_and_avoided_ones_last(inventory: Inventory, lab) -> None:
    found = built(inventory, lab, score={"genre": {"Electronic": 1.0, "metal": -1.0}})
    scores = dict(zip(found.scored.track_ids, found.scored.scores.tolist(), strict=True))
    # Ranks of 1, 0, 0 and -1 among four, and the middle one for the track nobody was asked about.
    assert scores == {"t1": 1.0, "t2": 0.5, "t3": 0.5, "t4": 0.0, "t5": 0.5}
    reasons = found.scored.reasons(["t1", "t2", "t3", "t4", "t5"])
    assert [reasons[i][0].text for i in ("t1", "t2", "t3", "t4", "t5")] == [
        "deep house",
        "jazz, not weighed",
        "of no genre",
        "metal",
        "genre unknown",
    ]


def test_a_genre_adds_what_it_is_part_of_and_each_only_once() -> None:
    tree = genre_tree()
    weights = {"electronic": 0.3, "house": 0.5, "deephouse": 1.0}
    assert tree.worth(["deephouse", "techhouse"], weights) == (1.8, "deephouse")
    assert tree.worth(["techhouse"], weights) == (0.8, "techhouse")
    assert tree.worth(["jazz"], weights) == (0, "")


def test_names_alone_weigh_one_each(inventory: Inventory) -> None:
    listed = Recipe(**{"name": "A", "from": "liked", "score": {"genre": ["jazz", "Hip-Hop"]}})
    single = Recipe(**{"name": "A", "from": "liked", "score": {"genre": "jazz", "plays": 1}})
    assert listed.score == {"genre": {"jazz": 1.0, "Hip-Hop": 1.0}}
    assert single.score == {"genre": {"jazz": 1.0}, "plays": 1.0}


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ({"genre": 1.0}, "genre takes genres by name"),
        ({"novelty": {"jazz": 1.0}}, "novelty takes a number"),
        ({"genre": {}}, "expected names with weights"),
        ({"genre": {"jazz": 101}}, "the weight of 'jazz' must be a number from -100 to 100"),
        ({"genre": {"jazz": "much"}}, "the weight of 'jazz' must be a number from -100 to 100"),
    ],
)
def test_weights_that_are_none_are_refused(score, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Recipe(**{"name": "A", "from": "liked", "score": score})


def test_a_weighed_name_that_is_no_genre_fails_the_recipe(inventory: Inventory) -> None:
    recipe = Recipe(**{"name": "A", "from": "liked", "score": {"genre": {"jaz": 1.0}}}).settled()
    (missing,) = missing_in(recipe, inventory)
    assert missing.key == "score.genre"
    assert "jazz" in missing.why


def test_where_no_genre_is_known_nothing_is_chosen_by_chance(lab) -> None:
    bare = Inventory("me", tracks=lab.tracks("t1", "t2"), liked=lab.liked("t1", "t2"))
    with pytest.raises(NoScoreError, match="--genres-only"):
        built(bare, lab, score={"genre": ["jazz"]})
    assert "`genre` was left out" in built(bare, lab, score={"genre": "jazz", "plays": 1}).notes[0]


def test_many_genres_takes_the_best_of_each_in_turn(lab) -> None:
    ids = [f"t{number}" for number in range(1, 13)]
    genres = dict(zip(ids, ["a"] * 6 + ["b"] * 3 + ["c"], strict=False))
    known = Inventory(
        "me",
        tracks=lab.tracks(*ids),
        liked=lab.liked(*ids),
        genres={track: (genre,) for track, genre in genres.items()},
    )

    def genres_in(length: int, **more) -> list[str]:
        made = {"length": length, "many_genres": True, "freshness": 0, "write": {"min_tracks": 1}}
        chosen = built(known, lab, **made | more).track_ids
        return [genres.get(track, "") for track in chosen]

    assert set(genres_in(3)) == {"a", "b", "c"}
    assert sorted(genres_in(8)) == ["", "", "a", "a", "a", "b", "b", "c"]
    assert sorted(genres_in(12)) == ["", "", *["a"] * 6, *["b"] * 3, "c"]
    plain = built(known, lab, length=12).track_ids
    turned = built(known, lab, length=12, many_genres=True).track_ids
    first = {genre: next(i for i in plain if genres.get(i) == genre) for genre in "abc"}
    assert set(turned[:3]) == set(first.values())


def test_many_genres_counts_what_stands_already_and_holds_in_a_duration(lab) -> None:
    ids = [f"t{number}" for number in range(1, 10)]
    genres = {track: ("a" if number < 6 else f"g{number}",) for number, track in enumerate(ids)}
    tracks = lab.tracks(*ids)
    known = Inventory("me", tracks=tracks, liked=lab.liked(*ids), genres=genres)
    total_ms = 4 * tracks["t1"].duration_ms
    recipe = Recipe(
        **{"name": "A", "from": "liked", "many_genres": True, "duration": f"{total_ms // 1000}s"}
    ).settled()
    assert recipe.uses_genres
    chosen = choose(recipe, known, NO_MODELS, lab.now, 1).track_ids
    assert {genres[track][0] for track in chosen} == {"a", "g6", "g7", "g8"}
