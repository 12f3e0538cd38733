"""Documents: a plan as plain JSON values, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from segue.errors import DataError
from segue.playlists.plan import Plan, ReportValue

Document = dict[str, Any]
"""JSON values of mixed depth: the one place where their shape is known is this module."""

_KEYS = (
    "name",
    "id",
    "playlist_id",
    "snapshot_id",
    "run",
    "seed",
    "made_at",
    "status",
    "before",
    "after",
    "diff",
    "guards",
    "report",
    "notes",
)
_PLANS = TypeAdapter(Plan)


def plan_document(plan: Plan) -> Document:
    """A plan as JSON values, times as ISO 8601; read back by `plan_from_document`.

    `id` is the recipe's, `playlist_id` Spotify's or None for a playlist yet to be created.
    """
    values = _PLANS.dump_python(plan, mode="json")
    values |= {
        "id": plan.recipe_id,
        "made_at": plan.made_at.isoformat(),
        "report": {
            name: {inner: _finite(v) for inner, v in value.items()}
            if isinstance(value, Mapping)
            else _finite(value)
            for name, value in plan.report.items()
        },
    }
    return {key: values[key] for key in _KEYS}


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """Read what `plan_document` wrote. Raises DataError naming what is missing or wrong."""
    lacking = [key for key in _KEYS if key not in document]
    if lacking:
        raise DataError(f"a saved plan lacks {lacking[0]!r}; plan again")
    values = {key: document[key] for key in _KEYS if key != "id"} | {"recipe_id": document["id"]}
    try:
        return _PLANS.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"a saved plan cannot be understood: {place}: {first['msg']}; plan again"
        ) from error


def _finite(value: ReportValue) -> ReportValue:
    """JSON has no infinity and no NaN: both become null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
