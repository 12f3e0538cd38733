"""Text as it may be shown in a terminal, a log or a message: no secrets, no control characters."""

from __future__ import annotations

import logging
import re

_SECRETS = re.compile(
    r"(?i)(\bbearer\s+|\bbasic\s+|[\"']?\b(?:access_token|refresh_token|code_verifier|client_secret"
    r"|code|password|api_key)[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[A-Za-z0-9._~+/=-]{8,}"
)

_CONTROL_CODES = (
    *(code for code in range(0x20) if chr(code) not in "\n\t"),
    *range(0x7F, 0xA0),
    *range(0x2028, 0x202F),  # line and paragraph separators, bidirectional overrides
    *range(0x2066, 0x206A),  # bidirectional isolates
)
_CONTROLS = dict.fromkeys(_CONTROL_CODES, "\ufffd")
_ESCAPED = {code: f"\\u{code:04x}" for code in _CONTROL_CODES if code >= 0x20}

_SHORTEST_SECRET = 8
"""What is shorter would take ordinary words out of messages."""
_known: set[str] = set()


def remember_secret(text: str) -> None:
    """Take this value out of every text from now on, in whatever sentence it stands."""
    if len(text) >= _SHORTEST_SECRET:
        _known.add(text)


def printable(text: str) -> str:
    """The text as it may be shown: without control characters, tokens, codes and passwords.

    Secrets are those this process holds (`remember_secret`) and what stands where secrets stand.
    Of control characters only line breaks and tabs stay; the others, which could colour, hide or
    reorder what a terminal shows, become U+FFFD.
    """
    return _redacted(text.replace("\r\n", "\n")).translate(_CONTROLS)


def printable_json(text: str) -> str:
    """A JSON document as `printable` would have it, its control characters escaped."""
    return _redacted(text).translate(_ESCAPED)


def _redacted(text: str) -> str:
    text = _SECRETS.sub(r"\1***", text)  # first: a part taken out would hide the rest from it
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


class Redacting(logging.Formatter):
    """A formatter that writes no secret, whichever library logged it; tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, secrets taken out."""
        return printable(super().format(record))


def quiet_libraries(level: int) -> None:
    """Keep debug logs of libraries that hold whole requests out of ours."""
    for noisy in ("urllib3", "spotipy", "asyncio", "matplotlib", "apscheduler", "apprise"):
        logging.getLogger(noisy).setLevel(max(level, logging.INFO))
