"""The configuration a service works by, and what becomes of the end of a run or of a login."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from segue.errors import LockedError
from segued.config.load import check, read_text
from segued.config.schema import Settings, Timed
from segued.notify import Notifier, login_notice, names_over, notices_of
from segued.run import new_run_id
from segued.schedule.policy import Login
from segued.schedule.scheduler import Ended
from segued.store.access import AuthStore, days_left, ends_at
from segued.store.files.lock import writer_lock
from segued.store.runs import RunRecord
from segued.store.state import State
from segued.worker.messages import JobKind, Request, style_for

log = logging.getLogger(__name__)

_LEVELS = {"done": logging.INFO, "stopped": logging.INFO, "lock": logging.INFO}


class Reporter:
    """Listens to the scheduler. `note_notified` notes of which failure people know."""

    def __init__(self, state: State, notifier: Notifier) -> None:
        self._state = state
        self.notifier = notifier
        self.note_notified: Callable[[str, str | None], None] = lambda _key, _what: None
        self.counts: Counter[tuple[str, str]] = Counter()

    def ended(self, ended: Sequence[Ended], now: datetime) -> None:
        """Runs have ended."""
        died = [run for run in ended if run.result.step in ("died", "stopped")]
        if died:
            self._record_dead(died, now)
        for run in ended:
            result, timed = run.result, run.timed
            self.counts[timed.kind, result.status] += 1
            log.log(
                _LEVELS.get(result.step, logging.WARNING),
                "%s: %s%s",
                timed.name,
                result.status,
                f": {result.text}" if result.text else "",
                extra={"segue": {"schedule": timed.key, "step": result.step}},
            )
            self._announce(run, now)

    def skipped(self, timed: Timed, due: datetime, why: str, now: datetime) -> None:
        """A due time was let go: the history says so."""
        log.warning("%s: not run for %s: %s", timed.name, due.isoformat(), why)
        self._state.runs.add(
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

    def _announce(self, run: Ended, now: datetime) -> None:
        key = run.timed.key
        notices = notices_of(run, now)
        self.notifier.tell(notices, now)
        if any(notice.event == "failed" for notice in notices):
            self.note_notified(key, "failed")
        elif run.result.step == "done":
            self.note_notified(key, None)
            self.notifier.forget(names_over(run.timed), now)

    def _record_dead(self, died: Sequence[Ended], now: datetime) -> None:
        """Close what a process that is gone left open, and note what it had not begun."""
        runs, result = self._state.runs, died[0].result
        try:
            with writer_lock(self._state.folder, "segued", 0):
                closed = runs.close_open(now, result.text)
        except LockedError:
            return  # whoever writes now has closed it
        already = {run.recipe_id or run.kind for run in closed}
        for ended in died if result.step == "died" else ():
            timed, started = ended.timed, ended.before.running_since or now
            if (timed.recipe_id or timed.kind) not in already:
                runs.add(
                    RunRecord(
                        id=f"{new_run_id(started)}-{timed.recipe_id or timed.kind}",
                        kind=timed.kind,
                        started_at=started,
                        status=ended.result.status,
                        recipe_id=timed.recipe_id,
                        ended_at=now,
                        text=ended.result.text,
                        reason=ended.before.owed_why,
                    )
                )


_LOOK = timedelta(hours=1)


def login_of(auth: AuthStore, now: datetime) -> Login:
    """The login as it stands: dead where it was ended, or is older than Spotify allows."""
    token = auth.token()
    if token is None:
        return Login(alive=False)
    alive = token.refresh_token is not None and now < ends_at(token)
    return Login(alive, token.authorized_at.isoformat())


class LoginWatch:
    """Announces that a login will end, some days before: in the log, and to people."""

    def __init__(self, auth: AuthStore) -> None:
        self._auth = auth
        self._last_look: datetime | None = None

    def look(self, notifier: Notifier, now: datetime) -> None:
        """Announce what is to be announced; looks once an hour, however often it is called."""
        if self._last_look is not None and timedelta() <= now - self._last_look < _LOOK:
            return
        self._last_look = now
        token = self._auth.token()
        if token is None or not login_of(self._auth, now).alive:
            return
        notice = login_notice(days_left(token, now), token.authorized_at)
        if notice is None:
            return
        if notifier.first_time(notice, now):
            log.warning("%s. %s", notice.title, notice.text)
        notifier.tell((notice,), now)


class Configuration:
    """The text of the configuration as it was last found right, and its settings.

    Jobs are given this text, so that a file that is being edited is not theirs to trip over.
    """

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        """Raises ConfigError."""
        self.file = file
        self._environ = environ
        self._seen = self._signature()
        self.text = read_text(file)
        self.settings: Settings = check(self.text, str(file), environ).settings

    def reload(self) -> bool:
        """Read the file again; whether it says something new.

        Raises ConfigError where it is wrong now; what was known stays in force.
        """
        self._seen = self._signature()
        text = read_text(self.file)
        settings = check(text, str(self.file), self._environ).settings
        if text == self.text:
            return False
        self.text, self.settings = text, settings
        return True

    def changed(self) -> bool:
        """Whether the file was written since it was last read."""
        return self._signature() != self._seen

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


LOCK_WAIT_SECONDS = 30.0


def request_for(
    kind: JobKind,
    names: tuple[str, ...],
    reason: str,
    configuration: Configuration,
    environ: Mapping[str, str],
) -> Request:
    """The request for a job that is due, by the configuration in force; `names` are ids of
    recipes."""
    settings = configuration.settings
    return Request(
        kind=kind,
        names=names,
        reason=reason,
        config_text=configuration.text,
        config_source=str(configuration.file),
        wait_seconds=LOCK_WAIT_SECONDS,
        most_seconds=settings.schedules_of.enrich_time if kind == "enrich" else None,
        memory_mib=settings.service.job_memory_mib,
        log=style_for(settings.service.log, environ),
        log_level=logging.getLogger().level,
    )
