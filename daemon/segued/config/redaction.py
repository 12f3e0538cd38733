"""Text without the secrets in it, for logs, errors and messages."""

from __future__ import annotations

import logging
import re

_SECRETS = re.compile(
    r"(?i)(\bbearer\s+|\bbasic\s+|[\"']?\b(?:access_token|refresh_token|code_verifier|client_secret"
    r"|code|password|api_key)[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[A-Za-z0-9._~+/=-]{8,}"
)

_SHORTEST_SECRET = 6
"""What is shorter would take ordinary words out of messages."""
_known: set[str] = set()


def remember_secret(text: str) -> None:
    """Take this value out of every text from now on, in whatever sentence it stands."""
    if len(text) >= _SHORTEST_SECRET:
        _known.add(text)


def redacted(text: str) -> str:
    """The text with every token, code and password in it replaced by `***`.

    Known are those this process holds (`remember_secret`) and what stands where secrets stand.
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _SECRETS.sub(r"\1***", text)


class Redacting(logging.Formatter):
    """A formatter that writes no secret, whichever library logged it; tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, secrets taken out."""
        return redacted(super().format(record))


def quiet_libraries(level: int) -> None:
    """Keep debug logs of libraries that hold whole requests out of ours."""
    for noisy in ("urllib3", "spotipy", "asyncio", "matplotlib", "apscheduler", "apprise"):
        logging.getLogger(noisy).setLevel(max(level, logging.INFO))
