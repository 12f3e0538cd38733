"""Killed services and killed jobs: nothing is lost, nothing done twice."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import psutil

from segued.sandbox.control.faults import Fault


def job_of(process: Any) -> psutil.Process | None:
    children = psutil.Process(process.pid).children()
    return children[0] if children else None


def test_a_killed_job_is_a_failed_run_and_the_service_lives_on(home: Any) -> None:
    home.make_due("refresh:mornings")
    home.sandbox.faults.add(Fault("stall", "GET", "/me/tracks", times=None, seconds=600))
    process = home.serve()
    home.wait_until(lambda: home.struck)
    job = job_of(process)
    assert job is not None
    os.kill(job.pid, signal.SIGKILL)
    home.wait_until(lambda: ("refresh", "failed") in [run[:2] for run in home.runs()])
    assert home.runs()[-1][2].startswith("caught up")
    assert process.poll() is None
    with home.state() as state:
        left = state.schedules.get("refresh:mornings")
    assert (left.failures, left.waiting) == (1, "back_off")
    assert "SIGKILL" in left.last_text
    assert home.stop(process) == 0


def test_a_service_killed_in_the_middle_of_a_write_finishes_it_after_its_start(home: Any) -> None:
    home.make_due("refresh:mornings")
    home.sandbox.faults.add(
        Fault("stall", "POST", "/playlists/{id}/items", times=None, seconds=600)
    )
    process = home.serve()
    home.wait_until(lambda: home.struck)
    job = job_of(process)
    assert job is not None
    process.kill()
    process.wait()
    # Its job notices that it is alone, and leaves the write it cannot finish.
    home.wait_until(lambda: not alive(job))
    home.sandbox.faults.clear()
    process = home.serve()
    home.wait_until(lambda: ("refresh", "changed", AGAIN) in home.runs())
    assert home.stop(process) == 0
    assert len(home.mine["Mornings"]) == 20
    assert list(home.mine) == ["Mornings"], "a second playlist was made"
    with home.state() as state:
        assert state.journal.open_intents() == ()


AGAIN = "again: the service ended in the middle of it"


def test_a_job_whose_service_is_killed_ends_by_itself(home: Any) -> None:
    home.make_due("refresh:mornings")
    home.sandbox.faults.add(Fault("stall", "GET", "/me", times=None, seconds=600))
    process = home.serve()
    home.wait_until(lambda: job_of(process) is not None)
    job = job_of(process)
    assert job is not None
    process.kill()
    process.wait()
    home.wait_until(lambda: not alive(job))


def alive(job: psutil.Process) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return job.is_running() and job.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_command_that_writes_holds_a_job_up_and_no_more(home: Any) -> None:
    from segued.store.files.lock import writer_lock

    home.make_due("refresh:mornings")
    with writer_lock(home.folder / "state", "segue refresh", 5):
        process = home.serve()
        home.wait_until(lambda: job_of(process) is not None)
    home.wait_until(lambda: "Mornings" in home.mine)
    assert home.stop(process) == 0


def test_the_lock_of_a_job_names_the_service_to_commands(home: Any) -> None:
    home.make_due("refresh:mornings")
    home.sandbox.faults.add(Fault("stall", "GET", "/me/tracks", times=None, seconds=600))
    process = home.serve()
    lock = home.folder / "state" / "lock"
    home.wait_until(lambda: lock.is_file() and b"segued: refresh" in Path(lock).read_bytes())
    home.stop(process)
