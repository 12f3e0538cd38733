"""Sending one message through Apprise, in a process of its own: it loads a hundred services.

`python -m segued.worker.notice` reads one JSON object from stdin: `urls` (references to secrets),
`title`, `text`. The exit code is 0 where any service took it.
"""

from __future__ import annotations

import logging
import os
import sys

import orjson

from segue.errors import SegueError
from segued.config.secrets import read_secret
from segued.worker.limits import limit

_MEMORY_MIB = 1024


def main() -> int:
    """Send, and say on stderr what did not work, without any address."""
    limit(_MEMORY_MIB)
    # Apprise's own logs may hold addresses, and these hold tokens.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    message = orjson.loads(sys.stdin.buffer.read())
    import apprise

    failed = 0
    for number, reference in enumerate(message["urls"], 1):
        try:
            address = read_secret(reference, os.environ).reveal()
        except SegueError as error:
            sys.stderr.write(f"notify: {error}\n")
            failed += 1
            continue
        service = apprise.Apprise()
        if not service.add(address):
            sys.stderr.write(f"notify: address {number} of apprise_urls is not understood\n")
            failed += 1
        elif not service.notify(title=message["title"], body=message["text"]):
            sys.stderr.write(f"notify: address {number} of apprise_urls did not take the message\n")
            failed += 1
    return 1 if failed == len(message["urls"]) else 0


if __name__ == "__main__":
    sys.exit(main())
