"""Audio files of the user: matched to tracks by their tags, and analysed."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import orjson

from segue.errors import DataError, StoreError, UsageError
from segue.music.track import Artist, Recordings, Track
from segued.config.secrets import expanded
from segued.providers.audio.analysis import analyse, require_librosa
from segued.providers.encoders.onnx import Notes
from segued.providers.features.source import Found
from segued.store.files.atomic import write_atomically
from segued.store.files.format import signed, unsigned

_log = logging.getLogger(__name__)

INDEX_FILE = "audio-files.json"


class AudioFiles:
    """Features of tracks that lie as files in a folder.

    The folder is looked through when the source is made: `changed` says whether any file came,
    went or changed since, so that tracks which had no file then are looked for again.
    """

    name = "audio"
    batch_size = 4
    at_once = 1

    notes: Notes | None = None
    """What hears the notes that tell the key; None takes librosa's chroma."""

    def __init__(self, files: Sequence[IndexedFile], *, changed: bool) -> None:
        self.changed = changed
        self._own = OwnFiles(files)

    @classmethod
    def of_folder(
        cls, folder: Path, state_folder: Path, on_change: Callable[[], None] | None = None
    ) -> AudioFiles:
        """The files of a folder; the index of their tags is kept in the state folder, once
        `on_change` has seen to what a change of it asks for.

        Raises UsageError where the extra `audio` is missing, DataError without such a folder.
        """
        require_librosa()
        index_file = state_folder / INDEX_FILE
        files, changed = refreshed_index(expanded(folder), index_file, on_change=on_change)
        return cls(files, changed=changed)

    def has(self, track: Track) -> bool:
        """Whether a file is this track."""
        return self._own.path_of(track) is not None

    def fetch(
        self, tracks: Sequence[Track], analysed: Callable[..., Found] = analyse
    ) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. A file that cannot be decoded is warned of and passed over."""
        found: dict[str, Found] = {}
        heard = {} if self.notes is None else {"notes": self.notes}
        for track in tracks:
            path = self._own.path_of(track)
            if path is None:
                continue
            try:
                found[track.id] = analysed(Path(path), **heard)
            except DataError as error:
                _log.warning("%s", error)
        return found


class OwnFiles:
    """Which file of the user's own a track is: by ISRC, or by title, artist and duration."""

    def __init__(self, files: Sequence[IndexedFile]) -> None:
        self._recordings = Recordings(
            _as_track(file) for file in files if file.tags.title or file.tags.isrc
        )
        self._versions = {file.path: f"{file.size}.{file.mtime_ns}" for file in files}

    @classmethod
    def of_folder(cls, folder: Path, state_folder: Path, *, keep: bool) -> OwnFiles:
        """The files of a folder, see `AudioFiles.of_folder`; `keep`: also keep their index.

        Raises UsageError where tags cannot be read here, DataError without such a folder.
        """
        if find_spec("mutagen") is None:
            raise UsageError(
                "matching your own files needs mutagen; run: pip install 'segue[audio]', or take "
                "[features] audio_folder out"
            )
        index_file = state_folder / INDEX_FILE
        return cls(refreshed_index(expanded(folder), index_file, keep=keep)[0])

    def path_of(self, track: Track) -> str | None:
        """The path of the file that is this track."""
        file = self._recordings.original_of(track)
        return None if file is None else file.id

    def version_of(self, path: str) -> str:
        """What changes whenever the file at a path does."""
        return self._versions[path]


def _as_track(file: IndexedFile) -> Track:
    """A file as a track whose id is its path, for comparing recordings."""
    return Track(
        id=file.path,
        title=file.tags.title,
        artists=tuple(Artist(name) for line in file.tags.artists for name in _credited(line)),
        duration_ms=file.tags.duration_ms,
        isrc=file.tags.isrc or None,
    )


def _credited(line: str) -> tuple[str, ...]:
    """The line as it stands, and its parts: taggers join artists in many ways, bands hold an &."""
    parts = [part.strip() for mark in (";", "/", ",", "&") for part in line.split(mark)]
    return tuple(dict.fromkeys(name for name in (line.strip(), *parts) if name))


SUFFIXES = frozenset(
    {".mp3", ".flac", ".ogg", ".opus", ".wav", ".m4a", ".aac", ".aif", ".aiff", ".wma"}
)
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of itself. `title` is empty where it has no tags; `isrc` may be."""

    title: str = ""
    artists: tuple[str, ...] = ()
    isrc: str = ""
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file's tags and the version of it they were read from."""

    path: str
    mtime_ns: int
    size: int
    tags: Tags


def audio_files(folder: Path) -> Iterator[Path]:
    """Every audio file below a folder, by name; hidden ones and links to folders are passed over.

    Raises DataError where there is no such folder.
    """
    if not folder.is_dir():
        raise DataError(
            f"there is no folder {folder}; check [features] audio_folder in the configuration"
        )
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.casefold() in SUFFIXES:
                yield Path(parent) / name


def refreshed_index(
    folder: Path,
    index_file: Path,
    read: Callable[[Path], Tags] | None = None,
    *,
    keep: bool = True,
    on_change: Callable[[], None] | None = None,
) -> tuple[tuple[IndexedFile, ...], bool]:
    """The index of a folder as it is now, and whether it changed since it was kept.

    Only files that are new or changed (by time and size) are read. A file whose tags cannot be
    read is passed over with a warning, and tried again when it changes. `keep`: keep it as it is
    now, after which nothing of it counts as changed; `on_change` is called before that, so that
    a kill in between loses no change.
    """
    reader = read or read_tags
    before = _kept(index_file)
    now: dict[str, IndexedFile] = {}
    for path in audio_files(folder):
        try:
            stat = path.stat()
        except OSError as error:
            _log.warning("%s: passed over: %s", path, error)
            continue
        known = before.get(str(path))
        if known is None or (known.mtime_ns, known.size) != (stat.st_mtime_ns, stat.st_size):
            known = IndexedFile(str(path), stat.st_mtime_ns, stat.st_size, _tags(path, reader))
        now[str(path)] = known
    changed = now != before
    if changed and keep:
        if on_change is not None:
            on_change()
        document = {"schema_version": _SCHEMA, "files": [asdict(file) for file in now.values()]}
        write_atomically(index_file, signed(orjson.dumps(document)))
    return tuple(now.values()), changed


def is_indexed(folder: Path, state_folder: Path) -> bool:
    """Whether the index is that of the folder as it is now: no file came, went or changed."""
    kept = _kept(state_folder / INDEX_FILE).values()
    return {(file.path, file.mtime_ns, file.size) for file in kept} == set(_versions(folder))


def _versions(folder: Path) -> Iterator[tuple[str, int, int]]:
    folder = expanded(folder)
    for path in audio_files(folder) if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size


def _tags(path: Path, read: Callable[[Path], Tags]) -> Tags:
    try:
        return read(path)
    except DataError as error:
        _log.warning("%s", error)
        return Tags()


def read_tags(path: Path) -> Tags:
    """The tags of a file, whatever its format. Raises DataError where they cannot be read."""
    import mutagen

    try:
        easy = mutagen.File(path, easy=True)
    except (mutagen.MutagenError, OSError, ValueError) as error:
        raise DataError(f"{path}: its tags cannot be read ({error}); passed over") from error
    if easy is None:
        raise DataError(f"{path}: no audio file that is known here; passed over")
    length = float(getattr(easy.info, "length", 0.0) or 0.0)
    tags = easy.tags if easy.tags is not None else {}
    return Tags(
        title=_first(tags, "title", "TIT2"),
        artists=tuple(_all(tags, "artist", "TPE1")),
        isrc=_first(tags, "isrc", "TSRC"),
        duration_ms=round(length * 1000),
    )


def _all(tags: Mapping[str, object], *names: str) -> list[str]:
    """The values of the first tag there is, of its plain or its ID3 name (WAV and AIFF)."""
    for name in names:
        try:
            found = tags.get(name)
        except (KeyError, ValueError):
            continue
        values = found if isinstance(found, list) else getattr(found, "text", None)
        if values:
            return [text for value in values if (text := str(value).strip())]
    return []


def _first(tags: Mapping[str, object], *names: str) -> str:
    return next(iter(_all(tags, *names)), "")


def _kept(index_file: Path) -> Mapping[str, IndexedFile]:
    """The index as it was kept; nothing where there is none or it cannot be used any more."""
    try:
        document = orjson.loads(unsigned(index_file.read_bytes()))
        if document["schema_version"] != _SCHEMA:
            return {}
        files = (
            IndexedFile(
                path=str(row["path"]),
                mtime_ns=int(row["mtime_ns"]),
                size=int(row["size"]),
                tags=Tags(
                    title=str(row["tags"]["title"]),
                    artists=tuple(str(name) for name in row["tags"]["artists"]),
                    isrc=str(row["tags"]["isrc"]),
                    duration_ms=int(row["tags"]["duration_ms"]),
                ),
            )
            for row in document["files"]
        )
        return {file.path: file for file in files}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"{index_file}: cannot be read: {error}") from error
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        # It only saves reading the tags again.
        _log.warning("%s: cannot be understood; the tags are read anew", index_file)
        return {}
