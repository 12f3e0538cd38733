"""One service a state folder: a lock held as long as it lives, by which others see that it does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from segue.errors import LockedError
from segued.store.files import private_folder
from segued.store.lock import taken

_NAME = "service.lock"


@contextlib.contextmanager
def service_lock(folder: Path) -> Iterator[None]:
    """Be the service of a state folder. Raises LockedError where another one is."""
    descriptor = os.open(private_folder(folder) / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not taken(descriptor):
            raise LockedError(
                f"another segued (process {_holder(descriptor)}) already looks after {folder}; "
                "`segue status` shows how it stands"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def service_process(folder: Path) -> int | None:
    """The process id of the service that looks after a folder, or None where none does."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDWR)
    except OSError:
        return None
    try:
        if taken(descriptor):
            return None
        return int(_holder(descriptor) or 0)
    except ValueError:
        return None
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode(errors="replace")
