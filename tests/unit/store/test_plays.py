from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import StoreError
from segue.playlists.library import Play
from segued.store.plays import PlayStore

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
DURATION_MS = 200_000
DURATIONS = {"a": DURATION_MS, "b": DURATION_MS}


def play(seconds: float, track: str = "a") -> Play:
    return Play(track, START + timedelta(seconds=seconds))


def stored(folder: Path, *batches: list[Play]) -> PlayStore:
    store = PlayStore(folder)
    for batch in batches:
        store.add(batch, DURATIONS)
    return store


def test_plays_come_back_oldest_first(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(900, "b"), play(0)])
    store.commit()
    assert PlayStore(tmp_path).all() == (play(0), play(900, "b"))


def test_plays_since_a_moment_open_no_earlier_month(tmp_path: Path) -> None:
    last_month = replace(play(0), played_at=START - timedelta(days=30))
    stored(tmp_path, [last_month, play(0), play(900, "b")]).commit()
    (tmp_path / "2026-10.json").write_bytes(b"damaged")
    store = PlayStore(tmp_path)
    assert store.since(START + timedelta(seconds=1)) == (play(900, "b"),)
    assert store.since(START) == (play(0), play(900, "b"))
    assert store.warning is None


def test_a_play_reported_at_its_start_and_then_at_its_end_is_one(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(0)])
    assert store.add([play(200)], DURATIONS) == 0
    assert store.all() == (play(0),)


def test_a_play_longer_after_than_the_track_lasts_is_another(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(0)])
    assert store.add([play(206)], DURATIONS) == 1


def test_another_track_at_the_same_time_is_another_play(tmp_path: Path) -> None:
    assert stored(tmp_path, [play(0)]).add([play(0, "b")], DURATIONS) == 1


def test_a_track_on_repeat_keeps_its_plays_within_one_answer(tmp_path: Path) -> None:
    assert len(stored(tmp_path, [play(0), play(200), play(400)]).all()) == 3


def test_a_repeat_seen_again_with_all_times_flipped_adds_nothing(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(0), play(200)])
    assert store.add([play(200), play(400)], DURATIONS) == 0


def test_the_repeat_that_is_new_is_stored_at_its_own_time(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(200)], [play(0), play(200)])
    assert store.all() == (play(0), play(200))


def test_a_play_that_flips_over_the_end_of_a_month_is_one(tmp_path: Path) -> None:
    end = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
    store = PlayStore(tmp_path)
    store.add([Play("a", end)], DURATIONS)
    assert store.add([Play("a", end + timedelta(seconds=100))], DURATIONS) == 0


def test_each_month_has_its_file(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(0), play(86_400 * 30)])
    store.commit()
    assert sorted(p.name for p in tmp_path.glob("*.json")) == ["2026-11.json", "2026-12.json"]


def test_old_plays_can_be_forgotten(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(0), play(86_400 * 30)])
    assert store.drop_before(START + timedelta(days=1)) == 1
    assert store.all() == (play(86_400 * 30),)


def test_a_play_without_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="time zone"):
        PlayStore(tmp_path).add([Play("a", datetime(2026, 1, 1))])  # noqa: DTZ001


@given(st.lists(st.integers(0, 3000), unique=True, max_size=12))
def test_the_same_answer_twice_adds_nothing(
    tmp_path_factory: pytest.TempPathFactory, times: list[int]
) -> None:
    batch = [play(second) for second in times]
    store = stored(tmp_path_factory.mktemp("plays"), batch)
    assert store.add(batch, DURATIONS) == 0
    assert len(store.all()) == len(times)


def test_a_later_answer_adds_what_a_play_was_played_from(tmp_path: Path) -> None:
    store = stored(tmp_path, [play(0), play(900)])
    with_context = replace(play(200), context="spotify:playlist:p")
    assert store.add([with_context, replace(play(900), context=None)], DURATIONS) == 0
    assert store.all() == (replace(play(0), context="spotify:playlist:p"), play(900))
    store.add([play(0)], DURATIONS)
    assert store.all()[0].context == "spotify:playlist:p", "an answer without it takes nothing"


def test_a_play_heard_just_now_reaches_the_months_and_is_then_forgotten(tmp_path: Path) -> None:
    heard = replace(play(0), ms_played=12_000, skipped=True, context="spotify:album:x")
    PlayStore(tmp_path).note(heard)
    store = PlayStore(tmp_path)
    assert store.add_noted(dict) == 1
    store.commit()
    assert PlayStore(tmp_path).all() == (heard,)
    assert PlayStore(tmp_path).noted() == ()


def test_what_is_noted_while_others_are_added_waits_for_the_next_time(tmp_path: Path) -> None:
    ears, sync = PlayStore(tmp_path), PlayStore(tmp_path)
    ears.note(play(0))
    assert sync.noted() == (play(0),)
    ears.note(play(900, "b"))
    assert sync.noted() == (play(0),)
    sync.add_noted(dict)
    sync.commit()
    assert sync.noted() == (play(900, "b"),)


def test_a_half_written_line_costs_its_play_only_and_is_said(tmp_path: Path) -> None:
    store = PlayStore(tmp_path)
    store.note(play(0))
    with (tmp_path / "noted.jsonl").open("ab") as file:
        file.write(b'\n{"track_id": "b", "played_')
    store.note(play(900, "b"))
    assert store.noted() == (play(0), play(900, "b"))
    assert store.warning == "1 of the plays heard live could not be read; left out"


def test_a_stored_play_learns_from_ears_how_long_it_was_and_whether_it_was_skipped(
    tmp_path: Path,
) -> None:
    heard = replace(play(40), ms_played=40_000, skipped=True)
    store = stored(tmp_path, [play(0)], [heard])
    assert store.all() == (replace(play(0), ms_played=40_000, skipped=True),)


def test_the_same_answer_once_more_teaches_a_second_play_nothing(tmp_path: Path) -> None:
    heard = replace(play(0), context="spotify:album:x")
    store = stored(tmp_path, [heard, play(DURATION_MS / 1000)], [heard])
    assert store.all()[1].context is None
