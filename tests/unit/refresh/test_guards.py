from __future__ import annotations

import pytest

from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segue.recipe.references import WritePolicy
from segued.refresh.guards import Location, check

SUMMARY = PlaylistSummary("p", "N", "me", "s")
BOUND = Location("bound", SUMMARY)
POLICY = WritePolicy(min_tracks=5, max_shrink=0.5)


def playlist(count: int, *, complete: bool = True) -> Playlist:
    rows = tuple(PlaylistEntry(str(n), "episode", str(n)) for n in range(count))
    return Playlist(SUMMARY, rows, complete)


def uris(count: int) -> list[str]:
    return [str(n) for n in range(count)]


def refused(before: Playlist | None, after: list[str], location: Location = BOUND, **more):  # type: ignore[no-untyped-def]
    found = check(POLICY, location, before, after, **more)
    return [finding.guard for finding in found if finding.refused]


def test_an_ordinary_change_is_not_refused() -> None:
    assert refused(playlist(20), uris(20)) == []


def test_an_empty_list_is_refused_for_that_alone() -> None:
    assert refused(playlist(20), []) == ["would_empty"]


@pytest.mark.parametrize(("count", "guards"), [(4, ["min_tracks"]), (5, [])])
def test_fewer_than_min_tracks_are_refused(count: int, guards: list[str]) -> None:
    assert refused(playlist(8), uris(count)) == guards


@pytest.mark.parametrize(("count", "guards"), [(9, ["max_shrink"]), (10, [])])
def test_more_than_the_share_allowed_is_not_taken_away(count: int, guards: list[str]) -> None:
    assert refused(playlist(20), uris(count)) == guards


def test_size_guards_can_be_set_aside_and_still_speak() -> None:
    found = check(POLICY, BOUND, playlist(20), uris(3), waived={"min_tracks", "max_shrink"})
    assert [finding.refused for finding in found] == [False, False]


def test_no_other_guard_can_be_set_aside() -> None:
    every = {"would_empty", "partly_read", "paused", "not_ours", "cannot_be_added_back"}
    assert refused(playlist(20, complete=False), uris(20), waived=every) == ["partly_read"]
    assert "would_empty" in refused(playlist(20), [], waived=every)


def test_a_partly_read_playlist_is_refused() -> None:
    assert refused(playlist(20, complete=False), uris(20)) == ["partly_read"]


def test_a_playlist_that_was_not_read_is_refused() -> None:
    assert refused(None, uris(20)) == ["unreadable"]


@pytest.mark.parametrize(("kind", "guard"), [("paused", "paused"), ("refused", "not_ours")])
def test_a_recipe_without_a_place_is_refused(kind: str, guard: str) -> None:
    assert refused(None, uris(20), Location(kind, text="why")) == [guard]  # type: ignore[arg-type]


def test_rows_that_could_not_be_added_back_are_named() -> None:
    rows = (PlaylistEntry("spotify:local:x", "local", "Demo"), *playlist(20).entries)
    found = check(POLICY, BOUND, Playlist(SUMMARY, rows), uris(20))
    assert [finding.guard for finding in found] == ["cannot_be_added_back"]
    assert "Demo" in found[0].text
