"""New songs on trial: what stays, what leaves, whose turn it is, and what stands in the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.playlists.library import Outside, Suggestion, Suggestions
from segue.playlists.trials import (
    FLOOR,
    Hearing,
    draw_engine,
    judged,
    record_of,
    shares_of,
    stays_out,
)
from segue.recipe.recipe import Recipe
from segue.recipe.references import Newcomer, read_keep_if

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SONG = Newcomer("t1", "ReccoBeats", NOW - timedelta(days=10))
AGAIN, LIKED = read_keep_if("played again within 21 days"), read_keep_if("liked")


def at(*days_in: float) -> tuple[datetime, ...]:
    """Moments so many days after the song came in."""
    return tuple(SONG.since + timedelta(days=day) for day in days_in)


@pytest.mark.parametrize(
    ("hearing", "rule", "now", "outcome"),
    [
        (Hearing(), AGAIN, 10, "trying"),
        (Hearing({"t1": at(1)}), AGAIN, 10, "trying"),
        (Hearing({"t1": at(1, 3)}), AGAIN, 10, "kept"),
        (Hearing({"t1": at(-2, 3)}), AGAIN, 10, "trying"),
        (Hearing({"t1": at(1, 25)}), AGAIN, 30, "left"),
        (Hearing({"t1": at(1, 3)}), LIKED, 10, "trying"),
        (Hearing(liked_at={"t1": at(4)[0]}), LIKED, 10, "kept"),
        (Hearing(liked_at={"t1": at(4)[0]}), AGAIN, 10, "kept"),
        (Hearing(liked_at={"t1": at(24)[0]}), AGAIN, 30, "left"),
        (Hearing(skipped={"t1": at(1, 2)}), AGAIN, 3, "left"),
        (Hearing({"t1": at(1)}, {"t1": at(2)}), AGAIN, 3, "trying"),
        (Hearing(), AGAIN, 21, "left"),
        (Hearing(), AGAIN, 20.9, "trying"),
    ],
)
def test_a_song_stays_that_is_heard_again_or_liked_and_leaves_when_its_time_is_up(
    hearing: Hearing, rule, now: float, outcome: str
) -> None:
    assert judged(SONG, rule, hearing, at(now)[0]).outcome == outcome


def test_when_it_stayed_or_left_does_not_depend_on_when_one_looks() -> None:
    heard = Hearing({"t1": at(1, 3)})
    assert {judged(SONG, AGAIN, heard, at(day)[0]).ended_at for day in (4, 20, 90)} == {at(3)[0]}
    assert judged(SONG, AGAIN, Hearing(), at(90)[0]).ended_at == at(21)[0]


def test_what_left_stays_out_for_a_year() -> None:
    gone = replace(SONG, outcome="left", ended_at=NOW)
    assert stays_out([gone], NOW + timedelta(days=364)) == {"t1"}
    assert not stays_out([gone], NOW + timedelta(days=366))
    assert not stays_out([SONG, replace(SONG, outcome="kept", ended_at=NOW)], NOW)


@pytest.mark.parametrize(
    "text", ["", "played", "within 3 days", "liked within", "played again soon"]
)
def test_an_unknown_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither|length of time"):
        read_keep_if(text)


def test_the_better_engine_gets_the_larger_share_and_each_keeps_its_floor() -> None:
    record = {"A": (12, 8), "B": (2, 18), "C": (2, 18)}
    shares = shares_of(tuple(record), record, np.random.default_rng(1))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["A"] > 0.7
    assert min(shares.values()) >= FLOOR - 1e-9


def test_engines_nobody_tried_share_alike() -> None:
    shares = shares_of(("A", "B"), {}, np.random.default_rng(1))
    assert shares["A"] == pytest.approx(0.5, abs=0.03)


@given(
    st.dictionaries(
        st.sampled_from("ABCDEFGHIJKLMN"),
        st.tuples(st.integers(0, 40), st.integers(0, 40)),
        min_size=1,
    )
)
def test_shares_come_to_one_however_many_engines_there_are(record) -> None:
    shares = shares_of(tuple(record), record, np.random.default_rng(1))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= min(FLOOR, 1 / len(record)) - 1e-9


def test_engines_are_drawn_as_often_as_their_share_says() -> None:
    record = {"A": (12, 8), "B": (2, 18)}
    rng = np.random.default_rng(3)
    drawn = [draw_engine(("A", "B"), record, rng) for _ in range(2000)]
    share = shares_of(("A", "B"), record, np.random.default_rng(4))["A"]
    assert drawn.count("A") / 2000 == pytest.approx(share, abs=0.03)


def test_a_record_counts_what_stayed_and_left_and_nothing_on_trial() -> None:
    songs = [SONG, replace(SONG, outcome="kept"), replace(SONG, outcome="left")]
    assert record_of(songs) == {"ReccoBeats": (1, 1)}


def _discover(changes: dict[str, object] | None) -> dict[str, object] | None:
    return None if changes is None else {"new": 2} | changes


class Listing:
    """A recipe with two places on trial, over what two engines name."""

    def __init__(self, lab, newcomers=(), **more) -> None:
        self.lab = lab
        ids = [f"t{n}" for n in range(1, 9)]
        named = {
            "reccobeats": ids[:6],
            "lastfm": ids[4:],
        }
        songs = {
            engine: Suggestions(
                NOW, tuple(Suggestion(i, i, "", track_id=i, looked_at=NOW) for i in found)
            )
            for engine, found in named.items()
        }
        self.outside = Outside(suggested=songs, newcomers={"new": tuple(newcomers)})
        self.inventory = replace(
            lab.inventory(tracks=lab.tracks(*ids), **more), outside=self.outside
        )

    def draft(self, seed: int = 7, **changes):
        recipe = Recipe.model_validate(
            {
                "name": "New",
                "id": "new",
                "from": ["similar:reccobeats", "similar:lastfm"],
                "discover": _discover(changes.pop("discover", {})),
                "sequence": {"method": "none"},
            }
            | changes
        )
        return self.lab.build(recipe, self.inventory, seed=seed)


def test_a_new_list_holds_as_many_as_are_on_trial_at_once(lab) -> None:
    draft = Listing(lab).draft()
    assert len(draft.track_ids) == 2
    assert {song.track_id for song in draft.newcomers} == set(draft.track_ids)
    assert all(song.since == lab.now for song in draft.newcomers)


def test_what_is_on_trial_holds_its_place_and_says_since_when(lab) -> None:
    trying = [Newcomer("t1", "ReccoBeats", lab.ago(2)), Newcomer("t8", "Last.fm", lab.ago(2))]
    draft = Listing(lab, trying).draft(seed=99)
    assert set(draft.track_ids) == {"t1", "t8"}
    reasons = [reason for item in draft.items for reason in item.reasons if reason.kind == "trial"]
    assert {reason.text for reason in reasons} == {"on trial since 18 Nov, 2 of 21 days"}
    assert "brought in by ReccoBeats" in {reason.detail for reason in reasons}


def test_the_day_a_trial_began_is_told_in_the_users_zone(lab) -> None:
    began = lab.ago(2).replace(hour=23)
    listing = Listing(lab, [Newcomer("t1", "ReccoBeats", began)])
    listing.inventory = replace(listing.inventory, zone=timezone(timedelta(hours=9)))
    draft = listing.draft(seed=99)
    said = [reason.text for item in draft.items for reason in item.reasons]
    following = began + timedelta(days=1)
    assert any(text.startswith(f"on trial since {following.day} ") for text in said)


def test_what_stayed_stays_beside_two_new_ones_and_what_left_does_not_return(lab) -> None:
    past = [
        Newcomer("t1", "ReccoBeats", lab.ago(40), "kept", lab.ago(30)),
        Newcomer("t2", "ReccoBeats", lab.ago(40), "left", lab.ago(19)),
    ]
    for seed in range(5):
        held = Listing(lab, past).draft(seed=seed).track_ids
        assert "t1" in held
        assert "t2" not in held
        assert len(held) == 3


def test_what_graduated_makes_room(lab) -> None:
    past = [Newcomer("t1", "ReccoBeats", lab.ago(40), "kept", lab.ago(30), graduated=True)]
    held = Listing(lab, past).draft(discover={"graduate": "liked"}).track_ids
    assert "t1" not in held
    assert len(held) == 2


def test_a_length_is_kept_whatever_stayed(lab) -> None:
    past = [Newcomer(f"t{n}", "Last.fm", lab.ago(40), "kept", lab.ago(n)) for n in range(1, 6)]
    held = Listing(lab, past).draft(length=4).track_ids
    assert len(held) == 4
    assert {"t1", "t2"} <= set(held)


def test_a_song_another_list_let_go_is_not_tried_again(lab) -> None:
    listing = Listing(lab)
    gone = tuple(Newcomer(f"t{n}", "Last.fm", lab.ago(9), "left", lab.ago(1)) for n in range(1, 8))
    listing.inventory = replace(
        listing.inventory, outside=replace(listing.outside, newcomers={"other": gone})
    )
    assert set(listing.draft().track_ids) == {"t8"}


def test_known_songs_fill_the_rest_of_a_list(lab) -> None:
    listing = Listing(lab, liked=["t20", "t21", "t22"])
    source = ["liked", "similar:reccobeats"]
    held = set(listing.draft(**{"from": source, "length": 5}).track_ids)
    assert {"t20", "t21", "t22"} <= held
    assert len(held) == 5


@pytest.mark.parametrize(("days", "out"), [(1, True), (364, True), (366, False)])
def test_a_list_without_trials_draws_no_song_from_engines_that_left_one_within_a_year(
    lab, days: int, out: bool
) -> None:
    gone = [Newcomer("t1", "ReccoBeats", lab.ago(400), "left", lab.ago(days))]
    listing = Listing(lab, gone)
    draft = listing.draft(id="other", discover=None)
    assert ("t1" not in draft.track_ids) == out
    assert any("1 song that left a trial" in note for note in draft.notes) == out
    assert "t2" in draft.track_ids


def test_a_song_that_left_a_trial_comes_by_what_the_user_names_all_the_same(lab) -> None:
    gone = [Newcomer("t1", "ReccoBeats", lab.ago(40), "left", lab.ago(1))]
    listing = Listing(lab, gone, playlists=[lab.playlist("p1", ["t1"], owner_id="somebody")])
    source = ["similar:reccobeats", "playlist:p1"]
    assert "t1" in listing.draft(id="other", discover=None, **{"from": source}).track_ids
