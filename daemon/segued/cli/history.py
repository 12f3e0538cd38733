"""`segue history`: what was done, and the versions that can be brought back."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.command("history", help="List what was done; with NAME also the kept versions.")
@click.argument("name", required=False)
@click.option("--count", type=click.IntRange(1, 1000), default=15, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, name: str | None, count: int, as_json: bool) -> None:
    """Print the latest runs, and the versions of one playlist."""
    from segued.cli.history_output import history_document, print_history
    from segued.cli.output import print_json, stdout
    from segued.jobs.named import named_recipe
    from segued.jobs.planning import lasting_recipes

    with call.state() as state:
        recipe = named_recipe(call.settings, state, name).recipe if name else None
        known = lasting_recipes(call.settings, state)
        names = {one.recipe.id: one.recipe.name for one in known}
        runs = state.runs.recent(count, recipe.id if recipe else None)
        binding = state.playlists.binding(recipe.id) if recipe else None
        playlist_id = binding.playlist_id if binding else None
        versions = state.versions.list(playlist_id) if playlist_id else ()
    if as_json:
        print_json(history_document(runs, versions))
    else:
        print_history(stdout(), runs, versions, names, recipe)
