"""Every command in one table: where it is and what it does, so that `--help` imports none; and the
group that imports a command when it is run."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import click

from segued.cli.call import with_global_options

Names = Literal["", "recipe", "recipes", "playlists"]
"""What arguments name: nothing known, one recipe, any number of recipes or of playlists."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: where it lives, what it does in a few words, and its section.

    A module of several commands is followed by a colon and the name of the one. `names` is what its
    arguments name, and `commands` are those of a group: shells complete both without an import.
    """

    module: str
    summary: str
    section: str
    names: Names = ""
    commands: tuple[str, ...] = ()


COMPLETION = "_SEGUE_COMPLETE"
"""The variable by which a shell asks what may follow, in place of a command."""

_START = "Getting started"
_KEEP = "Keep playlists"
_LOOK = "Inspect"
_RUN = "Maintenance"

COMMANDS: dict[str, Entry] = {
    "demo": Entry("demo.command", "Try everything offline on a generated account", _START),
    "init": Entry("setup.init", "Write a first configuration", _START),
    "auth": Entry(
        "setup.auth",
        "Log in to Spotify, log out, check the login",
        _START,
        commands=("login", "status", "logout"),
    ),
    "doctor": Entry("setup.config:doctor", "Check that everything Segue needs is in place", _START),
    "completion": Entry(
        "completion",
        "Let your shell complete commands and names",
        _START,
        commands=("bash", "zsh", "fish"),
    ),
    "plan": Entry(
        "playlists.plan", "Show what a refresh would change, and why", _KEEP, names="recipes"
    ),
    "refresh": Entry(
        "playlists.refresh", "Rebuild the playlists and write them", _KEEP, names="recipes"
    ),
    "undo": Entry(
        "playlists.history:undo", "Restore an earlier version of a playlist", _KEEP, names="recipe"
    ),
    "allow": Entry(
        "playlists.refresh:allow",
        "Allow tracks again that were removed by hand",
        _KEEP,
        names="recipe",
    ),
    "sync": Entry("stages.enrich:sync", "Read the account: likes, albums, playlists, plays", _KEEP),
    "enrich": Entry("stages.enrich", "Look up audio features and lyrics", _KEEP, names="recipes"),
    "learn": Entry(
        "stages.learn", "Train models on your own library", _KEEP, commands=("sentiment",)
    ),
    "list": Entry("playlists.list", "List the playlists of your account", _LOOK, names="playlists"),
    "show": Entry("playlists.show", "Show a playlist's tracks", _LOOK, names="recipe"),
    "explain": Entry(
        "playlists.show:explain", "Explain why each track is there", _LOOK, names="recipe"
    ),
    "heard": Entry(
        "playlists.heard", "Show what was heard of a playlist, and how far", _LOOK, names="recipe"
    ),
    "verdict": Entry(
        "playlists.heard:verdict", "Show what an experiment has found so far", _LOOK, names="recipe"
    ),
    "discover": Entry(
        "playlists.show:discover", "Show how many new songs stayed", _LOOK, commands=("report",)
    ),
    "coverage": Entry("playlists.likes", "Show which likes return when, and in which list", _LOOK),
    "inbox": Entry(
        "playlists.likes:inbox",
        "Sort new likes into the playlists they belong to",
        _KEEP,
        commands=("take", "refuse"),
    ),
    "lint": Entry("playlists.lint", "Judge how well any playlist flows", _LOOK, names="playlists"),
    "path": Entry("sequence.ways:path", "Find a way from one song to another", _LOOK),
    "cluster": Entry("sequence.ways:cluster", "Sort the library into groups, as recipes", _LOOK),
    "sequence": Entry("sequence.command", "Order any table of tracks; no account needed", _LOOK),
    "export": Entry(
        "playlists.list:export",
        "Write playlists as files for other players",
        _LOOK,
        names="playlists",
    ),
    "history": Entry(
        "playlists.history", "List past runs and kept versions", _LOOK, names="recipe"
    ),
    "schedule": Entry(
        "service.schedule", "Show when each playlist is due next", _LOOK, names="recipes"
    ),
    "page": Entry("service.service:page", "Open the page of the running service", _LOOK),
    "status": Entry("service.status", "Show the login, playlists and the service", _LOOK),
    "import": Entry(
        "imports",
        "Import audio features or listening history",
        _RUN,
        commands=("features", "history", "list", "remove"),
    ),
    "evaluate": Entry(
        "evaluate",
        "Measure learners and orders against baselines",
        _RUN,
        commands=(
            "taste",
            "nextstep",
            "order",
            "continuation",
            "association",
            "embedding",
            "sentiment",
            "mood",
            "sequencing",
            "due",
            "verdict",
            "loop",
            "discovery",
        ),
    ),
    "pause": Entry("service.schedule:pause", "Pause schedules", _RUN, names="recipes"),
    "resume": Entry("service.schedule:resume", "Resume paused schedules", _RUN, names="recipes"),
    "service": Entry(
        "service.service",
        "Install Segue as a systemd service",
        _RUN,
        commands=("install", "status", "uninstall"),
    ),
    "config": Entry(
        "setup.config",
        "Check and show the configuration",
        _RUN,
        commands=("check", "show", "schema"),
    ),
    "purge": Entry("setup.auth:purge", "Delete stored data", _RUN),
    "sandbox": Entry(
        "demo.command:sandbox", "Serve a fake Spotify for experiments", _RUN, commands=("serve",)
    ),
}


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
