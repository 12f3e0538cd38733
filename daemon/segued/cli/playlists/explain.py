"""`segue explain`: why each track is where it is."""

from __future__ import annotations

from pathlib import Path

import click

from segue.playlists.plan import plan_document
from segued.cli.call import Call, pass_call
from segued.cli.options import json_option
from segued.cli.output import print_json, stderr, stdout
from segued.cli.playlists.plan import plan_offline
from segued.cli.playlists.planned import print_explanation


@click.command("explain", help="Explain why each track is there and how it follows the one before.")
@click.argument("name")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also draw it, as a page (.html) or an image (.png).",
)
@json_option
@pass_call
def command(call: Call, name: str, picture: Path | None, as_json: bool) -> None:
    """Explain the playlist as it was last refreshed; before that, as it would be made."""
    with call.look() as run:
        recipe = run.recipe(name).recipe
        plan = run.state.plans.get(recipe.id)
    if plan is None:
        stderr().print(
            "Not refreshed yet: this is what a refresh would make of what was last read."
        )
        found = plan_offline(call, (name,), ()).refreshed[0]
        if found.error is not None:
            raise found.error
        plan = found.plan
    if picture is not None:
        from segued.cli.playlists.pictures import write_picture

        with call.state() as state:
            write_picture(picture, plan, recipe, state)
    if as_json:
        print_json({"schema": 1, "playlists": [plan_document(plan)], "requests": {}})
    else:
        print_explanation(stdout(), plan)
