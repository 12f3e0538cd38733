"""Reporting: how well an order flows, beside random order and the list before."""

from __future__ import annotations

from collections.abc import Mapping

from segue.playlists.order.columns import Columns, settings_for
from segue.playlists.plan import ReportValue
from segue.recipe.sequence import SequenceSettings
from segue.sequencing.problem import MOST_TRACKS, problem_of
from segue.sequencing.report import measures_of
from segue.sequencing.report import report as order_report

Report = dict[str, ReportValue | Mapping[str, ReportValue]]


def report(
    columns: Columns, order: list[int], before: Columns, wanted: SequenceSettings, seed: int
) -> Report:
    """Report on an order of `columns`, see `segue.sequencing.report.report`.

    `before` is the list as it stands on the account, in its order, measured in its own right.
    A list too long to be ordered at once is counted, not measured.
    """
    if len(columns) > MOST_TRACKS:
        return {
            "tracks": len(columns),
            "duration_ms": int(columns.songs.duration_ms.sum()),
            "unknown": dict(columns.songs.unknown()),
        }
    settings = settings_for(columns.tracks, wanted)
    songs = columns.songs
    found: Report = dict(
        order_report(songs, problem_of(songs, settings), settings, order, seed=seed)
    )
    if 1 < len(before) <= MOST_TRACKS:
        settled = settings_for(before.tracks, wanted)
        problem = problem_of(before.songs, settled)
        found["before"] = measures_of(before.songs, problem, settled, range(len(before)))
    return found
