"""Commands that are run and written down: what was typed, what came, and how long it took."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

MOST_LINES = 26
"""Of longer output the middle is left out."""

PATIENCE_SECONDS = 300.0


@dataclass
class Transcript:
    """What was typed, what came, and how long each step took."""

    steps: list[tuple[str, str, float]] = field(default_factory=list)

    def add(
        self, command: str, output: str, seconds: float, *, most_lines: int = MOST_LINES
    ) -> None:
        """Note one step; of output longer than `most_lines` the middle is left out."""
        self.steps.append((command, _shortened(output, most_lines), seconds))
        print(f"{seconds:7.1f} s  {command}", file=sys.stderr)  # noqa: T201 - the progress of a script

    @property
    def commands(self) -> list[str]:
        """What was typed or done, in order."""
        return [command for command, *_ in self.steps]

    def text(self, hidden: Mapping[str, str]) -> str:
        """The transcript in Markdown; what is `hidden` stands under another name."""
        parts = []
        for command, output, seconds in self.steps:
            if command.startswith("("):
                parts.append(f"*{command.strip('()')}, {seconds:.1f} s*\n")
                continue
            body = "\n".join(line.rstrip() for line in [f"$ {command}", *output.splitlines()])
            parts.append(f"```text\n{body}\n```\n\n*{seconds:.1f} s*\n")
        whole = "\n".join(parts)
        for secret, name in hidden.items():
            whole = whole.replace(secret, name)
        total = sum(seconds for *_, seconds in self.steps)
        return f"{whole}\nAll of it took {total:.0f} seconds.\n"


def _shortened(output: str, most_lines: int) -> str:
    shown = output.rstrip().splitlines()
    left_out = len(shown) - most_lines + 1
    if left_out > 1:
        shown[most_lines - 5 : -4] = [f"… and {left_out} lines more"]
    return "\n".join(shown)


class Lines:
    """What a running command has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._text = ""
        self._ended = False
        self._grown = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._grown:
                self._text += line
                self._grown.notify_all()
        with self._grown:  # nothing more can come: whoever waits for it may give up
            self._ended = True
            self._grown.notify_all()

    def until(self, pattern: str) -> str:
        """What was printed, once it holds a pattern. Raises SystemExit where it never does."""
        with self._grown:
            found = self._grown.wait_for(
                lambda: re.search(pattern, self._text) or self._ended,
                PATIENCE_SECONDS,
            )
            if not found or not re.search(pattern, self._text):
                raise SystemExit(f"{self._process.args} said only:\n{self._text}")
            return self._text

    def rest(self) -> str:
        """All that was printed, once it has ended. Raises SystemExit where it failed."""
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        if code:
            raise SystemExit(f"{self._process.args} ended with {code}:\n{self._text}")
        return self._text

    def close(self) -> None:
        """Let go of what the command, which has ended, printed to."""
        self._reader.join(PATIENCE_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def running(environ: Mapping[str, str], command: Sequence[str]) -> Iterator[Lines]:
    """A command that goes on meanwhile, and is ended by Ctrl-C where it has not ended itself."""
    process = subprocess.Popen(
        command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    lines = Lines(process)
    try:
        yield lines
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        lines.close()
