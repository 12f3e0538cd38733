"""The imported listening history: columns in one .npz file, beside who is played in it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segue.errors import NewerSchemaError
from segue.playlists.listening import Listening
from segued.store.files import last_good, read_with_last_good, write_atomically

SCHEMA = 1
_COLUMNS = {
    "track": np.int32,
    "played_at": np.float64,
    "ms_played": np.int32,
    "skipped": np.int8,
}


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Imported plays, and the title and first artist of each of `listening.track_ids`."""

    listening: Listening
    titles: tuple[str, ...]
    artists: tuple[str, ...]


class HistoryStore:
    """`history.npz`. A `put` is on disk when it returns, whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.warning: str | None = None

    def get(self) -> History | None:
        """The imported history, or None where nothing was imported."""
        history, restored = read_with_last_good(self._path, _parse)
        if restored:
            self.warning = (
                f"{self._path} was broken and has been restored from its last good copy; "
                "import the latest history again"
            )
        return history

    def put(self, history: History) -> None:
        """Replace the imported history."""
        listening = history.listening
        arrays: dict[str, NDArray[np.generic]] = {
            name: getattr(listening, name).astype(kind) for name, kind in _COLUMNS.items()
        }
        arrays["schema"] = np.array([SCHEMA], dtype=np.int32)
        for name, texts in (
            ("track_ids", listening.track_ids),
            ("titles", history.titles),
            ("artists", history.artists),
        ):
            arrays[name] = np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)
        packed = io.BytesIO()
        np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]  # its stub knows one kind
        write_atomically(self._path, packed.getvalue())

    def count_before(self, moment: datetime) -> int:
        """How many imported plays are older than a moment."""
        history = self.get()
        if history is None:
            return 0
        return int((history.listening.played_at < moment.timestamp()).sum())

    def drop_before(self, moment: datetime) -> int:
        """Forget plays from before a moment (the retention limit); how many went.

        The copy from before the last write is forgotten too.
        """
        history = self.get()
        if history is None or not (count := self.count_before(moment)):
            return 0
        kept = history.listening.take(history.listening.played_at >= moment.timestamp())
        self.put(replace(history, listening=kept))
        last_good(self._path).unlink(missing_ok=True)
        return count


def one_line(text: str) -> str:
    """A text without line breaks, as the store keeps it."""
    return " ".join(text.split())


def _parse(data: bytes) -> History:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            schema = int(arrays["schema"][0])
            if schema > SCHEMA:
                raise NewerSchemaError(
                    f"the imported history was written by a newer Segue (schema {schema}, this "
                    f"one reads up to {SCHEMA}); update Segue"
                )
            ids, titles, artists = (
                _texts(arrays[name]) for name in ("track_ids", "titles", "artists")
            )
            columns = {name: arrays[name].astype(kind) for name, kind in _COLUMNS.items()}
    except (KeyError, IndexError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"no listening history in it: {error}") from error
    if not len(ids) == len(titles) == len(artists) > int(columns["track"].max(initial=-1)):
        raise ValueError("its columns do not belong together")
    if len({column.size for column in columns.values()}) != 1:
        raise ValueError("its columns have different lengths")
    return History(Listening(ids, **columns), titles, artists)


def _texts(array: NDArray[np.uint8]) -> tuple[str, ...]:
    text = array.astype(np.uint8).tobytes().decode()
    return tuple(text.split("\n")) if text else ()
