"""Gathering candidates from sources."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import RecipeError
from segue.playlists.gather.pool import gather
from segue.playlists.library import SavedAlbum
from segue.recipe.sources import (
    FromPlaylist,
    FromRecipe,
    Liked,
    RecentPlays,
    SavedAlbums,
    SourceSet,
    TheseTracks,
    TopTracks,
)

ids = st.frozensets(st.sampled_from([f"t{n}" for n in range(8)]), max_size=6)


def found(lab, source, inventory) -> list[str]:
    return list(gather(source, inventory).origins)


def test_each_plain_source_gives_its_tracks_in_its_order(lab) -> None:
    inventory = replace(
        lab.inventory(
            ["t3", "t1"],
            [lab.playlist("p", ["t5", "t4", "t5"], "Gym")],
            plays=[("t6", 3), ("t1", 2), ("t6", 1)],
            top={"short": ("t1", "t6")},
        ),
        albums=(SavedAlbum("b", "Album", lab.ago(9), ("t4", "t3")),),
    )
    assert found(lab, Liked(), inventory) == ["t3", "t1"]
    assert found(lab, FromPlaylist("Gym"), inventory) == ["t5", "t4"]
    assert found(lab, RecentPlays(), inventory) == ["t6", "t1"]
    assert found(lab, TopTracks("short"), inventory) == ["t1", "t6"]
    assert found(lab, SavedAlbums(), inventory) == ["t4", "t3"]
    assert found(lab, TheseTracks(("t6", "t3")), inventory) == ["t6", "t3"]


def test_rows_that_are_no_tracks_are_no_candidates(lab) -> None:
    inventory = lab.inventory(playlists=[lab.playlist("p", [lab.local(), "t1"], "Gym")])
    assert found(lab, FromPlaylist("Gym"), inventory) == ["t1"]


@given(first=ids, second=ids, third=ids)
def test_sets_of_sources_are_sets(lab, first, second, third) -> None:
    library = lab.inventory(tracks=lab.tracks(*first, *second, *third))
    a, b, c = (TheseTracks(tuple(sorted(each))) for each in (first, second, third))

    def members(source) -> set[str]:
        return set(gather(source, library).origins)

    assert members(SourceSet(any_of=(a, b))) == first | second
    assert members(SourceSet(all_of=(a, b))) == first & second
    assert members(SourceSet(any_of=(a, b), minus=(c,))) == (first | second) - third
    assert members(SourceSet(any_of=(a,), all_of=(b,), minus=(c,))) == (first & second) - third
    nested = SourceSet(any_of=(SourceSet(all_of=(a, b)), c))
    assert members(nested) == (first & second) | third


def test_a_track_knows_every_source_it_comes_from(lab) -> None:
    inventory = lab.inventory(["t1"], [lab.playlist("p", ["t1"], "Gym")])
    pool = gather(SourceSet(any_of=(Liked(), FromPlaylist("Gym"))), inventory)
    assert [origin.kind for origin in pool.origins["t1"]] == ["liked", "playlist"]


def test_the_latest_adding_counts(lab) -> None:
    fresh = replace(lab.entry("t9"), added_at=lab.ago(2))
    inventory = lab.inventory(["t9"], [lab.playlist("p", [fresh], "Gym")])
    pool = gather(SourceSet(any_of=(Liked(), FromPlaylist("Gym"))), inventory)
    assert pool.added_at("t9") == lab.ago(2)


def test_a_missing_playlist_leaves_a_note_and_the_others_in(lab) -> None:
    pool = gather(SourceSet(any_of=(Liked(), FromPlaylist("Gym"))), lab.inventory(["t1"]))
    assert list(pool.origins) == ["t1"]
    assert pool.notes == ("you have no playlist called “Gym”",)


@pytest.mark.parametrize("part", ["minus", "all_of"])
def test_a_missing_playlist_that_keeps_tracks_out_stops_the_recipe(lab, part: str) -> None:
    source = SourceSet(any_of=(Liked(),), **{part: (FromPlaylist("Gym"),)})
    with pytest.raises(RecipeError, match=r"“Gym”.*nothing can be chosen safely"):
        gather(source, lab.inventory(["t1"]))


def test_a_partly_read_playlist_is_used_with_a_note_but_not_subtracted(lab) -> None:
    inventory = lab.inventory(["t1"], [lab.playlist("p", ["t2"], "Gym", complete=False)])
    assert "some rows" in gather(FromPlaylist("Gym"), inventory).notes[0]
    with pytest.raises(RecipeError, match="some rows"):
        gather(SourceSet(any_of=(Liked(),), minus=(FromPlaylist("Gym"),)), inventory)


def test_a_set_that_only_subtracts_is_refused(lab) -> None:
    with pytest.raises(RecipeError, match="nothing to draw from"):
        gather(SourceSet(minus=(Liked(),)), lab.inventory(["t1"]))


def test_a_recipe_gives_what_is_planned_before_what_it_made_last(lab) -> None:
    inventory = lab.inventory(
        playlists=[lab.playlist("p", ["t1"])], recipe_playlists={"r": "p"}, tracks=lab.tracks("t2")
    )
    assert found(lab, FromRecipe("r"), inventory) == ["t1"]
    assert found(lab, FromRecipe("r"), replace(inventory, planned={"r": ("t2",)})) == ["t2"]


def test_a_recipe_that_made_nothing_yet_is_noted(lab) -> None:
    assert "not made a playlist yet" in gather(FromRecipe("r"), lab.inventory()).notes[0]


def test_a_track_not_read_yet_is_left_out_and_counted(lab) -> None:
    pool = gather(TheseTracks(("t1", "x")), lab.inventory(["t1"]))
    assert list(pool.origins) == ["t1"]
    assert pool.notes == ("1 track left out: not read from Spotify yet, run `segue sync`",)


def test_the_pool_says_how_many_there_are(lab) -> None:
    assert gather(Liked(), lab.inventory(["t1", "t2"])).text == "2 liked"
