"""Filters: every field, the unknown, and the counts."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from segue.errors import RecipeError
from segue.music.track import Album, Artist
from segue.playlists.filter.apply import FILTERS, apply_where
from segue.playlists.heard import known_of
from segue.playlists.library import Heard, Play
from segue.playlists.listening import listening_of
from segue.recipe.sections import Where
from segue.recipe.sources import Liked
from segue.recipe.values import Range

ENERGETIC = Where(energy=Range(0.5, None))


def left(lab, where: Where, inventory) -> list[str]:
    pool, facts = lab.gathered(Liked(), inventory)
    return list(apply_where(where, list(pool.origins), facts, inventory).passed)


@pytest.fixture
def library(lab):
    inventory = lab.inventory(
        ["t1", "t5", "t30", "t90"],
        [lab.playlist("p", ["t5"], "Gym"), lab.playlist("m", ["t90"], "Made")],
        plays=[("t1", 2), ("t5", 40), ("t5", 50), ("t90", 1)],
        recipe_playlists={"r": "m"},
        features={
            "t1": lab.features(energy=0.9, tempo=120.0, key=0, mode=1),
            "t5": lab.features(energy=0.5),
            "t30": lab.features(energy=0.1, tempo=90.0, key=9, mode=0),
        },
    )
    changed = {
        "t1": lab.track("t1", title="Rain (Live)", explicit=True, artists=(Artist("Béla", "b1"),)),
        "t5": lab.track("t5", explicit=False, artists=(Artist("Mira"), Artist("Bela", "b2"))),
        "t30": lab.track("t30", duration_ms=0, album=Album("A", "x", "0000")),
    }
    return replace(inventory, tracks={**inventory.tracks, **changed})


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where(), "t1 t5 t30 t90"),
        (Where(added_within="30 days"), "t1 t5 t30"),
        (Where(not_added_within="30 days"), "t90"),
        (Where(played_within="10 days"), "t1 t90"),
        (Where(not_played_within="10 days"), "t5 t30"),
        (Where(plays=Range(2, None)), "t5"),
        (Where(plays=Range(None, 0)), "t30"),
        (Where(artist=("bela",)), "t1 t5"),
        (Where(artist=("b1", "Nobody")), "t1"),
        (Where(not_artist=("BELA",)), "t30 t90"),
        (Where(title=r"\blive\b"), "t1"),
        (Where(explicit=True), "t1"),
        (Where(explicit=False), "t5"),
        (Where(duration=Range(None, 185)), "t1 t5"),
        (Where(year=Range(1990, 1995)), "t1 t5"),
        (Where(in_playlist=("Gym",)), "t5"),
        (Where(not_in_playlist=("Gym", "Made")), "t1 t30"),
        (Where(not_in_playlist=("*",)), "t1 t30 t90"),
        (ENERGETIC, "t1 t5 t90"),
        (ENERGETIC.model_copy(update={"unknown_features": "drop"}), "t1 t5"),
        (Where(tempo=Range(100, 130), unknown_features="drop"), "t1"),
        (Where(key=Range(0, 0), unknown_features="drop"), "t1"),
        (Where(mode=Range(0, 0), unknown_features="drop"), "t30"),
        (Where(any_of=(Where(artist=("Mira",)), Where(explicit=True))), "t1 t5"),
        (Where(none_of=(Where(artist=("Mira",)), Where(explicit=True))), "t30 t90"),
        (Where(none_of=(ENERGETIC,)), "t30 t90"),
        (Where(none_of=(ENERGETIC,), unknown_features="drop"), "t30"),
        (Where(none_of=(ENERGETIC.model_copy(update={"unknown_features": "drop"}),)), "t30"),
        (
            Where(
                none_of=(
                    Where(any_of=(ENERGETIC.model_copy(update={"unknown_features": "drop"}),)),
                )
            ),
            "t30",
        ),
        (Where(any_of=(ENERGETIC, Where(explicit=True)), unknown_features="drop"), "t1 t5"),
        (Where(any_of=(Where(none_of=(Where(explicit=True),)),)), "t5 t30 t90"),
        (Where(added_within="60 days", plays=Range(1, None)), "t1 t5"),
    ],
)
def test_a_filter_lets_through_what_it_says(lab, library, where: Where, expected: str) -> None:
    assert left(lab, where, library) == expected.split()


def test_an_unknown_feature_does_not_drop_what_another_filter_lets_in(lab, library) -> None:
    where = Where(any_of=(ENERGETIC, Where(not_played_within="12 hours")), unknown_features="drop")
    assert "t90" in left(lab, where, library)


def test_skipped_and_very_short_plays_do_not_count(lab, library) -> None:
    skipped = replace(library.plays[0], track_id="t30", skipped=True)
    short = replace(library.plays[0], track_id="t30", ms_played=5_000)
    inventory = replace(library, plays=(*library.plays, skipped, short))
    assert left(lab, Where(plays=Range(1, None)), inventory) == ["t1", "t5", "t90"]


def test_each_condition_counts_what_it_leaves(lab, library) -> None:
    where = Where(added_within="60 days", energy=Range(0.95, None))
    pool, facts = lab.gathered(Liked(), library)
    stages = apply_where(where, list(pool.origins), facts, library).stages
    assert [stage.text for stage in stages] == ["3 added within 60 days", "0 with energy ≥ 0.95"]
    assert [stage.left for stage in stages] == [3, 0]


@pytest.mark.parametrize(
    ("unknown", "text"),
    [
        ("drop", "2 with energy ≥ 0.5 (1 unknown, dropped)"),
        ("keep", "3 with energy ≥ 0.5 (1 unknown, kept)"),
    ],
)
def test_a_count_says_how_many_are_unknown(lab, library, unknown, text: str) -> None:
    pool, facts = lab.gathered(Liked(), library)
    where = ENERGETIC.model_copy(update={"unknown_features": unknown})
    stages = apply_where(where, list(pool.origins), facts, library).stages
    assert stages[0].text == text


def test_every_key_of_a_filter_has_its_test() -> None:
    nested = {"unknown_features", "any_of", "none_of"}
    assert set(FILTERS) == set(Where.model_fields) - nested


@pytest.mark.parametrize("field", ["in_playlist", "not_in_playlist"])
def test_a_filter_on_a_missing_playlist_stops_the_recipe(lab, library, field: str) -> None:
    with pytest.raises(RecipeError, match=r"“Gim”.*safely"):
        left(lab, Where(**{field: ("Gim",)}), library)


def test_in_no_playlist_needs_every_own_playlist_to_be_read(lab, library) -> None:
    unread = lab.playlist("u", [], "Locked").summary
    inventory = replace(library, summaries=(*library.summaries, unread), unread={"u": "403"})
    with pytest.raises(RecipeError, match="Locked"):
        left(lab, Where(not_in_playlist=("*",)), inventory)


def test_a_feature_that_is_nan_is_unknown_not_out_of_range(lab, library) -> None:
    assert math.isnan(library.features["t1"].valence)
    assert "t1" in left(lab, Where(valence=Range(0.9, None)), library)


def test_skips_count_where_they_are_known_and_nowhere_else(lab) -> None:
    plays = [
        *(Play("t1", lab.ago(n), skipped=True) for n in (1, 2, 3)),
        Play("t1", lab.ago(4), skipped=False),
        Play("t2", lab.ago(1)),
        Play("t2", lab.ago(2), ms_played=4_000),
    ]
    inventory = replace(
        lab.inventory(["t1", "t2", "t3", "t4"]),
        plays=tuple(plays),
        skips={"t4": 1},
        heard={"t4": Heard.at([lab.ago(9).timestamp()] * 3)},
    )
    assert left(lab, Where(skip_ratio=Range(0.75, 0.75)), inventory) == ["t1"]
    assert left(lab, Where(skip_ratio=Range(0.25, 0.25)), inventory) == ["t4"]
    assert left(lab, Where(skip_ratio=Range(0, 0)), inventory) == ["t2", "t3"]


def test_a_track_passes_that_was_played_once_in_the_hours_of_the_zone(lab) -> None:
    at = datetime(2026, 11, 13, 22, 30, tzinfo=UTC)  # a Friday; in Tokyo Saturday, 07:30
    imported = listening_of([Play("t3", at, 200_000, False), Play("t4", at, 200_000, True)])
    inventory = replace(
        lab.inventory(["t1", "t2", "t3", "t4"]),
        plays=(Play("t1", at), Play("t2", at + timedelta(hours=12)), Play("t4", at, 1_000)),
        **known_of(imported),
    )
    friday = Where(played_on="fri 22:00-05:00")
    assert left(lab, friday, inventory) == ["t1", "t3"]
    assert left(lab, Where(played_on=["sat 10:00-11:00"]), inventory) == ["t2"]
    assert left(lab, Where(played_on=["sat", "fri"]), inventory) == ["t1", "t2", "t3"]
    tokyo = replace(inventory, zone=ZoneInfo("Asia/Tokyo"))
    assert left(lab, friday, tokyo) == []
    assert left(lab, Where(played_on="sat 07:00-08:00"), tokyo) == ["t1", "t3"]
