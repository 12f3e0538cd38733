"""The source "audio": the listener's own files, matched by their tags and analysed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from segue.errors import DataError
from segue.music.track import Artist, Recordings, Track
from segued.providers.audio.analysis import analyse, require_librosa
from segued.providers.audio.tags import IndexedFile, refreshed_index
from segued.providers.features.source import Found

_log = logging.getLogger(__name__)

INDEX_FILE = "audio-files.json"


class AudioFiles:
    """Features of tracks that lie as files in a folder.

    The folder is looked through when the source is made: `changed` says whether any file came,
    went or changed since, so that tracks which had no file then are looked for again.
    """

    name = "audio"
    batch_size = 4

    def __init__(self, files: Sequence[IndexedFile], *, changed: bool) -> None:
        self.changed = changed
        self._recordings = Recordings(
            _as_track(file) for file in files if file.tags.title or file.tags.isrc
        )

    @classmethod
    def of_folder(cls, folder: Path, state_folder: Path) -> AudioFiles:
        """The files of a folder; the index of their tags is kept in the state folder.

        Raises UsageError where the extra `audio` is missing, DataError without such a folder.
        """
        require_librosa()
        files, changed = refreshed_index(folder.expanduser(), state_folder / INDEX_FILE)
        return cls(files, changed=changed)

    def fetch(
        self, tracks: Sequence[Track], analysed: Callable[[Path], Found] = analyse
    ) -> Mapping[str, Found]:
        """See `FeatureSource.fetch`. A file that cannot be decoded is warned of and passed over."""
        found: dict[str, Found] = {}
        for track in tracks:
            file = self._recordings.original_of(track)
            if file is None:
                continue
            try:
                found[track.id] = analysed(Path(file.id))
            except DataError as error:
                _log.warning("%s", error)
        return found


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
