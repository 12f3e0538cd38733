"""How fast a job goes, as a column of its progress bar."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text


class Rate(ProgressColumn):
    """Things done a second, or a minute where that is less than one; empty at first."""

    def render(self, task: Task) -> Text:
        """The rate of one bar, e.g. "3.2/s"."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{speed * 60:.0f}/min")
