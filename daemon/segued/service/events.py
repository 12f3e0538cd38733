"""What the main thread waits for: signals, and words from other threads."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence


class Events:
    """Numbers to be dealt with, in their order. `put` may be called from anywhere.

    A queue of the standard library would do but for signals: one that the kernel gives to another
    thread, or that comes just before the wait begins, does not end the wait of the main thread.
    So signals wake it by a socket (`signal.set_wakeup_fd`).
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._waiting: deque[int] = deque()

    def put(self, event: int) -> None:
        """Add one, and end the wait for it."""
        self._waiting.append(event)
        with contextlib.suppress(BlockingIOError):  # then so many wait that it is awake anyway
            self._writer.send(b"\0")

    def get(self, timeout_seconds: float) -> int | None:
        """The next one, waited for; None where there is none in time, or not yet."""
        if not self._waiting:
            select.select([self._reader], [], [], timeout_seconds)
            with contextlib.suppress(BlockingIOError):
                self._reader.recv(4096)
        return self._waiting.popleft() if self._waiting else None

    @contextlib.contextmanager
    def of_signals(
        self, numbers: Sequence[int], noted: Callable[[int], None] = lambda _: None
    ) -> Iterator[None]:
        """Take signals as events; in the main thread only. `noted` is called in the handler."""

        def note(number: int, _frame: object) -> None:
            noted(number)
            self.put(number)

        wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        previous = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)

    def close(self) -> None:
        """Let the sockets go."""
        self._reader.close()
        self._writer.close()
