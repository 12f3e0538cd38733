"""What people are told, and when: events from how runs end, each said once, not too many."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from segued.config.redaction import redacted
from segued.config.service import Event, NotifySection
from segued.service.keeper import Ended
from segued.store.schedules import ScheduleStore, Told
from segued.worker.messages import Result

LOGIN_DAYS = (30, 7, 1)
"""An ending login is told of when so many days are left."""
PATIENCE = 3
"""Passing trouble is told of when it comes so often in a row."""
LONG_WAIT = timedelta(hours=2)
_REMEMBER = timedelta(days=200)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell people. The same `name` with the same `text` is told once."""

    event: Event
    name: str
    title: str
    text: str


def notices_of(ended: Ended, now: datetime) -> tuple[Notice, ...]:
    """What is to be told of one run's end."""
    result, key, name = ended.result, ended.timed.key, ended.timed.name
    if result.step == "done":
        found = []
        if ended.before.told is not None:
            text = f"{name} works again: {result.text or result.status}."
            found.append(Notice("recovered", f"recovered {key}", "Segue: works again", text))
        if result.status == "changed":
            text = f"{name}: {result.text}"
            found.append(Notice("changed", f"changed {key}", f"Segue: {name} was changed", text))
        return tuple(found)
    if result.step == "guard":
        return (Notice("refused", f"refused {key}", f"Segue: {name} was not changed", result.text),)
    if result.step == "login":
        text = f"{result.text} Until then playlists are planned, not written."
        return (Notice("login", "login ended", "Segue: log in to Spotify again", text),)
    if not is_told(result, ended.after.failures, now):
        return ()
    after = _next_step(ended)
    return (Notice("failed", f"failed {key}", f"Segue: {name} failed", f"{result.text}\n{after}"),)


def is_told(result: Result, failures: int, now: datetime) -> bool:
    """Whether people are told of a run that did not go well."""
    if result.step in ("forbidden", "recipe", "bug", "guard", "login"):
        return True
    if result.step == "retry_at":
        return result.retry_at is not None and result.retry_at - now >= LONG_WAIT
    return result.step in ("back_off", "died") and failures >= PATIENCE


def _next_step(ended: Ended) -> str:
    state = ended.after
    if state.waiting == "disabled":
        return f"It is disabled until `segue resume {ended.timed.recipe_id or ended.timed.key}`."
    if state.not_before is not None:
        return f"It goes on at {state.not_before:%Y-%m-%d %H:%M} UTC."
    if state.next_due is not None:
        return f"It is tried again at {state.next_due:%Y-%m-%d %H:%M} UTC."
    return ""


def login_notice(days_left: int, authorized_at: datetime) -> Notice | None:
    """What is to be told of a login that still works, if anything."""
    stage = min((days for days in LOGIN_DAYS if days_left <= days), default=None)
    if stage is None:
        return None
    days = "in 1 day" if days_left == 1 else f"in {days_left} days" if days_left else "today"
    return Notice(
        "login",
        f"login {authorized_at:%Y-%m-%d} {stage}",
        f"Segue: the login to Spotify ends {days}",
        "Logins end six months after one agreed. Run `segue auth login` to renew it; "
        "after its end playlists are planned, but not written.",
    )


class Announcer:
    """Sends notices of the wanted events: each once until it changes, and not too many an hour.

    What was told is stored, so that a restart does not tell it again. What is over the limit is
    counted, and the next message says how many there were.
    """

    def __init__(
        self,
        settings: NotifySection,
        store: ScheduleStore,
        send: Callable[[str, str], bool],
    ) -> None:
        self._settings = settings
        self._store = store
        self._send = send
        self._lock = threading.Lock()

    def tell(self, notices: Sequence[Notice], now: datetime) -> None:
        """Send what is to be sent."""
        with self._lock:
            for notice in notices:
                self._tell(notice, now)

    def forget(self, names: Sequence[str], now: datetime) -> None:
        """Let things that are over be told anew when they come again."""
        known = self._store.told()
        for name in names:
            if name in known and known[name].words:
                self._store.tell(Told(name, known[name].at), now - _REMEMBER)

    def _tell(self, notice: Notice, now: datetime) -> None:
        if notice.event not in self._settings.events or not self._settings.apprise_urls:
            return
        known = self._store.told()
        words = hashlib.blake2b(notice.text.encode(), digest_size=8).hexdigest()
        same = known.get(notice.name)
        if notice.event != "changed" and same is not None and same.words == words:
            return
        if sent_within(known, now, _HOUR) >= self._settings.most_an_hour:
            held = known.get(_HELD)
            count = int(held.words) if held is not None else 0
            self._store.tell(Told(_HELD, now, str(count + 1)), now - _REMEMBER)
            return
        text = notice.text
        held = known.get(_HELD)
        if held is not None and held.words != "0":
            text += f"\n({held.words} more were not sent: see `segue history`.)"
        if self._send(redacted(notice.title), redacted(text)):
            self._store.tell(Told(notice.name, now, words), now - _REMEMBER)
            if held is not None:
                self._store.tell(Told(_HELD, now, "0"), now - _REMEMBER)


_HELD = "held back"


def sent_within(known: Mapping[str, Told], now: datetime, span: timedelta) -> int:
    """How many messages were sent in a span of time before now."""
    return sum(1 for name, one in known.items() if name != _HELD and one.at > now - span)
