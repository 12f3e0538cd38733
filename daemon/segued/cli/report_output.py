"""How well an order flows, beside the order before it and chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console

from segue.playlists.plan import ReportValue
from segued.cli.tables import table

Report = Mapping[str, ReportValue | Mapping[str, ReportValue]]


@dataclass(frozen=True, slots=True)
class _Line:
    """A measure of the report: its key, its words, its digits and its unit."""

    key: str
    words: str
    digits: int = 0
    unit: str = ""


_LINES = (
    _Line("camelot_percent", "Keys that go together", 0, " %"),
    _Line("tempo_percent", "Tempos that go together", 0, " %"),
    _Line("median_tempo_step_percent", "Middle step in tempo", 1, " %"),
    _Line("artist_adjacency", "Same artist twice in a row", 0),
    _Line("arc_rank_correlation", "Follows the arc (1 exactly)", 2),
    _Line("objective", "Cost of the order (less is better)", 1),
)


def print_report(console: Console, report: Report) -> None:
    """Print the measures that are known: this order, the one before, and random ones."""
    before, chance = _inner(report, "before"), _inner(report, "random")
    silent, tracks = _inner(report, "unknown").get("all_features"), report.get("tracks")
    lines = [line for line in _LINES if silent != tracks or line.key == "artist_adjacency"]
    drawn = table("How it flows", "now", "before", "by chance", right=(1, 2, 3))
    for line in lines:
        now = report.get(line.key)
        if isinstance(now, int | float):
            name = "" if line.key == "objective" else f"{line.key}_"
            mean, spread = chance.get(f"{name}mean"), chance.get(f"{name}sd")
            # Objectives of lists with other members are no measure for each other.
            stood = None if line.key == "objective" else before.get(line.key)
            drawn.add_row(
                line.words,
                _number(now, line),
                _number(stood, line),
                _spread(mean, spread, line),
            )
    if drawn.row_count:
        console.print()
        console.print(drawn)
    if silent and silent == tracks:
        console.print("No audio feature of these tracks is known, so none could guide the order.")
    elif silent:
        console.print(f"Audio features are unknown for {silent} of {tracks} tracks.")


def flow_line(report: Report) -> str:
    """How it flows in one line; empty where nothing is known of it."""
    chance = _inner(report, "random")
    parts = []
    for line in _LINES[:2]:
        now, mean = report.get(line.key), chance.get(f"{line.key}_mean")
        if isinstance(now, int | float) and isinstance(mean, int | float):
            shown = (
                f"{now:.{line.digits}f}{line.unit} (by chance {mean:.{line.digits}f}{line.unit})"
            )
            parts.append(f"{line.words.split()[0].lower()} fit {shown}")
    return ", ".join(parts)


def _inner(report: Report, key: str) -> Mapping[str, ReportValue]:
    value = report.get(key)
    return value if isinstance(value, Mapping) else {}


def _number(value: ReportValue, line: _Line) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:.{line.digits}f}{line.unit}"


def _spread(mean: ReportValue, spread: ReportValue, line: _Line) -> str:
    if isinstance(mean, bool) or not isinstance(mean, int | float):
        return ""
    digits = max(line.digits, 1)
    shown = f"{mean:.{digits}f}"
    return (
        shown + (f" ± {spread:.{digits}f}" if isinstance(spread, int | float) else "") + line.unit
    )
