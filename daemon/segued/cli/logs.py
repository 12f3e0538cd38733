"""Logs go to stderr, and no secret goes into them."""

from __future__ import annotations

import logging
import sys

from segued.config.redaction import Redacting, quiet_libraries


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
    quiet_libraries(level)
