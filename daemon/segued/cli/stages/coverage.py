"""What is known of the library's tracks, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from segued.cli.output import ago, plural
from segued.status.report import Coverage, FeatureCoverage, LyricCoverage


def coverage_lines(coverage: Coverage, now: datetime) -> Iterator[str]:
    """A line for audio features and one for lyrics; none for an empty library."""
    if not coverage.tracks:
        return
    yield _features(coverage.features, coverage.tracks, now)
    if coverage.lyrics is not None:
        yield _lyrics(coverage.lyrics, coverage.tracks, now)


def _features(found: FeatureCoverage, tracks: int, now: datetime) -> str:
    known = sum(found.by_source.values())
    parts = [f"{known:,} of {plural(tracks, 'track')}{_sources(found.by_source)}"]
    if found.partly:
        parts.append(f"{found.partly:,} of these in part")
    parts.extend(_rest(found.missing, found.not_asked, found.ask_again_at, now))
    return f"Audio features: {', '.join(parts)}."


def _lyrics(found: LyricCoverage, tracks: int, now: datetime) -> str:
    known = sum(found.by_source.values())
    parts = [f"{known:,} of {plural(tracks, 'track')}{_sources(found.by_source)}"]
    if found.instrumental:
        parts.append(f"{found.instrumental:,} without words")
    if found.encoded != known:
        parts.append(f"{found.encoded:,} encoded")
    if found.moods:
        parts.append(f"{found.moods:,} with a mood")
    parts.extend(_rest(found.missing, found.not_asked, found.ask_again_at, now))
    return f"Lyrics: {', '.join(parts)}."


def _sources(by_source: Mapping[str, int]) -> str:
    if not by_source:
        return ""
    shown = (f"{source} {count:,}" for source, count in by_source.items())
    return f" ({', '.join(shown)})"


def _rest(missing: int, not_asked: int, again: datetime | None, now: datetime) -> Iterator[str]:
    if missing:
        when = f" (asked again {ago(again, now) if again > now else 'next time'})" if again else ""
        yield f"{missing:,} nobody has{when}"
    if not_asked:
        yield f"{not_asked:,} not looked up yet"
