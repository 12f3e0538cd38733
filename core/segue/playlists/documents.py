"""Documents: a plan as plain JSON values, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from segue.errors import DataError
from segue.playlists.plan import (
    Diff,
    GuardFinding,
    Plan,
    PlannedItem,
    Reason,
    ReportValue,
    Transition,
)

Document = dict[str, Any]
"""JSON values of mixed depth: the one place where their shape is known is this module."""

_STATUSES = ("changed", "unchanged", "refused", "failed")


def plan_document(plan: Plan) -> Document:
    """A plan as JSON values, times as ISO 8601; read back by `plan_from_document`.

    `id` is the recipe's, `playlist_id` Spotify's or None for a playlist yet to be created.
    """
    return {
        "name": plan.name,
        "id": plan.recipe_id,
        "playlist_id": plan.playlist_id,
        "snapshot_id": plan.snapshot_id,
        "run": plan.run,
        "seed": plan.seed,
        "made_at": plan.made_at.isoformat(),
        "status": plan.status,
        "before": list(plan.before),
        "after": [_item_document(item) for item in plan.after],
        "diff": {
            "added": list(plan.diff.added),
            "removed": list(plan.diff.removed),
            "moved": plan.diff.moved,
        },
        "guards": [
            {"guard": found.guard, "refused": found.refused, "text": found.text}
            for found in plan.guards
        ],
        "report": {
            name: {inner: _finite(v) for inner, v in value.items()}
            if isinstance(value, Mapping)
            else _finite(value)
            for name, value in plan.report.items()
        },
        "notes": list(plan.notes),
    }


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """Read what `plan_document` wrote. Raises DataError naming what is missing or wrong."""
    try:
        if document["status"] not in _STATUSES:
            raise ValueError(f"status {document['status']!r} is none of {', '.join(_STATUSES)}")
        return Plan(
            recipe_id=document["id"],
            name=document["name"],
            playlist_id=document["playlist_id"],
            run=document["run"],
            seed=int(document["seed"]),
            made_at=datetime.fromisoformat(document["made_at"]),
            status=document["status"],
            before=tuple(document["before"]),
            after=tuple(_item(item) for item in document["after"]),
            diff=Diff(
                added=tuple(document["diff"]["added"]),
                removed=tuple(document["diff"]["removed"]),
                moved=int(document["diff"]["moved"]),
            ),
            snapshot_id=document["snapshot_id"],
            guards=tuple(
                GuardFinding(found["guard"], bool(found["refused"]), found["text"])
                for found in document["guards"]
            ),
            report=dict(document["report"]),
            notes=tuple(document["notes"]),
        )
    except KeyError as error:
        raise DataError(f"a saved plan lacks {error}; plan again") from error
    except (TypeError, ValueError) as error:
        raise DataError(f"a saved plan cannot be understood: {error}; plan again") from error


def _item_document(item: PlannedItem) -> Document:
    step = item.transition
    return {
        "uri": item.uri,
        "title": item.title,
        "artist": item.artist,
        "duration_ms": item.duration_ms,
        "reasons": [
            {"kind": reason.kind, "text": reason.text, "weight": reason.weight}
            for reason in item.reasons
        ],
        "transition": None
        if step is None
        else {"cost": step.cost, "key": step.key, "tempo": step.tempo, "text": step.text},
    }


def _item(document: Mapping[str, Any]) -> PlannedItem:
    step = document["transition"]
    reasons: Sequence[Mapping[str, Any]] = document["reasons"]
    return PlannedItem(
        uri=document["uri"],
        title=document["title"],
        artist=document["artist"],
        duration_ms=int(document["duration_ms"]),
        reasons=tuple(Reason(r["kind"], r["text"], float(r["weight"])) for r in reasons),
        transition=None
        if step is None
        else Transition(
            float(step["cost"]), float(step["key"]), float(step["tempo"]), step["text"]
        ),
    )


def _finite(value: ReportValue) -> ReportValue:
    """JSON has no infinity and no NaN: both are told as unknown."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
