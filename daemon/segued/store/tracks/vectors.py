"""Vectors by track: one float32 matrix a kind and encoder, beside the ids of its rows.

What was added since the last merge lies in a small second file, so that a checkpoint writes that
and not the whole matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from segue.errors import NewerSchemaError, UsageError
from segued.store.files.atomic import (
    file_name,
    private_folder,
    read_with_last_good,
    write_atomically,
)

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
        vectors, restored = read_with_last_good(path, _parse)
        if restored:
            self.warnings.append(
                f"{path} was broken and has been restored from its last good copy; "
                "the latest vectors may be missing and will be made again"
            )
        return vectors

    def _write(self, path: Path, vectors: Vectors) -> None:
        header = orjson.dumps({"schema": SCHEMA, "track_ids": vectors.track_ids}).decode()
        matrix = np.ascontiguousarray(vectors.matrix, dtype=np.float32)
        write_atomically(path, save({"matrix": matrix}, metadata={"segue": header}))


def _parse(data: bytes) -> Vectors:
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
