"""Imported tables in a state: they add up, each can go, and nothing is lost to an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from segue.errors import DataError, UsageError
from segue.music.features import AudioFeatures
from segue.music.track import Track
from segued.imports.files import import_features, look_up_again, name_of, remove_table
from segued.store.state import State
from segued.store.tracks.features import KnownFeatures

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ID, OTHER = "a" * 22, "b" * 22


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> Iterator[State]:
    state = State.open(tmp_path / "state")
    state.library.put_tracks([Track(ID, "Rain"), Track(OTHER, "Snow")])
    state.library.commit()
    yield state
    state.close()


def table(tmp_path: Path, name: str, *rows: str) -> Path:
    path = tmp_path / name
    path.write_text("\n".join(["id,energy,tempo", *rows]) + "\n")
    return path


def energy(state: State, track_id: str = ID) -> float | None:
    known = state.features.known()
    return known[track_id].values.energy if track_id in known else None


def test_tables_add_up_and_the_latest_counts_first(state: State, tmp_path: Path) -> None:
    import_features(table(tmp_path, "one.csv", f"{ID},0.1,100", f"{OTHER},0.3,"), {}, state, NOW)
    done = import_features(
        table(tmp_path, "two.csv", f"{ID},0.2,"), {}, state, NOW + timedelta(days=1)
    )
    assert done.known == 1
    assert [each.name for each in state.tables.all()] == ["two", "one"]
    assert (energy(state), energy(state, OTHER)) == (0.2, 0.3)
    assert state.features.known()[ID].values.tempo == 100


def test_a_table_of_the_same_name_takes_its_place_and_says_so(state, tmp_path) -> None:
    import_features(table(tmp_path, "mine.csv", f"{ID},0.1,"), {}, state, NOW)
    done = import_features(table(tmp_path, "mine.csv", f"{ID},0.9,"), {}, state, NOW)
    assert done.replaced is not None
    assert [each.rows for each in state.tables.all()] == [1]
    assert energy(state) == 0.9


@pytest.mark.parametrize("rows", [["x,,"] * 31, [f"{ID},,"], [",0.5,100"], ["17,0.5,100"]])
def test_an_import_that_learns_nothing_changes_nothing(state, tmp_path, rows) -> None:
    import_features(table(tmp_path, "mine.csv", f"{ID},0.1,"), {}, state, NOW)
    with pytest.raises(DataError, match="nothing was changed"):
        import_features(table(tmp_path, "mine.csv", *rows), {}, state, NOW)
    assert [(each.name, each.rows) for each in state.tables.all()] == [("mine", 1)]
    assert energy(state) == 0.1


def test_a_table_that_goes_takes_only_its_own_word_along(state, tmp_path) -> None:
    state.features.put({OTHER: KnownFeatures(AudioFeatures(energy=0.7), "reccobeats", NOW)})
    state.features.commit()
    import_features(table(tmp_path, "one.csv", f"{ID},0.1,"), {}, state, NOW)
    import_features(table(tmp_path, "two.csv", f"{ID},0.2,"), {}, state, NOW + timedelta(days=1))
    remove_table("two", state, NOW)
    assert (energy(state), energy(state, OTHER)) == (0.1, 0.7)
    remove_table("one", state, NOW)
    assert (energy(state), energy(state, OTHER)) == (None, 0.7)
    with pytest.raises(UsageError, match="there are: none"):
        remove_table("one", state, NOW)


def test_a_dry_run_changes_nothing(state, tmp_path) -> None:
    path = table(tmp_path, "one.csv", f"{ID},0.1,")
    assert import_features(path, {}, state, NOW, dry_run=True).known == 1
    assert state.tables.all() == ()
    import_features(path, {}, state, NOW)
    remove_table("one", state, NOW, dry_run=True)
    assert energy(state) == 0.1


def test_the_table_of_an_earlier_version_is_one_among_others(state, tmp_path) -> None:
    frame = pl.DataFrame({"track_id": [ID], "energy": [0.4]})
    frame.write_parquet(state.folder / "feature-table.parquet")
    import_features(table(tmp_path, "one.csv", f"{OTHER},0.1,"), {}, state, NOW)
    assert {each.name for each in state.tables.all()} == {"one", "feature-table"}
    assert energy(state) == pytest.approx(0.4)
    remove_table("feature-table", state, NOW)
    assert {each.name for each in state.tables.all()} == {"one"}
    assert energy(state) is None


def test_a_damaged_table_is_restored_wherever_it_is_damaged(state, tmp_path) -> None:
    import_features(table(tmp_path, "one.csv", f"{ID},0.1,100"), {}, state, NOW)
    (path,) = state.tables.paths()
    whole, intact = path.read_bytes(), state.tables.frames()[0]
    for place in range(0, len(whole), 37):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        for damaged in (bytes(flipped), whole[:place]):
            path.write_bytes(damaged)
            (frame,) = state.tables.frames()
            assert frame.equals(intact), place


def test_a_table_damaged_with_its_copy_costs_nothing_known_and_says_what_to_do(
    state, tmp_path
) -> None:
    import_features(table(tmp_path, "my one.csv", f"{ID},0.1,"), {}, state, NOW)
    for path in (state.folder / "tables").glob("my*"):
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match=r"segue import features FILE --name 'my one'"):
        look_up_again(state, NOW)
    assert energy(state) == 0.1
    import_features(table(tmp_path, "my one.csv", f"{ID},0.2,"), {}, state, NOW)
    assert energy(state) == 0.2


@pytest.mark.parametrize("name", ["..", "a/b", "Mix [2]", "x\x1b[31m", "é" * 100])
def test_a_name_never_leaves_the_folder(state, tmp_path, name) -> None:
    path = table(tmp_path, "t.csv", f"{ID},0.1,")
    kept = import_features(path, {}, state, NOW, name=name).table.name
    (stored,) = state.tables.paths()
    assert stored.parent == state.folder / "tables"
    remove_table(kept, state, NOW)
    assert not stored.exists()


def test_a_table_is_called_as_its_file() -> None:
    names = ["mine.csv", "mine.csv.gz", "Liked Songs.tsv", "a.parquet", ".csv", "x\x1b.csv"]
    assert [name_of(Path(name)) for name in names] == [
        "mine", "mine", "Liked Songs", "a", ".csv", "x",
    ]  # fmt: skip
