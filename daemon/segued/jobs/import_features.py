"""Importing a table of audio features: checked, kept in the state, and looked up at once."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from segued.jobs.enrich_sources import TABLE_FILE
from segued.providers.features.source import Found, filled
from segued.providers.features.table import Table, read_table
from segued.store.features import KnownFeatures
from segued.store.files import write_atomically
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class Imported:
    """What a table holds: `rows`, those `usable` (they tell a track and a feature of it), and of
    the library's `tracks` how many it has `known`."""

    rows: int
    usable: int
    tracks: int
    known: int


def import_features(
    file: Path,
    columns: Mapping[str, str],
    state: State,
    *,
    clock: Callable[[], datetime],
    dry_run: bool,
) -> Imported:
    """Keep a table's rows under their canonical names, in the place of an earlier table.

    The caller holds the writer's lock. Raises DataError, with nothing changed, for a file that
    cannot be read, tells no tracks or has no features.
    """
    frame = read_table(file, columns)
    table = Table.of(frame, file)
    tracks = tuple(state.library.tracks().values())
    found = table.fetch(tracks)
    if not dry_run:
        kept = io.BytesIO()
        frame.write_parquet(kept)
        # The store forgets first: cut in between, the table is merely looked up again.
        state.features.forget(table.name)
        state.features.commit()
        write_atomically(state.folder / TABLE_FILE, kept.getvalue())
        state.features.put(_over(found, state.features.known(), table.name, clock()))
        state.features.commit()
    return Imported(frame.height, table.usable, len(tracks), len(found))


def _over(
    found: Mapping[str, Found], before: Mapping[str, KnownFeatures], name: str, now: datetime
) -> dict[str, KnownFeatures]:
    """What a table says, and what it leaves open as others had said it: it was given by hand."""
    merged: dict[str, KnownFeatures] = {}
    for track_id, answer in found.items():
        known = before.get(track_id)
        if known is None or not answer.values.missing():
            merged[track_id] = KnownFeatures(answer.values, name, now)
            continue
        values = filled(answer.values, known.values)
        merged[track_id] = KnownFeatures(values, f"{name}+{known.source}", now, known.estimated)
    return merged
