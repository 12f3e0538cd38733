"""What an enrichment found, as JSON and in words."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from rich.console import Console
from rich.table import Table

from segued.cli.coverage_output import coverage_lines
from segued.cli.output import local_time, plural
from segued.cli.tables import table
from segued.jobs.coverage import Coverage
from segued.jobs.enrich_outcome import EnrichOutcome
from segued.jobs.enrich_sources import LYRIC_SOURCES


def enrich_document(outcome: EnrichOutcome, coverage: Coverage) -> dict[str, object]:
    """The outcome as one JSON document."""
    return {"schema": 1, **outcome.document(), "coverage": asdict(coverage)}


def print_enrich(
    console: Console, outcome: EnrichOutcome, coverage: Coverage, now: datetime
) -> None:
    """Print for people: what each source found and had not, what failed, what is known now."""
    drawn = _table(outcome)
    if drawn.row_count:
        console.print(drawn)
        console.print()
    lyrics = outcome.lyrics
    if lyrics is not None and (lyrics.instrumental or lyrics.none):
        words = f"{plural(lyrics.instrumental, 'track')} without words"
        console.print(f"Among them {words}; of {lyrics.none:,} nobody has the lyrics.")
    for line in outcome.said():
        console.print(f"Not all: {line}", markup=False)
    for line in coverage_lines(coverage, now):
        console.print(line, markup=False)
    if lyrics is not None and lyrics.mood_note:
        console.print(lyrics.mood_note.capitalize() + ".", markup=False)
    if outcome.waiting:
        later = outcome.retry_at
        when = f" after {local_time(later)}" if later is not None else " later"
        console.print(f"{plural(outcome.waiting, 'look-up')} failed; run `segue enrich`{when}.")
    elif not drawn.row_count and not tuple(outcome.said()):
        console.print("There was nothing to look up.")


def _table(outcome: EnrichOutcome) -> Table:
    drawn = table("Source", "Found", "Has not", "Requests", right=(1, 2, 3))
    features, lyrics, requests = outcome.features, outcome.lyrics, outcome.requests
    if features is not None:
        for source in {**features.found, **features.missing}:
            found, missing = features.found.get(source, 0), features.missing.get(source, 0)
            drawn.add_row(source, f"{found:,}", f"{missing:,}", _count(requests.get(source, 0)))
    if lyrics is not None:
        for source in LYRIC_SOURCES:
            if source in lyrics.found or source in requests:
                found, asked = lyrics.found.get(source, 0), requests.get(source, 0)
                drawn.add_row(source, f"{found:,}", "", _count(asked))
    return drawn


def _count(number: int) -> str:
    return f"{number:,}" if number else ""
