"""The one table of all benchmarks, in `docs/benchmarks.md`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured by make bench -->", "<!-- end of what make bench writes -->"
HEADINGS = (
    "What", "Size", "Command", "Segue", "Peer or bound", "Memory, MB", "Exponent", "To f76db6a",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `before` is what the earlier commit took in the same run, `bound` its limit in
    words; seconds are of the processor."""

    what: str
    size: str
    command: str
    seconds: float
    peer: str = ""
    peer_seconds: float | None = None
    bound: str = ""
    memory: float | None = None
    exponent: float | None = None
    peer_exponent: float | None = None
    before: float | None = None
    remark: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        beside = self.bound
        if self.peer_seconds is not None:
            peer = f"{self.peer}: {shown(self.peer_seconds)}"
            beside = "; ".join(filter(None, (self.bound, peer)))
        ratio = "" if self.before is None else f"{self.seconds / max(self.before, 1e-9):.2f} times"
        return (
            self.what,
            self.size,
            f"`python -m bench {self.command}`",
            shown(self.seconds),
            beside,
            "" if self.memory is None else f"{self.memory:.0f}",
            _grows(self.exponent, self.peer_exponent),
            "; ".join(filter(None, (ratio, self.remark))),
        )


STEEPEST = 1.1
"""The power of the size that time may grow by, where no peer's grows faster."""
NOISE = 0.05
"""What an exponent is off by where one of its two times is a tenth longer than it would be."""


def steep(ours: float, peer: float | None) -> bool:
    """Whether time grows faster than allowed, and faster than that of the peer, which does the
    least that has to be done."""
    return round(ours, 2) > STEEPEST and (peer is None or ours > peer + NOISE)


def _grows(ours: float | None, peer: float | None) -> str:
    if ours is None:
        return ""
    beside = "" if peer is None else f" (peer {peer:.2f})"
    if round(ours, 2) <= STEEPEST:
        return f"{ours:.2f}{beside}"
    return f"{ours:.2f}, {'too steep' if steep(ours, peer) else 'at the bound'}{beside}"


def shown(seconds: float) -> str:
    """Seconds as a person reads them."""
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """How time grows from the second largest size to the largest: t ~ size to this power."""
    (a, b), (s, t) = sizes[-2:], seconds[-2:]
    return math.log(t / s) / math.log(b / a)


def markdown(rows: Sequence[Row]) -> str:
    """The table."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def write(rows: Sequence[Row], order: Sequence[str] = ()) -> None:
    """Put rows into the table between the marks of the page; the words around it stay.

    Of the rows that stand there, those of other commands stay too, as far as their benchmark is one
    of `order`, which they come in.
    """
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    head, under, *lines = markdown(rows).splitlines()
    stood = table.strip().splitlines()[2:]
    measured = {_command(line) for line in lines}
    found: dict[str, list[str]] = {}
    for line in (*lines, *(line for line in stood if _command(line) not in measured)):
        if line in lines or _command(line).partition(" ")[0] in order:
            found.setdefault(_command(line), []).append(line)
    places = {_command(line): place for place, line in enumerate(stood)}

    def place(command: str) -> tuple[int, int]:
        name = command.partition(" ")[0]
        return order.index(name) if name in order else -1, places.get(command, len(places))

    body = [line for command in sorted(found, key=place) for line in found[command]]
    whole = "\n".join([head, under, *body])
    PAGE.write_text(f"{before}{BEGIN}\n\n{whole}\n\n{END}{after}", encoding="utf-8")


def _command(line: str) -> str:
    """The command that a line of the table is from, its benchmark first."""
    return line.partition("python -m bench ")[2].split("`")[0]
