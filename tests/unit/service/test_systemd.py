"""What is said to systemd."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from segued.service.process import PATIENCE_SECONDS, SdNotify


def test_without_systemd_nothing_is_said() -> None:
    SdNotify({}).ready("well")


def test_a_socket_in_the_abstract_namespace_is_found() -> None:
    name = f"segue-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0{name}")
        SdNotify({"NOTIFY_SOCKET": f"@{name}"}).ready("well")
        assert ear.recv(100) == b"READY=1\nSTATUS=well"


def test_a_watchdog_of_another_process_is_not_fed() -> None:
    environ = {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    assert SdNotify(environ).watchdog_seconds is None


def test_a_status_cannot_forge_another_message(tmp_path: Path) -> None:
    path = tmp_path / "ear"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(path))
        SdNotify({"NOTIFY_SOCKET": str(path)}).status("one\nSTOPPING=1")
        assert ear.recv(100) == b"STATUS=one STOPPING=1"


def test_a_manager_that_does_not_listen_does_not_hold_the_scheduler_up(tmp_path: Path) -> None:
    path = tmp_path / "ear"
    environ = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "1000000"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(path))
        fill_up(path)
        began = time.monotonic()
        SdNotify(environ).watchdog()
        assert time.monotonic() - began < 3 * PATIENCE_SECONDS


def fill_up(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect(str(path))
        out.setblocking(False)
        try:
            while True:
                out.send(b"x")
        except BlockingIOError:
            return
