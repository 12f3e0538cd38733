"""The drawing of an order: its tracks as rows, beside a ribbon of energy, valence and tempo.

Every row has a slice of the ribbon, from halfway to the row before to halfway to the next, so that
slices under each other are the whole. The page draws them beside its own rows, a file beside rows
that are drawn too. Tempo has an axis of its own; the arc runs behind what it is of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.pictures.layout import Picture

Point = tuple[float, float]
Join = Literal["", "good", "fair", "clash", "unknown"]

SLICE_WIDTH, SLICE_HEIGHT = 300.0, 100.0
"""The coordinates of a slice; whoever draws it stretches them."""

MOST_ROWS = 240
"""A longer list is drawn by groups of tracks, so that a drawing stays readable and small."""

LEGEND: tuple[tuple[Join, str], ...] = (
    ("good", "mixes"),
    ("fair", "key or tempo only"),
    ("clash", "clashes"),
)

_HALF_WAY = (1 / 6, 1 / 3, 1 / 2)
"""Where between two rows a curve is given: it leaves one and reaches the next without a corner."""
_MOST_CURVED = 120
"""Between the narrow rows of a longer list nobody would see it, and a drawing is to stay small."""

_LANE, _GAP = 90.0, 15.0
_WIDTH, _TOP, _FOOT = 900.0, 74.0, 34.0
_KEY, _BEATS, _RIBBON = 470.0, 530.0, 570.0
_LONGEST_TITLE = 58


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points. `role` decides its colour and how it is drawn."""

    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """What points enclose."""

    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Words at a place; `anchor` is the side of them that stands there."""

    role: str
    at: Point
    text: str
    anchor: Literal["start", "middle", "end"] = "start"


Shape = Line | Area | Text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole drawing: its size, and its shapes from back to front."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One curve: (n,) values from `low` to `high` on its own axis, NaN unknown, and the arc."""

    name: str
    unit: str
    values: NDArray[np.float64]
    low: float
    high: float
    arc: NDArray[np.float64] | None = None

    def share(self, value: float) -> float:
        """Where on the axis a value is, 0..1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def lanes_of(picture: Picture) -> tuple[Lane, ...]:
    """Energy and valence from 0 to 1, tempo between round numbers around the list's own."""
    known = picture.tempo[~np.isnan(picture.tempo)]
    low = math.floor(float(known.min()) / 10) * 10 if known.size else 60
    high = math.ceil(float(known.max()) / 10) * 10 if known.size else 180
    of_tempo = picture.arc if picture.arc_is_tempo else None
    of_energy = None if picture.arc_is_tempo else picture.arc
    return (
        Lane("energy", "", picture.energy, 0.0, 1.0, of_energy),
        Lane("valence", "", picture.valence, 0.0, 1.0),
        Lane("tempo", "BPM", picture.tempo, low, max(high, low + 10), of_tempo),
    )


def slice_of(lanes: Sequence[Lane], row: int) -> tuple[Shape, ...]:
    """The ribbon beside one row, in a box of `SLICE_WIDTH` by `SLICE_HEIGHT`."""
    found: list[Shape] = []
    for number, lane in enumerate(lanes):
        left = number * (_LANE + _GAP)
        found.append(Line("axis", ((left, 0.0), (left, SLICE_HEIGHT))))
        curve = _through(lane, lane.values, row, left)
        if len(curve) > 1:
            base = ((left, curve[-1][1]), (left, curve[0][1]))
            found.append(Area(lane.name, (*curve, *base)))
        if lane.arc is not None and len(bent := _through(lane, lane.arc, row, left)) > 1:
            found.append(Line("arc", bent))
        if len(curve) > 1:
            found.append(Line(lane.name, curve))
        value = float(lane.values[row])
        if not math.isnan(value):
            place = (left + _LANE * lane.share(value), SLICE_HEIGHT / 2)
            found.append(Line(f"{lane.name} dot", (place, place)))
    return tuple(found)


def _through(lane: Lane, values: NDArray[np.float64], row: int, left: float) -> tuple[Point, ...]:
    """The points of a curve within a row; a neighbour that is not known leaves it open there."""
    here = float(values[row])
    if math.isnan(here):
        return ()
    x, middle = left + _LANE * lane.share(here), SLICE_HEIGHT / 2
    points = [(x, middle)]
    for other, side in ((row - 1, -1), (row + 1, 1)):
        if not 0 <= other < len(values) or math.isnan(values[other]):
            continue
        way = left + _LANE * lane.share(float(values[other])) - x
        for part in _HALF_WAY if len(values) <= _MOST_CURVED else _HALF_WAY[-1:]:
            point = (x + way * part * part * (3 - 2 * part), middle + side * SLICE_HEIGHT * part)
            points.insert(0 if side < 0 else len(points), point)
    return tuple(points)


def sheet_of(picture: Picture, title: str) -> Sheet:
    """The whole drawing of a list, with its rows."""
    grouped, labels = _grouped(picture)
    lanes, count = lanes_of(grouped), len(labels)
    step = 26.0 if count <= 60 else 17.0 if count <= 120 else 13.0
    shapes: list[Shape] = [Text("title", (20, 32), title), *_heads(lanes)]
    for row, label in enumerate(labels):
        top = _TOP + row * step
        shapes.extend(_moved(slice_of(lanes, row), _RIBBON, top, step))
        middle = top + step / 2 + 4
        number, _, words = label.partition(" ")
        shapes.append(Text("quiet", (48, middle), number, "end"))
        shapes.append(Text("text", (56, middle), _short(words)))
        shapes.append(Text("text", (_KEY, middle), grouped.keys[row], "middle"))
        beats = float(grouped.tempo[row])
        shapes.append(Text("text", (_BEATS, middle), "?" if math.isnan(beats) else f"{beats:.0f}",
                           "middle"))  # fmt: skip
        join = grouped.joins[row]
        if join:
            x = (_KEY + _BEATS) / 2
            shapes.append(Line(f"join {join}", ((x, top - step / 3), (x, top + step / 3))))
    bottom = _TOP + count * step
    for place, (kind, words) in enumerate(LEGEND):
        x = _KEY - 300 + place * 150
        shapes.append(Line(f"join {kind}", ((x, bottom + 12), (x, bottom + 24))))
        shapes.append(Text("quiet", (x + 10, bottom + 22), words))
    if picture.arc is not None:
        shapes.append(Line("arc", ((_RIBBON, bottom + 18), (_RIBBON + 24, bottom + 18))))
        shapes.append(Text("quiet", (_RIBBON + 32, bottom + 22), "the arc asked for"))
    return Sheet(_WIDTH, bottom + _FOOT, tuple(shapes))


def _heads(lanes: Sequence[Lane]) -> list[Shape]:
    shapes: list[Shape] = [
        Text("quiet", (_KEY, _TOP - 10), "key", "middle"),
        Text("quiet", (_BEATS, _TOP - 10), "BPM", "middle"),
    ]
    for number, lane in enumerate(lanes):
        left = _RIBBON + number * (_LANE + _GAP)
        name = f"{lane.name}, {lane.unit}" if lane.unit else lane.name
        shapes.append(Text(f"{lane.name} name", (left, _TOP - 26), name))
        shapes.append(Text("quiet", (left, _TOP - 10), f"{lane.low:g}"))
        shapes.append(Text("quiet", (left + _LANE, _TOP - 10), f"{lane.high:g}", "end"))
    return shapes


def _moved(shapes: Sequence[Shape], left: float, top: float, height: float) -> list[Shape]:
    """A slice's shapes where its row stands on a sheet."""
    found: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, Text):
            continue
        points = tuple((left + x, top + y * height / SLICE_HEIGHT) for x, y in shape.points)
        found.append(Line(shape.role, points) if isinstance(shape, Line) else
                     Area(shape.role, points))  # fmt: skip
    return found


def _grouped(picture: Picture) -> tuple[Picture, tuple[str, ...]]:
    """A picture of at most `MOST_ROWS` rows, each of which may stand for several tracks."""
    count = len(picture.labels)
    if count <= MOST_ROWS:
        return picture, picture.labels
    size = math.ceil(count / MOST_ROWS)
    starts = range(0, count, size)
    labels = []
    for start in starts:
        last = min(start + size, count)
        _, _, words = picture.labels[start].partition(" ")
        labels.append(f"{start + 1}–{last} {words}" if last > start + 1 else picture.labels[start])
    return picture.by_groups(size), tuple(labels)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_TITLE else words[: _LONGEST_TITLE - 1].rstrip() + "…"
