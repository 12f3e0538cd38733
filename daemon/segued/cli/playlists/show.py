"""`segue show`: a playlist as it stands, or one of its kept versions."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segue.playlists.library import PlaylistEntry
from segued.cli.call import Call, pass_call
from segued.cli.options import json_option
from segued.cli.output import clock_length, play_length, plural, print_json, stdout, table


@click.command("show", help="Show a playlist as it was last read, or a kept version of it.")
@click.argument("name")
@click.option("--version", "version_id", metavar="vN", help="A version of `segue history NAME`.")
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
    if as_json:
        print_json(entries_document(title, binding.playlist_id, entries))
    else:
        print_entries(stdout(), title, entries)


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
    drawn = table("#", "Title", "Artist", "Length", right=(0, 3), fixed=(1, 2))
    for position, entry in enumerate(entries, 1):
        track = entry.track
        drawn.add_row(
            str(position),
            escape(entry.title or "(a row Spotify does not name)"),
            escape(track.artist_line if track else f"({entry.kind})"),
            clock_length(track.duration_ms) if track else "",
        )
    console.print(drawn)
