"""The `[playlist.sequence]` section: how a playlist is ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AliasChoices,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    create_model,
)

from segue.errors import UsageError
from segue.recipe.types import Section, Weight, option
from segue.sequencing.options import MEASURES, NAMED, Method, Points, Weights
from segue.spotify_ids import spotify_id

_POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


def _arc(value: object) -> str | Points:
    from segue.sequencing.arcs import arc_of

    listed = isinstance(value, list | tuple)
    if not (listed or (isinstance(value, str) and value in NAMED)):
        raise ValueError(f"expected one of {', '.join(NAMED)}, or points like [[0, 0.2], [1, 0.9]]")
    try:
        arc = arc_of(value)  # type: ignore[arg-type]  # it is what reads and refuses the points
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
        if measure not in MEASURES:
            raise ValueError(f"{measure!r} is not one of {', '.join(MEASURES)}")
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
    listed = isinstance(value, list) and all(isinstance(p, list) and len(p) == 2 for p in value)
    if not isinstance(value, list) or not listed:
        raise ValueError('expected pairs of tracks, like [["TRACK LINK", "ANOTHER"]]')
    return tuple((_track(first), _track(second)) for first, second in value)


Arc = Annotated[
    str | Points,
    PlainValidator(_arc),
    PlainSerializer(lambda arc: arc if isinstance(arc, str) else [list(point) for point in arc]),
    WithJsonSchema({"anyOf": [{"enum": list(NAMED)}, {"type": "array", "items": _POINT}]}),
]
Measures = Annotated[
    Mapping[str, float],
    PlainValidator(_measures),
    PlainSerializer(
        lambda of: next(iter(of)) if set(of.values()) == {1.0} and len(of) == 1 else dict(of)
    ),
    WithJsonSchema({"anyOf": [{"enum": list(MEASURES)}, {"type": "object"}]}),
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

PLAIN_NAMES: Mapping[str, str] = {
    weight.metadata["plain"]: weight.name for weight in fields(Weights) if weight.metadata["plain"]
}
"""Plain names of weights, beside the names that the original gave them."""

_WEIGHTS = {weight.metadata["key"] or weight.name: weight for weight in fields(Weights)}


def _weight_option(key: str) -> Any:
    weight = _WEIGHTS[key]
    plain = weight.metadata["plain"]
    return Field(
        default=weight.default,
        description=weight.metadata["description"],
        validation_alias=AliasChoices(key, plain) if plain else None,
    )


if TYPE_CHECKING:

    class _Weighed(Section):
        method: Method = "search"

else:
    _Weighed = create_model(
        "_Weighed",
        __base__=Section,
        method=(Method, option("search", "how the order is found")),
        **{key: (Weight, _weight_option(key)) for key in _WEIGHTS if key != "arc_weight"},
    )


class SequenceSettings(_Weighed):
    """How the playlist is ordered. The weights are those of `segue.sequencing.options.Weights`."""

    arc: Arc = option("flat", "the curve the list follows, by name or by points")
    arc_of: Measures = Field(
        default_factory=lambda: {"energy": 1.0}, description="what the curve is of"
    )
    arc_weight: Weight = _weight_option("arc_weight")
    first: TrackLink | None = option(None, "this track comes first, if it is in the list")
    last: TrackLink | None = option(None, "this track comes last, if it is in the list")
    at: Places = Field(default_factory=dict, description="tracks and the positions they stand at")
    apart: Pairs = option((), "pairs of tracks that never follow each other")

    @property
    def weights(self) -> Weights:
        """The weight of each term of the objective."""
        return Weights(**{weight.name: getattr(self, key) for key, weight in _WEIGHTS.items()})
