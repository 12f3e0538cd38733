from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segued.refresh.edits import Edits, allow_again, compare, find_edits, resume, with_hidden
from segued.store.playlists import Binding

BOUND = Binding("r", "p", "N", "f", kept_in=("i",), kept_out=("o",), written=tuple("abc"))


def playlist(uris: str, *, complete: bool = True) -> Playlist:
    entries = tuple(PlaylistEntry(uri, "episode", uri) for uri in uris)
    return Playlist(PlaylistSummary("p", "N", "me", "s"), entries, complete)


def test_an_untouched_list_has_no_edits() -> None:
    assert compare(tuple("abc"), tuple("abc")) == Edits()


def test_added_and_removed_rows_are_reported() -> None:
    found = compare(tuple("abc"), tuple("axc"))
    assert (found.added, found.removed, found.reordered) == (("x",), ("b",), False)


def test_a_new_order_is_noticed_though_rows_came_and_went() -> None:
    assert compare(tuple("abcd"), tuple("xcab")).reordered


def test_what_was_kept_before_stays_kept() -> None:
    found = find_edits(BOUND, playlist("abcx"), respect=True)
    assert (found.kept_in, found.kept_out) == (("i", "x"), ("o",))


def test_adding_again_ends_being_left_out() -> None:
    found = find_edits(BOUND, playlist("abco"), respect=True)
    assert (found.kept_in, found.kept_out) == (("i", "o"), ())


def test_removing_ends_being_kept() -> None:
    written = replace(BOUND, written=tuple("abci"))
    found = find_edits(written, playlist("abc"), respect=True)
    assert (found.kept_in, found.kept_out) == ((), ("o", "i"))


def test_what_a_null_row_may_be_is_hidden_and_not_removed() -> None:
    found = compare(tuple("abc"), ("a", "", "c"))
    assert (found.hidden, found.removed, found.kept_out) == (("b",), (), ())


def test_more_missing_than_null_rows_are_removed_and_none_is_hidden() -> None:
    found = compare(tuple("abc"), ("a", ""))
    assert (found.hidden, found.removed) == ((), ("b", "c"))


def test_rows_are_hidden_where_edits_are_not_respected_too() -> None:
    null = Playlist(PlaylistSummary("p", "N", "me", "s"), (PlaylistEntry("", "unknown", ""),) * 3)
    assert find_edits(BOUND, null, respect=False) == Edits(hidden=tuple("abc"))


def test_a_hidden_row_is_known_again_after_a_write_around_it() -> None:
    ours = with_hidden(("a", "", "c", "d"), tuple("abc"), ("a", "", "c"))
    assert ours == tuple("abcd")
    assert compare(ours, ("a", "", "c", "d")).hidden == ("b",)
    assert compare(ours, tuple("abcd")) == Edits()


def test_before_the_first_write_nothing_is_an_edit() -> None:
    found = find_edits(replace(BOUND, written=None), playlist("xyz"), respect=True)
    assert (found.added, found.removed, found.reordered) == ((), (), False)


def test_a_partly_read_list_tells_no_edits() -> None:
    assert find_edits(BOUND, playlist("a", complete=False), respect=True).removed == ()


def test_without_respect_there_are_none() -> None:
    assert find_edits(BOUND, playlist("x"), respect=False) == Edits()


def test_tracks_can_be_allowed_again_one_by_one_or_all() -> None:
    out = replace(BOUND, kept_out=("o", "q"))
    assert allow_again(out, ("o",)).kept_out == ("q",)
    assert allow_again(out, out.kept_out).kept_out == ()


def test_a_track_allowed_again_is_not_reported_as_removed_anew() -> None:
    allowed = allow_again(BOUND, ("b",))
    assert find_edits(allowed, playlist("ac"), respect=True).removed == ()


def test_a_resumed_recipe_lets_its_old_playlist_go() -> None:
    found = resume(replace(BOUND, paused_reason="gone"))
    assert (found.playlist_id, found.paused_reason, found.written) == (None, None, None)


@given(st.lists(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef")))
def test_a_track_is_never_both_kept_in_and_kept_out(written: list[str], found: list[str]) -> None:
    edits = compare(tuple(written), tuple(found), ("a",), ("b",))
    assert not set(edits.kept_in) & set(edits.kept_out)
    assert len(set(edits.kept_in)) == len(edits.kept_in)
