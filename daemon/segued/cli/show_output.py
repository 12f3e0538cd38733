"""The rows of a playlist, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from segue.playlists.library import PlaylistEntry
from segued.cli.output import clock_length, play_length, plural
from segued.cli.tables import table


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
