"""The refresh: put right what was cut off, sync, plan, and write what the guards let through."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from segue.errors import AuthorisationError, GuardError, RateLimitedError, SegueError
from segue.playlists.plan import GuardFinding, Plan
from segue.playlists.score.randomness import seed_for
from segued.config.schema import Settings
from segued.config.select import select_recipes
from segued.inventory.encoder import choice_of, known_key
from segued.inventory.reading import read_inventory
from segued.jobs.enrich import enrich_before_plan
from segued.jobs.enrich_outcome import EnrichOutcome
from segued.jobs.planning import Planned, Progress, lasting_recipes, plan_all
from segued.spotify.client import SpotifyClient
from segued.store.runs import RunRecord
from segued.store.state import State
from segued.sync.account import SyncOutcome, sync
from segued.writing.apply import apply
from segued.writing.edits import resume as without_pause
from segued.writing.recover import Recovered, recover

PARTLY = 3


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of one recipe: the plan, with its final status, and the kept version's id."""

    planned: Planned
    version_id: str | None = None
    error: SegueError | None = None

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


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """What a refresh did. `requests` counts by endpoint template, of this refresh alone."""

    refreshed: tuple[Refreshed, ...]
    recovered: tuple[Recovered, ...] = ()
    synced: SyncOutcome | None = None
    requests: Mapping[str, int] | None = None
    enriched: EnrichOutcome | None = None

    @property
    def exit_code(self) -> int:
        """One code where every playlist ended alike, `PARTLY` where they did not."""
        codes = {one.exit_code for one in self.refreshed}
        return codes.pop() if len(codes) == 1 else PARTLY if codes else 0


def run_id(now: datetime) -> str:
    """A name for a run: when it began, and a few random digits."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def refresh_all(
    settings: Settings,
    state: State,
    client: SpotifyClient,
    *,
    names: Sequence[str],
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    progress: Progress,
    seed: int | None = None,
    waived: Collection[str] = (),
    resumed: bool = False,
    may_write: bool = True,
) -> RefreshOutcome:
    """Refresh the recipes of these names, all for none. The caller holds the writer's lock.

    `resumed` ends the pause of the named recipes whose playlist was deleted: they get a new one.
    A playlist that fails does not stop the others; a rate limit or a lost login does, and the
    rest is told as failed for the same reason. Raises what `sync` and `plan_all` raise.
    """
    now = clock()
    run = run_id(now)
    recovered = recover(client, state, now=now)
    synced = sync(client, state, settings, now, progress)
    enriched = enrich_chosen(
        settings, state, client, names, environ=environ, clock=clock, progress=progress
    )
    if resumed:
        _resume(settings, state, names)
    planned = plan_all(
        settings,
        state,
        client,
        names=names,
        now=now,
        run=run,
        progress=progress,
        seed=seed,
        waived=waived,
    )
    user_id = synced.user_id or read_inventory(state, (), {}).user_id
    done: list[Refreshed] = []
    stopped: SegueError | None = None
    for number, one in enumerate(planned):
        progress("write", number, len(planned))
        if stopped is not None and one.plan.status == "changed":
            done.append(_failed(one, stopped))
        else:
            done.append(
                _write(one, client, state, now, user_id, waived=waived, may_write=may_write)
            )
            if isinstance(done[-1].error, (RateLimitedError, AuthorisationError)):
                stopped = done[-1].error
        _record(done[-1], state, now, clock(), run)
    progress("write", len(planned), len(planned))
    return RefreshOutcome(tuple(done), recovered, synced, dict(client.requests), enriched)


def enrich_chosen(
    settings: Settings,
    state: State,
    client: SpotifyClient | None,
    names: Sequence[str],
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
    progress: Progress,
) -> EnrichOutcome:
    """Look up what the recipes of these names touch, within the budget of `[enrich]`."""
    chosen = {recipe.id for recipe in select_recipes(settings.playlists, names)}
    known = {one.recipe.id: one for one in lasting_recipes(settings, state)}
    recipes = [one.recipe for one in known.values() if one.configured_id in chosen]
    now = clock()
    starts = {
        recipe.id: settings.period_start(known[recipe.id].configured_id, now) for recipe in recipes
    }
    return enrich_before_plan(
        recipes,
        settings,
        state,
        client,
        lambda: read_inventory(
            state,
            recipes,
            {name: start.isoformat() for name, start in starts.items()},
            known_key(choice_of(settings), state),
        ),
        {name: seed_for(name, start) for name, start in starts.items()},
        environ=environ,
        clock=clock,
        progress=progress,
    )


def _write(
    one: Planned,
    client: SpotifyClient,
    state: State,
    now: datetime,
    user_id: str,
    *,
    waived: Collection[str],
    may_write: bool,
) -> Refreshed:
    """Apply one plan; whatever goes wrong with it is its outcome."""
    if one.error is not None or one.plan.status in ("refused", "failed"):
        _note_pause(one, state)
        return Refreshed(one, error=one.error)
    try:
        outcome = apply(
            one.plan,
            one.recipe,
            client,
            state,
            now=now,
            user_id=user_id,
            period=one.period,
            waived=waived,
            may_write=may_write,
        )
    except GuardError as error:
        refusal = GuardFinding("conflict", True, str(error))
        plan = replace(one.plan, status="refused", guards=(*one.plan.guards, refusal))
        return Refreshed(replace(one, plan=plan), error=error)
    except SegueError as error:
        return _failed(one, error)
    notes = (*one.plan.notes, *outcome.notes)
    if outcome.error is not None:
        notes = (*notes, str(outcome.error))
    plan = replace(
        one.plan,
        status=outcome.status,
        notes=notes,
        playlist_id=outcome.playlist_id or one.plan.playlist_id,
    )
    return Refreshed(replace(one, plan=plan), outcome.version_id, outcome.error)


def _failed(one: Planned, error: SegueError) -> Refreshed:
    plan = replace(one.plan, status="failed", notes=(*one.plan.notes, str(error)))
    return Refreshed(replace(one, plan=plan), error=error)


def _note_pause(one: Planned, state: State) -> None:
    """A playlist that its user deleted pauses its recipe, so that every report says so."""
    binding = state.playlists.binding(one.recipe.id)
    location = one.location
    if binding is None or location is None or location.kind != "paused":
        return
    if binding.paused_reason is None:
        state.playlists.bind(replace(binding, paused_reason=location.text))
        state.playlists.commit()


def _resume(settings: Settings, state: State, names: Sequence[str]) -> None:
    chosen = {recipe.id for recipe in select_recipes(settings.playlists, names)}
    listed = {summary.id for summary in state.playlists.summaries()}
    for one in lasting_recipes(settings, state):
        binding = state.playlists.binding(one.recipe.id)
        if one.configured_id in chosen and binding and binding.playlist_id not in listed:
            state.playlists.bind(without_pause(binding))
    state.playlists.commit()


def _record(one: Refreshed, state: State, started: datetime, ended: datetime, run: str) -> None:
    plan = one.plan
    if plan.status in ("changed", "unchanged"):
        state.plans.save(plan)
    state.runs.add(
        RunRecord(
            id=f"{run}-{plan.recipe_id}",
            kind="refresh",
            started_at=started,
            status=plan.status,
            recipe_id=plan.recipe_id,
            ended_at=ended,
            text=_text(one),
            counts={
                "added": len(plan.diff.added),
                "removed": len(plan.diff.removed),
                "moved": plan.diff.moved,
                "tracks": len(plan.after),
            },
        )
    )


def _text(one: Refreshed) -> str:
    plan = one.plan
    if plan.status == "changed":
        diff = plan.diff
        return f"+{len(diff.added)} −{len(diff.removed)}, {diff.moved} moved"
    if plan.status == "unchanged":
        return "nothing to change"
    refused = [finding.text for finding in plan.refusals]
    return "; ".join(refused) or (str(one.error) if one.error else "; ".join(plan.notes[-1:]))
