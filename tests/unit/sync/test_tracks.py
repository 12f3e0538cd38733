"""Tracks keep what an earlier answer said of them."""

from __future__ import annotations

from pathlib import Path

from segue.music.track import Album, Artist, Track
from segued.store.library import LibraryStore
from segued.sync.tracks import put_tracks

FULL = Track("t", "Title", (Artist("Ann", "a"),), Album("Here", "b", "1999"), 1000, "ISRC", True)


def test_an_answer_that_tells_less_takes_nothing_away(tmp_path: Path) -> None:
    library = LibraryStore(tmp_path / "library.json")
    assert put_tracks(library, [FULL]) == 1
    bare = Track("t", "Title", FULL.artists, Album("Here", "b"), 1000)
    assert put_tracks(library, [bare]) == 0
    assert library.track("t") == FULL


def test_an_answer_that_tells_more_is_taken_over(tmp_path: Path) -> None:
    library = LibraryStore(tmp_path / "library.json")
    put_tracks(library, [Track("t", "Title")])
    assert put_tracks(library, [FULL]) == 1
    assert library.track("t") == FULL


def test_nothing_new_leaves_the_library_untouched(tmp_path: Path) -> None:
    library = LibraryStore(tmp_path / "library.json")
    put_tracks(library, [FULL])
    library.commit()
    written = (tmp_path / "library.json").stat().st_mtime_ns
    put_tracks(library, [FULL, FULL])
    library.commit()
    assert (tmp_path / "library.json").stat().st_mtime_ns == written
