"""Hands a message to the process that sends it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence

import orjson

log = logging.getLogger(__name__)

SEND_SECONDS = 60.0


def send(urls: Sequence[str], title: str, text: str, environ: Mapping[str, str]) -> bool:
    """Send a message to Apprise URLs, given by reference; whether any of them took it."""
    message = orjson.dumps({"urls": list(urls), "title": title, "text": text})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "segued.worker.notice"],
            input=message,
            env=dict(environ),
            capture_output=True,
            timeout=SEND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("a message was not sent within %.0f s", SEND_SECONDS)
        return False
    for line in done.stderr.decode(errors="replace").strip().splitlines()[-3:]:
        log.warning("%s", line)
    return done.returncode == 0
