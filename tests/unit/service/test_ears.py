"""What is heard of a Soloist on this machine, over a real WebSocket and frame by frame."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.integration.soloist import Soloist, soloist

from segue.errors import UnavailableError
from segue.playlists.library import Play
from segued.sandbox.account.catalogue import Track
from segued.sandbox.account.generator import generate_catalogue
from segued.service.ears import MOST_BYTES, MOST_KINDS, Ears, Observer, endpoint, pause_after
from segued.store.plays import PlayStore

pytest.importorskip("websockets", reason="the extra ears is not installed")

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALBUM, LIST = "spotify:album:" + "a" * 22, "spotify:playlist:" + "p" * 22
A, B = "spotify:track:" + "A" * 22, "spotify:track:" + "B" * 22


def state(
    uri: str | None, position_ms: int, playing: bool = True, context: str | None = LIST
) -> str:
    item = None if uri is None else {"uri": uri, "duration_ms": 200_000}
    frame = {"type": "playback_state", "is_playing": playing, "position_ms": position_ms}
    return json.dumps(frame | {"item": item, "context": context and {"uri": context}})


class Listening:
    """An observer with a clock of its own."""

    def __init__(self) -> None:
        self.plays: list[Play] = []
        self.observer = Observer(self.plays.append)
        self.now = NOW

    def after(self, seconds: float, text: str) -> None:
        self.now += timedelta(seconds=seconds)
        self.observer.heard(text, self.now)


def test_a_track_that_is_followed_by_another_at_its_end_was_heard_whole() -> None:
    it = Listening()
    it.after(0, state(A, 0))
    it.after(200, state(B, 0))
    assert it.plays == [Play("A" * 22, NOW + timedelta(seconds=200), 200_000, False, LIST)]


def test_a_track_left_in_the_middle_was_skipped_and_tells_how_long_it_was_heard() -> None:
    it = Listening()
    it.after(0, state(A, 0))
    it.after(12, state(B, 0))
    assert [(play.ms_played, play.skipped) for play in it.plays] == [(12_000, True)]


def test_a_pause_is_not_listened_to() -> None:
    it = Listening()
    it.after(0, state(A, 0))
    it.after(10, state(A, 10_000, playing=False))
    it.after(3600, state(A, 10_000, playing=False))
    it.after(5, state(A, 10_000))
    it.after(20, state(B, 0))
    assert [play.ms_played for play in it.plays] == [30_000]


def test_what_was_sought_past_is_not_listened_to_and_the_end_reached_is_no_skip() -> None:
    it = Listening()
    it.after(0, state(A, 0))
    it.after(10, state(A, 190_000))
    it.after(10, state(B, 0))
    assert [(play.ms_played, play.skipped) for play in it.plays] == [(20_000, False)]


def test_a_track_on_repeat_is_a_play_each_time() -> None:
    it = Listening()
    for seconds in (0, 200, 200):
        it.after(seconds, state(A, 0))
    assert [play.ms_played for play in it.plays] == [200_000, 200_000]


def test_going_back_to_the_start_of_a_track_is_still_one_play() -> None:
    it = Listening()
    it.after(0, state(A, 0))
    it.after(30, state(A, 0))
    it.after(30, state(B, 0))
    assert [play.ms_played for play in it.plays] == [60_000]


def test_a_clock_set_back_takes_nothing_away() -> None:
    it = Listening()
    it.after(0, state(A, 0))
    it.after(40, state(A, 40_000))
    it.after(-3600, state(A, 50_000))
    it.after(10, state(B, 0))
    assert [play.ms_played for play in it.plays] == [50_000]


def test_a_lost_connection_stops_the_clock_of_what_sounded() -> None:
    it = Listening()
    it.after(0, state(A, 0))
    it.observer.lost(NOW + timedelta(seconds=20))
    it.after(7200, state(B, 0))
    assert it.plays == [Play("A" * 22, NOW + timedelta(seconds=20), 20_000, True, LIST)]


def test_what_is_no_track_is_no_play() -> None:
    it = Listening()
    it.after(0, state("spotify:episode:" + "E" * 22, 0))
    it.after(60, state(A, 0, context="spotify:user:x:collection"))
    it.after(60, state(None, 0))
    assert [(play.track_id, play.context) for play in it.plays] == [("A" * 22, None)]


def test_frames_of_unknown_types_are_counted() -> None:
    it = Listening()
    for text in ('{"type": "queue_changed"}', "not JSON", "[]", '{"type": "\\u001b[2J"}'):
        it.after(0, text)
    assert it.observer.unread == {"queue_changed": 1, "no frame": 3}


def test_frames_of_ever_new_types_are_counted_together() -> None:
    it = Listening()
    for number in range(3 * MOST_KINDS):
        it.after(0, json.dumps({"type": f"kind_{number}"}))
    assert it.observer.unread["others"] == 2 * MOST_KINDS
    assert len(it.observer.unread) == MOST_KINDS + 1


def test_a_player_that_ends_every_connection_at_once_is_asked_ever_less_often() -> None:
    pauses = list(itertools.accumulate(range(9), lambda pause, _: pause_after(pause, 0), initial=1))
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == 60
    assert pause_after(60, 3600) == 1


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just(A),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_fields = ("is_playing", "position_ms", "item", "context", "state", "status", "uri", "duration_ms")


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(_fields),
            _json | st.dictionaries(st.sampled_from(_fields), _json, max_size=4),
        ),
        max_size=4,
    )
)
def test_no_frame_is_an_error_and_no_play_is_longer_than_the_time_that_passed(
    frames: list[dict[str, object]],
) -> None:
    it = Listening()
    for frame in frames:
        it.after(60, json.dumps({"type": "playback_state", **frame}))
    it.after(60, state(None, 0))
    assert sum(play.ms_played or 0 for play in it.plays) <= 60_000 * (len(frames) + 1)


@pytest.mark.parametrize("address", ["127.0.0.1:9090", "[::1]:9090"])
def test_an_address_of_this_machine_is_listened_to(address: str) -> None:
    assert endpoint(address) == f"ws://{address}"


@pytest.mark.parametrize("address", ["192.168.1.5:9090", "example.org:9090", "127.0.0.1:99999"])
def test_no_other_address_is(address: str) -> None:
    with pytest.raises(UnavailableError, match="no address of this machine"):
        endpoint(address)


def test_a_folder_without_an_address_says_that_soloist_is_not_running(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="not running, or was started without --ws"):
        endpoint(str(tmp_path))


@pytest.fixture(scope="module")
def tracks() -> tuple[Track, ...]:
    return tuple(generate_catalogue(seed=3, tracks=30, artists=5, genres=3).tracks.values())


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Soloist]:
    with soloist("listener", tmp_path) as made:
        yield made


def ten_seconds_each_look() -> Callable[[], datetime]:
    seconds = itertools.count(0, 10)
    return lambda: NOW + timedelta(seconds=next(seconds))


def eventually(store: PlayStore, count: int) -> tuple[Play, ...]:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = store.noted()
        if len(found) >= count:
            return found
        time.sleep(0.02)
    return store.noted()


def test_plays_are_noted_as_they_happen_and_nothing_is_sent(
    player: Soloist, tracks: tuple[Track, ...], tmp_path: Path
) -> None:
    store = PlayStore(tmp_path / "plays")
    with Ears(str(tmp_path), store.note, ten_seconds_each_look()):
        assert player.wait_for_listener()
        player.playback(tracks[0], 0, context=LIST)
        player.send("{")
        player.playback(tracks[1], 0, context=LIST)
        (play,) = eventually(store, 1)
    assert (play.track_id, play.context, play.skipped) == (tracks[0].id, LIST, True)
    assert player.received == []


def test_a_connection_that_ends_is_made_again(
    player: Soloist, tracks: tuple[Track, ...], tmp_path: Path
) -> None:
    store = PlayStore(tmp_path / "plays")
    with Ears(player.address, store.note, ten_seconds_each_look()):
        assert player.wait_for_listener()
        player.hang_up()
        assert player.wait_for_listener(2)
        player.playback(tracks[0], 0)
        player.playback(tracks[1], 0)
        assert [play.track_id for play in eventually(store, 1)] == [tracks[0].id]


def test_a_frame_too_long_ends_the_connection_and_not_the_listening(
    player: Soloist, tracks: tuple[Track, ...], tmp_path: Path
) -> None:
    store = PlayStore(tmp_path / "plays")
    with Ears(player.address, store.note, ten_seconds_each_look()):
        assert player.wait_for_listener()
        player.send({"type": "x", "more": "y" * MOST_BYTES})
        assert player.wait_for_listener(2)
        player.playback(tracks[0], 0)
        player.playback(tracks[1], 0)
        assert [play.track_id for play in eventually(store, 1)] == [tracks[0].id]


def test_an_end_of_the_service_keeps_what_sounds(
    player: Soloist, tracks: tuple[Track, ...], tmp_path: Path
) -> None:
    store = PlayStore(tmp_path / "plays")
    with Ears(player.address, store.note, ten_seconds_each_look()) as ears:
        assert player.wait_for_listener()
        player.playback(tracks[0], 0)
        end = time.monotonic() + 120
        while ears.sounding is None and time.monotonic() < end:
            time.sleep(0.02)
    assert [play.track_id for play in store.noted()] == [tracks[0].id]
