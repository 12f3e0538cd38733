"""What an order can be asked for: a method, weights and arcs, each one entry.

An arc is a curve over the list, 0 at its first track and 1 at its last. Only its shape counts:
both the curve and the tracks are turned into ranks with mean 0 and variance 1, so that every list
can follow every curve as far as its own tracks allow: the track with most energy belongs where
the curve is highest. With r the tracks' ranks and a the curve's, the mean of r·a is Spearman's
rank correlation, and Σ (r − a)² / 2 = n·(1 − correlation): what the objective counts is what the
report shows.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from segue.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Method = Literal["search", "beam", "greedy", "none"]
METHODS: tuple[Method, ...] = ("search", "beam", "greedy", "none")

Points = tuple[tuple[float, float], ...]

NAMED: Mapping[str, Points] = {
    "flat": (),
    "ramp": ((0.0, 0.0), (1.0, 1.0)),
    "cooldown": ((0.0, 1.0), (1.0, 0.0)),
    "wave": ((0.0, 0.0), (0.25, 1.0), (0.5, 0.0), (0.75, 1.0), (1.0, 0.0)),
    "peak": ((0.0, 0.0), (0.65, 1.0), (1.0, 0.2)),
}
"""The arcs that go by a name. Flat asks for nothing."""

MEASURES = ("energy", "valence", "tempo")
"""What an arc can be of."""


def _weight(default: float, description: str, plain: str = "", key: str = "") -> Any:
    """A weight with its default; its plain name, and its key in a recipe where that is another."""
    return field(default=default, metadata={"description": description, "plain": plain, "key": key})


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each term counts; 1 is as shipped, 0 leaves a term out.

    The first four are the seeds' words: `flow` the fit of the next track's features, `sweetness`
    the key, `smoothness` the tempo, and `spicyness` how far a track's features are carried on.
    `energy` is the step in energy, `lyrics` the distance of the lyrics, `arc` the misfit to the
    arc, `artists` and `albums` what neighbours by one artist or from one album cost, `worst` the
    one transition that costs most.
    """

    flow: float = _weight(1.0, "weight of one track leading to the next in sound", "sound")
    sweetness: float = _weight(1.0, "weight of keys that go together", "key")
    smoothness: float = _weight(1.0, "weight of tempos that go together", "tempo")
    spicyness: float = _weight(
        1.2, "how strongly the direction of the tracks before carries on", "momentum"
    )
    energy: float = _weight(1.0, "weight of small steps in energy")
    lyrics: float = _weight(1.0, "weight of lyrics that are close, where known")
    artists: float = _weight(1.0, "weight of not having one artist twice in a row")
    albums: float = _weight(1.0, "weight of not having one album twice in a row")
    arc: float = _weight(1.0, "weight of the curve", key="arc_weight")
    worst: float = _weight(1.0, "weight of the worst transition, beside what it counts as any")

    def __post_init__(self) -> None:
        for weight in fields(self):
            value = getattr(self, weight.name)
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"{weight.name} must be 0 or more, not {value}")


@dataclass(frozen=True, slots=True)
class Arc:
    """A curve through `points` (place 0..1, height), straight between them, and what it is of.

    `of` weighs the measures: {"energy": 0.7, "valence": 0.3} is a blend. No points is flat.
    Raises UsageError where points are not in order of place or a measure is unknown.
    """

    points: Points = ()
    of: Mapping[str, float] = field(default_factory=lambda: {"energy": 1.0})
    name: str = "flat"

    def __post_init__(self) -> None:
        numbers = [number for point in self.points for number in point]
        if not all(math.isfinite(number) for number in numbers):
            raise UsageError("arc: a point holds something that is not a finite number")
        places = [place for place, _ in self.points]
        if any(later <= earlier for earlier, later in itertools.pairwise(places)):
            raise UsageError(f"arc: the places {places} must rise from point to point")
        if places and (places[0] < 0 or places[-1] > 1):
            raise UsageError(f"arc: the places {places} must lie between 0 and 1")
        for measure, weight in self.of.items():
            if measure not in MEASURES:
                raise UsageError(f"arc: {measure!r} is not one of {', '.join(MEASURES)}")
            if not (math.isfinite(weight) and weight > 0):
                raise UsageError(f"arc: the weight of {measure} must be above 0, not {weight}")

    @property
    def flat(self) -> bool:
        """Whether the curve asks for nothing."""
        return len({height for _, height in self.points}) < 2 or not self.of

    def heights(self, count: int) -> NDArray[np.float64]:
        """The curve at each of `count` places evenly along the list: (count,) float64."""
        import numpy as np  # imported here: help and configurations need none of it

        if self.flat:
            return np.zeros(count)
        places, heights = zip(*self.points, strict=True)
        return np.asarray(np.interp(np.linspace(0.0, 1.0, count), places, heights))


FLAT = Arc()


def arc_of(shape: str | Sequence[Sequence[float]], of: Mapping[str, float] | None = None) -> Arc:
    """An arc by its name, or by points as a list or its JSON, such as [[0,0.2],[0.6,0.9],[1,0.4]].

    Raises UsageError saying what is wrong with it.
    """
    measures = dict(of or {"energy": 1.0})
    if isinstance(shape, str):
        if shape in NAMED:
            return Arc(NAMED[shape], measures, shape)
        if not shape.lstrip().startswith("["):
            raise UsageError(
                f"arc: {shape!r} is not one of {', '.join(NAMED)}, nor points such as "
                "[[0,0.2],[0.6,0.9],[1,0.4]]"
            )
        try:
            shape = json.loads(shape)
        except json.JSONDecodeError as error:
            raise UsageError(f"arc: the points cannot be read as JSON: {error}") from error
    if not isinstance(shape, Sequence) or not all(_is_point(point) for point in shape):
        raise UsageError(f"arc: {shape!r} is not a list of pairs [place, height]")
    return Arc(tuple((float(p[0]), float(p[1])) for p in shape), measures, "points")


def _is_point(point: object) -> bool:
    return (
        isinstance(point, Sequence)
        and len(point) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in point)
    )
