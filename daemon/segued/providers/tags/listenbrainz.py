"""ListenBrainz: tags of a song and its artists in one call, by title and artist, without a key."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from segue.errors import MalformedAnswerError, NotFoundError
from segue.lyrics.answers import is_same_song, searchable_title
from segue.music.track import Track, normalised_artist
from segued.providers.tags.source import Tagged, Tags, artist_keys, tags_of
from segued.web.source import Json, Source

PATH = "/1/metadata/lookup/"


class ListenBrainz:
    """The source "listenbrainz"."""

    name = "listenbrainz"

    def __init__(self, source: Source) -> None:
        self._source = source

    def find(self, track: Track, known: Collection[str]) -> Tagged | None:
        """See `TagSource.find`."""
        if not track.artists:
            return None
        question = {
            "recording_name": searchable_title(track.title),
            "artist_name": track.artist,
            "metadata": "true",
            "inc": "artist tag",
        }
        try:
            answer = self._source.get_json(PATH, question)
        except NotFoundError:
            return None
        if not isinstance(answer, dict):
            raise MalformedAnswerError(
                f"{self.name} answered {PATH} with something that is not an object; nothing of "
                "it was kept, and it will be asked again later"
            )
        title, credit = answer.get("recording_name"), answer.get("artist_credit_name")
        if not isinstance(title, str) or not isinstance(credit, str):
            return None
        artists = _artists(answer)
        if not is_same_song(track, title, [credit, *artists.values()]):
            return None
        tags = _inside(_inside(answer, "metadata"), "tag")
        keys = artist_keys(track)
        found: dict[str, Tags] = {}
        rows = tags.get("artist")
        for artist_id, name in artists.items():
            key = keys.get(normalised_artist(name))
            if key is not None and key not in known:
                found[key] = tags_of(_of_artist(rows, artist_id), "tag")
        return Tagged(tags_of(tags.get("recording"), "tag"), found)


def _inside(value: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _artists(answer: Mapping[str, Json]) -> dict[str, str]:
    """The names of the credited artists by their MusicBrainz ids."""
    rows = _inside(_inside(answer, "metadata"), "artist").get("artists")
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            artist_id, name = row.get("artist_mbid"), row.get("name")
            if isinstance(artist_id, str) and isinstance(name, str):
                found[artist_id] = name
    return found


def _of_artist(rows: Json, artist_id: str) -> Json:
    able = rows if isinstance(rows, list) else []
    return [row for row in able if isinstance(row, dict) and row.get("artist_mbid") == artist_id]
