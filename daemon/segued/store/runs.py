"""The history of runs: what was done, when, how it ended and what it cost in requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from segued.store.files.format import decode, encode
from segued.store.files.storage import Documents

KEEP = 1000
"""How many runs are remembered …"""
KEEP_EACH = 20
"""… and how many of each kind and recipe at least, however often others run."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. `status` is "running" until `ended_at` is set; `text` is a line for people.

    `requests` counts requests by endpoint ("GET /me/tracks": 3). `reason` is why the service began
    it ("due", "caught up …"); empty for a run by hand.
    """

    id: str
    kind: str
    started_at: datetime
    status: str
    recipe_id: str | None = None
    ended_at: datetime | None = None
    text: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


class RunStore:
    """`runs.json`. Every change is on disk at once, on top of what other processes wrote."""

    def __init__(self, path: Path, keep: int = KEEP, keep_each: int = KEEP_EACH) -> None:
        self._file = Documents(path)
        self._runs = self._file.documents("runs")
        self._keep = keep
        self._keep_each = keep_each

    @property
    def warning(self) -> str | None:
        """What had to be repaired when the file was opened."""
        return self._file.file.warning

    def add(self, run: RunRecord) -> None:
        """Remember a run; beyond the limit the oldest is forgotten.

        What runs every half hour leaves room for what runs once a month.
        """
        with self._file.unit():
            self._runs.put({run.id: encode(run)})
            self._runs.drop(self._too_old())

    def add_all(self, runs: Iterable[RunRecord]) -> None:
        """Remember several runs in one write."""
        with self._file.unit():
            self._runs.put({run.id: encode(run) for run in runs})
            self._runs.drop(self._too_old())

    def update(self, run: RunRecord) -> None:
        """Replace a run by its id."""
        self.add(run)

    def close_open(
        self, now: datetime, text: str, *, but_not: Collection[str] = ()
    ) -> tuple[RunRecord, ...]:
        """End the runs that are still "running", except those of these ids, and give them."""
        if not self.left_open(but_not):
            return ()
        with self._file.unit():
            closed = tuple(
                replace(self._decode(run_id), status="failed", ended_at=now, text=text)
                for run_id in self.left_open(but_not)
            )
            self._runs.put({run.id: encode(run) for run in closed})
        return closed

    def left_open(self, but_not: Collection[str] = ()) -> list[str]:
        """The ids of the runs that are still "running"."""
        self._file.file.refresh()
        return [
            run_id
            for run_id, run in self._runs.raw().items()
            if run.get("status") == "running" and run_id not in but_not
        ]

    def run(self, run_id: str) -> RunRecord | None:
        """A run by id, or None."""
        self._file.file.refresh()
        document = self._runs.find(run_id)
        return None if document is None else self._decode(run_id)

    def recent(self, count: int, recipe_id: str | None = None) -> tuple[RunRecord, ...]:
        """The latest runs, newest first; of one recipe, if given."""
        self._file.file.refresh()
        found: list[RunRecord] = []
        for run_id in reversed(self._runs.raw()):
            if len(found) >= count:
                break
            run = self._decode(run_id)
            if recipe_id is None or run.recipe_id == recipe_id:
                found.append(run)
        return tuple(found)

    def close(self) -> None:
        """Let the documents go."""
        self._file.close()

    def _too_old(self) -> list[str]:
        runs = self._runs.raw()
        over, found = len(runs) - self._keep, list[str]()
        if over <= 0:
            return found
        sorts = {run_id: (run.get("kind"), run.get("recipe_id")) for run_id, run in runs.items()}
        left = Counter(sorts.values())
        for run_id, sort in sorts.items():
            if len(found) < over and left[sort] > self._keep_each:
                left[sort] -= 1
                found.append(run_id)
        return found

    def _decode(self, run_id: str) -> RunRecord:
        document = self._runs.raw()[run_id]
        return decode(RunRecord, document, self._file.file.path, f"run {run_id}")
