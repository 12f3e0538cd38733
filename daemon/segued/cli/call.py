"""One call of `segue`: the options of every command, and what they lead to."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from segued.config.secrets import Redacting, quiet_libraries

if TYPE_CHECKING:
    from segued.config.load import Loaded
    from segued.config.schema import Settings
    from segued.run import Run
    from segued.store.state import State


class DeclinedError(click.ClickException):
    """Somebody was asked and said no; the message is what became of it."""

    exit_code = 130


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
    sleep: Callable[[float], None] = time.sleep

    @property
    def config_file(self) -> Path:
        """The configuration file: as given, else where it is looked for."""
        from segued.config.secrets import config_file

        return self.config or config_file(self.environ)

    @property
    def state_folder(self) -> Path:
        """The folder of the state."""
        from segued.config.secrets import state_folder

        return state_folder(self.environ)

    @cached_property
    def loaded(self) -> Loaded:
        """The configuration, read and checked once. Raises ConfigError."""
        from segued.config.load import flags, load

        try:
            named = flags(self.sets)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="'--set'") from error
        return load(self.config_file, self.environ, named)

    def using(self, settings: Settings, source: str) -> Call:
        """A call like this one whose configuration is given, not read."""
        from segued.config.load import Loaded

        other = replace(self)
        other.loaded = Loaded(settings, source)
        return other

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
        from segued.store.files.lock import writer_lock

        settings = self.settings
        with writer_lock(self.state_folder, command, wait), self._opened(settings) as run:
            yield run

    @contextlib.contextmanager
    def look(self) -> Iterator[Run]:
        """A run that changes nothing, beside any other."""
        from segued.run import close_abandoned_if_free

        with self._opened(self.settings) as run:
            close_abandoned_if_free(run.state, run.now)
            yield run

    @contextlib.contextmanager
    def _opened(self, settings: Settings) -> Iterator[Run]:
        from segued.cli.output import progress_bar
        from segued.run import Run

        with self.state() as state, progress_bar(quiet=self.quiet) as progress:
            seed, sleep = self.seed, self.sleep
            with Run(settings, state, self.environ, self.now, progress, seed, sleep=sleep) as run:
                yield run

    def require_app(self) -> None:
        """Raise UsageError where the configuration names no app."""
        from segue.errors import UsageError
        from segued.config.sections import DASHBOARD, redirect_uri

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


def begin_logging(call: Call) -> None:
    """Send logs to stderr: warnings; with one --verbose what happens; with two every detail."""
    level = logging.ERROR if call.quiet else logging.WARNING
    if call.verbose:
        level = logging.INFO if call.verbose == 1 else logging.DEBUG
    handler = _ToStderr()
    whole = Redacting("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(whole if call.verbose else _Note())
    top = logging.getLogger()
    top.handlers[:] = [handler]
    top.setLevel(level)
    quiet_libraries(level)


class _ToStderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at the moment: while a bar is drawn, lines go above it."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.stream = sys.stderr
        super().emit(record)


class _Note(Redacting):
    """A record as commands say things that are no answer: "note: …"."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, without the name of whoever wrote it."""
        word = "note" if record.levelno <= logging.WARNING else record.levelname.lower()
        return f"{word}: {super().format(record)}"


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def note(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value is not None and value is not False and value not in (0, ()):
            call = ctx.ensure_object(Call)
            setattr(call, name, value)
            if name in ("verbose", "quiet"):
                begin_logging(call)

    return note


def _seed(ctx: click.Context, _: click.Parameter, value: int | None) -> None:
    if value is not None:
        ctx.ensure_object(Call).seed = value


def _option(names: tuple[str, ...], **settings: Any) -> click.Option:
    settings.setdefault("callback", _set(names[0].lstrip("-").replace("-", "_")))
    return click.Option(list(names), expose_value=False, **settings)


def global_options(*, hidden: bool = False) -> list[click.Option]:
    """The options every command takes, each putting its value on the Call."""
    return [
        _option(
            ("--config",),
            type=click.Path(path_type=Path, dir_okay=False),
            help="The configuration file.",
            hidden=hidden,
        ),
        _option(
            ("--set", "sets"),
            multiple=True,
            callback=_set("sets"),
            metavar="KEY=VALUE",
            help='Override a setting, e.g. "spotify.timeout_seconds=5".',
            hidden=hidden,
        ),
        _option(
            ("--verbose", "-v"), count=True, help="More log output (-vv: debug).", hidden=hidden
        ),
        _option(("--quiet", "-q"), is_flag=True, help="Less output: only problems.", hidden=hidden),
        _option(
            ("--dry-run",),
            is_flag=True,
            help="Show what would be done and change nothing.",
            hidden=hidden,
        ),
        _option(
            ("--seed",),
            type=click.IntRange(min=0),
            callback=_seed,
            metavar="NUMBER",
            help="Seed of every random choice.",
            hidden=hidden,
        ),
    ]


def with_global_options(command: click.Command) -> click.Command:
    """Let a command, or each command of a group, take the global options as well."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_global_options(inner)
        if not command.invoke_without_command:
            return command
    taken = {name for parameter in command.params for name in parameter.opts}
    for option in global_options(hidden=True):
        if not taken.intersection(option.opts):
            command.params.append(option)
    return command


names_argument = click.argument("names", nargs=-1, metavar="[NAME]...")
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0,
    metavar="SECONDS",
    help="How long to wait for another command to finish.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
