"""What a table says of its tracks and what it does not, so that nothing is reported of a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segue.errors import DataError
from segue.music.features import ABSTRACT
from segue.sequencing.report import Report, Value
from segue.sequencing.songs import Songs
from segue.tables.headings import usual_names
from segue.tables.reading import TrackTable

_NEEDED = {"title": "titles", "artist": "artists", "duration_ms": "durations"}


@dataclass(frozen=True, slots=True)
class Known:
    """Sentences on what could not be read, and the figures that would need it."""

    notes: tuple[str, ...]
    figures: frozenset[str]

    def without_guesses(self, report: Report, placed: Songs) -> Report:
        """A report in which the figures that need what is not known are None."""
        kept: Report = {}
        for name, value in report.items():
            if isinstance(value, Mapping):
                kept[name] = {key: self._figure(key, each) for key, each in value.items()}
            else:
                kept[name] = self._figure(name, value)
        if (placed.duration_ms <= 0).any():
            kept["duration_ms"] = None
        return kept

    def _figure(self, name: str, value: Value) -> Value:
        return None if name.removesuffix("_mean").removesuffix("_sd") in self.figures else value


def what_is_known(table: TrackTable, songs: Songs) -> Known:
    """What can be said of a table's rows.

    Raises DataError, naming the columns found and those wanted, where there is nothing to order
    them by.
    """
    sounds = bool(
        np.isfinite(songs.features).any()
        or (songs.tempo > 0).any()
        or ((songs.key >= 0) & (songs.mode >= 0)).any()
    )
    artists, albums = bool((songs.artist >= 0).any()), bool((songs.album >= 0).any())
    if not sounds and not artists and not albums:
        raise DataError(
            f"{table.path}: nothing in it tells how to order its tracks. It has "
            f"{table.headings()}; wanted are audio features ({', '.join(ABSTRACT)}), tempo, key "
            "and mode, or artists. Name columns with --columns energy=THEIRS"
            + "".join(f". {note}" for note in table.notes()[:3])
        )
    notes = list(table.notes())
    if not sounds:
        notes.append(
            "No audio feature, key or tempo could be read, so only artists and albums are kept "
            f"apart; the columns are {table.headings()}"
        )
    for name, noun in _NEEDED.items():
        missing = _missing(table, songs, name)
        if missing == len(songs):
            notes.append(f"No {noun} could be read (looked for {usual_names(name)})")
        elif missing:
            rows = "1 row" if missing == 1 else f"{missing:,} rows"
            notes.append(f"{rows} without {noun} that could be read")
    figures = {"artist_adjacency"} if not artists else set[str]()
    return Known(tuple(notes), frozenset(figures | ({"album_adjacency"} if not albums else set())))


def _missing(table: TrackTable, songs: Songs, name: str) -> int:
    if name == "duration_ms":
        return int((songs.duration_ms <= 0).sum())
    if name not in table.frame.columns:
        return len(songs)
    return table.frame[name].null_count()
