"""What went wrong with sources, reported once, and how that ends a command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segue.errors import DataError, ForbiddenError, RateLimitedError, UnavailableError
from segued.enrich.lyrics import LyricsOutcome
from segued.enrich.outcome import EnrichOutcome
from segued.enrich.sources import LookupOutcome, SourceFailures

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LIMITED = RateLimitedError("reccobeats asks to wait", retry_at=NOW)
DOWN = UnavailableError("lrclib answered with 503")


def test_a_source_is_left_after_so_many_failures_in_a_row() -> None:
    failures = SourceFailures(2)
    failures.note("a", DOWN)
    failures.answered("a")
    failures.note("a", DOWN)
    assert not failures.given_up("a")
    failures.note("a", DOWN)
    assert failures.given_up("a")
    assert not failures.given_up("b")


@pytest.mark.parametrize("error", [LIMITED, ForbiddenError("no"), DataError("broken table")])
def test_a_refusal_leaves_a_source_at_once(error) -> None:
    failures = SourceFailures(5)
    failures.note("a", error)
    assert failures.given_up("a")


def test_failures_that_passed_are_counted_in_words() -> None:
    failures = SourceFailures(3)
    failures.note("a", DOWN)
    assert str(failures.by_source["a"]) == f"it failed once, last: {DOWN}"
    failures.answered("a")
    failures.note("a", DOWN)
    assert str(failures.by_source["a"]) == f"it failed 2 times, last: {DOWN}"


def outcome(
    *,
    features: dict | None = None,
    lyrics: dict | None = None,
    found: dict | None = None,
    problem: str | None = None,
    late: bool = False,
) -> EnrichOutcome:
    made = EnrichOutcome(
        LookupOutcome(found=found or {}, out_of_time=late), LyricsOutcome(problem=problem)
    )
    for part, errors in ((made.features, features), (made.lyrics, lyrics)):
        failures = SourceFailures(1)
        for source, error in (errors or {}).items():
            failures.note(source, error)
        part.failures = failures.by_source
    return made


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (outcome(), 0),
        (outcome(features={"reccobeats": LIMITED}), 5),
        (outcome(features={"reccobeats": LIMITED}, lyrics={"lrclib": LIMITED}), 5),
        (outcome(features={"reccobeats": LIMITED}, lyrics={"lrclib": DOWN}), 3),
        (outcome(features={"reccobeats": LIMITED}, found={"spotify": 1}), 3),
        (outcome(features={"reccobeats": LIMITED}, found={"table": 1}), 5),
        (outcome(problem="no encoder"), 3),
        (outcome(late=True), 3),
    ],
)
def test_the_exit_code_tells_all_some_or_come_back_later(made: EnrichOutcome, code: int) -> None:
    assert made.exit_code == code
    assert made.complete == (code == 0)


def test_each_source_and_part_is_said_once_and_when_to_come_back() -> None:
    later = RateLimitedError("lrclib asks to wait", retry_at=NOW + timedelta(hours=1))
    made = outcome(features={"reccobeats": LIMITED}, lyrics={"lrclib": later}, problem="no hub")
    assert list(made.said()) == ["reccobeats asks to wait", "lrclib asks to wait", "lyrics: no hub"]
    assert made.retry_at == NOW
