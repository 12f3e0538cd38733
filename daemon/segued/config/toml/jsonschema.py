"""The JSON Schema of the configuration, for completion and checks in editors."""

from __future__ import annotations

from typing import Any

from segue.playlists.score.score import SCORES
from segue.recipe.sequence import PLAIN_NAMES
from segued.config.schema import Settings


def json_schema() -> dict[str, Any]:
    """The schema of `config.toml`, with every key's meaning and default."""
    schema = Settings.model_json_schema(by_alias=True)
    score = schema["$defs"]["PlaylistSection"]["properties"]["score"]
    score["propertyNames"] = {"enum": list(SCORES)}
    sequence = schema["$defs"]["SequenceSettings"]["properties"]
    sequence.update({plain: sequence[key] for plain, key in PLAIN_NAMES.items()})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Segue's configuration",
    }
