"""What becomes of a run's end: the log, the history, the notices, the counts."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from segued.config.schedule.timetable import Timed
from segued.notify.notifier import Announcer, names_over, notices_of
from segued.schedule.scheduler import Ended
from segued.store.runs import RunRecord, RunStore
from segued.worker.history import add_missing, close_open

log = logging.getLogger(__name__)

_LEVELS = {"done": logging.INFO, "stopped": logging.INFO, "lock": logging.INFO}


class Reporter:
    """Listens to the scheduler. `note_told` notes of which failure people know."""

    def __init__(self, runs: RunStore, announcer: Announcer) -> None:
        self._runs = runs
        self.announcer = announcer
        self.note_told: Callable[[str, str | None], None] = lambda _key, _what: None
        self.counts: Counter[tuple[str, str]] = Counter()

    def ended(self, ended: Sequence[Ended], now: datetime) -> None:
        """Runs have ended."""
        died = [one for one in ended if one.result.step in ("died", "stopped")]
        if died:
            self._record_dead(died, now)
        for one in ended:
            result, timed = one.result, one.timed
            self.counts[timed.kind, result.status] += 1
            log.log(
                _LEVELS.get(result.step, logging.WARNING),
                "%s: %s%s",
                timed.name,
                result.status,
                f": {result.text}" if result.text else "",
                extra={"segue": {"schedule": timed.key, "step": result.step}},
            )
            self._announce(one, now)

    def skipped(self, timed: Timed, due: datetime, why: str, now: datetime) -> None:
        """A due time was let go: the history says so."""
        log.warning("%s: not run for %s: %s", timed.name, due.isoformat(), why)
        self._runs.add(
            RunRecord(
                id=f"{due:%Y%m%dT%H%M%S}-{timed.key.replace(':', '-')}-skipped",
                kind=timed.kind,
                started_at=due,
                status="skipped",
                recipe_id=timed.recipe_id,
                ended_at=now,
                text=why,
                reason="due",
            )
        )

    def _announce(self, one: Ended, now: datetime) -> None:
        key = one.timed.key
        notices = notices_of(one, now)
        self.announcer.tell(notices, now)
        if any(notice.event == "failed" for notice in notices):
            self.note_told(key, "failed")
        elif one.result.step == "done":
            self.note_told(key, None)
            self.announcer.forget(names_over(one.timed), now)

    def _record_dead(self, died: Sequence[Ended], now: datetime) -> None:
        started = min(one.before.running_since or now for one in died)
        result = died[0].result
        closed = close_open(self._runs, started, now, result.text)
        if result.step == "died":
            first = died[0]
            add_missing(
                self._runs,
                first.timed.kind,
                first.before.owed_why,
                [one.result for one in died],
                {},
                closed,
                started,
                now,
            )
