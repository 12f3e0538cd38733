"""The sections `[playlist.where]`, a filter, and `[playlist.sequence]`, how a playlist is ordered.
`segue.playlists.filter` says how each key of a filter tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    create_model,
)

from segue.errors import UsageError
from segue.music.features import FEATURE_NAMES
from segue.names import spotify_id
from segue.recipe.types import (
    Closeness,
    CountRange,
    KeyRange,
    Languages,
    LoudnessRange,
    ModeRange,
    MoodRange,
    RegularExpression,
    Seconds,
    SecondsRange,
    Section,
    ShareRange,
    TempoRange,
    Texts,
    TrackId,
    WeekTimes,
    Weight,
    YearRange,
    option,
)
from segue.recipe.values import Range
from segue.sequencing.options import MEASURES, NAMED, Method, Points, Weights

_NO_FILTERS = ("unknown_features", "any_of", "none_of")


class LikeText(Section):
    """Lyrics close to a text: the cosine of their vectors is `at_least` that (-1..1)."""

    text: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="the text, a few words or a verse"
    )
    at_least: Closeness = option(0.4, "how close, from -1 to 1")


class LikeTrack(Section):
    """Lyrics close to those of a track, likewise."""

    track: TrackId = Field(description="the track, by id or link")
    at_least: Closeness = option(0.4, "how close, from -1 to 1")


class LikeSound(LikeTrack):
    """The sound of your own file close to that of a track's, likewise."""


class Where(Section):
    """A filter: everything said must hold.

    `any_of` needs one of its filters, `none_of` none. "*" in `not_in_playlist` stands for every
    playlist of the user that no recipe makes. A track never played, or whose date of adding is
    unknown, is not within any time.
    """

    added_within: Seconds | None = option(None, "saved or added this recently")
    not_added_within: Seconds | None = option(None, "saved or added longer ago")
    played_within: Seconds | None = option(None, "played this recently")
    not_played_within: Seconds | None = option(None, "not played for this long")
    plays: CountRange | None = option(None, "how often you played it")
    skip_ratio: ShareRange | None = option(
        None, "the share of plays that you skipped, 0 to 1; a play not known as skipped is none"
    )
    played_on: WeekTimes = option(
        (), 'played at least once in these days and hours, like "fri-sat 22:00-05:00"'
    )
    artist: Texts = option((), "by one of these artists")
    not_artist: Texts = option((), "by none of these artists")
    title: RegularExpression | None = option(None, "the title matches this pattern")
    explicit: bool | None = option(None, "only explicit tracks, or only others")
    duration: SecondsRange | None = option(None, "how long the track is")
    year: YearRange | None = option(None, "the year of release")
    in_playlist: Texts = option((), "in at least one of these playlists")
    not_in_playlist: Texts = option((), "in none of these playlists")
    genre: Texts = option((), "of one of these genres, or of one that is part of them")
    not_genre: Texts = option((), "of none of these genres")
    acousticness: ShareRange | None = option(None, "0 electric to 1 acoustic")
    danceability: ShareRange | None = option(None, "0 stiff to 1 danceable")
    energy: ShareRange | None = option(None, "0 calm to 1 intense")
    instrumentalness: ShareRange | None = option(None, "0 sung to 1 instrumental")
    liveness: ShareRange | None = option(None, "0 studio to 1 before an audience")
    loudness: LoudnessRange | None = option(None, "in dB, usually -20..-3")
    speechiness: ShareRange | None = option(None, "0 music to 1 speech")
    valence: ShareRange | None = option(None, "0 sad to 1 cheerful")
    key: KeyRange | None = option(None, "pitch class: 0 is C, 11 is B")
    mode: ModeRange | None = option(None, "1 major, 0 minor")
    tempo: TempoRange | None = option(None, "in beats a minute")
    mood: MoodRange | None = option(None, "of the lyrics, -1 dark to 1 bright")
    language: Languages = option((), "sung in one of these, like en")
    not_language: Languages = option((), "sung in none of these")
    instrumental: bool | None = option(None, "only tracks without words, or only others")
    like_text: LikeText | None = option(None, "lyrics close to a text")
    like_sound: LikeSound | None = option(None, "your own file sounds close to that of a track")
    like_track: LikeTrack | None = option(None, "lyrics close to those of a track")
    unknown_features: Literal["keep", "drop"] = option(
        "keep", "what becomes of a track whose feature or lyrics asked for are unknown"
    )
    any_of: tuple[Where, ...] = Field(
        default=(), alias="any", strict=False, description="at least one of these filters holds"
    )
    none_of: tuple[Where, ...] = Field(
        default=(), alias="none", strict=False, description="none of these filters holds"
    )

    def asked(self) -> Iterator[tuple[str, Any]]:
        """The keys of this filter that say something, with their values; nested ones left out."""
        for name in Where.model_fields:
            value = getattr(self, name)
            if name not in _NO_FILTERS and value is not None and value != ():
                yield name, value

    def every(self) -> Iterator[Where]:
        """This filter and all those nested in it."""
        yield self
        for inner in (*self.any_of, *self.none_of):
            yield from inner.every()

    @property
    def features(self) -> dict[str, Range]:
        """The ranges asked of audio features, by name."""
        ranges = ((name, getattr(self, name)) for name in FEATURE_NAMES)
        return {name: wanted for name, wanted in ranges if wanted is not None}


_POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


def _arc(value: object) -> str | Points:
    from segue.sequencing.options import arc_of

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


def _groups(value: object) -> tuple[tuple[str, ...], ...]:
    listed = isinstance(value, list) and all(isinstance(g, list) and len(g) > 1 for g in value)
    if not isinstance(value, list) or not listed:
        raise ValueError('expected groups of tracks, like [["TRACK LINK", "THE NEXT"]]')
    groups = tuple(tuple(_track(each) for each in group) for group in value)
    tracks = [track for group in groups for track in group]
    twice = next((track for track in tracks if tracks.count(track) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is named twice; write what follows each other as one group")
    return groups


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

Groups = Annotated[
    tuple[tuple[str, ...], ...],
    PlainValidator(_groups),
    PlainSerializer(lambda groups: [list(group) for group in groups]),
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

    learn: Literal["", "order"] = option("", '"order": weights not given are as in your lists')
    arc: Arc = option("flat", "the curve the list follows, by name or by points")
    arc_of: Measures = Field(
        default_factory=lambda: {"energy": 1.0}, description="what the curve is of"
    )
    arc_weight: Weight = _weight_option("arc_weight")
    first: TrackLink | None = option(None, "this track comes first, if it is in the list")
    last: TrackLink | None = option(None, "this track comes last, if it is in the list")
    at: Places = Field(default_factory=dict, description="tracks and the positions they stand at")
    apart: Pairs = option((), "pairs of tracks that never follow each other")
    keep_together: Groups = option((), "groups of tracks that follow each other as written")

    @property
    def weights(self) -> Weights:
        """The weight of each term of the objective."""
        return Weights(**{weight.name: getattr(self, key) for key, weight in _WEIGHTS.items()})
