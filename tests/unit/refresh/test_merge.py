from __future__ import annotations

from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segued.refresh.edits import merge, nearest


def playlist(uris: str) -> Playlist:
    entries = tuple(PlaylistEntry(u, "local" if u.isupper() else "episode", u) for u in uris)
    return Playlist(PlaylistSummary("p", "N", "me", "s"), entries)


def merged(wanted: str, expected: list[str], found: str, **more: object) -> str:
    states = [tuple(state) for state in expected]
    return "".join(merge(tuple(wanted), states, playlist(found), **more))  # type: ignore[arg-type]


def test_an_addition_stays_behind_the_row_it_follows() -> None:
    assert merged("abcdef", ["abc", "abcdef"], "axbc") == "axbcdef"


def test_a_removal_stays_away() -> None:
    assert merged("abcdef", ["abcdef"], "acdef") == "acdef"


def test_the_nearest_state_tells_what_is_an_edit() -> None:
    assert nearest([("a",), ("a", "b", "c")], ("a", "b", "x")) == ("a", "b", "c")


def test_after_a_cut_off_write_missing_rows_are_not_taken_for_removed() -> None:
    assert merged("abcdef", ["zy", "abcdef"], "abcde", cut_off_from="zy") == "abcdef"


def test_after_a_cut_off_write_old_rows_are_not_taken_for_added() -> None:
    assert merged("abcdef", ["abc", "abcdef"], "abcz", cut_off_from="zy") == "abcdef"


def test_a_local_file_added_meanwhile_is_kept() -> None:
    assert merged("abc", ["abc"], "aLbc") == "aLbc"
