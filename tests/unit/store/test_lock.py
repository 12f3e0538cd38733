from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segue.errors import LockedError, StoreError
from segued.store.files.lock import writer_lock

HOLD = """
import sys, time
from pathlib import Path
from segued.store.files.lock import writer_lock
with writer_lock(Path(sys.argv[1]), "segue sync", 0):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    with child:
        child.kill()


def test_a_held_lock_says_who_holds_it_and_since_when(tmp_path: Path) -> None:
    child = holder(tmp_path)
    try:
        with (
            pytest.raises(
                LockedError, match=rf"`segue sync` \(process {child.pid}\).*since \w{{3}} \d\d "
            ),
            writer_lock(tmp_path, "segue refresh", 0.1),
        ):
            pass
    finally:
        end(child)


def test_a_dead_process_holds_no_lock(tmp_path: Path) -> None:
    child = holder(tmp_path)
    end(child)
    with writer_lock(tmp_path, "segue refresh", 0):
        pass


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), writer_lock(tmp_path, "a", 0):
        raise KeyError
    with writer_lock(tmp_path, "b", 0):
        pass


def test_a_full_disk_is_said_before_anything_is_begun(tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StoreError, match="No space left"), writer_lock(tmp_path, "test", 0):
        pytest.fail("the lock was given")
