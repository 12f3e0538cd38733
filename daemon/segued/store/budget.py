"""What each endpoint of a service was asked, day by day, and until when it must be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from segued.store.files.format import decode, encode
from segued.store.files.storage import Documents

KEEP_DAYS = 8


@dataclass(frozen=True, slots=True)
class EndpointBudget:
    """One endpoint ("GET /me/tracks"): its cool-down and its requests by day (ISO date, UTC)."""

    endpoint: str
    cool_down_until: datetime | None = None
    reason: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def count(self, day: date) -> int:
        """The requests made on a day."""
        return self.counts.get(day.isoformat(), 0)


class BudgetStore:
    """`budget.json`. Every change is on disk at once, on top of what other processes wrote."""

    def __init__(self, path: Path) -> None:
        self._file = Documents(path)
        self._endpoints = self._file.documents("endpoints")

    @property
    def warning(self) -> str | None:
        """What had to be repaired when the file was opened."""
        return self._file.file.warning

    def get(self, endpoint: str) -> EndpointBudget:
        """What is known of an endpoint; an empty budget where nothing is."""
        self._file.file.refresh()
        return self._get(endpoint)

    def all(self) -> Mapping[str, EndpointBudget]:
        """Every endpoint that was ever asked or is cooling down."""
        self._file.file.refresh()
        return {endpoint: self._get(endpoint) for endpoint in self._endpoints.raw()}

    def count_request(self, endpoint: str, day: date, requests: int = 1) -> EndpointBudget:
        """Note requests made on a day (UTC); days over a week old are forgotten."""
        with self._file.unit():
            known = self._get(endpoint)
            oldest = (day - timedelta(days=KEEP_DAYS)).isoformat()
            counts = {name: count for name, count in known.counts.items() if name > oldest}
            counts[day.isoformat()] = known.count(day) + requests
            changed = replace(known, counts=counts)
            self._endpoints.put({endpoint: encode(changed)})
        return changed

    def set_cool_down(self, endpoint: str, until: datetime | None, reason: str | None) -> None:
        """Leave an endpoint alone until a moment (UTC); None lets it be asked again."""
        with self._file.unit():
            changed = replace(self._get(endpoint), cool_down_until=until, reason=reason)
            self._endpoints.put({endpoint: encode(changed)})

    def close(self) -> None:
        """Let the documents go."""
        self._file.close()

    def _get(self, endpoint: str) -> EndpointBudget:
        document = self._endpoints.find(endpoint)
        if document is None:
            return EndpointBudget(endpoint)
        return decode(EndpointBudget, document, self._file.file.path, endpoint)
