"""Ordering the chosen, and a transition in words and numbers."""

from __future__ import annotations

import math

import pytest

from segue.errors import RecipeError
from segue.music.features import DISCO, AudioFeatures
from segue.music.track import Album, Artist, Track
from segue.playlists.order import columns as module
from segue.playlists.order.columns import (
    arrange,
    columns_of,
    report,
    settings_for,
    transitions,
)
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sections import SequenceSettings
from segue.recipe.sources import FromPlaylist, Liked
from segue.sequencing.problem import problem_of
from segue.sequencing.transitions import explain

A_MINOR = AudioFeatures(energy=0.50, key=9, mode=0, tempo=122.0)
E_MINOR = AudioFeatures(energy=0.60, key=4, mode=0, tempo=124.0)
GREEDY = SequenceSettings(method="greedy")


@pytest.fixture
def columns(lab):
    songs = {"t1": A_MINOR, "t2": E_MINOR, "t3": AudioFeatures(energy=0.9, key=3, mode=1, tempo=61)}
    return columns_of([lab.track(i) for i in ("t1", "t2", "t3", "t4")], songs, DISCO)


def test_a_transition_carries_the_sequencers_cost_and_the_matches(columns) -> None:
    found = transitions(columns, [0, 1, 3], SequenceSettings())
    assert found[0] is None
    first, second = explain(columns.songs.take([0, 1, 3]), [0, 1, 2])
    assert (found[1].cost, found[2].cost) == (first.cost, second.cost)
    assert found[1].key == 1.0
    assert found[1].tempo == pytest.approx(math.cos(2 * math.pi * math.log2(122 / 124)), abs=1e-6)
    assert (found[2].key, found[2].tempo) == (0.0, 0.0)
    assert found[1].text == "8A to 9A, 122 to 124 BPM, energy up a little"


def test_a_long_list_is_explained_in_stretches_that_join(columns, monkeypatch) -> None:
    whole = transitions(columns, [0, 1, 2, 3], SequenceSettings())
    monkeypatch.setattr(module, "_EXPLAINED_AT_ONCE", 2)
    assert [t and t.text for t in transitions(columns, [0, 1, 2, 3], SequenceSettings())] == [
        t and t.text for t in whole
    ]


def test_the_method_none_keeps_the_order(columns) -> None:
    assert arrange(columns, SequenceSettings(method="none"), seed=1)[0] == [0, 1, 2, 3]


@pytest.mark.parametrize("method", ["search", "beam", "greedy"])
def test_every_track_is_ordered_once_after_the_opening(columns, method) -> None:
    order, _ = arrange(columns, SequenceSettings(method=method), seed=1, opening=2)
    assert order[:2] == [0, 1]
    assert sorted(order) == [0, 1, 2, 3]


def test_a_track_named_first_is_first_and_one_that_is_not_there_is_no_matter(columns) -> None:
    wanted = SequenceSettings.model_construct(first="t3", last="somebody-else")
    assert arrange(columns, wanted, seed=1)[0][0] == 2


def test_a_position_counts_from_one(columns) -> None:
    assert arrange(columns, SequenceSettings.model_construct(at={"t4": 2}), seed=1)[0][1] == 3


def test_two_tracks_for_one_place_are_an_error_of_the_recipe(columns) -> None:
    with pytest.raises(RecipeError, match="both pinned"):
        arrange(columns, SequenceSettings.model_construct(first="t1", at={"t2": 1}), seed=1)


def test_a_list_beyond_what_is_ordered_at_once_is_ordered_in_parts(columns, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_TRACKS", 3)
    order, notes = arrange(columns, GREEDY, seed=1, opening=1)
    assert order[0] == 0
    assert sorted(order) == [0, 1, 2, 3]
    assert "in parts" in notes[0]


def test_the_search_is_never_worse_than_the_greedy(columns) -> None:
    settings = settings_for(columns.tracks, SequenceSettings())
    problem = problem_of(columns.songs, settings)
    best, _ = arrange(columns, SequenceSettings(), seed=1)
    greedy, _ = arrange(columns, GREEDY, seed=1)
    assert problem.cost(best) <= problem.cost(greedy) + 1e-9


def test_compatible_transitions_are_counted_where_both_sides_are_known(columns) -> None:
    row = report(columns, [0, 1, 2, 3], columns_of([], {}, DISCO), SequenceSettings(), seed=1)
    # 8A to 9A is compatible, 9A to E♭ major is not, and the last key is unknown.
    assert row["camelot_percent"] == 50.0
    # 122 to 124 and 124 to 61 (half time) are within six per cent.
    assert row["tempo_percent"] == 100.0
    assert row["median_tempo_step_percent"] == pytest.approx(100 * (124 / 122 - 1), abs=0.01)


def test_what_is_unknown_of_every_track_is_reported_as_unknown(lab) -> None:
    columns = columns_of([lab.track("t1"), lab.track("t2")], {}, DISCO)
    row = report(columns, [0, 1], columns, SequenceSettings(), seed=1)
    assert row["camelot_percent"] is None
    assert row["random"]["tempo_percent_mean"] is None
    assert row["unknown"]["all_features"] == 2


def test_neighbours_by_one_artist_are_counted_but_not_unknown_artists(lab) -> None:
    same = [lab.track("t1"), lab.track("t2", artists=lab.track("t1").artists)]
    nobody = [Track("x", "X"), Track("y", "Y")]
    columns = columns_of([*same, *nobody], {}, DISCO)
    row = report(columns, [0, 1, 2, 3], columns, SequenceSettings(), seed=1)
    assert row["artist_adjacency"] == 1.0


def test_the_list_before_is_measured_as_it_stood(columns) -> None:
    row = report(columns, [3, 2, 1, 0], columns, SequenceSettings(), seed=3)
    straight = report(columns, [0, 1, 2, 3], columns, SequenceSettings(), seed=3)
    assert row["before"]["objective"] == straight["objective"]


def test_a_very_long_list_is_counted_and_not_measured(columns, monkeypatch) -> None:

    monkeypatch.setattr(module, "MOST_TRACKS", 3)
    row = report(columns, [0, 1, 2, 3], columns, SequenceSettings(), seed=1)
    assert row["tracks"] == 4
    assert "objective" not in row


def listed(lab, inventory, **wanted) -> list[str]:
    """The ids of a list of everything liked, sorted as wanted."""
    recipe = Recipe(id="r", name="R", source=wanted.pop("source", Liked()), **wanted)
    return list(lab.build(recipe, inventory).track_ids)


def test_a_list_is_sorted_by_titles_without_case_accents_or_brackets(lab) -> None:
    titles = {
        "t1": "zebra", "t2": "Émile", "t3": "emile", "t4": "(Sittin' On) the Dock", "t5": "No. 10",
        "t6": "No. 9", "t7": "Ærø", "t8": "…and Justice",
    }  # fmt: skip
    inventory = lab.inventory(
        [*titles], tracks={i: lab.track(i, title=title) for i, title in titles.items()}
    )
    found = [titles[i] for i in listed(lab, inventory, sort="title")]
    assert found == [
        *("Ærø", "…and Justice", "emile", "Émile", "No. 9", "No. 10"),
        *("(Sittin' On) the Dock", "zebra"),
    ]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("added", ["t3", "t2", "t1"]),
        ("artist", ["t2", "t3", "t1"]),
        ("album", ["t3", "t1", "t2"]),
        ("release", ["t1", "t3", "t2"]),
        ("tempo", ["t2", "t1", "t3"]),
        ("duration", ["t2", "t3", "t1"]),
        ("plays", ["t1", "t3", "t2"]),
        ("popularity", ["t3", "t1", "t2"]),
        ("source", ["t1", "t2", "t3"]),
    ],
)
def test_a_list_is_sorted_either_way_by_each_property(lab, sort, expected) -> None:
    tracks = {
        "t1": lab.track("t1", artists=(Artist("c"),), album=Album("b", "b", "1999"), duration_ms=9),
        "t2": lab.track("t2", artists=(Artist("Á"),), album=Album("c", "c", "2001"), duration_ms=2),
        "t3": lab.track(
            "t3", artists=(Artist("B"),), album=Album("A", "A", "1999-03"), duration_ms=4
        ),
    }
    inventory = lab.inventory(
        [*tracks],
        tracks=tracks,
        plays=[("t2", 3), ("t2", 4), ("t3", 5)],
        features={i: AudioFeatures(tempo=t) for i, t in zip(tracks, (110, 90, 130), strict=True)},
        popularity={"t1": 40, "t2": 60, "t3": 0},
    )
    assert listed(lab, inventory, sort=sort) == expected
    assert listed(lab, inventory, sort=sort, descending=True) == expected[::-1]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["tempo", "popularity", "release", "duration", "album"])
def test_what_is_not_known_stands_last_in_either_direction_and_is_said(
    lab, sort, descending
) -> None:
    bare = {i: lab.track(i, album=None, duration_ms=0) for i in ("t1", "t4")}
    inventory = lab.inventory(
        ["t1", "t2", "t3", "t4"],
        tracks=bare,
        features={i: AudioFeatures(tempo=100 + int(i[1])) for i in ("t2", "t3")},
        popularity={"t2": 1, "t3": 2},
    )
    recipe = Recipe(id="r", name="R", source=Liked(), sort=sort, descending=descending)
    draft = lab.build(recipe, inventory)
    assert draft.track_ids[2:] == ("t1", "t4")
    assert any(f"2 tracks of unknown {sort} stand last" in note for note in draft.notes)


@pytest.mark.parametrize("descending", [False, True])
def test_equals_keep_the_order_of_the_sources_in_either_direction(lab, descending) -> None:
    rows = ["t9", "t2", "t5", "t1"]
    playlist = lab.playlist("p", [lab.entry(i, title="Same") for i in rows])
    inventory = lab.inventory(playlists=[playlist])
    source = FromPlaylist("p")
    assert listed(lab, inventory, sort="title", descending=descending, source=source) == rows


def test_a_sorted_list_that_is_added_to_leaves_what_stands(lab) -> None:
    playlist = lab.playlist("p", ["t3", "t1"])
    inventory = lab.inventory(["t9", "t7", "t8"], playlists=[playlist], recipe_playlists={"r": "p"})
    write = WritePolicy(mode="append")
    assert listed(lab, inventory, sort="title", write=write) == ["t3", "t1", "t7", "t8", "t9"]


def test_a_sorted_list_says_nothing_of_what_a_track_stands_between(lab) -> None:
    songs = dict.fromkeys(("t1", "t2", "t3"), A_MINOR)
    recipe = Recipe(id="r", name="R", source=Liked(), sort="added")
    draft = lab.build(recipe, lab.inventory([*songs], features=songs))
    assert not [r for item in draft.items for r in item.reasons if r.kind == "flow"]


def test_tracks_that_are_in_the_list_stay_together_as_written(columns) -> None:
    wanted = SequenceSettings.model_construct(keep_together=(("t4", "gone", "t1"), ("t2", "away")))
    order, notes = arrange(columns, wanted, seed=1)
    names = [columns.tracks[row].id for row in order]
    assert names[names.index("t4") + 1] == "t1"
    assert notes == ()


def test_how_a_list_flows_is_measured_whether_or_not_tracks_stay_together(columns) -> None:
    kept = SequenceSettings.model_construct(keep_together=(("t1", "t3"),))
    rows = [0, 1, 2, 3]
    plain = report(columns, rows, columns, SequenceSettings(), seed=1)
    assert report(columns, rows, columns, kept, seed=1) == plain
