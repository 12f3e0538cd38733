"""Any playlist is judged as it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segue.playlists.build import judge
from segue.playlists.library import PlaylistEntry
from segue.recipe.sections import SequenceSettings

IDS = [f"t{number}" for number in range(1, 9)]
FLAT = SequenceSettings()


def heard(lab, **odd):
    """Every song in one key and tempo, but for the odd ones."""
    plain = {"key": 0, "mode": 1, "tempo": 120.0, "energy": 0.5}
    return {i: lab.features(**plain | odd.get(i, {})) for i in IDS}


def judged(lab, rows, features=None, **tracks):
    playlist = lab.playlist("p", rows)
    inventory = lab.inventory(IDS, [playlist], features=features or heard(lab), **tracks)
    return judge(playlist, inventory, FLAT, 1)


def test_the_transition_planted_among_good_ones_is_the_worst(lab) -> None:
    found = judged(lab, IDS, heard(lab, t5={"key": 6, "tempo": 87.0, "energy": 0.95}))
    assert [join.row for join in found.joins[:2]] == [5, 6], "into the odd one, and out of it"
    assert {join.row for join in found.clashes} == {5, 6}
    assert "120 to 87 BPM" in found.joins[0].transition.text
    assert len(found.joins) == len(IDS) - 1


def test_a_song_of_which_nothing_is_known_makes_no_transition_the_worst(lab) -> None:
    known = heard(lab, t5={"tempo": 87.0})
    found = judged(lab, IDS, {i: f for i, f in known.items() if i != "t2"})
    assert {join.row for join in found.known[:2]} == {5, 6}
    assert [join.row for join in found.joins[-2:]] == [2, 3]
    assert len(found.known) == len(found.joins) - 2


def test_a_list_without_clashes_has_none(lab) -> None:
    assert judged(lab, IDS).clashes == ()


def test_one_song_twice_and_other_releases_of_it_are_told_apart(lab) -> None:
    other = lab.entry("t30", title="Song t2 - Remastered 2011", artists=lab.track("t2").artists)
    same = replace(other, track=replace(other.track, duration_ms=lab.track("t2").duration_ms))
    found = judged(lab, ["t1", "t2", "t3", "t1", same])
    assert [(copies.rows, copies.same) for copies in found.copies] == [
        ((1, 4), True),
        ((2, 5), False),
    ]


def test_rows_nobody_can_play_are_named_with_why(lab) -> None:
    rows = [
        "t1",
        lab.entry("t2", playable=False),
        lab.local(),
        PlaylistEntry("", "unknown", ""),
        "t3",
    ]
    found = judged(lab, rows)
    assert [(row, why) for row, _, why in found.unplayable] == [
        (2, "unplayable"),
        (3, "local"),
        (4, "unknown"),
    ]
    assert [join.row for join in found.joins] == [2], "what is no track parts its neighbours"


@pytest.mark.parametrize("rows", [[], ["t1"]])
def test_a_list_too_short_to_judge_has_no_transition(lab, rows) -> None:
    assert judged(lab, rows).joins == ()


def test_pins_and_bans_of_a_recipe_do_not_stop_a_judgement(lab) -> None:
    playlist = lab.playlist("p", IDS)
    wanted = FLAT.model_copy(update={"first": "t3", "apart": (("t1", "t2"),)})
    found = judge(playlist, lab.inventory(IDS, [playlist], features=heard(lab)), wanted, 1)
    assert len(found.joins) == len(IDS) - 1
