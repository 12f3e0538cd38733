"""Writing a file so that a kill at any moment leaves the old one or the new one, never a mix."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import logging
import os
import pwd
import re
import shlex
import shutil
import stat
import sys
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote

from segue.errors import DataError, StoreError

log = logging.getLogger(__name__)

Parsed = TypeVar("Parsed")

_LONGEST_NAME = 160
_TEMPORARY = re.compile(r"\..+\.(\d+)\.tmp")


def last_good(path: Path) -> Path:
    """Where the copy of `path` before its last write is kept."""
    return path.with_name(path.name + ".last-good")


def file_name(identifier: str, suffix: str = ".json") -> str:
    """A file name for an id that came from outside: nothing in it can leave the folder.

    One too long for a file system is cut, and distinguished by a checksum.
    """
    name = quote(identifier, safe="")
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{hashlib.sha256(identifier.encode()).hexdigest()[:16]}"
    return name + suffix


def signature(path: Path) -> Hashable:
    """Something else whenever a file, or any file in a folder, was written; None for nothing."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return tuple((child.name, signature(child)) for child in sorted(path.iterdir()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def file_mark(name: str | Path) -> str:
    """Something else whenever a file of the user's own was written. A folder's does not change: no
    file is looked for in it, however many there may be."""
    try:
        found = Path(name).stat()
    except (OSError, ValueError):
        return repr(None)
    if not stat.S_ISREG(found.st_mode):
        return repr(stat.S_IFMT(found.st_mode))
    return repr((found.st_ino, found.st_mtime_ns, found.st_size))


def read_file(path: Path, most: int) -> bytes:
    """The content of a file of the user's own.

    Raises OSError, and DataError, as "it is …", for one of more than `most` bytes and for what is
    none, such as a pipe, which may never end.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise DataError("it is no file")
    if found.st_size > most:
        raise DataError(f"it is larger than {most // 1_000_000} MB")
    return path.read_bytes()


@cache
def program_signature() -> str:
    """Something else whenever a module of Segue, or the version of a library beside it, is another
    than when this process began."""
    found = hashlib.sha256()
    packages = {Path(sys.modules[name].__path__[0]) for name in ("segue", "segued")}
    for path in sorted(path for package in packages for path in package.rglob("*.py")):
        there = path.stat()
        found.update(f"{path} {there.st_size} {there.st_mtime_ns}\n".encode())
    for folder in sys.path:
        with contextlib.suppress(OSError):
            names = sorted(each.name for each in Path(folder).glob("*.dist-info"))
            found.update("\n".join(names).encode())
    return found.hexdigest()


def private_folder(folder: Path) -> Path:
    """Create a folder that only its owner may enter (0700), with its parents."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
        if found.st_uid != os.geteuid():
            raise StoreError(_belongs_to(folder, found.st_uid))
        if found.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be used as a folder for Segue's state ({error.strerror}); "
            "check who owns it or set STATE_DIRECTORY"
        ) from error
    return folder


def write_atomically(
    path: Path,
    data: bytes | Callable[[BinaryIO], object],
    *,
    keep_previous: bool = True,
    mode: int = 0o600,
) -> None:
    """Replace `path` by `data`, whole or not at all; of `mode` the umask leaves what it leaves.

    `data` may be what writes it. The bytes go to a temporary file beside it, are fsynced, and take
    the name in one rename; the folder is fsynced too. The file that was there stays as
    NAME.last-good.

    Raises StoreError when the disk is full or the folder cannot be written.
    """
    # Names are strings here: as Paths they take a tenth of a write of 400 KB.
    folder, name = os.path.split(path)
    hidden = os.path.join(folder, f".{name}")
    temporary = f"{hidden}.{os.getpid()}.tmp"
    try:
        # In a folder of others, a link that was laid there must not lead to another file.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        descriptor = os.open(temporary, flags, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data) if isinstance(data, bytes) else data(file)
            file.flush()
            os.fsync(file.fileno())
        if keep_previous:
            _keep(path, f"{hidden}.previous.{os.getpid()}.tmp")
        os.replace(temporary, path)
        sync_folder(folder or os.curdir)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if not isinstance(error, OSError):
            raise
        raise StoreError(
            f"{path}: cannot be written ({error.strerror}); what was there before is untouched"
        ) from error


def remove(path: Path) -> None:
    """Remove a file and its last good copy for good, as a logout must."""
    try:
        last_good(path).unlink(missing_ok=True)  # first, or a kill between would restore it
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"{path}: cannot be removed ({error.strerror})") from error


def read_with_last_good(path: Path, parse: Callable[[bytes], Parsed]) -> tuple[Parsed | None, bool]:
    """Read and parse `path`; where that fails, put its last good copy back and parse that.

    `parse` raises ValueError for broken bytes. Returns what was parsed (None where there never
    was a file) and whether the last good copy had to be restored; the broken file then stays
    beside it as NAME.broken, and a warning is logged.

    Raises StoreError when neither can be read; a NewerSchemaError of `parse` goes through.
    """
    problem: Exception
    try:
        return parse(path.read_bytes()), False
    except FileNotFoundError as error:
        if not last_good(path).exists():
            return None, False
        problem = error
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        problem = error
    try:
        data = last_good(path).read_bytes()
        parsed = parse(data)
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path}: is broken ({problem}) and {last_good(path).name} cannot stand in ({error}); "
            "put a backup there, or move the file away to start afresh"
        ) from error
    if path.exists():
        path.replace(path.with_name(path.name + ".broken"))
    write_atomically(path, data, keep_previous=False)
    log.warning("%s; the latest changes may be missing", restored_words(path))
    return parsed, True


def restored_words(path: Path) -> str:
    """What happened to a file that was restored."""
    return f"{path} was broken or gone and has been restored from its last good copy"


def clear_temporaries(folder: Path) -> None:
    """Remove what killed writers left behind in a folder and those in it.

    A living process's files stay, and so does what may not be removed.
    """
    for path in folder.rglob(".*.tmp"):
        _clear(path)


def clear_temporaries_of(path: Path) -> None:
    """Remove what killed writers of one file left behind, in a folder that is not the state's."""
    for temporary in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        _clear(temporary)


def _clear(temporary: Path) -> None:
    found = _TEMPORARY.fullmatch(temporary.name)
    if found and not temporary.is_dir() and not _alive(int(found[1])):
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path | str) -> None:
    """Make renames and removals in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _belongs_to(folder: Path, owner_id: int) -> str:
    try:
        owner = pwd.getpwuid(owner_id).pw_name
    except KeyError:
        owner = f"#{owner_id}"
    return (
        f"{folder}: this state is the user {owner}'s, and only that user may work on it; run "
        f"`sudo -u {shlex.quote(owner)} env STATE_DIRECTORY={shlex.quote(str(folder))} segue …`"
    )


def _keep(path: Path, link: str) -> None:
    """Let the last good copy be what `path` is now, by way of another name."""
    try:
        os.link(path, link)
    except FileNotFoundError:
        return
    except OSError:  # left by a killed process, or a file system without hard links: a copy will do
        with contextlib.suppress(FileNotFoundError):
            os.unlink(link)
        shutil.copy2(path, link)
    os.replace(link, f"{path}.last-good")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
