"""Has messages sent by a process of the worker's, and lets that wait for nobody at the end."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from segued.notify.sending import Message
from segued.service.children import Children
from segued.worker.messages import Request

log = logging.getLogger(__name__)

SEND_SECONDS = 60.0
_MEMORY_MIB = 1024


class Messenger:
    """Sends messages through Apprise, one at a time."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._children = Children(environ)

    def end(self) -> None:
        """Give up what is being sent and send no more. Safe to call from a signal's handler."""
        self._children.give_up()

    def send(self, addresses: Sequence[str], title: str, text: str) -> bool:
        """Send a message to Apprise addresses, given by reference; whether any of them took it."""
        message = Message(tuple(addresses), title, text)
        request = Request(
            "message", (), "", "", "", memory_mib=_MEMORY_MIB, log_level=logging.ERROR,
            message=message,
        )  # fmt: skip
        too_long = f"it took more than {SEND_SECONDS:.0f} s"
        (result,) = self._children.run(request, SEND_SECONDS, too_long).results
        sent = result.step == "done"
        if result.text:
            what = "a message was not sent to all" if sent else "a message was not sent"
            log.warning("%s: %s", what, result.text)
        return sent
