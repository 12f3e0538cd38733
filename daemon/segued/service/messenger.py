"""Hands messages to a process that sends them, and lets that wait for nobody at the end."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

import orjson

log = logging.getLogger(__name__)

SEND_SECONDS = 60.0
_LOOK_SECONDS = 0.05


class Messenger:
    """Sends messages through Apprise, one at a time, in a process of their own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._ended = False

    def end(self) -> None:
        """Give up what is being sent and send no more. Safe to call from a signal's handler."""
        self._ended = True  # no lock: the handler may interrupt whoever would hold it

    def send(self, urls: Sequence[str], title: str, text: str) -> bool:
        """Send a message to Apprise URLs, given by reference; whether any of them took it."""
        if self._ended:
            return False
        message = orjson.dumps({"urls": list(urls), "title": title, "text": text})
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "segued.worker.notice"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environ,
            )
        except OSError as error:
            log.warning("a message was not sent: its process cannot start (%s)", error.strerror)
            return False
        assert process.stdin is not None
        assert process.stderr is not None
        with process:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(message)
                process.stdin.close()
            why = self._wait(process)
            if why is not None:
                process.kill()
                log.warning("a message was not sent: %s", why)
                return False
            for line in process.stderr.read().decode(errors="replace").strip().splitlines()[-3:]:
                log.warning("%s", line)
        return process.returncode == 0

    def _wait(self, process: subprocess.Popen[bytes]) -> str | None:
        """Wait for the end of a process; why it was not waited for any longer, if so."""
        deadline = time.monotonic() + SEND_SECONDS
        while process.poll() is None:
            if self._ended:
                return "the service is ending"
            if time.monotonic() > deadline:
                return f"it took more than {SEND_SECONDS:.0f} s"
            time.sleep(_LOOK_SECONDS)
        return None
