"""Which reads of a playlist are believed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segued.sync.tracks import Trusted, Unread, judge, rows_digest

SUMMARY = PlaylistSummary("p", "List", "me", "v1")
uris = st.lists(st.sampled_from([f"spotify:track:{n}" for n in range(12)]), max_size=12)


def playlist(rows: list[str], snapshot: str = "v1", total: int | None = None) -> Playlist:
    entries = tuple(PlaylistEntry(uri, "track" if uri else "unknown", uri) for uri in rows)
    total = len(rows) if total is None else total
    summary = replace(SUMMARY, snapshot_id=snapshot, total=total)
    return Playlist(summary, entries, len(rows) == total)


def listed(total: int | None, snapshot: str = "v1") -> PlaylistSummary:
    return replace(SUMMARY, total=total, snapshot_id=snapshot)


@given(uris, st.integers(0, 12))
def test_a_read_of_another_size_than_its_own_total_is_never_believed(rows, total) -> None:
    verdict = judge(playlist(rows, total=total), listed(len(rows)), playlist(rows))
    assert isinstance(verdict, Trusted) == (total == len(rows))


@given(uris, st.integers(0, 12))
def test_a_read_of_another_size_than_the_listing_says_is_not_believed(rows, total) -> None:
    verdict = judge(playlist(rows), listed(total))
    assert isinstance(verdict, Trusted) == (total == len(rows))


@given(uris, uris)
def test_other_rows_in_the_same_version_contradict_what_was_stored(rows, before) -> None:
    verdict = judge(playlist(rows), listed(None), playlist(before))
    assert verdict == Trusted() if rows == before else verdict.contradicts_stored


@given(uris, uris)
def test_rows_as_stored_in_the_same_version_outweigh_the_listing(rows, before) -> None:
    assert judge(playlist(rows), listed(len(rows) + 1), playlist(rows)) == Trusted()


@given(uris, uris)
def test_a_snapshot_that_is_not_reported_compares_nothing(rows, before) -> None:
    verdict = judge(playlist(rows, ""), listed(len(rows), ""), playlist(before, ""))
    assert verdict == Trusted() or not verdict.contradicts_stored


@given(uris, st.integers(1, 12))
def test_rows_that_are_mostly_null_are_never_believed(rows, nulls) -> None:
    read = playlist([*rows, *[""] * nulls])
    verdict = judge(read, listed(len(read.entries)), None, rows_digest(read))
    assert isinstance(verdict, Unread) == (2 * nulls > len(read.entries))


@given(uris, uris)
def test_a_list_that_is_suddenly_empty_is_believed_when_it_is_seen_again(before, other) -> None:
    empty, stored = playlist([], "v2"), playlist(before, "v1")
    first = judge(empty, listed(0, "v2"), stored)
    assert (first == Trusted()) == (not before)
    if isinstance(first, Unread):
        assert first.until_seen_again
        assert judge(empty, listed(0, "v2"), stored, rows_digest(empty)) == Trusted()


def test_one_row_that_became_null_waits_to_be_seen_again() -> None:
    before = [f"spotify:track:{n}" for n in range(10)]
    read = playlist([*before[:9], ""], "v2")
    first = judge(read, None, playlist(before))
    assert isinstance(first, Unread)
    assert judge(read, None, playlist(before), rows_digest(read)) == Trusted()


def test_rows_of_a_stored_read_that_is_doubted_contradict_nothing() -> None:
    doubted = replace(playlist(["spotify:track:1"]), complete=False)
    assert judge(playlist(["spotify:track:2"]), listed(1), doubted) == Trusted()
