"""The JSON of artists, albums and tracks, as each regime gets them.

Extended Quota apps get the fields the service always gave; Development Mode apps lack those that
were removed in February 2026. What never changes is made once and kept.
"""

from __future__ import annotations

import hashlib
from urllib.parse import unquote_plus

from segued.sandbox.account.catalogue import Album, Artist, Catalogue, Episode, Track
from segued.sandbox.calls import Json, Mode, page_at

MARKETS = ("AR", "AU", "BE", "BR", "CA", "DE", "DK", "ES", "FR", "GB", "IE", "NL", "NO", "SE", "US")


class Shapes:
    """Makes JSON out of the catalogue. `base` is the address of the API, with /v1."""

    def __init__(self, catalogue: Catalogue, base: str, mode: Mode) -> None:
        self.catalogue = catalogue
        self.base = base
        self.extended = mode == "extended"
        self._tracks: dict[str, Json] = {}
        self._albums: dict[str, Json] = {}
        self._artists: dict[str, Json] = {}

    def named(self, kind: str, entity_id: str) -> Json:
        """The fields by which everything is named: id, href, uri, type and the web address."""
        plural = f"{kind}s"
        return {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{entity_id}"},
            "href": f"{self.base}/{plural}/{entity_id}",
            "id": entity_id,
            "type": kind,
            "uri": f"spotify:{kind}:{entity_id}",
        }

    def images(self, key: str, *sizes: int) -> list[Json]:
        """Addresses of pictures that belong to a key."""
        digest = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
        return [
            {"height": size, "url": f"https://i.scdn.co/image/{digest[:40]}", "width": size}
            for size in sizes
        ]

    def artist_brief(self, artist_id: str) -> Json:
        """An artist as tracks and albums carry it."""
        kept = self._artists.get(artist_id)
        if kept is None:
            name = self.catalogue.artists[artist_id].name
            kept = self._artists[artist_id] = {**self.named("artist", artist_id), "name": name}
        return kept

    def artist(self, artist: Artist) -> Json:
        """An artist whole."""
        whole = {
            **self.artist_brief(artist.id),
            "genres": list(artist.genres),
            "images": self.images(artist.id, 640, 320, 160),
        }
        if self.extended:
            whole["followers"] = {"href": None, "total": artist.followers}
            whole["popularity"] = artist.popularity
        return whole

    def album_brief(self, album_id: str) -> Json:
        """An album as tracks and lists of albums carry it."""
        kept = self._albums.get(album_id)
        if kept is None:
            album = self.catalogue.albums[album_id]
            kept = self._albums[album_id] = {
                **self.named("album", album_id),
                "album_type": album.album_type,
                "artists": [self.artist_brief(artist_id) for artist_id in album.artist_ids],
                "images": self.images(album_id, 640, 300, 64),
                "is_playable": True,
                "name": album.name,
                "release_date": album.release_date,
                "release_date_precision": album.precision,
                "total_tracks": len(album.track_ids),
            }
            if self.extended:
                kept["available_markets"] = list(MARKETS)
        return kept

    def album(self, album: Album) -> Json:
        """An album whole, with the first fifty of its tracks."""
        tracks = page_at(
            f"{self.base}/albums/{album.id}/tracks",
            album.track_ids,
            self.track_brief,
            offset=0,
            limit=50,
        )
        whole = {
            **self.album_brief(album.id),
            "copyrights": [{"text": f"(C) {album.release_date[:4]} {album.label}", "type": "C"}],
            "external_ids": {"upc": album.upc},
            "genres": [],
            "tracks": tracks,
        }
        if self.extended:
            whole["label"] = album.label
            whole["popularity"] = album.popularity
        return whole

    def track_brief(self, track_id: str) -> Json:
        """A track as albums carry it: no album, no ISRC."""
        track = self.catalogue.tracks[track_id]
        brief = {
            **self.named("track", track_id),
            "artists": [self.artist_brief(artist_id) for artist_id in track.artist_ids],
            "disc_number": track.disc_number,
            "duration_ms": track.duration_ms,
            "explicit": track.explicit,
            "is_local": False,
            "is_playable": track.playable,
            "name": track.title,
            "preview_url": None,
            "track_number": track.track_number,
        }
        if not track.playable:
            brief["restrictions"] = {"reason": "market"}
        if self.extended:
            brief["available_markets"] = list(MARKETS) if track.playable else []
        return brief

    def track(self, track: Track) -> Json:
        """A track whole. The answer is shared: never change it."""
        kept = self._tracks.get(track.id)
        if kept is None:
            kept = {
                **self.track_brief(track.id),
                "album": self.album_brief(track.album_id),
                "external_ids": {"isrc": track.isrc},
            }
            if self.extended:
                kept["popularity"] = track.popularity
            self._tracks[track.id] = kept
        return kept

    def track_by_id(self, track_id: str) -> Json:
        """A track whole, by its id."""
        return self.track(self.catalogue.tracks[track_id])

    def episode(self, episode: Episode) -> Json:
        """An episode of a podcast."""
        show = {
            **self.named("show", episode.show_id),
            "available_markets": list(MARKETS),
            "copyrights": [],
            "description": "Two friends and a record each.",
            "explicit": False,
            "html_description": "<p>Two friends and a record each.</p>",
            "images": self.images(episode.show_id, 640, 300, 64),
            "is_externally_hosted": False,
            "languages": ["en"],
            "media_type": "audio",
            "name": episode.show_name,
            "publisher": "Talking over Records",
            "total_episodes": len(self.catalogue.episodes),
        }
        return {
            **self.named("episode", episode.id),
            "audio_preview_url": None,
            "description": f"In this episode: {episode.name}.",
            "duration_ms": episode.duration_ms,
            "explicit": False,
            "html_description": f"<p>In this episode: {episode.name}.</p>",
            "images": self.images(episode.id, 640, 300, 64),
            "is_externally_hosted": False,
            "is_playable": True,
            "language": "en",
            "languages": ["en"],
            "name": episode.name,
            "release_date": episode.release_date,
            "release_date_precision": "day",
            "show": show,
        }

    def local_file(self, uri: str) -> Json:
        """A file on the listener's own disk: everything Spotify cannot know is null."""
        artist, album, title, seconds = (unquote_plus(part) for part in uri.split(":")[2:6])
        on_album: Json = {
            "album_type": None,
            "artists": [],
            "external_urls": {},
            "href": None,
            "id": None,
            "images": [],
            "name": album,
            "release_date": None,
            "release_date_precision": None,
            "type": "album",
            "uri": None,
        }
        local: Json = {
            "album": on_album,
            "artists": [
                {
                    "external_urls": {},
                    "href": None,
                    "id": None,
                    "name": artist,
                    "type": "artist",
                    "uri": None,
                }
            ],
            "disc_number": 0,
            "duration_ms": int(seconds) * 1000,
            "explicit": False,
            "external_ids": {},
            "external_urls": {},
            "href": None,
            "id": None,
            "is_local": True,
            "name": title,
            "preview_url": None,
            "track_number": 0,
            "type": "track",
            "uri": uri,
        }
        if self.extended:
            local["popularity"] = 0
            local["available_markets"] = []
            on_album["available_markets"] = []
        return local
