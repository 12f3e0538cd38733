"""What sections of a recipe, and of the configuration around it, are made of: options, and the
values they may hold, each with how it is read, written and described."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from segue.models.learners import SCORE_OF
from segue.names import WeekTime, month_words, read_months, read_week_time, spotify_id
from segue.recipe.source_text import read_source, write_source
from segue.recipe.sources import EXAMPLES, Source
from segue.recipe.values import (
    Range,
    check_template,
    read_cover,
    read_range,
    read_seconds,
    read_seconds_range,
    read_seeds,
    refuse,
    write_range,
    write_seconds,
    write_seconds_range,
)


class Section(BaseModel):
    """A table of the configuration: unknown keys are refused, types are not bent."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_by_name=True
    )


def option(default: object, description: str) -> Any:
    """An option with its default, and what it is for in a few words.

    Any, since what a field is declared as decides its type.
    """
    return Field(default=default, description=description)


_UNSEEN = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
"""Unicode's categories of what a name cannot hold."""
_TEXT = {"type": "string"}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_RANGE = {"anyOf": [{"type": "string", "pattern": r"\.\."}, {"type": "number"}]}
_WEIGHT = {"type": "number", "minimum": -100, "maximum": 100}
_SCORE = {"anyOf": [_WEIGHT, {"type": "object", "additionalProperties": _WEIGHT}, *_TEXTS["anyOf"]]}
_ANY_SOURCE = {"anyOf": [_TEXT, {"type": "array"}, {"type": "object"}]}
_SOURCES = {"anyOf": [_TEXT, {"type": "array", "items": _ANY_SOURCE}]}
_SOURCE = {
    "anyOf": [
        {
            "type": "string",
            "examples": [example for example in EXAMPLES if example != "track:ID"],
        },
        {"type": "array", "minItems": 1, "items": _ANY_SOURCE},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "any": _SOURCES,
                "all": _SOURCES,
                "minus": _SOURCES,
                "shares": {"type": "array", "items": {"type": "array"}, "minItems": 1},
                "layout": {"enum": ["interleaved", "blocks"]},
            },
        },
    ]
}


def _source(value: object) -> Source:
    if isinstance(value, Source):
        return value
    source, mistakes = read_source(value)
    if source is None:
        raise refuse(*mistakes)
    return source


def _one_line(value: str) -> str:
    """A text as one line: line breaks and tabs become blanks, none stands at an end."""
    line = re.sub(r"[\n\r\t]+", " ", value).strip()
    odd = next((letter for letter in line if unicodedata.category(letter) in _UNSEEN), None)
    if odd is not None:
        raise ValueError(
            f"it holds the control character {ascii(odd)[1:-1]}, which cannot be shown"
        )
    return line


def _name(value: str) -> str:
    line = _one_line(value)
    if not line:
        raise ValueError("a name cannot be blank")
    return line


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(each, str) for each in values):
        raise ValueError('expected a text, or a list of texts like ["one", "two"]')
    if not all(each.strip() for each in values):
        raise ValueError("an empty name matches nothing")
    return tuple(values)


def _languages(value: object) -> tuple[str, ...]:
    codes = tuple(code.strip().casefold() for code in _texts(value))
    for code in codes:
        if not re.fullmatch(r"[a-z]{2}", code):
            raise ValueError(f'{code!r} is not a language of two letters, like "en" or "fr"')
    return codes


def _week_times(value: object) -> tuple[WeekTime, ...]:
    if isinstance(value, tuple) and all(isinstance(each, WeekTime) for each in value):
        return value
    return tuple(read_week_time(text) for text in _texts(value))


def _months(value: object) -> tuple[int, ...]:
    if isinstance(value, tuple) and all(isinstance(each, int) for each in value):
        return value
    return read_months(_texts(value))


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from error
    return value


def weights_by_name(value: object) -> Mapping[str, float]:
    """Weights as they are written: `{ jazz = 1.0, metal = -1.0 }`, or names that weigh 1 each."""
    weights = value if isinstance(value, dict) else dict.fromkeys(_texts(value), 1.0)
    if not weights or not all(name.strip() for name in weights):
        raise ValueError('expected names with weights, like { "deep house" = 1.0, jazz = 0.5 }')
    for name, weight in weights.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not -100 <= weight <= 100:
            raise ValueError(f"the weight of {name!r} must be a number from -100 to 100")
    return {name: float(weight) for name, weight in weights.items()}


def _score(value: object, number: ValidatorFunctionWrapHandler) -> object:
    return weights_by_name(value) if isinstance(value, dict) else number(value)


def _id_of(kind: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        found = spotify_id(value, kind)
        if found is None:
            raise ValueError(
                f"{value!r} is not {'an' if kind[0] in 'aeiou' else 'a'} {kind}'s id or link; "
                "in Spotify choose Share, Copy link"
            )
        return found

    return read


def _range_of(low: float, high: float, what: str) -> tuple[object, ...]:
    """A range that has no end where nothing can lie."""

    def read(value: object) -> Range:
        wanted = read_range(value)
        for end in (wanted.low, wanted.high):
            if end is not None and not low <= end <= high:
                raise ValueError(f"{what} lies between {low:g} and {high:g}, so not at {end:g}")
        return wanted

    return PlainValidator(read), PlainSerializer(write_range), WithJsonSchema(_RANGE)


SourceValue = Annotated[
    Source, PlainValidator(_source), PlainSerializer(write_source), WithJsonSchema(_SOURCE)
]
Seconds = Annotated[
    float, PlainValidator(read_seconds), PlainSerializer(write_seconds), WithJsonSchema(_TEXT)
]
SecondsRange = Annotated[
    Range,
    PlainValidator(read_seconds_range),
    PlainSerializer(write_seconds_range),
    WithJsonSchema({"type": "string", "pattern": r"\.\."}),
]
Texts = Annotated[
    tuple[str, ...], PlainValidator(_texts), PlainSerializer(list), WithJsonSchema(_TEXTS)
]
Seeds = Annotated[
    tuple[str, ...], PlainValidator(read_seeds), PlainSerializer(list), WithJsonSchema(_TEXTS)
]
WeekTimes = Annotated[
    tuple[WeekTime, ...],
    PlainValidator(_week_times),
    PlainSerializer(lambda times: [time.text for time in times]),
    WithJsonSchema(_TEXTS),
]
Months = Annotated[
    tuple[int, ...],
    PlainValidator(_months),
    PlainSerializer(lambda months: [month_words(months)] if months else []),
    WithJsonSchema(_TEXTS),
]
Languages = Annotated[
    tuple[str, ...], PlainValidator(_languages), PlainSerializer(list), WithJsonSchema(_TEXTS)
]
Name = Annotated[
    str, Field(min_length=1, max_length=100), AfterValidator(_name), AfterValidator(check_template)
]
Description = Annotated[
    str, Field(max_length=240), AfterValidator(_one_line), AfterValidator(check_template)
]
Cover = Annotated[str, AfterValidator(read_cover)]
RegularExpression = Annotated[str, AfterValidator(_pattern)]
PlaylistId = Annotated[str, AfterValidator(_id_of("playlist"))]
TrackId = Annotated[str, AfterValidator(_id_of("track"))]
ArtistId = Annotated[str, AfterValidator(_id_of("artist"))]

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=100)]
Score = Annotated[float, Field(ge=-100, le=100)]
if TYPE_CHECKING:
    ScoreWeight = float | Mapping[str, float]
else:
    ScoreWeight = Annotated[
        Score,
        WrapValidator(_score),
        PlainSerializer(lambda weight: weight),
        WithJsonSchema(_SCORE),
    ]
Count = Annotated[int, Field(ge=1, le=10_000)]
Closeness = Annotated[float, Field(ge=-1, le=1)]

CountRange = Annotated[Range, *_range_of(0, 1e6, "a count")]
YearRange = Annotated[Range, *_range_of(1000, 2200, "a year")]
ShareRange = Annotated[Range, *_range_of(0, 1, "this feature")]
LoudnessRange = Annotated[Range, *_range_of(-60, 10, "loudness, in dB,")]
KeyRange = Annotated[Range, *_range_of(0, 11, "a key, from 0 for C,")]
ModeRange = Annotated[Range, *_range_of(0, 1, "a mode, 1 for major and 0 for minor,")]
MoodRange = Annotated[Range, *_range_of(-1, 1, "mood")]
TempoRange = Annotated[Range, *_range_of(1, 400, "a tempo, in beats a minute,")]


GENRE = "genre"
"""The score that weighs genres by their names."""
LIKE_SOUND = "like_sound"
"""The score that weighs words, and tracks by their links, by how close a track sounds to them."""
_BY_NAME = {
    GENRE: 'genres by name, like { "deep house" = 1.0 }',
    LIKE_SOUND: 'words, like "rainy piano", or a track\'s link',
}


def _by_the_learners_name(given: object) -> object:
    if not isinstance(given, dict):
        return given
    named = {SCORE_OF.get(name, name): weight for name, weight in given.items()}
    for name in _BY_NAME:
        if isinstance(named.get(name), str | list | tuple):
            named[name] = weights_by_name(named[name])
    return named


def _names_where_they_belong(read: dict[str, ScoreWeight]) -> dict[str, ScoreWeight]:
    for name, weight in read.items():
        if (name in _BY_NAME) != isinstance(weight, dict):
            raise ValueError(f"{name} takes {_BY_NAME.get(name, 'a number')}")
    return read


ScoreWeights = Annotated[
    dict[str, ScoreWeight],
    BeforeValidator(_by_the_learners_name),
    AfterValidator(_names_where_they_belong),
]
"""Weights by the names of scores; a learner's own name is taken for its score's."""
