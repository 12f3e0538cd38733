"""One run of Segue: what it works with, what it found out once, and its lines in the history.

A run is one command or one job of the service. It looks things up and decides nothing.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar, cast

from segue.errors import GuardError, SegueError
from segue.playlists.inventory import Inventory
from segue.progress import Progress, Stopped, silent
from segue.recipe.recipe import Recipe, seed_for
from segued.config.schedule.zone import read_timezone
from segued.config.schema import Settings, select_recipes
from segued.config.secrets import printable
from segued.inventory.identity import BLINDED, recipes_with_ids, trial_of
from segued.inventory.outside import never_files, outside_of, read_never
from segued.inventory.reading import choice_of, known_key, read_inventory, sound_key
from segued.inventory.recipe_check import SavedModels
from segued.store.files.lock import writer_lock
from segued.store.playlists import Trial
from segued.store.runs import RunRecord
from segued.store.state import State

if TYPE_CHECKING:
    from segued.spotify.client import SpotifyClient

Found = TypeVar("Found")

PROCESS_DIED = "its process ended in the middle of it"


@dataclass(frozen=True, slots=True)
class RunRecipe:
    """A recipe under the id it keeps when it is renamed, with its period and seed in this run.

    Of a recipe with variants it is the one that holds now, and `why` says so in words; of one with
    an experiment the one that this period has, and `trial` is its part in that.
    `configured_id` is what the configuration calls it; `note` says, in words, when the two
    differ.
    """

    recipe: Recipe
    configured_id: str
    note: str | None
    period_start: datetime
    seed: int
    why: str = ""
    trial: Trial | None = None

    @property
    def period(self) -> str:
        """The period's name, as versions of playlists carry it: another for each variant."""
        return f"{self.period_start.isoformat()} {self.recipe.variant}".rstrip()


@dataclass(slots=True)
class Record:
    """How a recorded part of a run went: set by the one who does it, written when it ends."""

    id: str
    status: str = "done"
    text: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] | None = None
    """Requests by endpoint template; None counts those of the run's client meanwhile."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one run works with.

    `seed` fixes every random choice; None derives one for each recipe from its id and period.
    `reason` is why the service began the run ("due", ...), empty for a command by hand.
    `sleep` waits for so many seconds between two requests to Spotify.
    """

    settings: Settings
    state: State
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    progress: Progress = silent
    seed: int | None = None
    reason: str = ""
    sleep: Callable[[float], None] = time.sleep
    records: list[RunRecord] = field(default_factory=list)
    """What was written into the history so far, each as it ended."""
    _known: dict[str, tuple[Hashable, object]] = field(default_factory=dict, repr=False)
    _open: list[str] = field(default_factory=list, repr=False)

    @cached_property
    def now(self) -> datetime:
        """The one moment that everything of this run happens at (UTC)."""
        return self.clock()

    @cached_property
    def id(self) -> str:
        """The name of this run in plans, versions and the history."""
        return new_run_id(self.now)

    def client(self) -> SpotifyClient:
        """The client for the account: opened when first asked for, closed with the run."""
        from segued.spotify.client import SpotifyClient  # a third of the start of most commands

        return self.once(
            "client",
            lambda: SpotifyClient(
                self.settings.spotify,
                self.state.auth,
                self.state.budget,
                clock=self.clock,
                sleep=self.sleep,
            ),
        )

    @property
    def requests(self) -> Mapping[str, int]:
        """The requests to Spotify so far, by endpoint template."""
        client = self._opened_client()
        return {} if client is None else dict(client.requests)

    def _opened_client(self) -> SpotifyClient | None:
        _, client = self._known.get("client", (None, None))
        return cast("SpotifyClient | None", client)

    @property
    def recipes(self) -> tuple[RunRecipe, ...]:
        """Every recipe of the configuration, in its order."""
        return self.once("recipes", self._recipes, self.state.signature("playlists", "library"))

    def chosen(self, names: Collection[str]) -> tuple[RunRecipe, ...]:
        """The recipes of these names or ids, all for none. Raises UsageError for an unknown one."""
        chosen = {recipe.id for recipe in select_recipes(self.settings.playlists, tuple(names))}
        return tuple(known for known in self.recipes if known.configured_id in chosen)

    def recipe(self, name: str) -> RunRecipe:
        """The recipe of this name or id. Raises UsageError, naming those there are."""
        return self.chosen((name,))[0]

    def inventory(self) -> Inventory:
        """What the state knows, for every recipe: read again only after the state has changed.

        Raises UsageError where nothing was synced yet.
        """
        recipes = self.recipes
        return self.once(
            "inventory",
            lambda: replace(
                read_inventory(
                    self.state,
                    [known.recipe for known in recipes],
                    {known.recipe.id: known.period for known in recipes},
                    self.encoder_key,
                    read_timezone(self.settings.timezone),
                    sound_key(self.settings, self.state),
                ),
                never=read_never(self.settings.never, self.state),
                outside=outside_of(self.settings.discover, self.state, self.now),
            ),
            (
                self.encoder_key,
                self.state.signature(),
                tuple(never_files(self.settings.never).items()),
            ),
        )

    @property
    def encoder_key(self) -> str | None:
        """The key of the configured encoder's vectors; None while it was never loaded."""
        return known_key(choice_of(self.settings), self.state)

    @property
    def models(self) -> SavedModels:
        """The saved models, each read when first asked for and again after a learning."""
        return self.once(
            "models",
            lambda: SavedModels(self.settings, self.state),
            self.state.signature("models"),
        )

    def once(self, name: str, make: Callable[[], Found], signature: Hashable = None) -> Found:
        """What `make` gives, made when first asked for and again when the signature changes."""
        known = self._known.get(name)
        if known is None or known[0] != signature:
            known = self._known[name] = (signature, make())
        return cast("Found", known[1])

    @contextlib.contextmanager
    def recorded(self, kind: str, recipe_id: str | None = None) -> Iterator[Record]:
        """Keep a line of the history for what happens inside, however it ends.

        It is "running" on disk meanwhile, so that a kill leaves a trace; lines that an earlier
        process left open are closed first. The caller holds the writer's lock.
        """
        started = self.clock()
        self.state.runs.close_open(started, PROCESS_DIED, but_not=self._open)
        about = recipe_id if kind == "refresh" else f"{recipe_id}-{kind}"
        record = Record(f"{self.id}-{about}" if recipe_id else new_run_id(started))
        line = RunRecord(record.id, kind, started, "running", recipe_id, reason=self.reason)
        before = self.requests
        self.state.runs.add(line)
        self._open.append(record.id)
        try:
            yield record
        except BaseException as error:
            record.status, record.text = _ending(error, by_hand=not self.reason)
            with contextlib.suppress(SegueError):  # the first error is the one to report
                self._close(record, line, before)
            raise
        self._close(record, line, before)

    def _close(self, record: Record, line: RunRecord, before: Mapping[str, int]) -> None:
        self._open.remove(record.id)
        made = {path: n - before.get(path, 0) for path, n in self.requests.items()}
        ended = RunRecord(
            id=line.id,
            kind=line.kind,
            started_at=line.started_at,
            status=record.status,
            recipe_id=line.recipe_id,
            ended_at=self.clock(),
            text=record.text,
            counts=record.counts,
            requests={path: n for path, n in made.items() if n}
            if record.requests is None
            else record.requests,
            reason=line.reason,
        )
        self.records.append(ended)
        self.state.runs.update(ended)

    def _recipes(self) -> tuple[RunRecipe, ...]:
        found = []
        for identity in recipes_with_ids(self.settings, self.state, self.now):
            start = self.settings.period_start(identity.configured_id, self.now)
            seed = seed_for(identity.recipe.id, start) if self.seed is None else self.seed
            local = self.now.astimezone(self.settings.zone_of(identity.configured_id))
            recipe, why = identity.recipe.at(local), ""
            if recipe.when:
                holds = f"variant “{recipe.variant}”" if recipe.variant else "no variant"
                why = f"{holds} applies now ({local:%a} {local.day} {local:%b, %H:%M})"
            known = RunRecipe(recipe, identity.configured_id, identity.note, start, seed, why)
            if (trial := trial_of(recipe, known.period)) is not None:
                why = "; ".join(text for text in (why, BLINDED) if text)
                known = replace(known, recipe=recipe.tried(trial.variant), why=why, trial=trial)
            found.append(known)
        return tuple(found)

    def close(self) -> None:
        """Close the client, if one was opened. The state is the caller's."""
        client = self._opened_client()
        self._known.pop("client", None)
        if client is not None:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def new_run_id(moment: datetime) -> str:
    """A name for a run: when it began, and a few random digits."""
    return f"{moment:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def close_abandoned_if_free(state: State, now: datetime) -> None:
    """End the lines of the history that a dead process left open, unless a run is under way.

    Only who holds the writer's lock can have an open line; it closes those of others itself.
    """
    if state.runs.left_open():
        with contextlib.suppress(SegueError), writer_lock(state.folder, "segue", 0):
            state.runs.close_open(now, PROCESS_DIED)


def _ending(error: BaseException, *, by_hand: bool) -> tuple[str, str]:
    """The status and the text of what an exception ended."""
    if isinstance(error, Stopped) and not by_hand:
        return "stopped", "stopped with the service"
    if isinstance(error, KeyboardInterrupt):
        return "stopped", "stopped by hand; what was done until then is kept"
    if isinstance(error, SegueError):
        return ("refused" if isinstance(error, GuardError) else "failed"), str(error)
    return "failed", printable(f"a bug in Segue: {type(error).__name__}: {error}")
