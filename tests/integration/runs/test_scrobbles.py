"""Scrobbles as a source of plays: beyond Spotify's latest 50, no doubles, only where named."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from segued.run import Run
from segued.sandbox.control.faults import Fault
from segued.sandbox.providers.similar import LASTFM_KEY, PRIVATE_USER, SUSPENDED_KEY
from segued.store.state import State
from segued.sync.account import sync
from segued.sync.scrobbles import SCROBBLERS

PATHS = {"listenbrainz": "/listenbrainz/1/user/{name}/listens", "lastfm": "/lastfm/2.0"}
every_service = pytest.mark.parametrize("service", PATHS)
USER = "segue-listener"


def synced(house, *services: str, user: str = USER):
    """One sync with the user of these services named: its outcome, and every play known then."""
    names = "".join(f'{service}_user = "{user}"\n' for service in services)
    house.recipes = f"[scrobbles]\n{names}"
    with (
        closing(State.open(house.folder)) as state,
        Run(house.settings, state, {}, lambda: house.now, sleep=lambda _: None) as run,
    ):
        return sync(run), state.plays.all()


def asked(house, service: str) -> int:
    return sum(each.endpoint == PATHS[service] for each in house.sandbox.requests)


def counts(plays) -> dict[str, int]:
    return dict(Counter(play.track_id for play in plays))


def liked(house) -> str:
    """A like that was never played, and whose title no other track has."""
    world = house.sandbox.world
    tracks = world.catalogue.tracks
    played = {play.track_id for play in world.plays()}
    titles = [track.title for track in tracks.values()]
    return next(
        i for i in world.account.likes if i not in played and titles.count(tracks[i].title) == 1
    )


@every_service
def test_plays_beyond_the_latest_50_are_found(house, service) -> None:
    _, without = synced(house)
    outcome, plays = synced(house, service)
    assert len(without) == 50
    assert outcome.counts["scrobbles_new"] >= 50
    assert len(plays) == 50 + outcome.counts["scrobbles_new"]
    assert set(without) <= set(plays)


@pytest.mark.parametrize("services", [("listenbrainz",), ("lastfm",), tuple(PATHS)])
def test_a_play_that_several_tell_of_is_one(house, services) -> None:
    _, plays = synced(house, *services)
    real = counts(house.sandbox.world.counted_plays())
    assert all(count <= real[track_id] for track_id, count in counts(plays).items())


def test_a_second_service_adds_only_what_the_first_could_not_name(house) -> None:
    first, alone = synced(house, "listenbrainz")
    both, plays = synced(house, *PATHS)
    assert set(alone) <= set(plays)
    assert both.counts["scrobbles_new"] <= first.counts["scrobbles_unknown"]


@every_service
def test_a_track_on_repeat_stays_two_plays(house, service) -> None:
    track_id = liked(house)
    length = timedelta(milliseconds=house.sandbox.world.catalogue.tracks[track_id].duration_ms)
    for at in (house.now - length, house.now):
        house.sandbox.human.play(track_id, at)
    _, plays = synced(house, service)
    assert counts(plays)[track_id] == 2


@every_service
def test_the_same_again_is_nothing_new(house, service) -> None:
    _, plays = synced(house, service)
    outcome, again = synced(house, service)
    assert outcome.counts["scrobbles_new"] == 0
    assert again == plays


def test_what_is_heard_right_now_is_no_play_yet(house) -> None:
    playing = house.sandbox.world.counted_plays()[-1].track_id
    real = counts(house.sandbox.world.counted_plays())
    _, plays = synced(house, "lastfm")
    assert counts(plays)[playing] <= real[playing]


def test_a_time_without_scrobbles_is_an_answer_and_no_error(house) -> None:
    house.now += timedelta(days=400)
    house.log_in()
    outcome, _ = synced(house, "lastfm")
    assert "scrobbles:lastfm" not in outcome.skipped
    assert outcome.counts["scrobbles_new"] == 0


def test_nothing_is_asked_where_no_user_is_named(house) -> None:
    outcome, _ = synced(house)
    assert not any(asked(house, service) for service in PATHS)
    assert "scrobbles_new" not in outcome.counts


@every_service
@pytest.mark.parametrize("kind", ["error_before", "rate_limit", "cloudflare", "not_json"])
def test_an_outage_is_said_and_costs_nothing_else(house, kind, service) -> None:
    fault = Fault(kind, endpoint=PATHS[service], times=None, retry_after=600)
    house.sandbox.faults.add(fault)
    (other,) = PATHS.keys() - {service}
    outcome, plays = synced(house, *PATHS)
    name = f"scrobbles:{service}"
    assert service in outcome.skipped[name]
    assert {part for part in outcome.skipped if not part.startswith("playlist ")} == {name}
    assert outcome.complete
    assert outcome.counts["scrobbles_new"] >= 50, f"{other} was read all the same"
    assert len(plays) >= 100


@every_service
def test_what_an_outage_hid_is_read_afterwards(house, service) -> None:
    house.sandbox.faults.add(Fault("error_before", endpoint=PATHS[service], times=None))
    synced(house, service)
    house.sandbox.faults.clear()
    house.now += timedelta(hours=1)
    outcome, plays = synced(house, service)
    assert outcome.counts["scrobbles_new"] >= 50
    assert len(plays) >= 100


@every_service
def test_a_user_that_is_not_known_is_said_with_the_key_to_check(house, service) -> None:
    outcome, _ = synced(house, service, user="nobody")
    assert f"check [scrobbles] {service}_user" in outcome.skipped[f"scrobbles:{service}"]


def test_a_user_who_shows_listening_to_nobody_is_told_where_that_is_set(house) -> None:
    outcome, _ = synced(house, "lastfm", user=PRIVATE_USER)
    assert "privacy settings" in outcome.skipped["scrobbles:lastfm"]
    outcome, _ = synced(house, "lastfm")
    assert outcome.counts["scrobbles_new"] >= 50, "nothing else is kept from being asked"


@pytest.mark.parametrize("key", ["0" * 32, SUSPENDED_KEY])
def test_a_refused_key_is_named_and_not_shown(house, key, monkeypatch) -> None:
    monkeypatch.setattr(type(house), "text", _with_key(type(house).text, key))
    said = synced(house, "lastfm")[0].skipped["scrobbles:lastfm"]
    assert "[tags] lastfm_key" in said
    assert key not in said


def _with_key(text: property, key: str) -> property:
    return property(lambda house: text.__get__(house).replace(LASTFM_KEY, key))


SMALL = {
    "listenbrainz": {"A_PAGE": 25},
    "lastfm": {"A_LASTFM_PAGE": 25, "MOST_LASTFM_PAGES": 4},
}


@every_service
def test_what_one_sync_leaves_the_next_ones_read(house, service, monkeypatch) -> None:
    for name, value in SMALL[service].items():
        monkeypatch.setattr(f"segued.sync.scrobbles.{name}", value)
    outcome, plays = synced(house, service)
    assert outcome.unfinished
    assert asked(house, service) == 4
    while len(more := synced(house, service)[1]) > len(plays):
        plays = more
    monkeypatch.undo()
    outcome, whole = synced(house, service)
    assert outcome.counts["scrobbles_new"] == 0
    assert len(whole) > 150


@every_service
def test_a_listen_of_the_future_is_left_until_its_time(house, service) -> None:
    house.now -= timedelta(days=10)
    synced(house, service)
    with closing(State.open(house.folder)) as state:
        until = datetime.fromisoformat(state.library.cursor(SCROBBLERS[service].cursor)["until"])
    assert until <= house.now


@every_service
def test_more_listens_in_a_day_than_one_sync_reads_are_read_by_the_next_ones(
    house, service, monkeypatch
) -> None:
    for name, value in SMALL[service].items():
        monkeypatch.setattr(f"segued.sync.scrobbles.{name}", value)
    monkeypatch.setattr("segued.sync.scrobbles.OVERLAP", timedelta(days=30))  # a day of so many
    while synced(house, service)[0].counts["scrobbles_new"]:
        pass
    monkeypatch.undo()
    assert synced(house, service)[0].counts["scrobbles_new"] == 0
