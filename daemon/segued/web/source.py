"""Asking services: those other than Spotify politely, and all of them several things at once.

One `Source` stands for one service other than Spotify: spaced calls, a named client, one budget.
What it was asked is counted, and what it refused is left alone, under its name in the same
persisted budget as Spotify's endpoints.

Requests run side by side where their order does not matter, here and nowhere else, by
`concurrent.futures`: what is called (requests, spotipy, lyricsgenius) blocks, so that an event
loop would need the same threads below it. Whatever stores what was read stays in the caller's
thread and sees the outcomes in their order.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import islice
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import requests

from segue.errors import ForbiddenError, MalformedAnswerError, RateLimitedError
from segue.names import plural
from segued.config.schedule.zone import local_end
from segued.store.access import BudgetStore
from segued.web.judging import Phrases, error_for, json_of
from segued.web.service import Service
from segued.web.transport import AT_ONCE, Limits, stop_pauses_by

log = logging.getLogger(__name__)

USER_AGENT = f"Segue/{version('segue')} (a self-hosted playlist daemon)"
REFUSED_WAIT = timedelta(hours=6)
ATTEMPTS = 3

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Params = Mapping[str, str | int]
Result = TypeVar("Result")

_PHRASES = Phrases(
    name="NAME",
    redirected="NAME answered {asked} with {status}, a redirection; check its address",
    forbidden=(
        "NAME answered {asked} with {status}: it refuses this client; it is left alone for "
        f"{REFUSED_WAIT.total_seconds() / 3600:.0f} hours"
    ),
    missing="NAME answered {asked} with {status}: it does not have that",
    unavailable="NAME answered {asked} with {status}; it will be asked again later",
    refused="NAME answered {asked} with {status}; check whether Segue is up to date",
    unreachable="NAME did not answer ({cause}); it will be asked again later",
    garbled=(
        "NAME answered {asked} with something that is not JSON ({cause}); nothing of it was kept, "
        "and it will be asked again later"
    ),
    limited="NAME asks to be left alone until {until}",
    quota="NAME asks to be left alone until {until}",
    cooling="{asked} is left alone until {until} ({reason}); nothing was asked",
    cooling_quota="{asked} is left alone until {until} ({reason}); nothing was asked",
    wait_unsaid=timedelta(minutes=10),
)


def phrases_for(name: str, **changes: str) -> Phrases:
    """The sentences for a service of this name, some of them its own."""
    usual = {
        key: value.replace("NAME", name)
        for key in Phrases.__dataclass_fields__
        if isinstance(value := getattr(_PHRASES, key), str)
    }
    return replace(_PHRASES, **(usual | changes))  # type: ignore[arg-type]  # texts all


class Source:
    """One service over HTTP. Time and sleeping are arguments, so that tests need not wait.

    Every method raises RateLimitedError (429, or still cooling down: `retry_at` says until when),
    ForbiddenError (401, 403: the service is then left alone for some hours), NotFoundError (404),
    UnavailableError (5xx, cut, slow or unreachable) or MalformedAnswerError. A redirection is the
    latter, unless it stays on its host and `limits` has redirections followed.
    """

    def __init__(
        self,
        phrases: Phrases,
        base_url: str,
        limits: Limits,
        store: BudgetStore,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = phrases.name
        self.odd_rows = 0
        """How many rows of its answers could not be read, and were left out, so far."""
        self._base = base_url.rstrip("/")
        self._limits = limits
        self._clock = clock
        self._phrases = phrases
        self._service = Service(phrases, limits, store, self._judge, clock=clock, sleep=sleep)
        self.session.headers["User-Agent"] = USER_AGENT
        if limits.most_redirects:
            self.session.max_redirects = limits.most_redirects

    @property
    def session(self) -> requests.Session:
        """The session everything to this service goes through."""
        return self._service.session

    def get_json(
        self, path: str, params: Params, own_error: Callable[[Json], bool] | None = None
    ) -> Json:
        """The JSON of an answer to GET.

        `own_error`, for a service whose errors stand in the body whatever the status, raises the
        error that a body stands for, or says whether it is one that the caller looks at.
        """

        def judge(answer: requests.Response, **_: object) -> None:
            if answer.status_code == 429 or own_error is None or not own_error(_body(answer)):
                self._judge(answer)

        answer = self.call(
            lambda: self.session.get(
                f"{self._base}{path}",
                params=dict(params),
                headers={"Accept": "application/json"},
                allow_redirects=False,
                hooks={"response": judge},
            ),
            attempts=ATTEMPTS,
        )
        value: Json = json_of(answer, path, self._phrases)  # type: ignore[assignment]
        return value

    def without(self, what: str, path: str) -> MalformedAnswerError:
        """The error for an answer that lacks what was asked for."""
        return MalformedAnswerError(
            f"{self.name} answered {path} without {what}; nothing of it was kept, and it will be "
            "asked again later"
        )

    def limited(self) -> RateLimitedError:
        """The error for an answer that asks to be left alone without saying how long."""
        until = self._clock() + self._phrases.wait_unsaid
        said = self._phrases.limited.format(asked=self.name, until=local_end(until))
        return RateLimitedError(said, retry_at=until)

    def call(self, send: Callable[[], Result], *, attempts: int = 1) -> Result:
        """Send a request by `send`, through `session`, and give what it gives.

        A service that lets one wait is not asked again at once.
        """
        try:
            return self._service.call(
                self.name,
                send,
                attempts=attempts,
                delay=self._limits.interval_seconds,
                repeat_slow=False,
            )
        except ForbiddenError:
            self.leave_alone(self._clock() + REFUSED_WAIT, "refused")
            raise

    def check(self) -> None:
        """Raise RateLimitedError while the service is to be left alone."""
        self._service.budget.check([self.name])

    def leave_alone(self, until: datetime, reason: str) -> None:
        """Remember that the service is not to be asked before `until` (UTC)."""
        self._service.budget.cool_down(self.name, until, reason)

    def close(self) -> None:
        """Close the connections, and say once what could not be read."""
        if self.odd_rows:
            log.warning(
                "%s in answers of %s could not be read; left out",
                plural(self.odd_rows, "row"),
                self.name,
            )
            self.odd_rows = 0
        self._service.close()

    def _judge(self, answer: requests.Response) -> None:
        if self._limits.most_redirects and answer.is_redirect and _stays(answer):
            return
        path = urlsplit(answer.request.url or "").path
        base = urlsplit(self._base).path
        error = error_for(answer, path.removeprefix(base), self._phrases, self._clock())
        if error is not None:
            raise error


def _body(answer: requests.Response) -> Json:
    """The JSON of an answer, None where it is none."""
    try:
        value: Json = answer.json()
    except ValueError:
        return None
    return value


def _stays(answer: requests.Response) -> bool:
    """Whether a redirection leads to the host that was asked, by the same scheme."""
    here = urlsplit(answer.url)
    there = urlsplit(answer.headers.get("location", ""), scheme=here.scheme)
    return (there.scheme, there.netloc or here.netloc) == (here.scheme, here.netloc)


class Services(ExitStack):
    """The services that are asked together, closed together."""

    def __init__(self, store: BudgetStore, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store, self._clock = store, clock

    def open(self, name: str, url: str, limits: Limits, phrases: Phrases | None = None) -> Source:
        """A service over HTTP, counted under this name and closed with the others."""
        source = Source(phrases or phrases_for(name), url, limits, self._store, clock=self._clock)
        self.callback(source.close)
        return source


Item = TypeVar("Item")


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], most: int = AT_ONCE
) -> Generator[tuple[Item, Callable[[], Result]]]:
    """Do `work` for the items, up to `most` at once, and give each with what tells its outcome.

    That gives the result or raises what `work` raised. It begins with one alone, and after one
    that failed with one alone again, so that a service that refuses is asked no more often than
    one by one: what was under way then is waited for and its outcome given, nothing else begins.
    Where the caller stops, nothing new begins either, and what only pauses is ended. At no time are
    more than `most` begun whose outcome the caller has not dealt with, so that a kill loses no more
    than these.
    """
    waiting = iter(items)
    running: deque[tuple[Item, Future[Result]]] = deque()
    width = 1
    stopped = threading.Event()

    def stoppable(item: Item) -> Result:
        stop_pauses_by(stopped)
        return work(item)

    with ThreadPoolExecutor(most, thread_name_prefix="side-by-side") as pool:
        try:
            while True:
                for item in islice(waiting, max(0, width - len(running))):
                    running.append((item, pool.submit(stoppable, item)))
                if not running:
                    return
                item, future = running.popleft()
                failed = future.exception() is not None
                width = 1 if failed else most
                yield item, future.result
        finally:
            stopped.set()
            for _, future in running:
                future.cancel()


class Ahead(Generic[Result]):
    """Pages that are fetched one after the other, some of them asked for before their turn."""

    def __init__(self, fetch: Callable[[int], Result]) -> None:
        self._fetch = fetch
        self._expected = _none(fetch)

    def expect(self, offsets: Iterable[int]) -> None:
        """Say which pages will be fetched next for certain, in this order."""
        self.close()
        self._expected = in_order(self._fetch, offsets)

    def fetch(self, offset: int) -> Result:
        """The page at an offset; raises what fetching it raised."""
        expected, page = next(self._expected, (None, None))
        if page is not None and expected == offset:
            return page()
        self.close()  # they are fetched in another order than expected
        return self._fetch(offset)

    def close(self) -> None:
        """Ask for nothing ahead any more; what is under way is waited for."""
        self._expected.close()


def _none(fetch: Callable[[int], Result]) -> Generator[tuple[int, Callable[[], Result]]]:
    return in_order(fetch, ())
