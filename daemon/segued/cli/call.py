"""One call of `segue`: its global options, and what they lead to."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from segued.config.load import Loaded
    from segued.config.schema import Settings
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
        from segued.config.environment import flags
        from segued.config.load import load

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

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: input and errors both are a terminal."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def now(self) -> datetime:
        """The time, here at the outermost edge (UTC)."""
        return datetime.now(UTC)


pass_call = click.make_pass_decorator(Call, ensure=True)
