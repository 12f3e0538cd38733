from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from segue.errors import StoreError
from segued.store.files.atomic import (
    clear_temporaries,
    file_name,
    last_good,
    private_folder,
    read_with_last_good,
    remove,
    write_atomically,
)


def test_a_written_file_is_for_its_owner_only(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.json", b"1")
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600


def test_a_state_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir(mode=0o755)
    private_folder(tmp_path / "s")
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700


def test_the_previous_file_stays_as_the_last_good_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for data in (b"1", b"2", b"3"):
        write_atomically(path, data)
    assert (path.read_bytes(), last_good(path).read_bytes()) == (b"3", b"2")


def test_a_file_that_never_was_reads_as_none(tmp_path: Path) -> None:
    assert read_with_last_good(tmp_path / "a.json", orjson.loads) == (None, False)


def test_a_link_left_by_a_killed_writer_does_not_become_the_last_good_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"1")
    (tmp_path / f".a.json.previous.{os.getpid()}.tmp").write_bytes(b"old")
    write_atomically(path, b"2")
    assert (path.read_bytes(), last_good(path).read_bytes()) == (b"2", b"1")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.json", "a.json.last-good"]


def test_a_broken_file_is_replaced_by_its_last_good_copy_and_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"[1]")
    write_atomically(path, b"[2]")
    path.write_bytes(b"[2")
    assert read_with_last_good(path, orjson.loads) == ([1], True)
    assert path.read_bytes() == b"[1]"
    assert (tmp_path / "a.json.broken").read_bytes() == b"[2"
    assert last_good(path).read_bytes() == b"[1]"


def test_a_lost_file_is_restored_from_its_last_good_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"[1]")
    write_atomically(path, b"[2]")
    path.unlink()
    assert read_with_last_good(path, orjson.loads) == ([1], True)


def test_a_broken_file_without_a_good_copy_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"{")
    with pytest.raises(StoreError, match=r"a\.json: is broken"):
        read_with_last_good(path, orjson.loads)
    assert path.read_bytes() == b"{"


def test_a_removed_file_leaves_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"1")
    write_atomically(path, b"2")
    remove(path)
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_a_store_error_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"1")
    with pytest.raises(StoreError, match="cannot be written"):
        write_atomically(tmp_path / "gone" / "a.json", b"2")
    assert path.read_bytes() == b"1"


def test_an_id_from_outside_cannot_leave_the_folder() -> None:
    assert "/" not in file_name("../../etc/passwd")


def test_only_dead_writers_temporaries_are_cleared(tmp_path: Path) -> None:
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    dead = tmp_path / f".a.json.{child.stdout.strip()}.tmp"
    alive = tmp_path / f".a.json.{os.getpid()}.tmp"
    dead.touch()
    alive.touch()
    clear_temporaries(tmp_path)
    assert not dead.exists()
    assert alive.exists()


@pytest.mark.parametrize("room", ["", "journal", "versions", "plans", "plays", "models/taste"])
def test_what_killed_writers_left_goes_from_every_folder(tmp_path: Path, room: str) -> None:
    folder = tmp_path / room
    folder.mkdir(parents=True, exist_ok=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = folder / f".a.json.{ended.pid}.tmp"
    alive = folder / f".a.json.{os.getpid()}.tmp"
    for path in (dead, alive, folder / "a.json"):
        path.write_bytes(b"{}")
    clear_temporaries(tmp_path)
    assert not dead.exists()
    assert alive.exists()
    assert (folder / "a.json").exists()
