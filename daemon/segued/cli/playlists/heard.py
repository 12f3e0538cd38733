"""`segue heard`: what was heard of a playlist, by kept version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import local_time, plural, print_json, stdout, table

if TYPE_CHECKING:
    from segue.playlists.heard import HeardVersion, Sitting
    from segued.inventory.heard import HeardPlaylist

_SHOWN = 12
"""How many rows of one sitting are printed; `--json` has all."""


@click.command("heard", help="Show what was heard of a playlist, in which order and how far.")
@click.argument("name")
@json_option
@pass_call
def command(call: Call, name: str, as_json: bool) -> None:
    """Print the sittings with each kept version of a playlist."""
    from segued.inventory.heard import heard_document, read_heard

    with call.look() as run:
        recipe = run.recipe(name).recipe
        binding = run.state.playlists.binding(recipe.id)
        if binding is None or binding.playlist_id is None:
            raise UsageError(
                f"{recipe.name} has not been made yet; `segue plan` shows what it will be"
            )
        heard = read_heard(run.state, binding.playlist_id)
    if as_json:
        print_json(heard_document(heard))
    else:
        print_heard(stdout(), recipe.name, heard)


def print_heard(console: Console, name: str, heard: HeardPlaylist) -> None:
    """Print for people: a line for each sitting, and what no play can tell."""
    if heard.since is None:
        console.print(
            "No play has told yet what it was played from; each sync reads the latest 50 plays."
        )
        return
    console.print(f"Known since {local_time(heard.since)}: {escape(name)}")
    versions = [each for each in heard.versions if each.sittings]
    if not versions:
        console.print("No play of this playlist is known since then, which may mean nothing.")
    for version in versions:
        _print_version(console, version)
    if versions:
        console.print(
            "Plays under 30 seconds never show: a row that is not listed may have been skipped "
            "early, jumped past, or never reached."
        )


def _print_version(console: Console, version: HeardVersion) -> None:
    rows = len(version.listed.track_ids)
    touched = sum(count > 0 for count in version.plays)
    console.print(
        f"\n[bold]{version.listed.id}[/] of {local_time(version.listed.taken_at)}: "
        f"{plural(sum(version.plays), 'play')} of {touched} of {plural(rows, 'track')}, "
        f"{plural(sum(version.skips), 'skip')} known, "
        f"{plural(len(version.liked_after), 'track')} liked after"
    )
    drawn = table("Began", "Order", "Reached", "Passed over", "Rows heard", fixed=(0,))
    for sitting in version.sittings:
        drawn.add_row(
            local_time(sitting.began), _order(sitting), _reached(sitting, rows),
            str(len(sitting.passed)) if sitting.shuffled is False else "", _rows(sitting),
        )  # fmt: skip
    console.print(drawn)


def _order(sitting: Sitting) -> str:
    return {True: "shuffled", False: "in order", None: "cannot tell"}[sitting.shuffled]


def _reached(sitting: Sitting, rows: int) -> str:
    if sitting.reached is None:
        return ""
    return f"{round(sitting.reached * rows)} of {rows}"


def _rows(sitting: Sitting) -> str:
    shown = [f"{play.row + 1}{' skipped' if play.skipped else ''}" for play in sitting.plays]
    rest = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + rest
