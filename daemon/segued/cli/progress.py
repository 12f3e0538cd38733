"""Progress of a job: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.progress import ProgressColumn, Task
from rich.text import Text

if TYPE_CHECKING:
    from segued.sync.account import Progress


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """A callback `progress(stage, done, total)` that draws bars on stderr, if it is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield _nothing
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from segued.cli.output import stderr

    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), Rate())
    with Bars(*columns, TimeRemainingColumn(), console=stderr(), transient=True) as bars:
        tasks = {}

        def draw(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield draw


def _nothing(stage: str, done: int, total: int | None) -> None:
    """Draw nothing."""


class Rate(ProgressColumn):
    """Things done a second, or a minute where that is less than one; empty at first."""

    def render(self, task: Task) -> Text:
        """The rate of one bar, e.g. "3.2/s"."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{speed * 60:.0f}/min")
