"""`segue explain`: why each track is where it is, in words or as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.errors import UsageError
from segue.spotify_ids import track_id_in
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import paged, print_json, stderr, stdout
from segued.cli.playlists.plan import plan_offline
from segued.cli.playlists.planned import print_explanation

if TYPE_CHECKING:
    from segue.music.track import Track
    from segue.playlists.plan import Plan
    from segue.recipe.recipe import Recipe
    from segued.store.state import State


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
            write_picture(picture, plan, recipe, state)
    if as_json:
        print_json({"schema": 1, "playlists": [plan_document(plan)], "requests": {}})
    else:
        with paged(stdout()) as console:
            print_explanation(console, plan)


SUFFIXES = (".html", ".png")


def write_picture(path: Path, plan: Plan, recipe: Recipe, state: State) -> None:
    """Draw a plan into `path`: a self-contained page (.html) or an image (.png).

    Raises UsageError for another kind of file, a plan without tracks, or a place that cannot be
    written.
    """
    import numpy as np

    from segue.music.features import DISCO
    from segue.playlists.order.columns import columns_of, settings_for
    from segue.sequencing.pictures.drawing import html_page, png
    from segue.sequencing.pictures.layout import picture_of

    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path}: a picture is an .html or a .png file")
    tracks = _tracks(plan, state.library.tracks(), state)
    if not tracks:
        raise UsageError(f"{plan.name} has no track to draw")
    columns = columns_of(tracks, state.features.features(), DISCO)
    settings = settings_for(tracks, recipe.sequence)
    titles = [f"{track.title}, {track.artist}" for track in tracks]
    order = np.arange(len(tracks), dtype=np.int64)
    drawn = picture_of(columns.songs, order, settings, titles)
    page = path.suffix == ".html"
    data = html_page(drawn, plan.name).encode() if page else png(drawn, plan.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def _tracks(plan: Plan, known: Mapping[str, Track], state: State) -> list[Track]:
    """The tracks of a plan in its order; rows that are no tracks are not drawn."""
    playlist = state.playlists.playlist(plan.playlist_id) if plan.playlist_id else None
    entries = playlist.entries if playlist else ()
    there = {entry.track.id: entry.track for entry in entries if entry.track is not None}
    ids = [i for item in plan.after if (i := track_id_in(item.uri)) is not None]
    return [found for i in ids if (found := known.get(i) or there.get(i)) is not None]
