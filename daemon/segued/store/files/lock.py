"""Locks the kernel lets go when their holder dies: one writer at a time, one service a folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

from segue.errors import LockedError, StoreError
from segued.config.schedule.zone import local_time
from segued.store.files.atomic import private_folder

_POLL_SECONDS = 0.05
_NAME = "service.lock"


@contextlib.contextmanager
def writer_lock(folder: Path, who: str, wait_seconds: float) -> Iterator[None]:
    """Hold the right to change the state in `folder`.

    `who` is the command, for the message another process gives meanwhile. The lock is the
    kernel's (flock), so a dead process cannot hold it; the file says only who has it.

    Raises LockedError with pid, command and since when, after `wait_seconds` of waiting, and
    StoreError where the folder cannot be written to.
    """
    path = private_folder(folder) / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened ({error.strerror})") from error
    try:
        deadline = time.monotonic() + wait_seconds
        while not taken(descriptor):
            if time.monotonic() >= deadline:
                raise LockedError(_message(path, descriptor))
            time.sleep(_POLL_SECONDS)
        _say_who(path, descriptor, who)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Hold a file's lock for a moment, waiting for whoever has it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened ({error.strerror})") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def taken(descriptor: int) -> bool:
    """Take the lock of an open file, if nobody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say_who(path: Path, descriptor: int, who: str) -> None:
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, orjson.dumps({"pid": os.getpid(), "command": who}), 0)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written ({error.strerror}), so nothing else of the state "
            "could be either; nothing was begun"
        ) from error


def _message(path: Path, descriptor: int) -> str:
    since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    try:
        holder = orjson.loads(os.pread(descriptor, 4096, 0))
        who = f"`{holder['command']}` (process {holder['pid']})"
    except (ValueError, KeyError, TypeError):
        who = "another process"
    return (
        f"{who} has been writing to {path.parent} since {local_time(since)}; "
        "wait for it to end and try again"
    )


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
