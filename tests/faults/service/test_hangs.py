"""What hangs: the scheduler, which systemd must notice, and a service of messages, which must
not hold anything up."""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from segued.service.children import SEND_SECONDS

WATCHDOG_SECONDS = 0.6


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file of documents, so that whoever changes it waits."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_due_past_the_lock(path: Path, key: str) -> None:
    """Write what the scheduler has to act on, without the lock that it will wait for."""
    content = json.loads(path.read_text())
    past = datetime.now(UTC) - timedelta(days=1)
    content["tables"]["schedules"][key]["next_due"] = past.isoformat()
    other = path.with_name("other")
    other.write_text(json.dumps(content))
    other.replace(path)


def test_a_scheduler_that_is_stuck_stops_feeding_the_watchdog(home: Any) -> None:
    process = home.serve(WATCHDOG_USEC=str(int(WATCHDOG_SECONDS * 1e6)))
    home.systemd.wait_for("WATCHDOG=1")
    path = home.folder / "state" / "schedules.json"

    def fed() -> int:
        return sum(message == "WATCHDOG=1" for message in home.systemd.listen())

    with locked(path):
        make_due_past_the_lock(path, "refresh:mornings")
        deadline, known, since = time.monotonic() + 120, fed(), time.monotonic()
        while time.monotonic() - since < 4 * WATCHDOG_SECONDS:
            assert time.monotonic() < deadline, "the watchdog was fed by a scheduler that is stuck"
            if fed() != known:
                known, since = fed(), time.monotonic()
            time.sleep(0.02)
        assert process.poll() is None
    home.wait_until(lambda: fed() > known)
    home.stop(process)


def test_a_service_of_messages_that_never_answers_does_not_hold_up_the_end(
    home: Any,
) -> None:
    recipe = '[[playlist]]\nname = "Mornings"\nfrom = "playlist:None Such"\nschedule = "@daily"\n'
    with deaf_service() as (port, met):
        home.write_config(
            more='[notify]\napprise_urls = ["env:NOTE"]',
            recipes=recipe,
        )
        home.make_due("refresh:mornings")
        process = home.serve(NOTE=f"json://127.0.0.1:{port}/?rto=600")
        home.wait_until(met.is_set)
        process.terminate()
        assert process.wait(SEND_SECONDS - 15) == 0, "it waited for the message"


@contextlib.contextmanager
def deaf_service() -> Iterator[tuple[int, threading.Event]]:
    """A server that takes connections and says nothing; whether one came."""
    met = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    kept.append(server.accept()[0])
                    met.set()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1], met
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for held in kept:
                held.close()
