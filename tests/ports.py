"""A port for a service that has to be told one before it starts."""

from __future__ import annotations

import os
import random
import socket

_OWN = range(15_000, 32_000)
"""Below what systems hand out for port 0, so that nobody is given it before it is taken."""


def free_port() -> int:
    """A port of the loopback address on which nobody listens."""
    chance = random.Random(os.getpid())  # processes of one run look in different places
    for port in chance.sample(_OWN, len(_OWN)):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
