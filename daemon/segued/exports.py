"""Exports: playlists as files in a folder, for players that Segue does not write to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

from segue.errors import SegueError, UsageError
from segue.exchange import Format, SongList, song_list, write_list
from segue.music.track import Artist, Track
from segue.playlists.library import Playlist, PlaylistEntry
from segued.config.secrets import expanded
from segued.enrich.sources import own_files
from segued.run import Run
from segued.store.files.atomic import clear_temporaries_of, write_atomically

LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069/\\:*?"<>|]+')
"""What some file system refuses, what controls a terminal, and what turns the direction of text."""
_SHARED = 0o644
"""Exported files are for other programs to read, unlike the state."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written; `changed` is False where it was there already, byte for byte."""

    playlist: str
    path: Path
    songs: int
    changed: bool


def export(
    run: Run, playlists: Sequence[Playlist], folder: Path, formats: Collection[Format]
) -> tuple[Exported, ...]:
    """Write playlists as files, each whole or not at all. One that is the same is left alone, so
    that what watches the folder has nothing to do.

    Rows that lie as files in `[features] audio_folder` are named by their path in M3U8. Raises
    UsageError where the folder cannot be written to.
    """
    folder = expanded(folder)
    file_of = _files(run)
    names = Counter(_plain(each.name).casefold() for each in run.state.playlists.summaries())
    done: list[Exported] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for playlist in playlists:
            listed = song_list(playlist, file_of)
            stem = _stem(playlist, names)
            done += [_written(listed, folder / f"{stem}.{kind}", kind) for kind in formats]
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written to ({error.strerror}); name another folder"
        ) from error
    return tuple(done)


def _written(listed: SongList, path: Path, kind: Format) -> Exported:
    data = write_list(listed, kind)
    changed = not path.is_file() or path.read_bytes() != data
    if changed:
        clear_temporaries_of(path)
        write_atomically(path, data, keep_previous=False)
        path.chmod(_SHARED)
    return Exported(listed.name, path, len(listed.songs), changed)


def _stem(playlist: Playlist, names: Mapping[str, int]) -> str:
    """The name of a playlist's file, the same in every export: its own where no other playlist
    of the account has that (`names` count them), else with its id."""
    name, identity = _plain(playlist.summary.name), playlist.summary.id
    return f"{name} ({identity})".strip() if not name or names[name.casefold()] > 1 else name


def _plain(name: str) -> str:
    """A name as every file system takes it; nothing may be left."""
    plain = _NOT_IN_NAMES.sub("_", name).strip(" .")
    return plain.encode(errors="ignore")[:LONGEST_NAME].decode(errors="ignore").strip()


def _files(run: Run) -> Callable[[PlaylistEntry], str]:
    """Which file of the user's own a row is: by ISRC, or by title, artist and duration."""
    own = own_files(run)
    if own is None:
        return lambda _: ""

    def file_of(entry: PlaylistEntry) -> str:
        track = entry.track or _local(entry.uri)
        return (own.path_of(track) if track is not None else None) or ""

    return file_of


def _local(uri: str) -> Track | None:
    """What the URI of a local file says of it: spotify:local:ARTIST:ALBUM:TITLE:SECONDS."""
    parts = [unquote_plus(part) for part in uri.split(":")]
    if len(parts) < 6 or parts[1] != "local" or not parts[4]:
        return None
    seconds = int(parts[5]) if parts[5].isascii() and parts[5].isdigit() else 0
    return Track(uri, parts[4], (Artist(parts[2]),), duration_ms=1000 * min(seconds, 86_400))


def export_kept(run: Run, recipe_ids: Collection[str]) -> tuple[Exported | str, ...]:
    """Export the playlists of these recipes whose `[playlist.export]` says where, and say for each
    that could not be what stood in the way."""
    done: list[Exported | str] = []
    for known in run.recipes:
        section = run.settings.exports.get(known.configured_id)
        bound = run.state.playlists.binding(known.recipe.id)
        if section is None or known.recipe.id not in recipe_ids or bound is None:
            continue
        playlist = run.state.playlists.playlist(bound.playlist_id) if bound.playlist_id else None
        if playlist is None:
            continue
        try:
            done += export(run, [playlist], Path(section.folder), section.formats)
        except SegueError as error:
            done.append(f"{known.recipe.name} was not exported to {section.folder}: {error}")
    return tuple(done)
