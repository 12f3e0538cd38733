"""Choosing to a length or a duration, within caps."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.music.track import Album, Artist
from segue.playlists.choose.picking import TOLERANCE_MS, Ranked, fill_duration, pick
from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked


def recipe(**settings) -> Recipe:
    return Recipe(id="r", name="R", source=Liked(), **settings)


def chosen(lab, tracks, wanted: Recipe, values=None, **more) -> list[str]:
    table = {track.id: track for track in tracks}
    ranked = list(table)
    worth = values or {i: -n / 100 for n, i in enumerate(ranked)}
    return list(pick(Ranked(ranked, table, worth), wanted, **more).track_ids)


def by(lab, *artists: str):
    """Tracks t0, t1, … each by the artist named."""
    return [
        lab.track(f"t{n}", artists=(Artist(a, a),), album=Album(a.upper(), a.upper()))
        for n, a in enumerate(artists)
    ]


def test_the_best_are_taken_up_to_the_length(lab) -> None:
    assert chosen(lab, by(lab, *"abcd"), recipe(length=2)) == ["t0", "t1"]


def test_without_length_or_duration_everything_is_taken(lab) -> None:
    assert chosen(lab, by(lab, *"abcd"), recipe()) == ["t0", "t1", "t2", "t3"]


def test_no_artist_comes_more_often_than_the_cap(lab) -> None:
    tracks = by(lab, *"aaab")
    assert chosen(lab, tracks, recipe(max_per_artist=2)) == ["t0", "t1", "t3"]


def test_no_album_comes_more_often_than_the_cap(lab) -> None:
    assert chosen(lab, by(lab, *"aab"), recipe(max_per_album=1)) == ["t0", "t2"]


def test_what_is_passed_over_is_counted(lab) -> None:
    tracks = [*by(lab, *"aab"), lab.track("t9", title="Song t0", artists=(Artist("a", "a"),))]
    table = {track.id: track for track in tracks}
    table["t9"] = lab.track("t9", title="Song t0", artists=(Artist("a", "a"),), duration_ms=180_000)
    found = pick(Ranked(list(table), table, dict.fromkeys(table, 0.0)), recipe(max_per_artist=1))
    assert (found.track_ids, found.capped, found.copies) == (("t0", "t2"), 1, 1)


def test_copies_come_in_where_they_are_allowed(lab) -> None:
    twins = [
        lab.track("t1"),
        lab.track("t2", title="Song t1 - Remastered", artists=lab.track("t1").artists),
    ]
    assert chosen(lab, twins, recipe()) == ["t1"]
    assert chosen(lab, twins, recipe(unique_recordings=False)) == ["t1", "t2"]


def test_a_copy_of_what_was_taken_out_by_hand_stays_out(lab) -> None:
    copy = lab.track("t2", title="Song t1 - Remastered", artists=lab.track("t1").artists)
    assert chosen(lab, [copy, lab.track("t5")], recipe(), kept_out=[lab.track("t1")]) == ["t5"]


def test_members_count_for_the_length_and_the_caps(lab) -> None:
    tracks = by(lab, *"aabc")
    member = lab.track("t8", artists=(Artist("a", "a"),))
    wanted = recipe(length=3, max_per_artist=2)
    assert chosen(lab, tracks, wanted, members=[member]) == ["t0", "t2"]
    assert chosen(lab, tracks, recipe(length=1), members=[member]) == []


def test_rows_that_are_no_tracks_count_for_the_length(lab) -> None:
    assert chosen(lab, by(lab, *"abc"), recipe(length=3), other_rows=2) == ["t0"]


def test_a_duration_too_long_takes_everything_and_says_so(lab) -> None:
    table = {track.id: track for track in by(lab, "a", "b")}
    found = pick(Ranked(list(table), table, dict.fromkeys(table, 0.0)), recipe(duration="1 hour"))
    assert found.track_ids == ("t0", "t1")
    assert found.short == "6:01 of the 1:00:00 asked for"


def test_a_track_of_unknown_duration_cannot_fill_one(lab) -> None:
    table = {"t1": lab.track("t1", duration_ms=0), "t2": lab.track("t2")}
    found = pick(
        Ranked(list(table), table, dict.fromkeys(table, 0.0)), recipe(duration="3 minutes")
    )
    assert found.track_ids == ("t2",)
    assert "unknown duration" in found.notes[0]


@given(
    artists=st.lists(st.sampled_from("abc"), max_size=12),
    members=st.lists(st.sampled_from("abc"), max_size=3),
    cap=st.integers(1, 3),
    size=st.none() | st.integers(1, 8),
    minutes=st.none() | st.integers(1, 30),
)
def test_choosing_never_exceeds_the_caps(lab, artists, members, cap, size, minutes) -> None:
    if size is not None and minutes is not None:
        size = None
    tracks = by(lab, *artists)
    standing = [lab.track(f"t{50 + n}", artists=(Artist(a, a),)) for n, a in enumerate(members)]
    duration = f"{minutes} minutes" if minutes else None
    wanted = recipe(max_per_artist=cap, length=size, duration=duration)
    picked = chosen(lab, tracks, wanted, members=standing)
    assert len(set(picked)) == len(picked)
    counts = Counter(artists[int(i[1:])] for i in picked)
    assert all(counts[a] + members.count(a) <= cap for a in counts)
    if size is not None:
        assert len(picked) <= max(size - len(members), 0)


def test_a_duration_is_met_within_the_tolerance_when_it_can_be() -> None:
    durations = [200_000 + 7_919 * n % 90_000 for n in range(80)]
    for minutes in (10, 45, 90, 240):
        chosen = fill_duration(durations, [-n / 80 for n in range(80)], minutes * 60_000)
        assert abs(sum(durations[i] for i in chosen) - minutes * 60_000) <= TOLERANCE_MS


def test_the_one_subset_that_fits_is_found() -> None:
    durations = [470_000, 490_000, 95_000, 610_000, 130_000]
    assert fill_duration(durations, [5, 4, 3, 2, 1], 95_000 + 130_000) == [2, 4]


def test_where_nothing_fits_the_nearest_is_taken() -> None:
    assert fill_duration([400_000, 1_000_000], [1.0, 0.0], 900_000) == [1]


def test_of_lists_that_fit_the_higher_scores_win() -> None:
    durations = [200_000] * 6
    assert fill_duration(durations, [1.0, 0.9, 0.8, 0.3, 0.2, 0.1], 600_000) == [0, 1, 2]


def test_within_the_tolerance_scores_count_for_more_than_seconds() -> None:
    assert fill_duration([300_000, 310_000, 300_000], [1.0, 0.9, 0.1], 600_000) == [0, 1]


def test_of_equal_scores_the_nearer_list_wins() -> None:
    assert fill_duration([310_000, 300_000, 300_000], [0.5] * 3, 600_000) == [1, 2]


def test_the_best_track_gives_way_where_the_target_cannot_be_met_with_it() -> None:
    minutes = [15, 20, 20]
    assert fill_duration([m * 60_000 for m in minutes], [1.0, 0.5, 0.5], 40 * 60_000) == [1, 2]


def test_the_best_tracks_of_a_long_list_are_all_in_it() -> None:
    durations = [180_000 + n * 777 % 60_000 for n in range(300)]
    chosen = fill_duration(durations, [-n for n in range(300)], 5 * 3_600_000)
    assert chosen[:60] == list(range(60))


@given(
    st.lists(st.integers(30_000, 600_000), min_size=1, max_size=9),
    st.integers(60_000, 1_800_000),
)
def test_the_duration_is_as_near_as_any_subset_or_within_the_tolerance(durations, target) -> None:
    chosen = fill_duration(durations, [0.0] * len(durations), target)
    off = abs(sum(durations[i] for i in chosen) - target)
    sums = {0}
    for duration in durations:
        sums |= {total + duration for total in sums}
    nearest = min(abs(total - target) for total in sums)
    assert off <= max(TOLERANCE_MS, nearest + 1_000)
    if nearest > TOLERANCE_MS:
        assert off == pytest.approx(nearest, abs=1_000)
