"""What was heard of a playlist, from plays that tell what they were played from."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from segue.playlists.heard import Listed, heard_versions, order_tells, passed_over, unreached
from segue.playlists.library import Play
from segue.playlists.listening import REASONS, Listening

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIST = "spotify:playlist:mine"
IDS = tuple("abcdefghij")


def plays(rows: str, start: float = 0, context: str | None = LIST) -> list[Play]:
    """One play every 200 seconds."""
    moments = (START + timedelta(seconds=start + 200 * i) for i in range(len(rows)))
    return [Play(row, when, context=context) for row, when in zip(rows, moments, strict=True)]


def heard(heard_plays: list[Play], *versions: Listed, imported=None, liked=None):
    listed = versions or (Listed("v1", START - timedelta(days=1), IDS),)
    return heard_versions(listed, heard_plays, LIST, imported, liked or {})


def test_a_sitting_in_order_says_how_far_it_went_and_what_it_passed() -> None:
    (version,) = heard(plays("abdefh"))
    (sitting,) = version.sittings
    assert (sitting.shuffled, sitting.reached) == (False, 0.8)
    assert sitting.passed == (2, 6)
    assert version.plays == (1, 1, 0, 1, 1, 1, 0, 1, 0, 0)


def test_nobody_got_to_what_stands_behind_the_furthest_row_of_every_sitting_in_order() -> None:
    versions = heard(plays("abdefh") + plays("abcd", 7200))
    assert unreached(versions) == {"i", "j"}
    assert sorted(passed_over(versions)) == ["c", "g"]
    # A play of its own, in whatever order, is a meeting.
    assert unreached(heard(plays("abdefh") + plays("jca", 7200))) == {"i"}


def test_of_lists_heard_in_no_order_or_not_at_all_nothing_is_said() -> None:
    assert unreached(heard([])) == unreached(heard(plays("jcaibhdg"))) == frozenset()
    assert list(passed_over(heard(plays("jcaibhdg")))) == []


def test_the_latest_list_with_a_track_says_whether_anybody_got_to_it() -> None:
    second = Listed("v2", START + timedelta(hours=1), ("i", *IDS[:8]))
    heard_both = heard(plays("abcdef") + plays("iabcd", 7200), heard_first(), second)
    assert unreached(heard_both) == {"j", "e", "f", "g", "h"}


def test_of_a_shuffled_sitting_nothing_is_said_about_how_far() -> None:
    (version,) = heard(plays("jcaibhdg"))
    (sitting,) = version.sittings
    assert (sitting.shuffled, sitting.reached, sitting.passed) == (True, None, ())


def test_few_plays_tell_no_order() -> None:
    assert heard(plays("abc"))[0].sittings[0].shuffled is None


def test_plays_from_elsewhere_and_of_other_tracks_are_not_counted() -> None:
    other = plays("ab", context="spotify:album:x") + plays("cd", 900, context=None)
    (version,) = heard(other + plays("xe", 2000))
    assert version.plays == (0, 0, 0, 0, 1, 0, 0, 0, 0, 0)


def test_a_pause_of_half_an_hour_parts_sittings() -> None:
    (version,) = heard(plays("abcd") + plays("abcd", 7200))
    assert [len(sitting.plays) for sitting in version.sittings] == [4, 4]


def test_a_play_belongs_to_the_version_that_stood_then() -> None:
    second = Listed("v2", START + timedelta(hours=1), tuple(reversed(IDS)))
    first, later = heard(plays("abcd") + plays("jihg", 7200), heard_first(), second)
    assert [play.row for sitting in first.sittings for play in sitting.plays] == [0, 1, 2, 3]
    assert [play.row for sitting in later.sittings for play in sitting.plays] == [0, 1, 2, 3]


def heard_first() -> Listed:
    return Listed("v1", START - timedelta(days=1), IDS)


def test_an_import_adds_skips_reasons_and_shuffle_and_likes_come_after() -> None:
    imported = Listening(
        ("a", "b"),
        np.array([0, 1], dtype=np.int32),
        np.array([START.timestamp() + 3, START.timestamp() + 205]),
        np.array([190_000, 40_000], dtype=np.int32),
        np.array([0, 1], dtype=np.int8),
        np.array([0, 0], dtype=np.int8),
        np.array([REASONS.index("trackdone"), REASONS.index("fwdbtn")], dtype=np.int8),
        np.array([0, 0], dtype=np.int8),
    )
    liked = {"a": START + timedelta(hours=5), "b": START - timedelta(days=9)}
    (version,) = heard(plays("ab"), imported=imported, liked=liked)
    (sitting,) = version.sittings
    assert sitting.shuffled is False, "the import says shuffle was off"
    assert [(play.skipped, play.reason) for play in sitting.plays] == [
        (False, "trackdone"),
        (True, "fwdbtn"),
    ]
    assert version.skips[:2] == (0, 1)
    assert version.liked_after == (0,)


@pytest.mark.parametrize("length", [4, 7, 12, 25])
def test_chance_is_rarely_taken_for_order(length: int) -> None:
    rng = random.Random(length)
    answers = [order_tells(rng.sample(range(60), length)) for _ in range(1000)]
    assert answers.count(False) <= 70


@pytest.mark.parametrize("length", [4, 7, 12, 25])
def test_an_order_with_a_few_steps_back_is_rarely_taken_for_shuffle(length: int) -> None:
    rng = random.Random(length)

    def rows() -> list[int]:
        row, found = 0, []
        for _ in range(length):
            row += -1 if rng.random() < 0.1 else rng.randint(1, 2)
            found.append(row)
        return found

    assert [order_tells(rows()) for _ in range(1000)].count(True) <= 70
