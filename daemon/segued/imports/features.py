"""Importing tables of audio features: checked, kept under a name, and looked up at once."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from segue.errors import DataError, UsageError
from segue.tables.reading import read_table
from segued.providers.features.source import Found, filled
from segued.providers.features.table import Table, Tables, feature_rows
from segued.store.plays import one_line
from segued.store.state import State
from segued.store.tracks.features import ImportedTable, KnownFeatures

SOURCE = Tables.name


@dataclass(frozen=True, slots=True)
class FeaturesImported:
    """What an import took in: `table`, in the place of `replaced` if there was one of its name.

    Of the library's `tracks` it has `known`. `notes` say what could not be read.
    """

    table: ImportedTable
    rows: int
    usable: int
    tracks: int
    known: int
    replaced: ImportedTable | None = None
    notes: tuple[str, ...] = ()


def import_features(
    file: Path, columns: Mapping[str, str], state: State, now: datetime, *, name: str = "",
    dry_run: bool = False,
) -> FeaturesImported:  # fmt: skip
    """Keep a table's rows beside those of the tables imported before.

    `name` is the file's unless given. The caller holds the writer's lock. Raises DataError, with
    nothing changed, for a file that cannot be read or of which no row tells anything.
    """
    read = read_table(file, columns)
    frame = feature_rows(read)
    table = Table(frame)
    if not table.usable:
        raise DataError(
            f"{file}: no row tells a track and a feature of it, so nothing was changed. "
            f"{_looked_at(read.taken)}{''.join(f' {note}.' for note in read.notes())}"
        )
    kept = ImportedTable(name or name_of(file), now, frame.height, table.usable)
    tracks = tuple(state.library.tracks().values())
    replaced = {each.name: each for each in state.tables.all()}.get(kept.name)
    if not dry_run:
        target = io.BytesIO()
        frame.write_parquet(target)
        state.tables.put(kept, target.getvalue())
        look_up_again(state, now)
    known = len(Tables(tables=[table]).fetch(tracks))
    return FeaturesImported(
        kept, frame.height, table.usable, len(tracks), known, replaced, read.notes()
    )


def remove_table(name: str, state: State, now: datetime, *, dry_run: bool = False) -> None:
    """Forget a table, and what is known of tracks by it alone.

    The caller holds the writer's lock. Raises UsageError naming the tables there are.
    """
    names = [table.name for table in state.tables.all()]
    if name not in names:
        there = ", ".join(names) or "none"
        raise UsageError(f"there is no table {name!r}; there are: {there}")
    if not dry_run:
        state.tables.remove(name)
        look_up_again(state, now)


def look_up_again(state: State, now: datetime) -> None:
    """Look every track of the library up in the tables there are now.

    What they leave open stays as other sources had said it: tables are given by hand.
    """
    # Read first: a damaged table must not cost what is known. Then forgotten: cut in between, the
    # tables are merely looked up again.
    found = Tables(state.tables.frames).fetch(tuple(state.library.tracks().values()))
    state.features.forget(SOURCE)
    state.features.commit()
    state.features.put(_over(found, state.features.known(), now))
    state.features.commit()


def name_of(file: Path) -> str:
    """What a table is called by: its file's name without what tells the kind."""
    name = file.name
    for suffix in (".gz", ".csv", ".tsv", ".txt", ".parquet"):
        if name.casefold().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
    return one_line("".join(c if c.isprintable() else " " for c in name)) or "table"


def _looked_at(taken: Mapping[str, str]) -> str:
    return (
        "Read were " + ", ".join(f"{ours} from {theirs!r}" for ours, theirs in taken.items()) + "."
    )


def _over(
    found: Mapping[str, Found], before: Mapping[str, KnownFeatures], now: datetime
) -> dict[str, KnownFeatures]:
    merged: dict[str, KnownFeatures] = {}
    for track_id, answer in found.items():
        known = before.get(track_id)
        if known is None or not answer.values.missing():
            merged[track_id] = KnownFeatures(answer.values, SOURCE, now)
            continue
        values = filled(answer.values, known.values)
        merged[track_id] = KnownFeatures(values, f"{SOURCE}+{known.source}", now, known.estimated)
    return merged
