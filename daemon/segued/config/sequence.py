"""The `[playlist.sequence]` section: how a playlist is ordered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from segue.errors import UsageError
from segued.config.base import Section, option
from segued.config.sources import spotify_id

Weight = Annotated[float, Field(ge=0, le=100)]
Points = tuple[tuple[float, float], ...]

_POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_SHAPES = ["flat", "ramp", "cooldown", "wave", "peak"]
_MEASURES = ("energy", "valence", "tempo")


def _arc(value: object) -> str | Points:
    from segue.sequencing.arcs import arc_of

    if not isinstance(value, str | list) or (isinstance(value, str) and value not in _SHAPES):
        raise ValueError(
            f"expected one of {', '.join(_SHAPES)}, or points like [[0, 0.2], [1, 0.9]]"
        )
    try:
        arc = arc_of(value)
    except UsageError as error:
        raise ValueError(str(error).removeprefix("arc: ")) from error
    return value if isinstance(value, str) else arc.points


def _measures(value: object) -> Mapping[str, float]:
    weights: Any = {value: 1.0} if isinstance(value, str) else value
    if not isinstance(weights, dict) or not weights:
        raise ValueError(
            'expected "energy", "valence" or "tempo", or weights like { energy = 0.7 }'
        )
    for measure, weight in weights.items():
        if measure not in _MEASURES:
            raise ValueError(f"{measure!r} is not one of {', '.join(_MEASURES)}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight <= 0:
            raise ValueError(f"the weight of {measure} must be a number above 0")
    return {measure: float(weight) for measure, weight in weights.items()}


def _track(value: object) -> str:
    found = spotify_id(value, "track") if isinstance(value, str) else None
    if found is None:
        raise ValueError(
            f"{value!r} is not a track's id or link; in Spotify choose Share, Copy link"
        )
    return found


def _places(value: object) -> Mapping[str, int]:
    if not isinstance(value, dict):
        raise ValueError('expected tracks and their positions, like { "TRACK LINK" = 3 }')
    for position in value.values():
        if isinstance(position, bool) or not isinstance(position, int) or position < 1:
            raise ValueError("a position is a whole number from 1 on")
    return {_track(track): position for track, position in value.items()}


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not all(isinstance(p, list) and len(p) == 2 for p in value):
        raise ValueError('expected pairs of tracks, like [["TRACK LINK", "ANOTHER"]]')
    return tuple((_track(first), _track(second)) for first, second in value)


Arc = Annotated[
    str | Points,
    PlainValidator(_arc),
    PlainSerializer(lambda arc: arc if isinstance(arc, str) else [list(point) for point in arc]),
    WithJsonSchema({"anyOf": [{"enum": _SHAPES}, {"type": "array", "items": _POINT}]}),
]
Measures = Annotated[
    Mapping[str, float],
    PlainValidator(_measures),
    PlainSerializer(
        lambda of: next(iter(of)) if set(of.values()) == {1.0} and len(of) == 1 else dict(of)
    ),
    WithJsonSchema({"anyOf": [{"enum": list(_MEASURES)}, {"type": "object"}]}),
]
TrackLink = Annotated[str, PlainValidator(_track), WithJsonSchema({"type": "string"})]
Places = Annotated[
    Mapping[str, int],
    PlainValidator(_places),
    PlainSerializer(dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}),
]
Pairs = Annotated[
    tuple[tuple[str, str], ...],
    PlainValidator(_pairs),
    PlainSerializer(lambda pairs: [list(pair) for pair in pairs]),
    WithJsonSchema({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
]


class SequenceSection(Section):
    """How the playlist is ordered."""

    method: Literal["search", "beam", "greedy", "none"] = option("search", "how the order is found")
    flow: Weight = option(1.0, "weight of one track leading to the next in sound")
    sweetness: Weight = option(1.0, "weight of keys that go together")
    smoothness: Weight = option(1.0, "weight of tempos that go together")
    spicyness: Weight = option(1.2, "how far the next track may lean out")
    energy: Weight = option(1.0, "weight of small steps in energy")
    lyrics: Weight = option(1.0, "weight of lyrics that are close, where known")
    artists: Weight = option(1.0, "weight of not having one artist twice in a row")
    albums: Weight = option(1.0, "weight of not having one album twice in a row")
    arc: Arc = option("flat", "the curve the list follows, by name or by points")
    arc_of: Measures = Field(
        default_factory=lambda: {"energy": 1.0}, description="what the curve is of"
    )
    arc_weight: Weight = option(1.0, "weight of the curve")
    first: TrackLink | None = option(None, "this track comes first, if it is in the list")
    last: TrackLink | None = option(None, "this track comes last, if it is in the list")
    at: Places = Field(default_factory=dict, description="tracks and the positions they stand at")
    apart: Pairs = option((), "pairs of tracks that never follow each other")
