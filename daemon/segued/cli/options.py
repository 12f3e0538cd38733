"""The global options: they may stand before a command or after it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from segued.cli.call import Call
from segued.config.secrets import Redacting, quiet_libraries


def begin_logging(call: Call) -> None:
    """Send logs to stderr: warnings; with one --verbose what happens; with two every detail."""
    level = logging.ERROR if call.quiet else logging.WARNING
    if call.verbose:
        level = logging.INFO if call.verbose == 1 else logging.DEBUG
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting("%(levelname)s %(name)s: %(message)s"))
    top = logging.getLogger()
    top.handlers[:] = [handler]
    top.setLevel(level)
    quiet_libraries(level)


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
