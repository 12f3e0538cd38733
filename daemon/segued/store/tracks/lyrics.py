"""What is known of a track's lyrics, when to ask again, and the vectors of texts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import orjson
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from segue.errors import NewerSchemaError, StoreError, UsageError
from segued.store.files.atomic import (
    file_name,
    last_good,
    private_folder,
    read_with_last_good,
    write_atomically,
)
from segued.store.files.format import encode, sealed, unsealed
from segued.store.files.storage import WorkStore

LyricStatus = Literal["found", "instrumental", "none"]


@dataclass(frozen=True, slots=True)
class LyricRecord:
    """One track's lyrics. "none" means that every source said it has none, never that one failed.

    `text` is kept only where the configuration says so. `language` is an ISO 639-1 code.
    `valence` (−1..1) and `polarity` belong to the head named in `head`. `encoder` is the key of
    the encoder card whose matrix holds the track's vector. `rules` says by which rules
    (`segue.lyrics.notes.RULES`) the words were distinguished from notes.
    """

    status: LyricStatus
    source: str
    fetched_at: datetime
    ask_again_at: datetime | None = None
    language: str | None = None
    text: str | None = None
    encoder: str | None = None
    valence: float | None = None
    polarity: Literal["negative", "neutral", "positive"] | None = None
    head: str | None = None
    rules: int = 1


class LyricStore(WorkStore):
    """`lyrics.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._records = self._file.documents("lyrics")
        self._encoders = self._file.documents("encoders")

    def records(self) -> Mapping[str, LyricRecord]:
        """Every record by track id, as of now; each is built when first asked for."""
        return self._values(self._records, LyricRecord, "lyrics")

    def put(self, records: Mapping[str, LyricRecord]) -> None:
        """Insert or replace records by track id."""
        self._records.put({track_id: encode(record) for track_id, record in records.items()})

    def drop(self, track_ids: Iterable[str]) -> None:
        """Forget tracks."""
        self._records.drop(list(track_ids))

    def drop_notes(self) -> int:
        """Judge stored words again where today's rules did not yet; how many were no lyrics.

        A note that a song has no words makes it an instrumental; after one that the words are
        missing the track is asked about anew. Committed.
        """
        from segue.lyrics.notes import LONGEST, RULES, placeholder  # its patterns take time

        judged: dict[str, LyricRecord] = {}
        missing = []
        for track_id, record in self.records().items():
            if record.status != "found" or record.text is None or record.rules >= RULES:
                continue
            kind = placeholder(record.text) if len(record.text) <= 2 * LONGEST else None
            if kind == "missing":
                missing.append(track_id)
            elif kind == "instrumental":
                judged[track_id] = replace(
                    record,
                    status="instrumental",
                    text=None,
                    language=None,
                    encoder=None,
                    valence=None,
                    polarity=None,
                    head=None,
                    rules=RULES,
                )
            else:
                judged[track_id] = replace(record, rules=RULES)
        if judged or missing:
            self.put(judged)
            self.drop(missing)
            self.commit()
        return len(missing) + sum(record.status == "instrumental" for record in judged.values())

    def encoder_key(self, choice: str) -> str | None:
        """The key of the encoder that a choice was last seen to load, or None."""
        document = self._encoders.find(choice)
        return None if document is None else str(document["key"])

    def stand_in(self, choice: str) -> str | None:
        """The name of the encoder that was last loaded in place of a choice, or None."""
        document = self._encoders.find(choice)
        return None if document is None else document.get("stand_in")

    def set_encoder_key(self, choice: str, key: str, stand_in: str | None = None) -> None:
        """Remember which encoder a choice loads, so that it need not be loaded to know; `stand_in`
        is the name of the one that was loaded in its place."""
        named = {} if stand_in is None else {"stand_in": stand_in}
        self._encoders.put({choice: {"key": key, **named}})


SCHEMA = 1
TAIL_ROWS = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Rows by track: `matrix` (n_tracks, dim) float32, row i belongs to `track_ids[i]`."""

    track_ids: tuple[str, ...]
    matrix: NDArray[np.float32]

    def rows(self) -> Mapping[str, int]:
        """The row of each track id."""
        return {track_id: row for row, track_id in enumerate(self.track_ids)}


class VectorStore:
    """The folder of matrices. Every `put` is on disk when it returns, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = private_folder(folder)
        self.warnings: list[str] = []

    def get(self, kind: str, encoder: str) -> Vectors | None:
        """The matrix of a kind made by the encoder with that key, or None where there is none."""
        parts = [
            part
            for name in ("", ".tail")
            if (part := self._read(self._path(kind, encoder, name))) is not None
        ]
        if not parts:
            return None
        return _merged(parts)

    def put(self, kind: str, encoder: str, vectors: Vectors) -> None:
        """Add rows, or replace those of tracks that are there already.

        Raises UsageError when the rows are of another length than those that are there.
        """
        if len(vectors.track_ids) != len(vectors.matrix):
            raise UsageError(
                f"{len(vectors.track_ids)} track ids cannot name {len(vectors.matrix)} vectors"
            )
        tail_path = self._path(kind, encoder, ".tail")
        tail = self._read(tail_path)
        grown = vectors if tail is None else _merged([tail, vectors])
        if len(grown.track_ids) < TAIL_ROWS:
            self._write(tail_path, grown)
            return
        main_path = self._path(kind, encoder, "")
        main = self._read(main_path)
        self._write(main_path, grown if main is None else _merged([main, grown]))
        # A kill in between leaves the tail's rows in both: merging them again changes nothing.
        self._write(tail_path, Vectors((), grown.matrix[:0]))

    def keys(self, kind: str) -> tuple[str, ...]:
        """The encoders whose matrices of a kind are kept."""
        names = {
            path.name.removesuffix(".safetensors") for path in self._folder.glob("*.safetensors")
        }
        prefix = f"{kind}."
        return tuple(
            sorted(
                {
                    n.removeprefix(prefix).removesuffix(".tail")
                    for n in names
                    if n.startswith(prefix)
                }
            )
        )

    def _path(self, kind: str, encoder: str, suffix: str) -> Path:
        return self._folder / file_name(f"{kind}.{encoder}{suffix}", ".safetensors")

    def _read(self, path: Path) -> Vectors | None:
        try:
            vectors, restored = read_with_last_good(path, _parse)
        except NewerSchemaError:
            raise
        except StoreError:
            if path.exists() and not os.access(path, os.R_OK):
                raise
            # Every row can be made again, so none of them is worth ending a command for.
            with contextlib.suppress(OSError):
                last_good(path).unlink(missing_ok=True)
                path.replace(path.with_name(f"{path.name}.broken"))
            self.warnings.append(f"{path} was broken; its vectors are lost and will be made again")
            return None
        if restored:
            self.warnings.append(
                f"{path} was broken and has been restored from its last good copy; "
                "the latest vectors may be missing and will be made again"
            )
        return vectors

    def _write(self, path: Path, vectors: Vectors) -> None:
        header = orjson.dumps({"schema": SCHEMA, "track_ids": vectors.track_ids}).decode()
        matrix = np.ascontiguousarray(vectors.matrix, dtype=np.float32)
        write_atomically(path, sealed(save({"matrix": matrix}, metadata={"segue": header})))


def _parse(data: bytes) -> Vectors:
    data = unsealed(data)
    try:
        matrix = load(data)["matrix"]
        length = int.from_bytes(data[:8], "little")
        header = orjson.loads(orjson.loads(data[8 : 8 + length])["__metadata__"]["segue"])
        schema, track_ids = header["schema"], tuple(header["track_ids"])
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"no matrix of vectors in it: {error}") from error
    if schema > SCHEMA:
        raise NewerSchemaError(
            f"the vectors were written by a newer Segue (schema {schema}, this one reads up to "
            f"{SCHEMA}); update Segue, or point it at another state folder"
        )
    if len(track_ids) != len(matrix):
        raise ValueError(f"{len(track_ids)} track ids for {len(matrix)} vectors")
    return Vectors(track_ids, matrix)


def _merged(parts: list[Vectors]) -> Vectors:
    """One matrix of several; a later row of a track replaces an earlier one."""
    dims = {part.matrix.shape[1] for part in parts if len(part.track_ids)}
    if len(dims) > 1:
        raise UsageError(
            f"vectors of {' and '.join(map(str, sorted(dims)))} values cannot be kept together"
        )
    row_of: dict[str, int] = {}
    offset = 0
    for part in parts:
        row_of.update({track_id: offset + i for i, track_id in enumerate(part.track_ids)})
        offset += len(part.track_ids)
    stacked = np.concatenate(
        [part.matrix for part in parts if len(part.track_ids)] or [parts[0].matrix]
    )
    return Vectors(tuple(row_of), stacked[list(row_of.values())])
