"""A plan: what a refresh would make of one playlist, and why. A value, never an action."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from segue.errors import DataError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Status = Literal["changed", "unchanged", "refused", "failed"]
ReportValue = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a track is here. `kind` is one word for machines, `text` a phrase for people.

    `detail` names every piece of evidence with its share, where there is more than the phrase says.
    """

    kind: str
    text: str
    weight: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """How a track follows the one before it. `key` and `tempo` are 1 for a perfect match,
    negative for a clash and 0 where unknown; `cost` is the sequencer's, lower is better."""

    cost: float
    key: float
    tempo: float
    text: str


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One row of the planned playlist. `transition` is None for the first row.

    `why` is the line that tells it apart from the others of its list, see
    `segue.playlists.text`; plans saved before there was one lack it.
    """

    uri: str
    title: str
    artist: str
    duration_ms: int
    reasons: tuple[Reason, ...] = ()
    transition: Transition | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """What changes between two lists of URIs. `moved` counts the fewest kept rows that have to
    move for the kept rows to stand in the new order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not self.added and not self.removed and self.moved == 0


WAIVABLE = frozenset({"min_tracks", "max_shrink"})
"""The guards a person may set aside for one refresh, by name."""


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """What one guard says about a plan. A finding that refuses stops the write."""

    guard: str
    refused: bool
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a refresh would make of one playlist.

    `playlist_id` is None for a playlist that is yet to be created. `snapshot_id` is the version
    `before` was read at: a write is refused when the account has another one by then.
    """

    recipe_id: str
    name: str
    playlist_id: str | None
    run: str
    seed: int
    made_at: datetime
    status: Status
    before: tuple[str, ...]
    after: tuple[PlannedItem, ...]
    diff: Diff
    snapshot_id: str | None = None
    guards: tuple[GuardFinding, ...] = ()
    report: Mapping[str, ReportValue | Mapping[str, ReportValue]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def uris(self) -> tuple[str, ...]:
        """The planned URIs in order."""
        return tuple(item.uri for item in self.after)

    @property
    def refusals(self) -> tuple[GuardFinding, ...]:
        """The findings that stop the write."""
        return tuple(finding for finding in self.guards if finding.refused)


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


@cache
def _plans() -> TypeAdapter[Plan]:
    from pydantic import TypeAdapter  # a command that reads no plan need not wait for it

    return TypeAdapter(Plan)


def plan_document(plan: Plan) -> Document:
    """A plan as JSON values, times as ISO 8601; read back by `plan_from_document`.

    `id` is the recipe's, `playlist_id` Spotify's or None for a playlist yet to be created. A reason
    has `detail` where a learner gave evidence.
    """
    values = _plans().dump_python(plan, mode="json")
    for reason in (reason for item in values["after"] for reason in item["reasons"]):
        if not reason["detail"]:
            del reason["detail"]
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
    from pydantic import ValidationError

    lacking = [key for key in _KEYS if key not in document]
    if lacking:
        raise DataError(f"a saved plan lacks {lacking[0]!r}; plan again")
    values = {key: document[key] for key in _KEYS if key != "id"} | {"recipe_id": document["id"]}
    try:
        return _plans().validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"a saved plan cannot be understood: {place}: {first['msg']}; plan again"
        ) from error


def _finite(value: ReportValue) -> ReportValue:
    """JSON has no infinity and no NaN: both become null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one plan over all playlists asks of each, by recipe id: `due` are the songs whose turn
    it is, the most urgent first, each with why in words; `elsewhere` those that another list holds.
    """

    due: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    elsewhere: Mapping[str, frozenset[str]] = field(default_factory=dict)
