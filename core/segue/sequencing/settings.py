"""Settings: what a good order is, and how hard to look for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segue.errors import UsageError
from segue.sequencing.arcs import FLAT, Arc
from segue.sequencing.options import METHODS, Method, Weights

LAST = -1
"""The position of a pin that stands at the end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to order a list.

    `pins` maps a track's row to its position, 0 the first and `LAST` the last. `forbidden` holds
    pairs of rows that must not be neighbours, in either order.
    """

    method: Method = "search"
    weights: Weights = field(default_factory=Weights)
    arc: Arc = FLAT
    pins: Mapping[int, int] = field(default_factory=dict)
    forbidden: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UsageError(f"{self.method!r} is not a method; choose {', '.join(METHODS)}")


def fixed_positions(settings: Settings, count: int) -> dict[int, int]:
    """The pins of a list of `count` tracks as position to row, positions counted from 0.

    Raises UsageError when a pin leaves the list, or two want one position.
    """
    fixed: dict[int, int] = {}
    for row, wanted in settings.pins.items():
        position = count - 1 if wanted == LAST else wanted
        if not 0 <= row < count:
            raise UsageError(f"a pin names track {row}, but the list has tracks 0 to {count - 1}")
        if not 0 <= position < count:
            raise UsageError(
                f"track {row} is pinned to position {wanted}, but the list has positions "
                f"0 to {count - 1}"
            )
        if position in fixed:
            raise UsageError(
                f"tracks {fixed[position]} and {row} are both pinned to position {position}; "
                "take one of the pins away"
            )
        fixed[position] = row
    return fixed


def forbidden_pairs(settings: Settings, count: int) -> tuple[tuple[int, int], ...]:
    """The forbidden neighbours of a list of `count` tracks.

    Raises UsageError when a pair leaves the list, names one track twice, or when pins put the
    two side by side.
    """
    fixed = fixed_positions(settings, count)
    place = {row: position for position, row in fixed.items()}
    for first, second in settings.forbidden:
        if first == second or not (0 <= first < count and 0 <= second < count):
            raise UsageError(
                f"the forbidden neighbours {first} and {second} must be two tracks of the list, "
                f"0 to {count - 1}"
            )
        if first in place and second in place and abs(place[first] - place[second]) == 1:
            raise UsageError(
                f"tracks {first} and {second} are pinned side by side and forbidden as "
                "neighbours; take away a pin or the ban"
            )
    return settings.forbidden
