"""One call of `segue`: its global options, and what they lead to."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from segued.config.load import Loaded
    from segued.config.schema import Settings
    from segued.run import Run
    from segued.store.state import State


@dataclass
class Call:
    """The global options of one call. Nothing is read before it is asked for."""

    config: Path | None = None
    sets: tuple[str, ...] = ()
    verbose: int = 0
    quiet: bool = False
    dry_run: bool = False
    seed: int | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def config_file(self) -> Path:
        """The configuration file: as given, else where it is looked for."""
        from segued.config.paths import config_file

        return self.config or config_file(self.environ)

    @property
    def state_folder(self) -> Path:
        """The folder of the state."""
        from segued.config.paths import state_folder

        return state_folder(self.environ)

    @cached_property
    def loaded(self) -> Loaded:
        """The configuration, read and checked once. Raises ConfigError."""
        from segued.config.load import load
        from segued.config.toml.environment import flags

        try:
            named = flags(self.sets)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="'--set'") from error
        return load(self.config_file, self.environ, named)

    @property
    def settings(self) -> Settings:
        """The settings. Raises ConfigError."""
        return self.loaded.settings

    @contextlib.contextmanager
    def state(self) -> Iterator[State]:
        """The state, opened, and closed again; what was repaired in it is logged, on stderr."""
        from segued.store.state import State

        state = State.open(self.state_folder)
        try:
            yield state
        finally:
            state.close()

    @contextlib.contextmanager
    def run(self, command: str, wait: float = 0.0) -> Iterator[Run]:
        """A run that changes the state: the only one meanwhile, its progress on the terminal.

        Raises LockedError where another still changes it after `wait` seconds.
        """
        from segued.cli.output import progress_bar
        from segued.run import Run
        from segued.store.files.lock import writer_lock

        settings = self.settings
        with (
            writer_lock(self.state_folder, command, wait),
            self.state() as state,
            progress_bar(quiet=self.quiet) as progress,
            Run(settings, state, self.environ, self.now, progress, self.seed) as run,
        ):
            yield run

    @contextlib.contextmanager
    def look(self) -> Iterator[Run]:
        """A run that changes nothing, beside any other."""
        from segued.cli.output import progress_bar
        from segued.run import Run, close_abandoned_if_free

        settings = self.settings
        with (
            self.state() as state,
            progress_bar(quiet=self.quiet) as progress,
            Run(settings, state, self.environ, self.now, progress, self.seed) as run,
        ):
            close_abandoned_if_free(state, run.now)
            yield run

    def require_app(self) -> None:
        """Raise UsageError where the configuration names no app."""
        from segue.errors import UsageError
        from segued.config.app import DASHBOARD, redirect_uri

        if self.settings.spotify.client_id:
            return
        raise UsageError(
            f"{self.config_file} names no app: [spotify] client_id is empty. Make one at"
            f" {DASHBOARD} (Web API, redirect URI"
            f" {redirect_uri(self.settings.spotify.redirect_port)}) and copy its Client ID"
        )

    def dry_run_of(self, what: str, *, as_json: bool = False) -> bool:
        """Whether --dry-run stops the command here, having said what it would do."""
        if self.dry_run and as_json:
            from segued.cli.output import print_json

            print_json({"schema": 1, "dry_run": True, "would": what})
        elif self.dry_run:
            click.echo(f"Would {what}; --dry-run changes nothing.", err=True)
        return self.dry_run

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: input and errors both are a terminal."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def now(self) -> datetime:
        """The time (UTC)."""
        return self.clock()


pass_call = click.make_pass_decorator(Call, ensure=True)
