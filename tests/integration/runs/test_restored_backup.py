"""A state restored from a backup is older than the lists on the account."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from segued.cli.setup.auth import delete_stored
from segued.store.state import State

if TYPE_CHECKING:
    from conftest import House


def restored(house: House, backup: Path) -> None:
    """The state of a backup made after the first of three daily refreshes."""
    house.refresh()
    shutil.copytree(house.folder, backup)
    for _ in range(2):
        house.tomorrow()
        house.refresh()
    shutil.rmtree(house.folder)
    shutil.copytree(backup, house.folder)
    house.log_in()  # refresh tokens are used once: the one in the backup is spent
    house.tomorrow()


def test_without_its_playlists_it_finds_them_by_their_marks_and_takes_nothing_for_edits(
    house: House, tmp_path: Path
) -> None:
    restored(house, tmp_path / "backup")
    found = house.id_of("Mornings")
    delete_stored(house.folder, ("playlists",), dry_run=False)
    (refreshed,) = house.refresh().refreshed
    assert refreshed.plan.status == "changed"
    assert not any("by hand" in note for note in refreshed.plan.notes)
    assert house.id_of("Mornings") == found


def test_with_them_what_segue_wrote_since_is_let_go_by_one_refresh_that_respects_no_edits(
    house: House, tmp_path: Path
) -> None:
    restored(house, tmp_path / "backup")
    (refreshed,) = house.refresh().refreshed
    assert any("added by hand" in note for note in refreshed.plan.notes)
    house.tomorrow()
    as_configured = house.recipes
    house.recipes += "[playlist.write]\nrespect_edits = false\n"
    house.refresh()
    house.recipes = as_configured
    house.tomorrow()
    (refreshed,) = house.refresh().refreshed
    assert refreshed.plan.status == "changed"
    assert not any("by hand" in note for note in refreshed.plan.notes)
    state = State.open(house.folder)
    try:
        (binding,) = state.playlists.bindings().values()
    finally:
        state.close()
    assert (binding.kept_in, binding.kept_out) == ((), ())
