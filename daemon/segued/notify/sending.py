"""Sending one message through Apprise."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from segue.errors import SegueError
from segued.config.secrets import read_secret


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent, and to which Apprise addresses: references to secrets, no secrets."""

    addresses: tuple[str, ...]
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How many addresses took a message, and what went wrong with others, without any secret."""

    taken: int
    troubles: tuple[str, ...]


def send(message: Message, environ: Mapping[str, str]) -> Sent:
    """Send a message to each of its addresses."""
    import apprise  # it loads a hundred services

    # Apprise's own logs may hold addresses, and these hold tokens.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    troubles: list[str] = []
    for number, reference in enumerate(message.addresses, 1):
        try:
            address = read_secret(reference, environ).reveal()
        except SegueError as error:
            troubles.append(str(error))
            continue
        service = apprise.Apprise()
        if not service.add(address):
            troubles.append(f"address {number} of apprise_urls is not understood")
        elif not service.notify(title=message.title, body=message.text):
            troubles.append(f"address {number} of apprise_urls did not take the message")
    return Sent(len(message.addresses) - len(troubles), tuple(troubles))
