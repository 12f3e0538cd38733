"""`segue explain`: why each track is where it is, in words or as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.errors import UsageError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import paged, print_json, stderr, stdout
from segued.cli.playlists.plan import plan_offline
from segued.cli.playlists.planned import print_explanation

if TYPE_CHECKING:
    from segue.playlists.plan import Plan
    from segue.recipe.recipe import Recipe
    from segue.sequencing.pictures.views import View
    from segued.store.state import State


@click.command("explain", help="Explain why each track is there and how it follows the one before.")
@click.argument("name")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also draw it, as a drawing (.svg), a page (.html) or an image (.png).",
)
@click.option(
    "--view",
    type=click.Choice(["flow", "keys", "space"]),
    default="flow",
    help="What --picture draws: the list beside its curves, its way round the wheel of keys, or "
    "its way through the features in three dimensions.",
)
@json_option
@pass_call
def command(call: Call, name: str, picture: Path | None, view: View, as_json: bool) -> None:
    """Explain the playlist as it was last refreshed; before that, as it would be made."""
    from segue.playlists.plan import plan_document

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
        with call.state() as state:
            write_picture(picture, plan, recipe, state, view)
    if as_json:
        print_json({"schema": 1, "playlists": [plan_document(plan)], "requests": {}})
    else:
        with paged(stdout()) as console:
            print_explanation(console, plan)


def write_picture(
    path: Path, plan: Plan, recipe: Recipe, state: State, view: View = "flow"
) -> None:
    """Draw a plan into `path`: a drawing (.svg), a self-contained page (.html) or an image (.png).

    Raises UsageError for another kind of file, a plan without tracks, or a place that cannot be
    written.
    """
    from segue.sequencing.pictures.views import SUFFIXES, picture_file
    from segued.page.playlist import drawn_rows, rows_of_plan

    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path}: a picture is an .svg, an .html or a .png file")
    rows = [row for row in rows_of_plan(plan, state) if row.track is not None]
    if not rows:
        raise UsageError(f"{plan.name} has no track to draw")
    data = picture_file(drawn_rows(rows, recipe, state), plan.name, path.suffix, view)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
