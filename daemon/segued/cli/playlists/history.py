"""`segue history`: what was done, and the versions that can be brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import local_time, plural, print_json, shell, stdout, table

if TYPE_CHECKING:
    from segue.recipe.recipe import Recipe
    from segued.store.runs import RunRecord
    from segued.store.writes import Version


@click.command("history", help="List past runs; with NAME also the kept versions of that playlist.")
@click.argument("name", required=False)
@click.option("--count", type=click.IntRange(1, 1000), default=15, show_default=True)
@json_option
@pass_call
def command(call: Call, name: str | None, count: int, as_json: bool) -> None:
    """Print the latest runs, and the versions of one playlist."""
    with call.look() as run:
        state = run.state
        recipe = run.recipe(name).recipe if name else None
        names = {known.recipe.id: known.recipe.name for known in run.recipes}
        runs = state.runs.recent(count, recipe.id if recipe else None)
        binding = state.playlists.binding(recipe.id) if recipe else None
        playlist_id = binding.playlist_id if binding else None
        versions = state.versions.list(playlist_id) if playlist_id else ()
    if as_json:
        print_json(history_document(runs, versions))
    else:
        print_history(stdout(), runs, versions, names, recipe)


def history_document(runs: Sequence[RunRecord], versions: Sequence[Version]) -> dict[str, object]:
    """Runs and versions as one JSON document."""
    return {
        "schema": 1,
        "runs": [asdict(run) for run in runs],
        "versions": [
            {
                "id": version.id,
                "playlist_id": version.playlist_id,
                "taken_at": version.taken_at,
                "why": version.why,
                "run": version.run,
                "name": version.name,
                "uris": list(version.uris),
            }
            for version in versions
        ],
    }


def print_history(
    console: Console,
    runs: Sequence[RunRecord],
    versions: Sequence[Version],
    names: Mapping[str, str],
    recipe: Recipe | None,
) -> None:
    """Print runs, then versions, for people."""
    from segued.store.writes import WHY_KEPT

    if not runs:
        console.print("Nothing was done yet; `segue refresh` begins.")
    else:
        drawn = table("When", "What", "Playlist", "How it went", fixed=(0,))
        for run in runs:
            playlist = names.get(run.recipe_id or "", run.recipe_id or "")
            went = escape(run.text or run.status)
            if run.reason not in ("", "due"):
                went += escape(f" ({run.reason})")
            drawn.add_row(local_time(run.started_at), run.kind, escape(playlist), went)
        console.print(drawn)
    if recipe is None:
        return
    console.print()
    if not versions:
        console.print("No earlier version is kept yet.")
        return
    drawn = table("Version", "Taken", "Tracks", "Why", right=(2,), fixed=(0, 1))
    for version in versions:
        count = str(len(version.entries))
        drawn.add_row(
            version.id, local_time(version.taken_at), count, WHY_KEPT.get(version.why, "")
        )
    console.print(drawn)
    console.print(
        f"\n{plural(len(versions), 'version')} kept.\nNext:  segue show {shell(recipe.name)}"
        f" --version {versions[-1].id}   segue undo {shell(recipe.name)} --to {versions[-1].id}",
        soft_wrap=True,
        markup=False,
    )
