"""`segue show` and `segue explain`: a playlist or a kept version, and why each track is there; and
`segue discover report`: what new songs came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import StoreError, UsageError
from segue.names import plural, track_id_in
from segue.playlists.plan import plan_document
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import (
    Row,
    clock_length,
    play_length,
    print_json,
    print_rows,
    stderr,
    stdout,
    table,
)
from segued.cli.playlists.plan import paged, plan_offline
from segued.cli.playlists.planned import print_explanation
from segued.config.schedule.zone import local_time
from segued.store.files.atomic import write_atomically

if TYPE_CHECKING:
    from segue.playlists.library import PlaylistEntry
    from segue.playlists.plan import Plan
    from segue.recipe.recipe import Recipe
    from segue.sequencing.pictures.drawing import View
    from segued.store.playlists import Binding
    from segued.store.state import State


@click.command("show", help="Show a playlist as it was last read, or a kept version of it.")
@click.argument("name")
@click.option(
    "--version", "version_id", metavar="vN", help="A version listed by `segue history NAME`."
)
@json_option
@pass_call
def command(call: Call, name: str, version_id: str | None, as_json: bool) -> None:
    """Print the tracks of a playlist in order."""
    with call.look() as run:
        state, recipe = run.state, run.recipe(name).recipe
        binding = state.playlists.binding(recipe.id)
        if binding is None or binding.playlist_id is None:
            raise UsageError(
                f"{recipe.name} has not been made yet; `segue plan` shows what it will be"
            )
        if version_id is not None:
            version = state.versions.get(binding.playlist_id, version_id)
            title, entries = f"{version.name}, {version.id}", version.entries
        else:
            playlist = state.playlists.playlist(binding.playlist_id)
            if playlist is None:
                raise UsageError(f"{recipe.name} has not been read yet; run `segue sync`")
            title, entries = playlist.summary.name, playlist.entries
        banned = [] if version_id is not None else left_out(binding, state, run.now)
    if as_json:
        document = entries_document(title, binding.playlist_id, entries)
        print_json(document if version_id is not None else document | {"left_out": banned})
        return
    print_entries(stdout(), title, entries)
    for track in banned:
        until = local_time(track["until"]) if track["until"] is not None else "the next refresh"
        stdout().print(
            f"Left out until {until}, since Spotify would not take it: {track['title']}",
            markup=False,
        )


class LeftOut(TypedDict):
    """A track that is left out since Spotify would not take it; `until` None where undated."""

    uri: str
    title: str
    until: datetime | None


def left_out(binding: Binding, state: State, now: datetime) -> list[LeftOut]:
    """The tracks of a recipe that Spotify would not take, as `segue show` lists them."""
    ends = {ban.uri: ban.until for ban in binding.bans}
    found = []
    for uri in sorted(binding.banned(now)):
        track = state.library.track(track_id_in(uri) or "")
        title = f"{track.title} - {track.artist_line}" if track is not None else uri
        found.append(LeftOut(uri=uri, title=title, until=ends.get(uri)))
    return found


def entries_document(
    title: str, playlist_id: str, entries: Sequence[PlaylistEntry]
) -> dict[str, object]:
    """The rows as one JSON document."""
    rows = [
        {
            "uri": entry.uri,
            "kind": entry.kind,
            "title": entry.title,
            "artist": entry.track.artist_line if entry.track else "",
            "duration_ms": entry.track.duration_ms if entry.track else 0,
        }
        for entry in entries
    ]
    return {"schema": 1, "name": title, "playlist_id": playlist_id, "items": rows}


def print_entries(console: Console, title: str, entries: Sequence[PlaylistEntry]) -> None:
    """Print the rows for people: position, title, artist, length."""
    tracks = [entry.track for entry in entries if entry.track is not None]
    length = play_length(sum(track.duration_ms for track in tracks))
    console.print(f"[bold]{escape(title)}[/]: {plural(len(entries), 'track')}, {length}")
    rows = [
        Row(
            title=entry.title or "(a row Spotify does not name)",
            artist=entry.track.artist_line if entry.track else f"({entry.kind})",
            length=clock_length(entry.track.duration_ms) if entry.track else "",
        )
        for entry in entries
    ]
    print_rows(console, rows)


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
def explain(call: Call, name: str, picture: Path | None, view: View, as_json: bool) -> None:
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
    from segue.sequencing.pictures.drawing import SUFFIXES, picture_file
    from segued.page.playlist import drawn_rows, rows_of_plan

    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path}: a picture is an .svg, an .html or a .png file")
    rows = [row for row in rows_of_plan(plan, state) if row.track is not None]
    if not rows:
        raise UsageError(f"{plan.name} has no track to draw")
    data = picture_file(drawn_rows(rows, recipe, state), plan.name, path.suffix, view)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data, keep_previous=False, mode=0o666)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
    except StoreError as error:
        raise UsageError(str(error)) from error


@click.group("discover", help="Show how many new songs stayed.")
def discover() -> None:
    """The group of commands about new music."""


@discover.command(
    "report", help="Show how many songs each engine brought, how many stayed, and its share."
)
@json_option
@pass_call
def report(call: Call, as_json: bool) -> None:
    """Print a row for each engine."""
    from segue.playlists.trials import reported, stands_now

    with call.look() as run:
        songs = stands_now([known.recipe for known in run.recipes], run.inventory(), run.now)
        trials = any(known.recipe.discover is not None for known in run.recipes)
    if not songs and not trials:
        raise UsageError("no recipe tries new songs; say discover = { new = 10 } in one")
    rows = reported(songs)
    if as_json:
        print_json({"schema": 1, "engines": [asdict(row) for row in rows]})
        return
    if not rows:
        stdout().print("No song is on trial yet; the next `segue refresh` begins.", markup=False)
        return
    heads = ("Engine", "On trial", "Stayed", "Left", "Rate", "At least", "At most", "Share")
    drawn = table(*heads, right=tuple(range(1, len(heads))))
    for row in rows:
        counts = (f"{number:,}" for number in (row.trying, row.stayed, row.left))
        rate = "" if row.rate is None else f"{row.rate:.0%}"
        bounds = (f"{bound:.0%}" for bound in row.interval)
        drawn.add_row(row.engine, *counts, rate, *bounds, f"{row.share:.0%}")
    stdout().print(drawn)
    stdout().print(
        "The bounds hold a rate with 95 %. Free places are drawn by the shares, of which each "
        "engine keeps a tenth.",
        highlight=False,
    )
