"""Logs go to stderr, and no secret goes into them."""

from __future__ import annotations

import logging
import re
import sys

_SECRETS = re.compile(
    r"(?i)(\bbearer\s+|\bbasic\s+|[\"']?\b(?:access_token|refresh_token|code_verifier|client_secret"
    r"|code|password|api_key)[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[A-Za-z0-9._~+/=-]{8,}"
)


def redacted(text: str) -> str:
    """The text with every token, code and password in it replaced by `***`."""
    return _SECRETS.sub(r"\1***", text)


class Redacting(logging.Formatter):
    """A formatter that writes no secret, whichever library logged it; tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, secrets taken out."""
        return redacted(super().format(record))


def begin_logging(verbose: int, *, quiet: bool) -> None:
    """Send logs to stderr: warnings; with one --verbose what happens; with two every detail."""
    level = logging.ERROR if quiet else logging.WARNING
    if verbose:
        level = logging.INFO if verbose == 1 else logging.DEBUG
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting("%(levelname)s %(name)s: %(message)s"))
    top = logging.getLogger()
    top.handlers[:] = [handler]
    top.setLevel(level)
    # Their debug logs hold whole requests; ours say what is worth knowing of them.
    for noisy in ("urllib3", "spotipy", "asyncio", "matplotlib"):
        logging.getLogger(noisy).setLevel(max(level, logging.INFO))
