"""What went wrong with a source of features or lyrics during an enrichment, told once."""

from __future__ import annotations

from dataclasses import dataclass

from segue.errors import DataError, ForbiddenError, RateLimitedError, ServiceError


@dataclass(slots=True)
class SourceFailure:
    """The failures of one source: the latest, how many in all and in a row, whether it was left
    for the rest of the run. A DataError is the user's own table that cannot be read."""

    latest: ServiceError | DataError
    count: int = 0
    in_a_row: int = 0
    given_up: bool = False

    def __str__(self) -> str:
        if self.given_up:
            return str(self.latest)
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"it failed {times}, last: {self.latest}"

    @property
    def rate_limited(self) -> bool:
        """Whether the source itself asks to be left alone for a while."""
        return self.given_up and isinstance(self.latest, RateLimitedError)


class SourceFailures:
    """The failures of a run, by source. One that fails `most` times in a row is left, one that
    refuses or asks to wait at once."""

    def __init__(self, most: int) -> None:
        self.by_source: dict[str, SourceFailure] = {}
        self._most = most

    def note(self, source: str, error: ServiceError | DataError) -> None:
        """Note a failure."""
        failure = self.by_source.setdefault(source, SourceFailure(error))
        failure.latest = error
        failure.count += 1
        failure.in_a_row += 1
        refused = isinstance(error, (DataError, ForbiddenError, RateLimitedError))
        failure.given_up = refused or failure.in_a_row >= self._most

    def answered(self, source: str) -> None:
        """Note that a source answered."""
        if source in self.by_source:
            self.by_source[source].in_a_row = 0

    def given_up(self, source: str) -> bool:
        """Whether a source is not to be asked again in this run."""
        return source in self.by_source and self.by_source[source].given_up
