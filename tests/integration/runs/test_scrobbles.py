"""Scrobbles as a source of plays: beyond Spotify's latest 50, no doubles, only where named."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta

import pytest

from segued.run import Run
from segued.sandbox.control.faults import Fault
from segued.store.state import State
from segued.sync.account import sync
from segued.sync.scrobbles import SCROBBLES

PATH = "/listenbrainz/1/user/{name}/listens"
NAMED = '[scrobbles]\nlistenbrainz_user = "{}"\n'


def synced(house, user: str | None = "segue-listener"):
    """One sync: its outcome, and every play that is known then."""
    house.recipes = NAMED.format(user) if user is not None else ""
    with (
        closing(State.open(house.folder)) as state,
        Run(house.settings, state, {}, lambda: house.now, sleep=lambda _: None) as run,
    ):
        return sync(run), state.plays.all()


def asked(house) -> list[str]:
    return [each.endpoint for each in house.sandbox.requests if "listens" in each.endpoint]


def liked(house) -> str:
    """A like that was never played, and whose title no other track has."""
    world = house.sandbox.world
    tracks = world.catalogue.tracks
    played = {play.track_id for play in world.plays()}
    titles = [track.title for track in tracks.values()]
    return next(
        i for i in world.account.likes if i not in played and titles.count(tracks[i].title) == 1
    )


def test_plays_beyond_the_latest_50_are_found(house) -> None:
    _, without = synced(house, None)
    outcome, plays = synced(house)
    assert len(without) == 50
    assert outcome.counts["scrobbles_new"] >= 50
    assert len(plays) == 50 + outcome.counts["scrobbles_new"]
    assert set(without) <= set(plays)


def test_a_play_that_both_tell_of_is_one(house) -> None:
    _, plays = synced(house)
    real: dict[str, int] = {}
    for play in house.sandbox.world.counted_plays():
        real[play.track_id] = real.get(play.track_id, 0) + 1
    stored: dict[str, int] = {}
    for play in plays:
        stored[play.track_id] = stored.get(play.track_id, 0) + 1
    assert all(count <= real[track_id] for track_id, count in stored.items())


def test_a_track_on_repeat_stays_two_plays(house) -> None:
    track_id = liked(house)
    length = timedelta(milliseconds=house.sandbox.world.catalogue.tracks[track_id].duration_ms)
    for at in (house.now - length, house.now):
        house.sandbox.human.play(track_id, at)
    _, plays = synced(house)
    assert sum(play.track_id == track_id for play in plays) == 2


def test_the_same_again_is_nothing_new(house) -> None:
    _, plays = synced(house)
    outcome, again = synced(house)
    assert outcome.counts["scrobbles_new"] == 0
    assert again == plays


def test_nothing_is_asked_where_no_user_is_named(house) -> None:
    outcome, _ = synced(house, "")
    assert not asked(house)
    assert "scrobbles_new" not in outcome.counts


@pytest.mark.parametrize("kind", ["error_before", "rate_limit", "cloudflare", "not_json"])
def test_an_outage_is_said_and_costs_nothing_else(house, kind) -> None:
    house.sandbox.faults.add(Fault(kind, endpoint=PATH, times=None, retry_after=600))
    outcome, plays = synced(house)
    assert "listenbrainz" in outcome.skipped["scrobbles"]
    assert {part for part in outcome.skipped if not part.startswith("playlist ")} == {"scrobbles"}
    assert outcome.complete
    assert len(plays) == 50


def test_what_an_outage_hid_is_read_afterwards(house) -> None:
    house.sandbox.faults.add(Fault("error_before", endpoint=PATH, times=None))
    synced(house)
    house.sandbox.faults.clear()
    house.now += timedelta(hours=1)
    outcome, plays = synced(house)
    assert outcome.counts["scrobbles_new"] >= 50
    assert len(plays) >= 100


def test_a_user_that_is_not_known_is_said_with_the_key_to_check(house) -> None:
    outcome, _ = synced(house, "nobody")
    assert "check [scrobbles] listenbrainz_user" in outcome.skipped["scrobbles"]


def test_what_one_sync_leaves_the_next_ones_read(house, monkeypatch) -> None:
    monkeypatch.setattr("segued.sync.scrobbles.A_PAGE", 25)
    outcome, plays = synced(house)
    assert outcome.unfinished
    assert len(asked(house)) == 4
    while len(more := synced(house)[1]) > len(plays):
        plays = more
    monkeypatch.undo()
    outcome, whole = synced(house)
    assert outcome.counts["scrobbles_new"] == 0
    assert len(whole) > 150


def test_a_listen_of_the_future_is_left_until_its_time(house) -> None:
    house.now -= timedelta(days=10)
    synced(house)
    with closing(State.open(house.folder)) as state:
        until = datetime.fromisoformat(state.library.cursor(SCROBBLES)["until"])
    assert until <= house.now
