"""The wait of the main thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from segued.service.process import Events

LONG_SECONDS = 240.0


@pytest.fixture
def events() -> Iterator[Events]:
    made = Events()
    yield made
    made.close()


def waited_for(events: Events) -> int | None:
    """The next event: a wait that ends without one is begun again, once."""
    found = events.get(LONG_SECONDS)
    return events.get(LONG_SECONDS) if found is None else found


@pytest.mark.timeout(LONG_SECONDS / 2)
def test_a_signal_that_another_thread_is_given_ends_the_wait(events: Events) -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    assert other.ident is not None
    ident = other.ident

    def later() -> None:
        over.wait(0.2)  # until the main thread waits, as a rule
        signal.pthread_kill(ident, signal.SIGUSR1)

    with events.of_signals((signal.SIGUSR1,)):
        asker = threading.Thread(target=later)
        asker.start()
        assert waited_for(events) == signal.SIGUSR1
        asker.join()
    over.set()
    other.join()


@pytest.mark.timeout(LONG_SECONDS / 2)
def test_a_word_of_another_thread_ends_the_wait(events: Events) -> None:
    threading.Timer(0.05, events.put, (7,)).start()
    assert waited_for(events) == 7


def test_events_come_in_their_order_and_then_none(events: Events) -> None:
    for number in (3, 1, 2):
        events.put(number)
    assert [events.get(0.0) for _ in range(4)] == [3, 1, 2, None]


def test_a_signal_s_handler_is_as_before_afterwards(events: Events) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with events.of_signals((signal.SIGUSR1,)):
        assert signal.getsignal(signal.SIGUSR1) is not before
    assert signal.getsignal(signal.SIGUSR1) is before


def test_however_many_come_none_is_lost(events: Events) -> None:
    for number in range(1, 100_001):
        events.put(number)
    assert [events.get(0.0) for _ in range(100_000)] == list(range(1, 100_001))
