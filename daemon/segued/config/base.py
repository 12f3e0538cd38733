"""What every section of the configuration is made of, and the values it may hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from segue.playlists.recipe import Range, Source
from segued.config.schedule import read_timezone
from segued.config.seeds import read_seeds
from segued.config.sources import Mistake, read_source, spotify_id, write_source
from segued.config.values import (
    read_range,
    read_seconds,
    read_seconds_range,
    write_range,
    write_seconds,
    write_seconds_range,
)

MISTAKES = "mistakes"
_TEXT = {"type": "string"}
_RANGE = {"anyOf": [{"type": "string", "pattern": r"\.\."}, {"type": "number"}]}
_ANY_SOURCE = {"anyOf": [_TEXT, {"type": "array"}, {"type": "object"}]}
_SOURCES = {"anyOf": [_TEXT, {"type": "array", "items": _ANY_SOURCE}]}
_SOURCE = {
    "anyOf": [
        {
            "type": "string",
            "examples": ["liked", "albums", "plays", "playlist:NAME", "top:short", "recipe:NAME"],
        },
        {"type": "array", "minItems": 1, "items": _ANY_SOURCE},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"any": _SOURCES, "all": _SOURCES, "minus": _SOURCES},
        },
    ]
}


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


def refuse(*mistakes: Mistake) -> PydanticCustomError:
    """The error with which a validator reports mistakes inside one value, each with its path."""
    return PydanticCustomError(MISTAKES, "mistakes inside", {MISTAKES: mistakes})


def _source(value: object) -> Source:
    source, mistakes = read_source(value)
    if source is None:
        raise refuse(*mistakes)
    return source


def _range_within(low: float, high: float, what: str) -> Callable[[object], Range]:
    """A reader of ranges that refuses one with an end where nothing can lie."""

    def read(value: object) -> Range:
        wanted = read_range(value)
        for end in (wanted.low, wanted.high):
            if end is not None and not low <= end <= high:
                raise ValueError(f"{what} lies between {low:g} and {high:g}, so not at {end:g}")
        return wanted

    return read


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError('expected a text, or a list of texts like ["one", "two"]')
    if not all(one.strip() for one in values):
        raise ValueError("an empty name matches nothing")
    return tuple(values)


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from error
    return value


def _timezone(value: str) -> str:
    read_timezone(value)
    return value


def _playlist_id(value: str) -> str:
    found = spotify_id(value, "playlist")
    if found is None:
        raise ValueError(
            f"{value!r} is not a playlist's id or link; in Spotify choose Share, Copy link"
        )
    return found


def _track_id(value: str) -> str:
    found = spotify_id(value, "track")
    if found is None:
        raise ValueError(
            f"{value!r} is not a track's id or link; in Spotify choose Share, Copy link"
        )
    return found


def _languages(value: object) -> tuple[str, ...]:
    codes = tuple(code.strip().casefold() for code in _texts(value))
    for code in codes:
        if not re.fullmatch(r"[a-z]{2}", code):
            raise ValueError(f'{code!r} is not a language of two letters, like "en" or "fr"')
    return codes


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
        raise ValueError(f"{value!r} is not an address that starts with https:// or http://")
    return value.rstrip("/")


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
    tuple[str, ...],
    PlainValidator(_texts),
    PlainSerializer(list),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]
Seeds = Annotated[
    tuple[str, ...],
    PlainValidator(read_seeds),
    PlainSerializer(list),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]
Languages = Annotated[
    tuple[str, ...],
    PlainValidator(_languages),
    PlainSerializer(list),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]
RegularExpression = Annotated[str, AfterValidator(_pattern)]
Timezone = Annotated[str, AfterValidator(_timezone)]
PlaylistId = Annotated[str, AfterValidator(_playlist_id)]
TrackId = Annotated[str, AfterValidator(_track_id)]
Url = Annotated[str, AfterValidator(_url)]


def _range_of(low: float, high: float, what: str) -> tuple[object, ...]:
    return (
        PlainValidator(_range_within(low, high, what)),
        PlainSerializer(write_range),
        WithJsonSchema(_RANGE),
    )


CountRange = Annotated[Range, *_range_of(0, 1e6, "a count")]
YearRange = Annotated[Range, *_range_of(1000, 2200, "a year")]
ShareRange = Annotated[Range, *_range_of(0, 1, "this feature")]
LoudnessRange = Annotated[Range, *_range_of(-60, 10, "loudness, in dB,")]
KeyRange = Annotated[Range, *_range_of(0, 11, "a key, from 0 for C,")]
ModeRange = Annotated[Range, *_range_of(0, 1, "a mode, 1 for major and 0 for minor,")]
MoodRange = Annotated[Range, *_range_of(-1, 1, "mood")]
TempoRange = Annotated[Range, *_range_of(1, 400, "a tempo, in beats a minute,")]
