"""What a recipe asks for in one word, by which a renamed recipe is known again.

Fingerprints are stored, so fields count under the names and units they had when the first ones
were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import orjson
from pydantic import BaseModel

from segue.music.features import FEATURE_NAMES
from segue.recipe.recipe import Recipe

_DAY_SECONDS = 86400.0
_ALWAYS = frozenset({"id", "name", "source"})

_AS_STORED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "Recipe.duration": ("duration_ms", lambda seconds: round(seconds * 1000)),
    "LikeTrack.track": ("track_id", str),
    **{
        f"Where.{name}": (f"{name}_days", lambda seconds: seconds / _DAY_SECONDS)
        for name in ("added_within", "not_added_within", "played_within", "not_played_within")
    },
    "Where.artist": ("artists", list),
    "Where.not_artist": ("not_artists", list),
    "Where.title": ("title_matches", str),
    "Where.duration": ("duration_seconds", lambda wanted: wanted),
    "Where.year": ("release_year", lambda wanted: wanted),
    "Where.in_playlist": ("in_playlists", list),
    "Where.not_in_playlist": ("not_in_playlists", list),
    "Where.language": ("languages", list),
    "Where.not_language": ("not_languages", list),
}


def fingerprint(recipe: Recipe) -> str:
    """What a recipe asks for, without id and name, in 16 hex digits.

    Fields at their default do not count, so that a newer Segue with more options still knows the
    recipes of an older one.
    """
    content = _content(recipe.model_copy(update={"id": "", "name": ""}))
    return hashlib.blake2b(
        orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=8
    ).hexdigest()


def _content(value: object) -> object:
    """Plain JSON that tells values of different types apart and leaves defaults out."""
    if isinstance(value, BaseModel):
        return _section(value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {
            field.name: _content(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
        return [type(value).__name__, given]
    if isinstance(value, Mapping):
        return {str(key): _content(member) for key, member in value.items()}
    if isinstance(value, tuple | list):
        return [_content(member) for member in value]
    return value


def _section(section: BaseModel) -> object:
    kind = type(section).__name__
    given: dict[str, object] = {}
    sounds: dict[str, object] = {}
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if value == info.get_default(call_default_factory=True) and name not in _ALWAYS:
            continue
        if kind == "Where" and name in FEATURE_NAMES:
            sounds[name] = _content(value)
            continue
        key, change = _AS_STORED.get(f"{kind}.{name}", (name, lambda same: same))
        given[key] = _content(change(value))
    return [kind, given | ({"features": sounds} if sounds else {})]
