"""A service that is told to end in the middle of a write."""

from __future__ import annotations

from typing import Any

from segued.sandbox.control.faults import Fault

WRITE = ("POST", "/playlists/{id}/items")


def in_the_middle_of_a_write(home: Any, seconds: float) -> Any:
    """A service whose job waits for the answer to a write that takes so long."""
    home.make_due("refresh:mornings")
    home.sandbox.faults.add(Fault("stall", *WRITE, times=None, seconds=seconds))
    process = home.serve()
    home.wait_until(lambda: home.struck)
    return process


def open_intents(home: Any) -> int:
    with home.state() as state:
        return len(state.journal.open_intents())


def test_a_write_that_ends_soon_is_finished_first(home: Any) -> None:
    process = in_the_middle_of_a_write(home, 1.5)
    assert home.stop(process) == 0
    assert len(home.mine["Mornings"]) == 20
    assert open_intents(home) == 0


def test_a_write_that_takes_too_long_is_left_in_time_and_finished_at_the_next_start(
    home: Any,
) -> None:
    process = in_the_middle_of_a_write(home, 600)
    assert home.stop(process) == 0
    assert open_intents(home) == 1
    home.sandbox.faults.clear()
    process = home.serve()
    home.wait_until(lambda: open_intents(home) == 0 and len(home.mine["Mornings"]) == 20)
    assert home.stop(process) == 0
    assert list(home.mine) == ["Mornings"], "a second playlist was made"
    assert ("refresh", "changed", "again: it was stopped with the service") in home.runs()
