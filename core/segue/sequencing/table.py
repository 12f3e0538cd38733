"""Songs from a table of tracks with canonical column names, one row a track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.music.features import ABSTRACT, DISCO, AudioFeatures, Scaling
from segue.sequencing.songs import Songs, songs_of

if TYPE_CHECKING:
    import polars as pl


def songs_of_table(frame: pl.DataFrame, scaling: Scaling = DISCO) -> Songs:
    """The songs of a table; a column it lacks is unknown for every track.

    Columns: the abstract features by name, `key`, `mode`, `tempo`, `duration_ms`, `artist`,
    and `album_id` or `album`.
    """
    count = frame.height
    numbers = {name: _numbers(frame, name) for name in (*ABSTRACT, "tempo")}
    key, mode = _whole(frame, "key"), _whole(frame, "mode")
    rows = [
        AudioFeatures(
            **{name: float(numbers[name][i]) for name in ABSTRACT},
            key=int(key[i]),
            mode=int(mode[i]),
            tempo=float(numbers["tempo"][i]),
        )
        for i in range(count)
    ]
    return songs_of(
        rows,
        artists=[name.casefold() for name in _texts(frame, "artist")],
        albums=_texts(frame, "album_id" if "album_id" in frame.columns else "album"),
        duration_ms=[max(int(value), 0) for value in _whole(frame, "duration_ms")],
        scaling=scaling,
    )


def _numbers(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    return np.asarray(frame[name].fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _whole(frame: pl.DataFrame, name: str) -> NDArray[np.int64]:
    values = _numbers(frame, name)
    return np.where(np.isfinite(values), np.rint(np.nan_to_num(values)), -1).astype(np.int64)


def _texts(frame: pl.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * frame.height
    return [str(value) for value in frame[name].fill_null("").to_list()]
