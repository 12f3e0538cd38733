"""What `segue sequence` prints and writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import UsageError
from segue.music.keys import camelot

if TYPE_CHECKING:
    from rich.console import Console

    from segued.cli.sequence.run import Outcome

_ROWS = (
    ("objective", "Objective (lower is better)", "mean"),
    ("camelot_percent", "Keys that mix, %", "camelot_percent_mean"),
    ("tempo_percent", "Tempi that mix, %", "tempo_percent_mean"),
    ("median_tempo_step_percent", "Median tempo step, %", "median_tempo_step_percent_mean"),
    ("mean_energy_step", "Mean energy step", "mean_energy_step_mean"),
    ("arc_rank_correlation", "Follows the arc (−1..1)", "arc_rank_correlation_mean"),
    ("artist_adjacency", "Same artist in a row", "artist_adjacency_mean"),
)


def document(outcome: Outcome) -> dict[str, object]:
    """The JSON document: rows count from 0 in the file's order."""
    return {
        "order": outcome.order.tolist(),
        "report": outcome.report,
        "transitions": [
            {
                "cost": passage.cost,
                "terms": dict(passage.terms),
                "key_compatible": passage.key_compatible,
                "tempo_compatible": passage.tempo_compatible,
                "text": passage.text,
            }
            for passage in outcome.passages
        ],
        "notes": list(outcome.notes),
        "seconds": round(outcome.seconds, 4),
    }


def print_sequence(console: Console, outcome: Outcome) -> None:
    """Print the order with each transition in words, and the report beside random order."""
    from segued.cli.output import table

    drawn = table(
        "", "Row", "Track", "Key", "BPM", "From the one before", right=(0, 1, 4), fixed=(3,)
    )
    for place, row in enumerate(outcome.order.tolist()):
        name = " · ".join(filter(None, (outcome.titles[row], outcome.artists[row])))
        tempo = float(outcome.songs.tempo[row])
        drawn.add_row(
            str(place + 1),
            str(row),
            _escaped(name),
            camelot(int(outcome.songs.key[row]), int(outcome.songs.mode[row])),
            f"{tempo:.0f}" if tempo > 0 else "?",
            outcome.passages[place - 1].text if place else "",
        )
    console.print(drawn)
    console.print()
    random, before = outcome.report.get("random"), outcome.report.get("before")
    compared = table("", "This order", "Before", "Random", right=(1, 2, 3))
    for name, words, in_random in _ROWS:
        value = outcome.report.get(name)
        if value is None:
            continue
        compared.add_row(words, _shown(value), _from(before, name), _from(random, in_random))
    console.print(compared)
    gap = outcome.report.get("gap")
    if isinstance(gap, Mapping) and gap.get("percent") is not None:
        exact = gap["to"] == "exact"
        best = "the exact optimum" if exact else "what no order can undercut"
        console.print(f"{gap['percent']:.2f} % of the way from {best} to random order.")
    unknown = outcome.report.get("unknown")
    if isinstance(unknown, Mapping) and unknown:
        counts = ", ".join(f"{name} {count}" for name, count in unknown.items())
        console.print(f"Unknown, and neutral: {counts}.", markup=False)
    for note in outcome.notes:
        console.print(f"Note: {note}.", markup=False)
    console.print(f"Ordered in {outcome.seconds:.2f} s.")


def write_picture(outcome: Outcome, title: str, target: Path) -> None:
    """Draw the order as a page or a PNG, by the file's ending."""
    from segue.sequencing.pictures.drawing import png
    from segue.sequencing.pictures.layout import picture_of
    from segue.sequencing.pictures.page import html_page

    titles = [
        " · ".join(filter(None, pair)) for pair in zip(outcome.titles, outcome.artists, strict=True)
    ]
    drawn = picture_of(outcome.songs, outcome.order, outcome.settings, titles)
    if target.suffix not in (".html", ".png"):
        raise UsageError(f"{target}: a picture is an .html or a .png file")
    data = png(drawn, title) if target.suffix == ".png" else html_page(drawn, title).encode()
    try:
        target.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from error


def _from(row: object, name: str) -> str:
    return _shown(row.get(name)) if isinstance(row, Mapping) else ""


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else ""


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
