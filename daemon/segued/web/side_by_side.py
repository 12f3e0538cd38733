"""Requests side by side where their order does not matter: the one place that has threads for it.

`concurrent.futures` of the standard library does it: what is called here (requests, spotipy,
lyricsgenius) blocks, so that an event loop would need the same threads below it. Whatever stores
what was read stays in the caller's thread and sees the outcomes in their order.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from itertools import islice
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 8
"""How many requests to one service are under way at once."""

_thread = threading.local()
"""`stopped`: the event that ends what a thread of ours is doing."""


def pause(seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait between two requests; raises CancelledError as soon as nobody wants the second any more.

    Without that, a command that is stopped by hand would go on for as long as its pauses take.
    """
    stopped: threading.Event | None = getattr(_thread, "stopped", None)
    if stopped is None or sleep is not time.sleep:
        sleep(seconds)
    else:
        stopped.wait(seconds)
    if stopped is not None and stopped.is_set():
        raise CancelledError


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
        _thread.stopped = stopped
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
