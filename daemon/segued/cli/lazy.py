"""A group whose commands are imported when they are run, not when they are listed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping

import click

from segued.cli.commands import Entry
from segued.cli.options import with_global_options


class LazyGroup(click.Group):
    """A click group over a table of commands.

    A command is the object `command` of the module `segued.cli.<module>`, or the object named after
    a colon. One whose module is not part of this installation is not shown. (ARG002: the
    signatures are click's.)
    """

    def __init__(self, table: Mapping[str, Entry], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]  # click's own, handed through
        self._table = {name: entry for name, entry in table.items() if _exists(entry)}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the table."""
        return list(self._table)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """The command of a name, imported now, or None."""
        entry = self._table.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.module.partition(":")
        command = getattr(importlib.import_module(f"segued.cli.{module}"), name or "command")
        assert isinstance(command, click.Command)
        return with_global_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; a mistyped name suggests a near one."""
        if args and args[0] not in self._table and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}.{suggestion(args[0], self._table)}")
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """The commands with their summaries, by section."""
        sections = dict.fromkeys(entry.section for entry in self._table.values())
        width = max((len(name) for name in self._table), default=0)
        for section in sections:
            rows = [
                (name.ljust(width), entry.summary)
                for name, entry in self._table.items()
                if entry.section == section
            ]
            with formatter.section(section):
                formatter.write_dl(rows)


def suggestion(given: str, known: Mapping[str, object]) -> str:
    """A near name as a question, with a space before it; empty where none is near."""
    from segue.names import nearest

    near = nearest(given, known, 0.5)
    return f" Did you mean {near!r}?" if near is not None else " See `segue --help`."


def _exists(entry: Entry) -> bool:
    module = entry.module.partition(":")[0]
    return importlib.util.find_spec(f"segued.cli.{module}") is not None
