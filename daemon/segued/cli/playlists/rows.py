"""The rows of a list on a terminal: nothing stands before a title that could have it cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from segued.cli.output import table

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
