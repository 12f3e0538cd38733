"""Plays as columns: what counts, what two sources both tell, and sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from segue.models.data import Vocabulary
from segue.playlists.library import Play
from segue.playlists.listening import (
    Listening,
    heard_in,
    listening_of,
    merged,
    sessions_in,
    under_ids,
    unreported,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def play(track_id: str, minutes: float, ms: int | None = None, skipped: bool | None = None) -> Play:
    return Play(track_id, NOON + timedelta(minutes=minutes), ms, skipped)


def test_skipped_and_very_short_plays_do_not_count() -> None:
    plays = [play("a", 0, 200_000), play("a", 9, 29_999), play("a", 12, 200_000, True)]
    heard = heard_in(listening_of([*plays, play("b", 4, None)]))
    assert {i: (facts.plays, facts.last) for i, facts in heard.items()} == {
        "b": (1, NOON + timedelta(minutes=4)),
        "a": (1, NOON),
    }
    assert list(heard) == ["b", "a"]


def test_the_latest_ten_moments_and_the_first_are_kept_in_a_history_of_many_tracks() -> None:
    ids = tuple(map(str, range(2**16 + 2)))  # more than 16 bits can tell apart
    track = np.array([1, 2**16 + 1] * 12, dtype=np.int32)
    at = np.arange(24, dtype=np.float64)
    unknown = np.full(24, -1)
    heard = heard_in(Listening(ids, track, at, unknown.astype(np.int32), unknown.astype(np.int8)))
    assert list(heard) == [str(2**16 + 1), "1"]
    assert [*heard["1"][:2], *heard["1"].recent] == [12, 0.0, *range(22, 2, -2)]
    assert [*heard[ids[-1]][:2], *heard[ids[-1]].recent] == [12, 1.0, *range(23, 3, -2)]


def test_a_play_that_two_sources_tell_counts_once() -> None:
    known = listening_of([play("a", 0, 200_000, False), play("b", 30, 180_000)])
    again = listening_of([play("a", -3.3), play("a", 60), play("b", 31)])
    both = merged(known, again)
    ids = [both.track_ids[row] for row in both.track]
    assert ids == ["a", "b", "a"]
    assert both.ms_played.tolist() == [200_000, 180_000, -1]


def test_plays_an_import_does_not_hold_are_left() -> None:
    imported = listening_of([play("a", 0), play("c", 0)])
    plays = [play("a", 2), play("a", 90), play("b", 0)]
    assert unreported(plays, imported) == (plays[1], plays[2])
    assert unreported(plays, listening_of(())) == tuple(plays)


def test_a_pause_of_more_than_half_an_hour_parts_sessions() -> None:
    plays = [play("a", 0), play("b", 30), play("c", 64, 180_000, True), play("a", 98, 60_000)]
    sessions = sessions_in(listening_of(plays), Vocabulary(["c", "b", "a"]))
    # 34 minutes less 3 heard are no 31 of silence, but 34 less 1 are 33.
    assert [session.tracks.tolist() for session in sessions] == [[2, 1], [0], [2]]
    assert sessions[1].skipped.tolist() == [1]
    assert sessions[0].played_at.tolist() == [NOON.timestamp(), NOON.timestamp() + 1800]


def test_tracks_that_nobody_knows_part_no_session() -> None:
    plays = [play("a", 0), play("x", 20), play("b", 40)]
    sessions = sessions_in(listening_of(plays), Vocabulary(["a", "b"]))
    assert [session.tracks.tolist() for session in sessions] == [[0, 1]]
    assert sessions_in(listening_of([play("x", 0)]), Vocabulary(["a"])) == ()


def test_two_ids_of_one_track_fall_together() -> None:
    merged = under_ids(listening_of([play("old", 0), play("new", 60)]), ["new", "new"])
    assert merged.track_ids == ("new",)
    assert np.array_equal(merged.track, [0, 0])
