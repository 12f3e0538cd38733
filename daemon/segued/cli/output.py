"""What is printed: tables, JSON, times and counts in words, the rows of a list,
and progress as a bar on a terminal."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import orjson
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.errors import MarkupError
from rich.markup import escape
from rich.progress import BarColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from segued.config.secrets import printable, printable_json

if TYPE_CHECKING:
    from segue.progress import Progress


NARROW = 80


class CleanConsole(Console):
    """A console whose texts are cleaned before it adds its own colours and movements.

    It writes to the stream under a `CleanStream`, which would take those out again.
    """

    def __init__(self, stream: TextIO, **options: Any) -> None:
        super().__init__(file=getattr(stream, "unfiltered", stream), highlight=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of a renderable, their texts cleaned."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)

    def render_str(self, text: str, **options: Any) -> Text:
        """A text with its markup; one that only looks as if it had some stays as it is."""
        try:
            return super().render_str(text, **options)
        except MarkupError:
            return super().render_str(text, **{**options, "markup": False})


def stdout() -> Console:
    """The console for answers. Not on a terminal it has no colour, and COLUMNS or 80 columns."""
    return _console(sys.stdout)


def stderr() -> Console:
    """The console for what is said beside the answer."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    if stream.isatty():
        return CleanConsole(stream)
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) > 0 else NARROW
    return CleanConsole(stream, width=width, color_system=None)


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document, and nothing else, on stdout."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    text = printable_json(orjson.dumps(document, option=options).decode())
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def ago(moment: datetime, now: datetime) -> str:
    """How long a moment is past, or yet to come, in one unit: "3 days ago", "in 2 hours"."""
    seconds = (now - moment.astimezone(UTC)).total_seconds()
    words = span(abs(seconds))
    if words == "a moment":
        return "just now" if seconds >= 0 else "in a moment"
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def span(seconds: float) -> str:
    """A length of time in one unit, rounded down: "3 days"."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // size)
        if count >= (2 if unit == "day" else 1):
            return f"{count} {unit}" + ("" if count == 1 else "s")
    return "a moment"


def clock_length(duration_ms: int) -> str:
    """How long a track is, as m:ss."""
    seconds = round(duration_ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def play_length(duration_ms: int) -> str:
    """How long a list plays: "1 h 52 min"."""
    minutes = round(duration_ms / 60_000)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def table(*headings: str, right: tuple[int, ...] = (), fixed: tuple[int, ...] = ()) -> Table:
    """A plain table. Columns in `right` hold numbers; those in `fixed` never shrink or wrap."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, heading in enumerate(headings):
        drawn.add_column(
            heading,
            justify="right" if index in right else "left",
            no_wrap=index in right or index in fixed,
            overflow="ellipsis" if index in fixed else "fold",
        )
    return drawn


_ID = re.compile(r" \([0-9A-Za-z]{22}\)$")
_MOST_NAMES = 4


def by_reason(things: Mapping[str, str]) -> Iterator[str]:
    """Lines "names: reason" for things with the reason of each; long lists are cut with a count."""
    grouped: dict[str, list[str]] = {}
    for thing, reason in things.items():
        grouped.setdefault(reason, []).append(_ID.sub("", thing))
    for reason, names in grouped.items():
        shown = ", ".join(names[:_MOST_NAMES])
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        yield f"{shown}{more}: {reason}"


def shell(name: str) -> str:
    """A name as it is typed in a shell."""
    return shlex.quote(name)


def print_next(console: Console, *commands: str) -> None:
    """Say what to type next: several commands in one line where they fit."""
    console.print(f"Next:  {'   '.join(commands)}", markup=False, soft_wrap=True)


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """A callback `progress(stage, done, total)` that draws bars on stderr, if it is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield _nothing
        return

    columns = (TextColumn("{task.description}"), BarColumn(24), Count(), Rate())
    with Bars(*columns, TimeRemainingColumn(), console=stderr(), transient=True) as bars:
        tasks = {}

        def draw(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield draw


def _nothing(stage: str, done: int, total: int | None) -> None:
    """Draw nothing."""


class Count(ProgressColumn):
    """How much is done, and of how much where that is known."""

    def render(self, task: Task) -> Text:
        """The count of one bar, "12/80", or "12" where the end is not known."""
        done = f"{int(task.completed):,}"
        return Text(done if task.total is None else f"{done}/{int(task.total):,}")


class Rate(ProgressColumn):
    """Things done a second, or a minute where that is less than one; empty at first."""

    def render(self, task: Task) -> Text:
        """The rate of one bar, e.g. "3.2/s"."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{speed * 60:.0f}/min")


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


WIDE = 180
"""From this many columns on, a whole row fits on one line."""
ROOMY = 138
"""From this many columns on, how a track follows stands beside its reason, and neither is cut."""
_REASON = 72
"""How wide a reason is at most, see `segue.playlists.order.columns`."""
_COLOURS = {"+": "green", "~": "yellow"}
_LEAST_ARTIST = 6
_OTHERS = 45
"""What all columns but a title and its reason need at least."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a mark before its number, and what is said of it beneath or beside it."""

    title: str
    artist: str
    length: str
    mark: str = ""
    why: str = ""
    follows: str = ""


def print_rows(console: Console, rows: Sequence[Row]) -> None:
    """Print rows, each in one line where the terminal is wide, else with its reason beneath."""
    if console.width >= WIDE:
        _print_wide(console, rows)
        return
    numbers = len(str(len(rows)))
    indent = " " * (numbers + 4)
    for place, row in enumerate(rows, 1):
        console.print(_head(row, f"{row.mark:1} {place:>{numbers}}  ", console.width))
        for line in _beneath(row, roomy=console.width >= ROOMY):
            console.print(Text(indent) + line, no_wrap=True, overflow="ellipsis")


def _beneath(row: Row, *, roomy: bool) -> list[Text]:
    """The reason of a row, and how it follows: beside it where there is room, else beneath it."""
    why, follows = Text(row.why), Text(row.follows, style="dim")
    if not roomy or not row.follows:
        return [line for line in (why, follows) if line.plain]
    why.append(" " * max(_REASON + 2 - cell_len(row.why), 2))
    return [why + follows]


def _head(row: Row, left: str, columns: int) -> Text:
    from segue.playlists.text import shortened

    room = columns - cell_len(left) - cell_len(row.length) - 1
    title = shortened(row.title, max(room, 1))
    text = Text(left, no_wrap=True, overflow="crop")
    text.append(title, style="bold")
    rest = room - cell_len(title) - 2
    if row.artist and rest >= min(_LEAST_ARTIST, cell_len(row.artist)):
        text.append(f", {shortened(row.artist, rest)}")
    text.append(" " * max(columns - cell_len(text.plain) - cell_len(row.length), 1) + row.length)
    if row.mark:
        text.stylize(_COLOURS[row.mark], 0, 1)
    return text


def _print_wide(console: Console, rows: Sequence[Row]) -> None:
    follows = any(row.follows for row in rows)
    why = any(row.why for row in rows)
    heads = ["", "#", "Title", "Artist", "Length"]
    heads += ["Why"] * why + ["How it follows"] * follows
    drawn = table(*heads, right=(1, 4))
    title = drawn.columns[2]
    longest = max(cell_len(row.title) for row in rows)
    title.width = min(longest, console.width - (_REASON if why else 0) - _OTHERS)
    title.no_wrap, title.overflow = True, "ellipsis"
    for column in drawn.columns[3:]:
        column.no_wrap, column.overflow = True, "ellipsis"
    if why:
        drawn.columns[5].width = min(max(cell_len(row.why) for row in rows), _REASON)
        drawn.columns[3].ratio = 2
    if follows:
        drawn.columns[-1].ratio = 3
    for place, row in enumerate(rows, 1):
        mark = f"[{_COLOURS[row.mark]}]{row.mark}[/]" if row.mark else ""
        cells = [mark, str(place), escape(row.title), escape(row.artist), row.length]
        cells += [escape(row.why)] * why + [escape(row.follows)] * follows
        drawn.add_row(*cells)
    drawn.expand = why
    console.print(drawn)
