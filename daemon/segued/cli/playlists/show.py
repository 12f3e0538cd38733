"""`segue show`: a playlist as it stands, or one of its kept versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segue.names import track_id_in
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import (
    clock_length,
    local_time,
    play_length,
    plural,
    print_json,
    stdout,
)
from segued.cli.playlists.rows import Row, print_rows

if TYPE_CHECKING:
    from segue.playlists.library import PlaylistEntry
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
