"""Building a playlist from a recipe."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import MissingError, NoScoreError
from segue.music.track import Artist
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sections import SequenceSettings, Where
from segue.recipe.sources import FromPlaylist, Liked, SourceSet
from segue.recipe.values import Range

UNORDERED = SequenceSettings(method="none")
LIKED = tuple(f"t{n}" for n in range(1, 11))


def recipe(**settings) -> Recipe:
    return Recipe(id="r", name="R", source=settings.pop("source", Liked()), **settings)


def own(lab, *rows, **more):
    """An inventory in which the recipe's playlist holds some rows."""
    liked = more.pop("liked", LIKED)
    return lab.inventory(liked, [lab.playlist("p", rows)], recipe_playlists={"r": "p"}, **more)


def ids(draft) -> list[str]:
    return list(draft.track_ids)


def test_a_playlist_without_scorers_or_sequence_is_in_the_order_of_its_source(lab) -> None:
    draft = lab.build(recipe(sequence=UNORDERED), lab.inventory(LIKED))
    assert ids(draft) == list(LIKED)


def test_with_scorers_and_no_sequence_the_best_come_first(lab) -> None:
    inventory = lab.inventory(["t3", "t1", "t2"])
    assert ids(lab.build(recipe(sequence=UNORDERED, score={"recency": 1}), inventory)) == [
        "t1", "t2", "t3",
    ]  # fmt: skip


def test_among_equals_the_seed_decides(lab) -> None:
    inventory = lab.inventory(LIKED)
    drawn = {frozenset(ids(lab.build(recipe(length=3), inventory, seed=s))) for s in range(8)}
    assert len(drawn) > 1


def test_an_empty_build_says_which_filter_emptied_it(lab) -> None:
    where = Where(added_within="4 days", energy=Range(0.9, None))
    features = {i: lab.features(energy=0.5) for i in LIKED}
    draft = lab.build(recipe(where=where), lab.inventory(LIKED, features=features))
    assert draft.items == ()
    assert draft.notes == (
        "nothing to choose from: 10 liked → 4 added within 4 days → 0 with energy ≥ 0.9",
    )


def test_an_empty_library_says_so(lab) -> None:
    assert lab.build(recipe(), lab.inventory()).notes == ("nothing to choose from: 0 liked",)


def test_a_missing_playlist_stops_the_recipe(lab) -> None:
    source = SourceSet(any_of=(Liked(), FromPlaylist("Gym")))
    with pytest.raises(MissingError, match="no playlist called “Gym”"):
        lab.build(recipe(source=source), lab.inventory(LIKED))


def test_a_missing_playlist_is_noted_in_the_draft_of_a_recipe_that_skips_it(lab) -> None:
    source = SourceSet(any_of=(Liked(), FromPlaylist("Gym")))
    draft = lab.build(recipe(source=source, missing="skip"), lab.inventory(LIKED))
    assert "Gym" in draft.notes[0]


def test_a_score_of_which_nothing_is_known_is_not_left_to_chance(lab) -> None:
    with pytest.raises(NoScoreError, match="`taste`"):
        lab.build(recipe(score={"taste": 1.0}), lab.inventory(LIKED))
    assert lab.build(recipe(score={"taste": 1.0, "plays": 1.0}), lab.inventory(LIKED)).items


def test_an_unplayable_track_is_not_chosen(lab) -> None:
    gone = {"t1": lab.track("t1", playable=False)}
    draft = lab.build(recipe(), lab.inventory(["t1", "t2"], tracks=gone))
    assert ids(draft) == ["t2"]
    assert "1 that can be played" in [stage.text for stage in draft.stages]


def test_a_track_spotify_refused_is_not_chosen_again(lab) -> None:
    inventory = lab.inventory(["t1", "t2"], dead={"r": frozenset(lab.uris("t1"))})
    assert ids(lab.build(recipe(), inventory)) == ["t2"]


def test_reasons_say_where_a_track_comes_from_and_how_long_it_rested(lab) -> None:
    inventory = lab.inventory(["t3"], [lab.playlist("g", ["t3"], "Gym")], plays=[("t3", 64)])
    source = SourceSet(any_of=(Liked(), FromPlaylist("Gym")))
    draft = lab.build(recipe(source=source, where=Where(not_played_within="30 days")), inventory)
    assert [reason.text for reason in draft.items[0].reasons] == [
        "liked 3 days ago",
        "in your playlist “Gym”",
        "not played for 64 days",
    ]


def test_a_reason_is_not_given_twice(lab) -> None:
    draft = lab.build(recipe(score={"recency": 1}), lab.inventory(["t3"]))
    assert [reason.text for reason in draft.items[0].reasons] == ["liked 3 days ago"]


def test_what_was_added_by_hand_stays_beyond_the_length(lab) -> None:
    draft = lab.build(
        recipe(length=1), own(lab, "t50", "t51", kept_in={"r": lab.uris("t50", "t51")})
    )
    assert sorted(ids(draft)) == ["t50", "t51"]
    assert draft.items[0].reasons[0].text == "you added it by hand"


def test_what_was_added_by_hand_is_ordered_with_the_others(lab) -> None:
    features = {i: lab.features(energy=e) for i, e in (("t1", 0.1), ("t50", 0.5), ("t2", 0.65))}
    inventory = own(lab, "t50", liked=("t1", "t2"), kept_in={"r": ("t50",)}, features=features)
    assert ids(lab.build(recipe(), inventory))[1] == "t50"


def test_what_was_removed_by_hand_stays_out_as_do_its_copies(lab) -> None:
    copy_of_t1 = lab.track("t2", title="Song t1 - Remastered", artists=lab.track("t1").artists)
    inventory = lab.inventory(
        ["t1", "t2", "t3"], kept_out={"r": frozenset(lab.uris("t1"))}, tracks={"t2": copy_of_t1}
    )
    assert ids(lab.build(recipe(), inventory)) == ["t3"]


def test_edits_do_not_count_where_they_are_not_respected(lab) -> None:
    careless = recipe(write=WritePolicy(respect_edits=False))
    inventory = own(
        lab, "t50", liked=["t1"], kept_in={"r": ("t50",)}, kept_out={"r": frozenset({"t1"})}
    )
    assert ids(lab.build(careless, inventory)) == ["t1"]


def test_an_order_by_hand_holds_while_the_members_stay(lab) -> None:
    rows = ["t3", "t1", "t2"]
    inventory = own(lab, *rows, liked=["t1", "t2", "t3"], reordered=frozenset({"r"}))
    assert ids(lab.build(recipe(), inventory)) == rows
    grown = replace(inventory, liked=lab.liked("t1", "t2", "t3", "t4"),
                    tracks={**inventory.tracks, **lab.tracks("t4")})  # fmt: skip
    assert ids(lab.build(recipe(sequence=UNORDERED), grown)) == ["t1", "t2", "t3", "t4"]


def test_rows_that_are_no_tracks_keep_their_place(lab) -> None:
    tape, talk = lab.local("tape"), replace(lab.local("talk"), kind="episode")
    inventory = own(lab, "t9", tape, "t8", "t7", talk)
    draft = lab.build(recipe(length=6), inventory)
    assert [draft.items[1].uri, draft.items[4].uri] == [tape.uri, talk.uri]
    assert len(draft.items) == 6
    assert draft.items[2].transition is None
    assert draft.items[3].transition is not None


def test_rows_that_hold_their_place_come_last_in_a_list_that_got_shorter(lab) -> None:
    tape = lab.local()
    draft = lab.build(recipe(), own(lab, "t9", "t8", "t7", tape, liked=["t1"]))
    assert [item.uri for item in draft.items] == ["spotify:track:t1", tape.uri]


@pytest.mark.parametrize("liked", [("t1", "t2", "t3"), ("t2", "t3")])
def test_an_unplayable_track_in_the_list_keeps_its_place_wanted_or_not(lab, liked) -> None:
    dead = lab.entry("t1", playable=False)
    inventory = own(lab, "t2", dead, liked=liked, tracks={"t1": dead.track})
    items = lab.build(recipe(length=3), inventory).items
    assert [item.uri for item in items].count(dead.uri) == 1
    assert items[1].uri == dead.uri


def test_a_row_that_tells_no_more_than_its_uri_keeps_its_place_and_is_not_doubled(lab) -> None:
    odd = replace(lab.entry("t1"), kind="unknown", track=None)
    items = lab.build(recipe(length=3), own(lab, "t2", odd, liked=("t1", "t2", "t3"))).items
    assert [item.uri for item in items].count(odd.uri) == 1
    assert items[1].uri == odd.uri


def test_appending_leaves_what_stands_and_adds_behind_it(lab) -> None:
    append = recipe(write=WritePolicy(mode="append"), sequence=UNORDERED)
    inventory = own(lab, "t60", lab.local(), "t2", "t60", liked=["t1", "t2", "t3"])
    draft = lab.build(append, inventory)
    assert [item.uri for item in draft.items] == [
        "spotify:track:t60", lab.local().uri, *lab.uris("t2", "t60", "t1", "t3"),
    ]  # fmt: skip


def test_appending_stops_at_the_length(lab) -> None:
    append = recipe(write=WritePolicy(mode="append"), length=3)
    assert len(lab.build(append, own(lab, "t60", "t61")).items) == 3
    assert ids(lab.build(append, own(lab, "t60", "t61", "t62", "t63"))) == [
        "t60",
        "t61",
        "t62",
        "t63",
    ]


def rotating(number: int, **settings) -> Recipe:
    policy = WritePolicy(mode="rotate", rotate=number)
    return recipe(write=policy, sequence=UNORDERED, **{"length": 4} | settings)


def test_rotating_exchanges_what_has_been_in_longest(lab) -> None:
    made = (lab.uris("t1", "t2", "t3", "t4"), lab.uris("t3", "t4", "t8"), lab.uris("t4"))
    draft = lab.build(rotating(2), own(lab, *(f"t{n}" for n in (1, 2, 3, 4)), made={"r": made}))
    assert {"t1", "t2"} <= set(ids(draft))
    assert not {"t3", "t4"} & set(ids(draft))
    assert len(ids(draft)) == 4


def test_rotating_twice_in_a_period_changes_nothing(lab) -> None:
    made = {"r": (lab.uris("t1", "t2", "t3", "t4"),)}
    first = lab.build(rotating(2), own(lab, "t1", "t2", "t3", "t4", made=made))
    second = lab.build(rotating(2), own(lab, *ids(first), made=made))
    assert ids(second) == ids(first)


def test_rotating_takes_first_what_the_filters_no_longer_let_in(lab) -> None:
    made = {"r": (lab.uris("t1", "t2", "t50", "t4"),)}
    draft = lab.build(rotating(1), own(lab, "t1", "t2", "t50", "t4", made=made))
    assert {"t1", "t2", "t4"} <= set(ids(draft))
    assert "t50" not in ids(draft)


def test_rotating_with_too_little_new_keeps_what_would_leave(lab) -> None:
    made = {"r": (lab.uris("t1", "t2", "t3", "t4"),)}
    few = own(lab, "t1", "t2", "t3", "t4", liked=["t1", "t2", "t3", "t4", "t5"], made=made)
    draft = lab.build(rotating(3), few)
    assert len(ids(draft)) == 4
    assert {"t5", "t4"} <= set(ids(draft))


def test_the_first_rotation_fills_the_playlist(lab) -> None:
    assert len(ids(lab.build(rotating(2), lab.inventory(LIKED)))) == 4


def test_freshness_lets_the_last_versions_tracks_step_back(lab) -> None:
    inventory = lab.inventory(LIKED)
    first = lab.build(recipe(length=5), inventory)
    later = replace(inventory, made={"r": (lab.uris(*ids(first)),)})
    assert not set(ids(first)) & set(ids(lab.build(recipe(length=5), later)))
    kept = lab.build(recipe(length=5, freshness=0), later)
    assert set(ids(kept)) == set(ids(first))


def test_building_again_on_what_was_written_changes_nothing(lab) -> None:
    wanted = recipe(length=6, score={"novelty": 1})
    first = lab.build(wanted, lab.inventory(LIKED))
    again = lab.build(wanted, own(lab, *ids(first)))
    assert ids(again) == ids(first)


def test_a_recipes_scores_are_the_sums_of_its_reasons(lab) -> None:
    made = {"r": (lab.uris("t1", "t2"),)}
    inventory = lab.inventory(LIKED, plays=[("t1", 3)], made=made)
    draft = lab.build(recipe(score={"recency": 2, "novelty": 1}), inventory)
    for item, track_id in zip(draft.items, ids(draft), strict=True):
        assert sum(r.weight for r in item.reasons) == pytest.approx(draft.scores[track_id])


def test_the_report_stands_beside_random_order_and_the_order_before(lab) -> None:
    features = {i: lab.features(energy=int(i[1:]) / 10, key=1, mode=1, tempo=120) for i in LIKED}
    report = lab.build(recipe(), own(lab, "t9", "t1", "t8", features=features)).report
    assert report["objective"] < report["random"]["mean"]
    assert report["before"].keys() <= report.keys()
    assert report["unknown"]["valence"] == 10


@st.composite
def cases(draw):
    size = draw(st.integers(0, 12))
    rows = draw(st.lists(st.sampled_from(["t1", "t2", "t40", "t41", "tape"]), max_size=6))
    mode = draw(st.sampled_from(["replace", "append", "rotate"]))
    limit = draw(st.sampled_from([{}, {"length": 4}, {"duration": "15 minutes"}]))
    made = draw(st.lists(st.lists(st.sampled_from(["t1", "t3", "t41"]), max_size=3), max_size=2))
    hand = draw(st.sampled_from([(), ("t40",)]))
    return size, rows, WritePolicy(mode=mode, rotate=2), limit, made, hand


@given(case=cases(), seed=st.integers(0, 99))
def test_a_build_is_repeatable_keeps_what_must_stay_and_changes_nothing_given(
    lab, case, seed: int
) -> None:
    size, rows, policy, limit, made, hand = case
    entries = [lab.local(f"tape{n}") if row == "tape" else row for n, row in enumerate(rows)]
    inventory = own(
        lab, *entries, liked=[f"t{n}" for n in range(size)],
        made={"r": tuple(lab.uris(*version) for version in made)}, kept_in={"r": hand},
        tracks=lab.tracks("t1", "t3", "t40", "t41"),
    )  # fmt: skip
    wanted = recipe(write=policy, max_per_artist=2, score={"recency": 1}, **limit)
    before = copy.deepcopy(inventory)
    draft = lab.build(wanted, inventory, seed=seed)
    assert lab.build(wanted, inventory, seed=seed) == draft
    assert inventory == before
    uris = [item.uri for item in draft.items]
    locals_before = [row.uri for row in inventory.playlists["p"].entries if row.kind == "local"]
    assert [uri for uri in uris if "local" in uri] == locals_before
    if policy.mode == "append":
        standing = list(inventory.playlists["p"].uris)
        assert uris[: len(standing)] == standing
    else:
        assert len(set(uris)) == len(uris)
        assert {f"spotify:track:{i}" for i in hand} <= set(uris)


def test_artists_over_the_cap_are_counted_in_the_stages(lab) -> None:
    same = {i: lab.track(i, artists=(Artist("A", "a"),)) for i in LIKED}
    draft = lab.build(recipe(max_per_artist=2), lab.inventory(LIKED, tracks=same))
    assert draft.stages[-1].text == "2 chosen (8 over the caps passed over)"
