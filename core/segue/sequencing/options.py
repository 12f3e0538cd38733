"""What an order can be asked for: a method, weights and arcs, each one entry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from segue.errors import UsageError

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
