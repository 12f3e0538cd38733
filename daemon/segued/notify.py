"""Notifications: which events of a run people hear of, each once and not too many, and sending them
through Apprise."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from segue.errors import SegueError
from segued.config.schedule.zone import local_end
from segued.config.schema import Timed
from segued.config.secrets import printable, read_secret
from segued.config.service import Event, NotifySection
from segued.schedule.policy import Result
from segued.schedule.scheduler import Ended
from segued.store.runs import ScheduleStore, SentNotice

LOGIN_DAYS = (30, 7, 1)
"""How many days before a login ends people are notified."""
PATIENCE = 3
"""After how many failures in a row passing trouble is notified."""
LONG_WAIT = timedelta(hours=2)
_REMEMBER = timedelta(days=200)
_HOUR = timedelta(hours=1)
_LOGIN_ENDED = "login ended"
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell people. The same `name` with the same `sameness` is sent once."""

    event: Event
    name: str
    title: str
    text: str
    sameness: str


def notices_of(ended: Ended, now: datetime) -> tuple[Notice, ...]:
    """What people hear of one run's end."""
    result, key, name = ended.result, ended.timed.key, ended.timed.name
    if result.step == "done":
        found = []
        # Every one of these is news, so that its time distinguishes it from the one before.
        if ended.before.told is not None:
            text = f"{name} works again: {result.text or result.status}."
            again = Notice("recovered", f"recovered {key}", "Segue: works again", text, str(now))
            found.append(again)
        if result.status == "changed":
            title, text = f"Segue: {name} was changed", f"{name}: {result.text}"
            found.append(Notice("changed", f"changed {key}", title, text, str(now)))
        return tuple(found)
    if result.step == "guard":
        title = f"Segue: {name} was not changed"
        return (Notice("refused", f"refused {key}", title, result.text, _sameness(result)),)
    if result.step == "login":
        title, text = "Segue: log in to Spotify again", f"{name}: {result.text}\n{_UNTIL_LOGIN}"
        return (Notice("login", _LOGIN_ENDED, title, text, "ended"),)
    if not is_reported(result, ended.after.failures, now):
        return ()
    title, text = f"Segue: {name} failed", f"{result.text}\n{_next_step(ended)}"
    return (Notice("failed", f"failed {key}", title, text, _sameness(result)),)


_UNTIL_LOGIN = "Until then playlists are planned, not written."


def names_over(timed: Timed) -> tuple[str, ...]:
    """The names of notices that a run which went well puts an end to."""
    over = (f"failed {timed.key}", f"refused {timed.key}")
    return (*over, _LOGIN_ENDED) if timed.needs_login else over


def _sameness(result: Result) -> str:
    """Two failures that differ only in numbers, such as times, are one to people."""
    words = result.step if result.step == "retry_at" else _NUMBERS.sub("#", result.text)
    return f"{result.step} {words}"


def is_reported(result: Result, failures: int, now: datetime) -> bool:
    """Whether people are notified of a run that did not go well."""
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
        return f"It goes on {local_end(state.not_before)}."
    if state.next_due is not None:
        return f"It is tried again {local_end(state.next_due)}."
    return ""


def login_notice(days_left: int, authorized_at: datetime) -> Notice | None:
    """The notice due about a login that still works, if any."""
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
        "ends",
    )


class Notifier:
    """Sends notices of the wanted events: each once until it changes, and not too many an hour.

    What was sent is stored, so that a restart does not send it again. What is over the limit is
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
        """Forget things that are over, so that they are sent anew when they come again."""
        known = self._store.sent_notices()
        for name in names:
            if name in known and known[name].words:
                self._note(name, known[name].at, now, "")

    def first_time(self, notice: Notice, now: datetime) -> bool:
        """Whether a notice is seen for the first time, over restarts too, sent or not."""
        name = f"seen {notice.name}"
        if name in self._store.sent_notices():
            return False
        self._note(name, now, now, notice.sameness)
        return True

    def _tell(self, notice: Notice, now: datetime) -> None:
        if notice.event not in self._settings.events or not self._settings.apprise_urls:
            return
        known = self._store.sent_notices()
        words = hashlib.blake2b(notice.sameness.encode(), digest_size=8).hexdigest()
        same = known.get(notice.name)
        if same is not None and same.words == words:
            return
        held = known.get(_HELD)
        count = int(held.words) if held is not None else 0
        sent = sent_within(known, now, _HOUR)
        if len(sent) >= self._settings.most_an_hour:
            self._note(_HELD, now, now, str(count + 1))
            return
        text = notice.text
        if count:
            text += f"\n({count} more were not sent: see `segue history`.)"
        if self._send(printable(notice.title), printable(text)):
            self._note(notice.name, now, now, words)
            self._note(_SENT, now, now, " ".join(moment.isoformat() for moment in (*sent, now)))
            if count:
                self._note(_HELD, now, now, "0")

    def _note(self, name: str, at: datetime, now: datetime, words: str) -> None:
        self._store.note_sent(SentNotice(name, at, words), now - _REMEMBER)


_HELD = "held back"
_SENT = "sent"


def sent_within(
    known: Mapping[str, SentNotice], now: datetime, span: timedelta
) -> tuple[datetime, ...]:
    """When messages were sent in a span of time before now."""
    times = known[_SENT].words.split() if _SENT in known else ()
    found = (datetime.fromisoformat(time) for time in times)
    return tuple(at for at in found if now - span < at <= now)


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent, and to which Apprise addresses: references to secrets, no secrets."""

    addresses: tuple[str, ...]
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How many addresses took a message, and what went wrong with others, without any secret."""

    taken: int
    troubles: tuple[str, ...]


def send(message: Message, environ: Mapping[str, str]) -> Sent:
    """Send a message to each of its addresses."""
    import apprise  # it loads a hundred services

    # Apprise's own logs may hold addresses, and these hold tokens.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    troubles: list[str] = []
    for number, reference in enumerate(message.addresses, 1):
        try:
            address = read_secret(reference, environ).reveal()
        except SegueError as error:
            troubles.append(str(error))
            continue
        service = apprise.Apprise()
        if not service.add(address):
            troubles.append(f"address {number} of apprise_urls is not understood")
        elif not service.notify(title=message.title, body=message.text):
            troubles.append(f"address {number} of apprise_urls did not take the message")
    return Sent(len(message.addresses) - len(troubles), tuple(troubles))
