"""Asks a process of its own what the state holds, so that the service never has to hold it.

The process starts with the first question, keeps what it read for the next one, and ends after a
minute without any: an idle service is as small as if nobody had looked.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import sys
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson

from segue.errors import SegueError
from segued.worker.messages import environment_of_jobs

IDLE_SECONDS = 60.0
ANSWER_SECONDS = 120.0
_MOST_LINE_BYTES = 64 * 1024 * 1024

Answer = dict[str, Any]
"""What a question is answered with: JSON values, whose shape the one who asks knows."""


class ReaderError(SegueError):
    """A question was not answered; the words say why."""


class Reader:
    """Answers questions, one after the other. Used from one event loop only."""

    def __init__(self, environ: Mapping[str, str], idle_seconds: float = IDLE_SECONDS) -> None:
        self._environ = environment_of_jobs(environ)
        self._idle_seconds = idle_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._known: OrderedDict[bytes, Answer] = OrderedDict()

    @property
    def process_id(self) -> int | None:
        """The process that answers; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def ask(self, question: str, /, **values: object) -> Answer:
        """The answer to a question. Raises ReaderError with words for people."""
        line = orjson.dumps({"question": question, **values}) + b"\n"
        async with self._turn:
            if self._timer is not None:
                self._timer.cancel()
            try:
                return await asyncio.wait_for(self._exchange(line), ANSWER_SECONDS)
            except TimeoutError:
                await self._end(kill=True)
                raise ReaderError(f"no answer within {ANSWER_SECONDS:.0f} s") from None
            except asyncio.CancelledError:
                await self._end(kill=True)  # or the next one to ask would get this answer
                raise
            finally:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._idle_seconds, self._rest)

    async def _exchange(self, line: bytes) -> Answer:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(line)
            await process.stdin.drain()
        said = await process.stdout.readline()
        if not said:
            code = await process.wait()
            self._process = None
            raise ReaderError(f"the process that reads the state ended ({code}); the log says why")
        answer: Answer = orjson.loads(said)
        if "error" in answer:
            raise ReaderError(str(answer["error"]))
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "segued.page.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=self._environ,
                start_new_session=True,
                limit=_MOST_LINE_BYTES,
            )
        except OSError as error:
            raise ReaderError(f"no process could be started ({error.strerror})") from error

    def _rest(self) -> None:
        if not self._turn.locked():
            self._resting = asyncio.ensure_future(self._end())
            give_memory_back()

    async def close(self) -> None:
        """End the process."""
        if self._timer is not None:
            self._timer.cancel()
        await self._end()

    async def _end(self, *, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if kill:
            process.kill()
        elif process.stdin is not None:
            process.stdin.close()  # the process ends with its questions
        await process.wait()


def give_memory_back() -> None:
    """Let the system have the memory that answers took and that is free again (glibc only)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
