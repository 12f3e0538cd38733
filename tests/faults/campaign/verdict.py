"""What a trial showed, and the table of all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.campaign.accounts import MAX_SHRINK, MIN_TRACKS


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. `smallest` is the shortest list that ever stood there, `bound` what may stand;
    both are 0 where nothing was done on an account."""

    part: str
    name: str
    smallest: int
    bound: int
    lost: bool
    converged: bool
    traceback: bool
    seconds: float
    too_long: bool
    words: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing at all was wrong."""
        harmed = self.lost or self.smallest < self.bound
        return self.converged and not (harmed or self.traceback or self.too_long)


def bound(before: int, wanted: int) -> int:
    """The shortest list that may stand between one of `before` rows and one of `wanted` rows.

    What the guards allow of the list that stood there, never more than either end has.
    """
    allowed = max(MIN_TRACKS, math.ceil(before * (1 - MAX_SHRINK)))
    return min(before, wanted, allowed)


def table(trials: Sequence[Trial]) -> str:
    """One line a part: tried, smallest list beside its bound, lost, converged, time."""
    head = (
        "part",
        "tried",
        "under bound",
        "smallest",
        "lost",
        "bugs",
        "right",
        "s",
        "too long",
    )
    rows = [head]
    parts = dict.fromkeys(trial.part for trial in trials)
    rows += [_row(part, [trial for trial in trials if trial.part == part]) for part in parts]
    rows.append(_row("all", trials))
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*lines, *_wrong(trials)])


def _row(part: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    lists = [trial for trial in trials if trial.bound]
    nearest = min(lists, key=lambda trial: trial.smallest / trial.bound, default=None)
    return (
        part,
        str(len(trials)),
        str(_count(trial.smallest < trial.bound for trial in trials)),
        "" if nearest is None else f"{nearest.smallest} of {nearest.bound}",
        str(_count(trial.lost for trial in trials)),
        str(_count(trial.traceback for trial in trials)),
        str(_count(trial.converged for trial in trials)),
        f"{max(trial.seconds for trial in trials):.1f}",
        str(_count(trial.too_long for trial in trials)),
    )


def _count(found: Iterable[bool]) -> int:
    return sum(1 for each in found if each)


def _wrong(trials: Sequence[Trial], most: int = 60) -> list[str]:
    wrong = [trial for trial in trials if not trial.right]
    lines = [
        f"  {trial.part}, {trial.name}: smallest {trial.smallest} of {trial.bound}"
        f"{', lost' * trial.lost}{', not converged' * (not trial.converged)}"
        f"{', a bug' * trial.traceback}{', too long' * trial.too_long}: {trial.words}"
        for trial in wrong[:most]
    ]
    if len(wrong) > most:
        lines.append(f"  and {len(wrong) - most} more")
    return lines
