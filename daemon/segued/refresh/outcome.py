"""What became of a refresh or a plan, as values: the whole way gone, or nothing to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segue.errors import PARTLY, GuardError, SegueError
from segue.playlists.plan import Plan

if TYPE_CHECKING:
    from segued.enrich.outcome import EnrichOutcome
    from segued.exports import Exported
    from segued.refresh.planning import Planned
    from segued.refresh.recover import Recovered
    from segued.sync.account import SyncOutcome


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of one recipe: the plan, with its final status, and the kept version's id."""

    planned: Planned
    version_id: str | None = None
    error: SegueError | None = None
    left_out: bool = False
    """Whether tracks of the plan, or its cover, could not be written."""

    @property
    def plan(self) -> Plan:
        """The plan, its status being what really happened."""
        return self.planned.plan

    @property
    def exit_code(self) -> int:
        """What a command that did only this ends with."""
        if self.error is not None:
            return self.error.exit_code
        return GuardError.exit_code if self.plan.status == "refused" else 0

    @property
    def text(self) -> str:
        """What the history says of it."""
        from segue.playlists.choose.choose import shortfall_in

        plan = self.plan
        if plan.status in ("changed", "unchanged"):
            change, short = plan.diff, shortfall_in(plan.notes)
            counts = f"+{len(change.added)} −{len(change.removed)}, {change.moved} moved"
            text = counts if plan.status == "changed" else "nothing to change"
            return f"{text}; {short}" if short else text
        refused = "; ".join(finding.text for finding in plan.refusals)
        return refused or (str(self.error) if self.error else "; ".join(plan.notes[-1:]))


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """What a refresh did. `requests` counts by endpoint template, of this refresh alone."""

    refreshed: tuple[Refreshed, ...]
    recovered: tuple[Recovered, ...] = ()
    synced: SyncOutcome | None = None
    requests: Mapping[str, int] | None = None
    enriched: EnrichOutcome | None = None
    exports: tuple[Exported | str, ...] = ()

    @property
    def exit_code(self) -> int:
        """One code where every playlist ended alike, `PARTLY` where they did not."""
        codes = {each.exit_code for each in self.refreshed}
        codes |= {PARTLY for each in self.exports if isinstance(each, str)}
        return codes.pop() if len(codes) == 1 else PARTLY if codes else 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A playlist that stands as it should."""

    plan: Plan
    version_id: None = None
    error: None = None


@dataclass(frozen=True, slots=True)
class NothingAsked:
    """An enrichment that had nothing to ask, as the last one had."""

    last: Mapping[str, object]

    def document(self) -> dict[str, object]:
        """The outcome as part of a JSON document."""
        return dict(self.last)

    def said(self) -> tuple[str, ...]:
        """What could not be done."""
        return ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A refresh with nothing to do: the plans as they stand, and the requests that showed it."""

    plans: tuple[Plan, ...]
    requests: Mapping[str, int]
    recovered: tuple[()] = ()
    synced: None = None
    enriched: NothingAsked | None = None
    exports: tuple[()] = ()
    exit_code: int = 0

    @property
    def refreshed(self) -> tuple[Kept, ...]:
        """The playlists, each with the plan that it stands by."""
        return tuple(Kept(plan) for plan in self.plans)
