"""Songs that services name beside the user's: found on Spotify, new to the user, in the share."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from segue.music.track import Recordings
from segued.refresh.job import refresh_all
from segued.refresh.noting import note
from segued.refresh.unchanged import Asked, known
from segued.run import Run
from segued.sandbox.control.faults import Fault
from segued.store.state import State
from segued.sync.account import sync
from segued.sync.similar import next_named
from segued.sync.wanted import wanted_by

NEW = """
[discover]
calls_a_day = {}
labs_url = "{}"

[[playlist]]
name = "New"
from = "similar:{}"
[playlist.write]
min_tracks = 0
"""
RADAR = """
[[playlist]]
name = "Radar"
from = "new-releases"
"""
ENGINES = ("reccobeats", "listenbrainz", "lastfm")
ASKED = {
    "reccobeats": "/reccobeats/v1/track/recommendation",
    "listenbrainz": "/listenbrainz/1/metadata/lookup",
    "lastfm": "/lastfm/2.0",
}
every_engine = pytest.mark.parametrize("engine", ENGINES)


def of(house, engine: str, calls: int = 120, more: str = ""):
    """A house whose recipe draws on an engine."""
    house.recipes = NEW.format(calls, house.sandbox.labs_url, engine) + more
    return house


def run(house, work):
    with closing(State.open(house.folder)) as state:
        state.auth.set_token(state.auth.token())
        with Run(house.settings, state, {}, lambda: house.now, sleep=lambda _: None) as given:
            return work(given)


def suggested(house, engine: str):
    return run(house, lambda given: given.inventory().outside.suggested[engine])


def planned(house):
    (done,) = house.refresh("New").refreshed
    assert done.error is None, done.error
    return done.plan


def held(house) -> list[str]:
    return [uri.rpartition(":")[2] for uri in planned(house).uris]


def asked(house) -> Counter[str]:
    """The requests since they were counted last, by endpoint."""
    found = Counter(each.endpoint for each in house.sandbox.requests)
    house.sandbox.clear_requests()
    return found


@every_engine
def test_the_list_holds_songs_that_can_be_played_and_are_no_version_of_what_one_has(
    house, engine: str
) -> None:
    plan = planned(of(house, engine))
    ids = [uri.rpartition(":")[2] for uri in plan.uris]
    tracks = house.sandbox.world.catalogue.tracks
    assert len(ids) >= 10
    assert all(tracks[i].playable for i in ids)
    inventory = run(house, lambda given: given.inventory())
    had = Recordings(inventory.tracks[saved.track_id] for saved in inventory.liked)
    assert not [i for i in ids if had.original_of(inventory.tracks[i])]
    reasons = [reason.text for row in plan.after for reason in row.reasons]
    assert any("names it beside “" in text for text in reasons), reasons[:5]


@every_engine
def test_it_is_asked_again_after_a_week_beside_other_songs(house, engine: str) -> None:
    of(house, engine)
    run(house, sync)
    first = suggested(house, engine).seeds
    assert asked(house)[ASKED[engine]] >= len(first) == 20
    house.now += timedelta(days=6)
    run(house, sync)
    assert not asked(house)[ASKED[engine]]
    house.now += timedelta(days=2)
    run(house, sync)
    assert asked(house)[ASKED[engine]] >= 20
    assert not set(suggested(house, engine).seeds[20:]) & set(first)


@every_engine
def test_no_more_is_looked_for_on_spotify_than_the_share_allows(house, engine: str) -> None:
    of(house, engine, calls=9)
    looked = []
    for _ in range(3):
        run(house, sync)
        spent = asked(house)
        assert spent["/search"] + spent["/tracks/{id}"] <= 9
        songs = suggested(house, engine).songs
        looked.append(sum(song.looked_at is not None for song in songs))
        house.now += timedelta(hours=25)
    assert looked == sorted(set(looked))
    assert any("were not looked up yet" in text for text in planned(house).notes)


def test_beside_new_releases_similar_songs_take_a_third_of_the_share(house) -> None:
    run(of(house, "reccobeats", 30, RADAR), sync)
    spent = asked(house)
    assert 1 <= spent["/search"] + spent["/tracks/{id}"] <= 10
    assert spent["/artists/{id}/albums"] >= 5


def test_a_third_that_is_used_up_is_waited_for(house) -> None:
    run(of(house, "reccobeats", 30, RADAR), sync)
    began = house.now
    house.now += timedelta(hours=2)
    wanted = wanted_by(house.settings.playlists)
    due = run(house, lambda given: list(next_named(given, wanted)))
    assert sorted(due) == [began + timedelta(hours=24), began + timedelta(days=7)]


def test_songs_named_anew_are_counted_however_many_are_kept(house, monkeypatch) -> None:
    monkeypatch.setattr("segued.sync.similar.MOST_KEPT", 40)
    run(of(house, "reccobeats"), sync)
    before = {song.title for song in suggested(house, "reccobeats").songs}
    house.now += timedelta(days=8)
    outcome = run(house, sync)
    after = {song.title for song in suggested(house, "reccobeats").songs}
    assert outcome.counts["similar_named"] >= len(after - before) > 0


@pytest.mark.parametrize(
    ("engine", "kind"),
    [("reccobeats", "rate_limit"), ("listenbrainz", "not_json"), ("lastfm", "cut_before")],
)
def test_an_outage_of_the_service_leaves_what_was_named_before(
    house, engine: str, kind: str
) -> None:
    before = held(of(house, engine, calls=500))
    house.now += timedelta(days=8)
    house.sandbox.faults.add(Fault(kind, "GET", ASKED[engine], times=999, retry_after=7200))
    outcome = run(house, sync)
    assert f"similar:{engine}" in outcome.skipped
    assert outcome.unfinished
    assert set(held(house)) == set(before)


@every_engine
def test_a_song_it_could_not_be_asked_about_is_asked_about_next(house, engine: str) -> None:
    of(house, engine)
    house.sandbox.faults.add(Fault("error_before", "GET", ASKED[engine], times=1, status=400))
    run(house, sync)
    first = suggested(house, engine).seeds
    assert len(first) == 19
    house.now += timedelta(days=8)
    run(house, sync)
    liked = run(house, lambda given: given.state.library.liked())[0].track_id
    assert liked not in first
    assert suggested(house, engine).seeds[19] == liked


def test_a_service_that_never_answered_fails_the_recipe_by_its_name(house) -> None:
    engine = "reccobeats"
    of(house, engine)
    house.sandbox.faults.add(Fault("error_before", "GET", ASKED[engine], times=999))
    (done,) = house.refresh().refreshed
    assert "was not asked for similar songs yet" in str(done.error)


def test_last_fm_without_a_key_is_said_and_not_asked(house) -> None:
    of(house, "lastfm").recipes += "\n"
    settings = house.settings
    tags = settings.tags.model_copy(update={"lastfm_key": ""})
    settings = settings.model_copy(update={"tags": tags})
    with (
        closing(State.open(house.folder)) as state,
        Run(settings, state, {}, lambda: house.now) as given,
    ):
        outcome = sync(given)
    assert "[tags] lastfm_key" in outcome.skipped["similar:lastfm"]
    assert not asked(house)[ASKED["lastfm"]]


def test_no_service_is_asked_that_no_recipe_names(house) -> None:
    house.refresh()
    assert not set(asked(house)) & set(ASKED.values())


def test_what_was_taken_out_by_hand_of_another_list_does_not_come_in(house) -> None:
    engine = "reccobeats"
    ids = held(of(house, engine))
    house.sandbox.human.remove(house.id_of("New"), [f"spotify:track:{ids[0]}"])
    held(house)
    house.recipes += NEW.format(120, "", engine).partition("\n\n")[2].replace("New", "Newer")
    house.now += timedelta(hours=1)
    (done,) = house.refresh("Newer").refreshed
    assert f"spotify:track:{ids[0]}" not in done.plan.uris
    assert f"spotify:track:{ids[1]}" in done.plan.uris


def test_a_note_of_nothing_to_do_ends_when_the_service_is_asked_next(house) -> None:
    of(house, "reccobeats", 500)
    wanted = Asked(house.folder, b"", {})
    house.refresh()
    asked_at = suggested(house, "reccobeats").asked_at
    house.now += timedelta(days=6, hours=20)
    house.log_in()
    house.refresh()
    run(house, lambda given: note(given, wanted, refresh_all(given, ())))
    left = asked_at + timedelta(days=7) - house.now
    assert known(wanted, house.now + left - timedelta(minutes=5)) is not None
    assert known(wanted, house.now + left + timedelta(minutes=5)) is None


def test_one_song_that_cannot_be_looked_for_keeps_no_other_waiting(house) -> None:
    engine = "lastfm"
    house.sandbox.faults.add(Fault("error_before", "GET", "/search", times=1, status=400))
    run(of(house, engine), sync)
    songs = suggested(house, engine).songs
    assert sum(song.looked_at is None for song in songs) < len(songs)
    run(house, sync)
    assert sum(song.looked_at is None for song in suggested(house, engine).songs) < len(songs) / 2
