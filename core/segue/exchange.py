"""Playlists as files that other players read: M3U8, JSPF, XSPF and CSV, written and read back.

M3U8 is what Navidrome, Jellyfin and most players take; XSPF (https://xspf.org/spec) and its JSON
form JSPF (https://musicbrainz.org/doc/jspf) name songs without saying where they lie.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args
from xml.etree import ElementTree as ET

from segue.errors import DataError
from segue.names import track_id_in
from segue.playlists.library import Playlist, PlaylistEntry

Format = Literal["m3u8", "jspf", "xspf", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)

_XSPF = "http://xspf.org/ns/0/"
_LINK = "https://open.spotify.com/track/"
_ISRC = "isrc:"
_RECORDING = "https://musicbrainz.org/recording/"


@dataclass(frozen=True, slots=True)
class Song:
    """One row of an exported playlist; what is unknown is empty or 0.

    `artist` are all artists as one line, `uri` is Spotify's, `mbid` the MusicBrainz id of the
    recording, `file` where it lies as a file.
    """

    title: str
    artist: str = ""
    album: str = ""
    duration_ms: int = 0
    isrc: str = ""
    uri: str = ""
    mbid: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class SongList:
    """A playlist by its name and rows, in order."""

    name: str
    songs: tuple[Song, ...]


def song_list(playlist: Playlist, file_of: Callable[[PlaylistEntry], str]) -> SongList:
    """A playlist as it was read; `file_of` names the file a row is, or nothing.

    Rows that Spotify answered as null are left out.
    """
    entries = [entry for entry in playlist.entries if entry.kind != "unknown"]
    songs = tuple(replace(_song(entry), file=file_of(entry)) for entry in entries)
    return SongList(playlist.summary.name, songs)


def write_list(listed: SongList, kind: Format) -> bytes:
    """A playlist in one of the formats, UTF-8; control characters in names become blanks."""
    plain = SongList(_plain(listed.name), tuple(_plain_song(song) for song in listed.songs))
    return _WRITERS[kind](plain).encode()


def read_list(data: bytes, kind: Format) -> SongList:
    """Read a file in one of the formats. Raises DataError where it is none."""
    try:
        return _READERS[kind](data.decode("utf-8-sig"))
    except (ValueError, KeyError, TypeError, AttributeError, ET.ParseError) as error:
        raise DataError(f"this is no playlist in {kind.upper()}: {error}") from error


def _song(entry: PlaylistEntry) -> Song:
    track = entry.track
    if track is None:
        return Song(entry.title, uri=entry.uri)
    return Song(
        title=track.title,
        artist=track.artist_line,
        album=track.album.name if track.album else "",
        duration_ms=track.duration_ms,
        isrc=track.isrc or "",
        uri=entry.uri,
    )


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def _plain(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _plain_song(song: Song) -> Song:
    values: dict[str, Any] = {
        name: _plain(value) if isinstance(value, str) else value
        for name, value in asdict(song).items()
    }
    # A path with other blanks in it names another file; one that no line can hold names none.
    return Song(**values | {"file": "" if _CONTROL.search(song.file) else song.file})


def _identifiers(song: Song) -> list[str]:
    known = (
        f"{_RECORDING}{song.mbid}" if song.mbid else "",
        f"{_ISRC}{song.isrc}" if song.isrc else "",
        song.uri,
    )
    return [identifier for identifier in known if identifier]


def _from_identifiers(identifiers: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in identifiers:
        for start, key in ((_RECORDING, "mbid"), (_ISRC, "isrc"), ("spotify:", "uri")):
            if each.startswith(start):
                found[key] = each if key == "uri" else each.removeprefix(start)
    return found


def _m3u8(listed: SongList) -> str:
    lines = ["#EXTM3U", "#EXTENC:UTF-8", f"#PLAYLIST:{listed.name}"]
    for song in listed.songs:
        seconds = round(song.duration_ms / 1000) if song.duration_ms else -1
        shown = f"{song.artist} - {song.title}" if song.artist else song.title
        track_id = track_id_in(song.uri)
        link = f"{_LINK}{track_id}" if track_id else song.uri
        lines += [f"#EXTINF:{seconds},{shown}"]
        lines += [f"#EXTALB:{song.album}"] if song.album else []
        lines += [f"#SEGUE:{json.dumps(asdict(song), ensure_ascii=False)}"]
        lines += [song.file or link or f"# {shown}"]
    return "\n".join(lines) + "\n"


def _read_m3u8(text: str) -> SongList:
    name, songs, shown, whole = "", list[Song](), "", None
    lines = text.splitlines()
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise ValueError("it does not begin with #EXTM3U")
    for line in lines[1:]:
        mark, _, rest = line.partition(":")
        if mark == "#PLAYLIST":
            name = rest
        elif mark == "#EXTINF":
            shown = rest.partition(",")[2]
        elif mark == "#SEGUE":
            whole = Song(**json.loads(rest))
        elif line.strip() and (not line.startswith("#") or line == f"# {shown}"):
            artist, _, title = shown.rpartition(" - ")
            songs.append(whole or Song(title or line, artist, file=line))
            shown, whole = "", None
    return SongList(name, tuple(songs))


def _jspf(listed: SongList) -> str:
    tracks = [_described(song) for song in listed.songs]
    document = {"playlist": {"title": listed.name, "creator": "Segue", "track": tracks}}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _described(song: Song) -> dict[str, Any]:
    described: dict[str, Any] = {
        "location": [song.file] if song.file else [],
        "identifier": _identifiers(song),
        "title": song.title,
        "creator": song.artist,
        "album": song.album,
        "duration": song.duration_ms,
    }
    return {key: value for key, value in described.items() if value}


def _read_jspf(text: str) -> SongList:
    playlist = json.loads(text)["playlist"]
    songs = [
        Song(
            title=str(row.get("title", "")),
            artist=str(row.get("creator", "")),
            album=str(row.get("album", "")),
            duration_ms=int(row.get("duration", 0)),
            file=next(iter(_listed(row.get("location", []))), ""),
            **_from_identifiers(_listed(row.get("identifier", []))),
        )
        for row in playlist.get("track", [])
    ]
    return SongList(str(playlist.get("title", "")), tuple(songs))


def _listed(value: object) -> list[str]:
    """JSPF as written by some is a single text where the format has a list."""
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _xspf(listed: SongList) -> str:
    root = ET.Element("playlist", {"version": "1", "xmlns": _XSPF})
    ET.SubElement(root, "title").text = listed.name
    tracks = ET.SubElement(root, "trackList")
    for song in listed.songs:
        track = ET.SubElement(tracks, "track")
        for key, value in _described(song).items():
            for each in value if isinstance(value, list) else [value]:
                ET.SubElement(track, key).text = str(each)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _read_xspf(text: str) -> SongList:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it declares entities, which no playlist needs")
    root = ET.fromstring(text.encode())  # noqa: S314 (no entities get this far)
    space = {"x": _XSPF}
    songs = []
    for track in root.iterfind("x:trackList/x:track", space):
        given = {
            key: track.findtext(f"x:{key}", "", space) for key in ("title", "creator", "album")
        }
        identifiers = [each.text or "" for each in track.iterfind("x:identifier", space)]
        songs.append(
            Song(
                given["title"],
                given["creator"],
                given["album"],
                duration_ms=int(track.findtext("x:duration", "0", space)),
                file=track.findtext("x:location", "", space),
                **_from_identifiers(identifiers),
            )
        )
    return SongList(root.findtext("x:title", "", space), tuple(songs))


def _csv(listed: SongList) -> str:
    written = io.StringIO()
    rows = csv.DictWriter(written, [each.name for each in fields(Song)], lineterminator="\n")
    rows.writeheader()
    rows.writerows(asdict(song) for song in listed.songs)
    return written.getvalue()


def _read_csv(text: str) -> SongList:
    rows = csv.DictReader(io.StringIO(text))
    names = {each.name for each in fields(Song)}
    if rows.fieldnames is None or "title" not in rows.fieldnames:
        raise ValueError("it has no column title")
    songs = []
    for row in rows:
        known: dict[str, Any] = {key: row[key] or "" for key in names & row.keys()}
        songs.append(Song(**known | {"duration_ms": int(known.get("duration_ms") or 0)}))
    return SongList("", tuple(songs))


_WRITERS: Mapping[Format, Callable[[SongList], str]] = {
    "m3u8": _m3u8,
    "jspf": _jspf,
    "xspf": _xspf,
    "csv": _csv,
}
_READERS: Mapping[Format, Callable[[str], SongList]] = {
    "m3u8": _read_m3u8,
    "jspf": _read_jspf,
    "xspf": _read_xspf,
    "csv": _read_csv,
}
