"""What was refused is left alone only after two runs were refused it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from segued.store.library import LibraryStore
from segued.sync.tracks import ASK_AGAIN, Absent

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SOON = timedelta(hours=1)


def test_one_refusal_is_asked_about_again_and_two_rest_for_a_week(tmp_path: Path) -> None:
    library = LibraryStore(tmp_path / "library.json")
    assert not Absent(library, "absent").refused("x", NOW)
    assert not Absent(library, "absent").rests("x", NOW + SOON)
    assert Absent(library, "absent").refused("x", NOW)
    assert Absent(library, "absent").rests("x", NOW + SOON)
    assert not Absent(library, "absent").rests("x", NOW + ASK_AGAIN + SOON)


def test_a_new_version_is_asked_for_and_counts_anew(tmp_path: Path) -> None:
    absent = Absent(LibraryStore(tmp_path / "library.json"), "absent")
    absent.refused("x", NOW, "v1")
    absent.refused("x", NOW, "v1")
    assert not absent.rests("x", NOW, "v2")
    assert not absent.refused("x", NOW, "v2")


def test_what_an_earlier_version_of_segue_noted_still_rests(tmp_path: Path) -> None:
    library = LibraryStore(tmp_path / "library.json")
    library.set_cursor("absent", {"x": NOW.isoformat()})
    assert Absent(library, "absent").rests("x", NOW + SOON)
