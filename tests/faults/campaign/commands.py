"""`segue` as a process that can be killed at any of its steps.

A launcher imports Segue once and forks for each command, so that a command costs a tenth of a
second instead of a second. A step is what others can see of a process: a request that leaves or is
answered, or a file that appears, is written through, takes another's place or goes.
"""

from __future__ import annotations

import builtins
import errno
import gc
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

_BUG = re.compile(r"(bug|mistake) in Segue|Traceback \(most recent call last\)")
STEPS = ("replace", "rename", "unlink", "fsync", "mkdir", "open")
"""The functions of `os` that are steps; opening is one where it creates a file, as is Python's own
`open` where it writes to a file by its name."""
_KILLED = (None, None, 0.0)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `code` is None when it was killed, `steps` None when it did not end.

    `seconds` counts the pauses between requests, which pass at once.
    """

    code: int | None
    steps: int | None
    seconds: float
    output: str
    too_long: bool = False

    @property
    def traceback(self) -> bool:
        """Whether it ended as a bug."""
        return _BUG.search(self.output) is not None


class Launcher:
    """Runs commands one at a time, each in a process of its own."""

    _open: ClassVar[list[Launcher]] = []

    @classmethod
    def end_all(cls) -> None:
        """End every launcher of this process, with the command it runs."""
        for launcher in cls._open:
            launcher.end()

    def __init__(self, folder: Path, seconds: float) -> None:
        self.output = folder / "output"
        self.seconds = seconds
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "TZ": "UTC"},
            process_group=0,
        )
        self._open.append(self)

    def __enter__(self) -> Launcher:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.end()
        self._open.remove(self)
        self._process.communicate()

    def end(self) -> None:
        """End the launcher and the command it runs."""
        os.killpg(self._process.pid, signal.SIGKILL)

    def run(
        self,
        arguments: Sequence[str],
        home: Path,
        *,
        kill_at: int | None = None,
        full_at: int | None = None,
        stay: bool = False,
    ) -> Ended:
        """Run `segue` with these arguments in this home; `kill_at` counts steps from 1, and from
        `full_at` on the disk has no room left.

        With `stay` the command runs in the launcher itself, so that what it imports is there for
        all that follow.
        """
        job = {
            "arguments": list(arguments),
            "home": str(home),
            "output": str(self.output),
            "kill_at": kill_at,
            "full_at": full_at,
            "seconds": self.seconds,
            "stay": stay,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(**answer, output=self.output.read_text(errors="replace"))


def _environ(home: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SEGUE_")}
    own = {"HOME": home, "STATE_DIRECTORY": f"{home}/state", "SEGUE_CONFIG": f"{home}/config.toml"}
    return {**kept, **own}


TAKES_ROOM = ("open", "fsync", "mkdir")
"""The steps that fail on a full disk."""


def _count_steps(kill_at: int | None, full_at: int | None) -> list[int]:
    """Count the steps of this process from now on; kill it at the one named, or let there be no
    room on the disk from then on."""
    import requests

    counted = [0]

    def step() -> None:
        counted[0] += 1
        if counted[0] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(function: Callable[..., object], name: str = "") -> Callable[..., object]:
        def call(*positional: object, **named: object) -> object:
            step()
            if full_at is not None and counted[0] >= full_at and name in TAKES_ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            answer = function(*positional, **named)
            step()
            return answer

        return call

    def opening(path: object, flags: int, *more: object, **named: object) -> object:
        call = watched(os_open, "open") if flags & os.O_CREAT else os_open
        return call(path, flags, *more, **named)

    def writing(path: object, mode: str = "r", *more: Any, **named: Any) -> Any:
        file = io_open(path, mode, *more, **named)  # type: ignore[call-overload]
        if mode.strip("rbt") and not isinstance(path, int):
            step()  # what was in the file may be gone, and nothing is in it yet
            if full_at is not None and counted[0] >= full_at:
                file.close()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return file

    os_open, io_open = os.open, io.open
    io.open = builtins.open = writing
    for name in STEPS:
        setattr(os, name, opening if name == "open" else watched(getattr(os, name), name))
    requests.Session.send = watched(requests.Session.send)  # type: ignore[method-assign,assignment]
    return counted


@dataclass(slots=True)
class _Pauses:
    """A clock that a pause puts forward at once, so that nobody waits for it."""

    seconds: float = 0.0

    def sleep(self, seconds: float) -> None:
        """Pass so many seconds."""
        self.seconds += seconds

    def now(self) -> datetime:
        """The time (UTC), with all pauses."""
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


def _command(job: dict[str, object], pauses: _Pauses) -> int:
    from segued.cli.call import Call
    from segued.cli.main import main

    os.environ.clear()
    os.environ.update(_environ(str(job["home"])))
    sink = os.open(str(job["output"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    kept = [os.dup(number) for number in (1, 2)]
    try:
        for number in (1, 2):
            os.dup2(sink, number)
        arguments = [str(argument) for argument in job["arguments"]]  # type: ignore[attr-defined]
        return main(arguments, Call(clock=pauses.now, sleep=pauses.sleep))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, number)


def _forked(job: dict[str, object]) -> dict[str, object]:
    began = time.monotonic()
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        counted = _count_steps(job["kill_at"], job["full_at"])  # type: ignore[arg-type]
        pauses = _Pauses()
        code = _command(job, pauses)
        os.write(write_end, f"{code} {counted[0]} {pauses.seconds}".encode())
        os._exit(0)
    os.close(write_end)
    limit = float(job["seconds"])  # type: ignore[arg-type]
    ready, _, _ = select.select([read_end], [], [], limit)
    words = os.read(read_end, 100).decode().split() if ready else []
    os.close(read_end)
    if not ready:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    code, steps, paused = (int(words[0]), int(words[1]), float(words[2])) if words else _KILLED
    seconds = time.monotonic() - began + paused
    return {"code": code, "steps": steps, "seconds": seconds, "too_long": seconds > limit}


def _launch() -> None:
    import numpy.random  # noqa: F401 - whatever is imported here no command has to import again

    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        job = json.loads(line)
        if job["stay"]:
            code = _command(job, _Pauses())
            answer = {"code": code, "steps": None, "seconds": 0.0, "too_long": False}
            gc.collect()
            gc.disable()  # a child that collects would copy every page it shares with us
        else:
            answer = _forked(job)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    _launch()
