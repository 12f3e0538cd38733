"""`segue sync` and `segue enrich`: what is read from the account and looked up for its tracks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from segue.errors import PARTLY, UsageError
from segue.names import plural
from segued.cli.call import Call, json_option, names_argument, pass_call, wait_option
from segued.cli.output import ago, by_reason, print_json, stdout, table
from segued.config.schedule.zone import local_time

if TYPE_CHECKING:
    from segued.enrich.outcome import EnrichOutcome
    from segued.status.coverage import Coverage, EstimateCoverage, FeatureCoverage, LyricCoverage
    from segued.sync.account import SyncOutcome


@click.command(
    "enrich",
    help="Look up audio features, lyrics and genres of the library's tracks, or only of those "
    "that the named playlists can choose from. Stop it at any time: it goes on where it was.",
)
@names_argument
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Look up at most N tracks.")
@click.option("--features-only", is_flag=True, help="Audio features only.")
@click.option("--lyrics-only", is_flag=True, help="Lyrics only.")
@click.option("--genres-only", is_flag=True, help="Genres only, even if no recipe asks for them.")
@wait_option
@json_option
@pass_call
def command(
    call: Call,
    names: tuple[str, ...],
    limit: int | None,
    features_only: bool,
    lyrics_only: bool,
    genres_only: bool,
    wait: float,
    as_json: bool,
) -> int:
    """Enrich, and print what was found where, what is missing and when it is asked again."""
    from segued.enrich.job import PARTS, run_enrich
    from segued.status.coverage import read_coverage

    wanted = {"features": features_only, "lyrics": lyrics_only, "genres": genres_only}
    if sum(wanted.values()) > 1:
        raise UsageError("--features-only, --lyrics-only, --genres-only: keep one")
    parts = tuple(part for part in PARTS if wanted[part]) or PARTS
    settings = call.settings
    if lyrics_only and not settings.lyrics.enabled:
        raise UsageError("lyrics are switched off: [lyrics] enabled = false in the configuration")
    if "spotify" in settings.features.sources and "features" in parts:
        call.require_app()
    if call.dry_run_of("look tracks up", as_json=as_json):
        return 0
    with call.run("segue enrich", wait) as run:
        outcome = run_enrich(
            run,
            names,
            parts=parts,
            limit=limit,
        )
        coverage = read_coverage(settings, run.state)
    if as_json:
        print_json(enrich_document(outcome, coverage))
    else:
        print_enrich(stdout(), outcome, coverage, call.now())
    return outcome.exit_code


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
    if lyrics is not None and lyrics.suspect:
        groups = len(lyrics.suspect)
        songs = sum(map(len, lyrics.suspect))
        console.print(
            f"Suspect: {plural(songs, 'track')} of different songs share "
            f"{plural(groups, 'text')}; such a text is rarely the song's (--json names them)."
        )
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
    from segued.enrich.sources import LYRIC_PROVIDERS

    drawn = table("Source", "Found", "Has not", "Requests", right=(1, 2, 3))
    features, lyrics, requests = outcome.features, outcome.lyrics, outcome.requests
    if features is not None:
        for source in {**features.found, **features.missing}:
            found, missing = features.found.get(source, 0), features.missing.get(source, 0)
            drawn.add_row(source, f"{found:,}", f"{missing:,}", _count(requests.get(source, 0)))
    if lyrics is not None:
        for source in LYRIC_PROVIDERS:
            if source in lyrics.found or source in requests:
                found, asked = lyrics.found.get(source, 0), requests.get(source, 0)
                drawn.add_row(source, f"{found:,}", "", _count(asked))
    if outcome.genres is not None:
        for source, found in outcome.genres.found.items():
            missing = outcome.genres.missing.get(source, 0)
            drawn.add_row(source, f"{found:,}", f"{missing:,}", _count(requests.get(source, 0)))
    sound = outcome.sound
    if sound is not None and sound.asked:
        drawn.add_row("sound of files", f"{sound.encoded:,}", f"{sound.silent:,}", "")
    return drawn


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def coverage_lines(coverage: Coverage, now: datetime) -> Iterator[str]:
    """Lines for audio features, lyrics and genres; none for an empty library."""
    if not coverage.tracks:
        return
    yield _features(coverage.features, coverage.tracks, now)
    if coverage.estimates is not None:
        yield _estimates(coverage.estimates)
    if coverage.sounds is not None:
        yield f"Sound of your files: {coverage.sounds:,} of {plural(coverage.tracks, 'track')}."
    if coverage.lyrics is not None:
        yield _lyrics(coverage.lyrics, coverage.tracks, now)
    if coverage.genres is not None:
        found = coverage.genres
        known = sum(found.by_source.values())
        parts = [f"{known:,} of {plural(found.artists, 'artist')}{_sources(found.by_source)}"]
        parts.extend(_rest(found.missing, found.not_asked, None, now))
        yield f"Genres: {', '.join(parts)}."


def _features(found: FeatureCoverage, tracks: int, now: datetime) -> str:
    known = sum(found.by_source.values())
    parts = [f"{known:,} of {plural(tracks, 'track')}{_sources(found.by_source)}"]
    if found.partly:
        parts.append(f"{found.partly:,} of these in part")
    parts.extend(_rest(found.missing, found.not_asked, found.ask_again_at, now))
    return f"Audio features: {', '.join(parts)}."


def _estimates(found: EstimateCoverage) -> str:
    """How far estimates are off, in words."""
    said = [
        words.format(value if unit == 1 else round(100 * value))
        for name, unit, words in (
            ("key_same", 100, "the same key for {} %"),
            ("key_related", 100, "one that mixes with it for {} % more"),
            ("tempo_same", 100, "the same tempo for {} %"),
            ("tempo_octave", 100, "half or double of it for {} % more"),
            ("energy_mae", 1, "energy off by {:.2f}"),
            ("loudness_mae", 1, "loudness by {:.1f} dB"),
        )
        if (value := found.errors.get(name)) is not None
    ]
    known = f"Estimates from your files, on {plural(found.compared, 'track')} that others know too"
    fixed = [name.replace("_", " ") for name in found.corrected]
    more = f"; corrected for it: {', '.join(fixed)}" if fixed else ""
    return f"{known}: {', '.join(said)}{more}."


def _lyrics(found: LyricCoverage, tracks: int, now: datetime) -> str:
    known = sum(found.by_source.values())
    parts = [f"{known:,} of {plural(tracks, 'track')}{_sources(found.by_source)}"]
    if found.instrumental:
        parts.append(f"{found.instrumental:,} without words")
    if found.suspect:
        parts.append(f"{found.suspect:,} of them suspect (different songs with one text)")
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


@click.command("sync", help="Read what changed on the account: likes, albums, playlists, plays.")
@json_option
@wait_option
@pass_call
def sync(call: Call, as_json: bool, wait: float) -> int:
    """Sync and say what was read; nothing on the account changes."""
    from segued.sync.account import run_sync

    call.require_app()
    if call.dry_run_of("read the account", as_json=as_json):
        return 0
    with call.run("segue sync", wait) as run:
        outcome = run_sync(run)
    if as_json:
        print_json(sync_document(outcome))
    else:
        print_sync(stdout(), outcome)
    return 0 if outcome.complete else PARTLY


_COUNTED = (("liked", "like"), ("albums", "album"), ("playlists", "playlist"))


def sync_document(outcome: SyncOutcome) -> dict[str, object]:
    """The outcome as one JSON document."""
    return {
        "schema": 1,
        "user_id": outcome.user_id,
        "complete": outcome.complete,
        "counts": dict(outcome.counts),
        "skipped": dict(outcome.skipped),
        "notes": list(outcome.notes),
        "requests": dict(outcome.requests),
    }


def print_sync(console: Console, outcome: SyncOutcome) -> None:
    """Print the outcome for people."""
    counts = outcome.counts
    parts = []
    for key, word in _COUNTED:
        if key in counts:
            changes = [f"{counts[name]} {how}" for name, how in _changes(key) if counts.get(name)]
            aside = f" ({', '.join(changes)})" if changes else ""
            parts.append(plural(counts[key], word) + aside)
    if "plays_new" in counts:
        parts.append(plural(counts["plays_new"], "new play"))
    if "scrobbles_new" in counts:
        parts.append(plural(counts["scrobbles_new"], "new play") + " from scrobbles")
    requests = plural(sum(outcome.requests.values()), "request")
    console.print(f"Read {', '.join(parts) or 'nothing'}; {requests}.", markup=False)
    others = [what for what in outcome.skipped if what.startswith("playlist ")]
    rest = {what: why for what, why in outcome.skipped.items() if what not in others}
    for line in by_reason(rest):
        console.print(f"Skipped {line}", markup=False)
    if others:
        console.print(f"Not read: {plural(len(others), 'playlist')}; `segue list` says why.")
    for note in outcome.notes:
        console.print(f"Note: {note}", markup=False)


def _changes(key: str) -> tuple[tuple[str, str], ...]:
    return ((f"{key}_new", "new"), (f"{key}_gone", "gone"), (f"{key}_read", "read"))
