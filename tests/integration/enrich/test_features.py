"""Audio features from the sandbox's ReccoBeats: batches, gaps, faults, and what is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segue.music.features import AudioFeatures
from segue.music.track import Track
from segue.recipe.recipe import Recipe
from segue.recipe.sources import TheseTracks
from segued.sandbox.control.faults import Fault
from segued.store.library import ACCOUNT
from segued.store.tracks.features import KnownFeatures

if TYPE_CHECKING:
    from conftest import House

ENDPOINT = "/reccobeats/v1/audio-features"


def test_what_reccobeats_knows_is_stored_and_what_it_lacks_is_remembered(house: House) -> None:
    tracks = house.tracks(100)
    outcome = house.enrich(tracks)
    assert outcome.complete
    assert outcome.features is not None
    assert house.asked[ENDPOINT] == 3
    found, missing = outcome.features.found["reccobeats"], outcome.features.missing["reccobeats"]
    assert found + missing == 100
    assert min(found, missing) > 5
    known = house.state.features.known()
    by_id = house.sandbox.world.catalogue.tracks
    for track_id, features in known.items():
        assert features.values.energy == pytest.approx(by_id[track_id].features.energy)
        assert (features.source, features.fetched_at) == ("reccobeats", house.now)


def test_a_second_look_asks_nobody(house: House) -> None:
    tracks = house.tracks(60)
    house.enrich(tracks)
    house.reopen()
    house.sandbox.clear_requests()
    outcome = house.enrich(tracks)
    assert house.sandbox.requests == []
    assert outcome.complete
    assert outcome.requests == {}


def test_misses_are_asked_again_later_and_sooner_for_what_is_new(house: House) -> None:
    tracks = house.tracks(200)
    house.enrich(tracks)
    missed = {track.id for track in tracks} - set(house.state.features.known())
    new = {t.id for t in tracks if t.id in missed and t.album.release_year >= house.now.year - 1}
    assert new
    assert new != missed
    house.later(days=15)
    house.sandbox.clear_requests()
    house.enrich([track for track in tracks if track.id in missed])
    assert house.asked[ENDPOINT] == -(-len(new) // 40)
    house.later(days=120)
    house.sandbox.clear_requests()
    house.enrich([track for track in tracks if track.id in missed])
    assert house.asked[ENDPOINT] == -(-len(missed) // 40)


def test_an_undetected_key_is_unknown(house: House) -> None:
    house.enrich(house.tracks(400))
    keys = {features.values.key for features in house.state.features.known().values()}
    assert -1 in keys
    assert keys - {-1} <= set(range(12))


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        (Fault("error_before", "GET", ENDPOINT, times=None), 6),
        (Fault("not_json", "GET", ENDPOINT, status=200, times=None), 2),
        (Fault("truncated", "GET", ENDPOINT, times=None), 2),
        (Fault("cut_before", "GET", ENDPOINT, times=None), 6),
        (Fault("cloudflare", "GET", ENDPOINT, times=None), 1),
        (Fault("rate_limit", "GET", ENDPOINT, retry_after=3600, times=None), 1),
        (Fault("rate_limit", "GET", ENDPOINT, times=None), 1),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_source_that_fails_is_left_and_nothing_counts_as_missing(
    house: House, fault: Fault, calls: int
) -> None:
    house.sandbox.faults.add(fault)
    tracks = house.tracks(200)
    outcome = house.enrich(tracks)
    assert house.asked[ENDPOINT] == calls
    assert house.state.features.misses() == {}
    assert outcome.waiting == 200
    assert list(outcome.failures) == ["reccobeats"]
    assert len(list(outcome.said())) == 1
    house.sandbox.faults.clear()
    house.later(days=1)
    assert house.enrich(tracks).complete


def test_one_bad_answer_leaves_only_its_batch_waiting(house: House) -> None:
    house.sandbox.faults.add(Fault("truncated", "GET", ENDPOINT, nth=2, times=1))
    tracks = house.tracks(120)
    outcome = house.enrich(tracks)
    assert outcome.features is not None
    answered = outcome.features.found["reccobeats"] + outcome.features.missing["reccobeats"]
    assert (answered, outcome.waiting, outcome.exit_code) == (80, 40, 3)
    house.sandbox.clear_requests()
    assert house.enrich(tracks).complete
    assert house.asked[ENDPOINT] == 1


def test_every_source_asking_to_wait_ends_with_5_and_says_when(house: House) -> None:
    house.sandbox.faults.add(Fault("rate_limit", "GET", ENDPOINT, retry_after=3600))
    outcome = house.enrich(house.tracks(10))
    assert outcome.exit_code == 5
    assert outcome.retry_at is not None
    assert (outcome.retry_at - house.now).total_seconds() == 3600


def test_a_limit_counts_only_tracks_there_is_something_to_ask_about(house: House) -> None:
    tracks = house.tracks(50)
    for expected in (30, 20, 0):
        outcome = house.enrich(tracks, limit=30)
        assert outcome.features is not None
        assert outcome.features.asked == expected


def test_what_one_source_leaves_open_the_next_is_asked_for(house: House) -> None:
    (track, *_) = [
        track
        for track in house.tracks(100)
        if house.enrich([track]).features.found.get("reccobeats")
    ]
    whole = house.state.features.known()[track.id].values
    half = AudioFeatures(energy=0.123)
    house.state.features.put({track.id: KnownFeatures(half, "table", house.now)})
    house.enrich([track])
    merged = house.state.features.known()[track.id]
    assert (merged.values.energy, merged.values.valence) == (0.123, whole.valence)
    assert merged.source == "table+reccobeats"


POPULAR = "/reccobeats/v1/track"


def sorting(house: House, tracks: list[Track], sort: str | None) -> list[Recipe]:
    """A recipe of these tracks, which the state knows as a sync leaves them."""
    house.state.library.set_cursor(ACCOUNT, {"id": "me"})
    house.state.library.put_tracks(tracks)
    house.state.library.commit()
    return [Recipe(name="R", source=TheseTracks(tuple(t.id for t in tracks)), sort=sort)]


def test_popularity_is_asked_where_a_recipe_sorts_by_it_and_not_again_for_two_months(
    house: House,
) -> None:
    tracks = house.tracks(90)
    house.enrich(tracks, recipes=sorting(house, tracks, "title"))
    assert house.asked[POPULAR] == 0
    recipes = sorting(house, tracks, "popularity")
    for _ in range(2):
        house.enrich(tracks, recipes=recipes)
    assert house.asked[POPULAR] == 3
    world = house.sandbox.world.catalogue.tracks
    known = house.state.features.popularity()
    assert known.keys() == {track.id for track in tracks}
    found = {i: each.value for i, each in known.items() if each.value is not None}
    assert len(found) > 50
    assert found == {i: world[i].popularity for i in found}
    assert house.run.inventory().popularity == found
    house.later(days=61)
    house.enrich(tracks, recipes=recipes)
    assert house.asked[POPULAR] == 6


def test_where_popularity_cannot_be_asked_it_is_said(house: House) -> None:
    tracks = house.tracks(10)
    house.sandbox.faults.add(Fault("error_before", "GET", POPULAR, times=None))
    outcome = house.enrich(tracks, recipes=sorting(house, tracks, "popularity"))
    assert any(said.startswith("popularity: ") for said in outcome.said())
    assert not house.state.features.popularity()
