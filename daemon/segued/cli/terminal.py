"""The border to the terminal: nothing a service or a file says is written to it as it came.

Rich consoles, which write colours of their own, clean their texts themselves: see `cli.output`.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from segued.config.redaction import printable


class CleanStream:
    """A text stream that lets no control character and no secret through."""

    def __init__(self, unfiltered: TextIO) -> None:
        self.unfiltered = unfiltered

    def write(self, text: str) -> int:
        """Write what may be printed of a text."""
        self.unfiltered.write(printable(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write what may be printed of each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # Any: whatever the stream has
        return getattr(self.unfiltered, name)


@contextmanager
def clean_streams() -> Iterator[None]:
    """Let everything printed meanwhile pass the border, in letters the terminal knows."""
    stdout, stderr = sys.stdout, sys.stderr
    for stream in (stdout, stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a title is no reason to fail
    sys.stdout, sys.stderr = CleanStream(stdout), CleanStream(stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr
