"""The generated catalogue: artists, albums and tracks out of a seed. Same seed, same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from segued.sandbox.account.catalogue import (
    BASE62,
    Album,
    Artist,
    Catalogue,
    Episode,
    Features,
    Track,
)
from segued.sandbox.account.words import (
    CORRELATION,
    GENRES,
    LATENT,
    MAJOR_KEYS,
    MINOR_KEYS,
    Genre,
    Namer,
    logit,
    sigmoid,
)

LAST_RELEASE = date(2026, 10, 2)
"""The day the newest generated track came out: a constant, so that a seed fixes the catalogue."""
_SPREAD = {
    "energy": 0.75,
    "loudness": 2.4,
    "acousticness": 1.35,
    "danceability": 0.6,
    "valence": 0.85,
    "liveness": 0.8,
}
_COUNTRIES = ("GB", "US", "SE", "DE", "FR", "NO", "CA", "BR", "NL", "PT", "JP", "AU")
_LABELS = ("Harbour Lane", "Small Hours", "Northlight", "Paper Kite", "Tin Roof", "Fernhill", "")


def ids(rng: np.random.Generator, count: int, length: int = 22) -> list[str]:
    """Random base-62 ids, no two the same."""
    letters = np.array(list(BASE62))[rng.integers(0, 62, size=(count, length))]
    return ["".join(row) for row in letters]


@lru_cache(maxsize=4)
def generate_catalogue(*, seed: int, tracks: int, artists: int, genres: int) -> Catalogue:
    """Make a catalogue: every artist belongs to one of the first `genres` genres (at most 24).

    Two tracks in a hundred are the same recording on a second album (same ISRC, another id) and
    about one in eighty is unplayable.
    """
    rng = np.random.default_rng([seed, 1])
    namer = Namer(rng)
    shapes = GENRES[: max(1, min(genres, len(GENRES)))]
    people = _artists(rng, namer, max(1, artists), shapes)
    shares = rng.dirichlet(np.full(len(people), 1.6))
    originals = tracks - tracks // 50
    owner = np.sort(rng.choice(len(people), size=originals, p=shares))
    genre_of = np.array([index % len(shapes) for index in range(len(people))])
    features = _features(rng, owner, genre_of[owner], shapes)
    maker = _Maker(rng, namer, people)
    for index, (artist_index, row) in enumerate(zip(owner.tolist(), features, strict=True)):
        maker.add(artist_index, shapes[genre_of[artist_index]], row, first=index == 0)
    maker.close_album()
    maker.duplicate(tracks - originals)
    return Catalogue(
        artists={artist.id: artist for artist in people},
        albums=maker.albums,
        tracks=maker.tracks,
        episodes=make_episodes(rng, namer),
    )


def _artists(
    rng: np.random.Generator, namer: Namer, count: int, genres: tuple[Genre, ...]
) -> list[Artist]:
    made = []
    for index, artist_id in enumerate(ids(rng, count)):
        names = [genres[index % len(genres)].name]
        if rng.random() < 0.3:
            names.append(genres[int(rng.integers(len(genres)))].name)
        popularity = int(np.clip(rng.normal(38, 16), 0, 95))
        followers = int(10 ** (1.5 + popularity / 18 + rng.normal(0, 0.2)))
        tags = tuple(dict.fromkeys(names))
        made.append(Artist(artist_id, namer.artist(), tags, popularity, followers))
    return made


def _features(
    rng: np.random.Generator,
    owner: NDArray[np.int64],
    genre_of: NDArray[np.int64],
    genres: tuple[Genre, ...],
) -> list[Features]:
    """Features of each track: genre centre, a third of the spread shared by an artist's tracks."""
    mix = np.linalg.cholesky(CORRELATION).T
    own = rng.standard_normal((len(owner), len(LATENT))) @ mix
    shared = rng.standard_normal((int(owner.max(initial=0)) + 1, len(LATENT))) @ mix
    latent = np.sqrt(0.65) * own + np.sqrt(0.35) * shared[owner]
    values: dict[str, NDArray[np.float64]] = {}
    for column, name in enumerate(LATENT):
        centre = np.array([getattr(genre, name) for genre in genres])[genre_of]
        spread = latent[:, column] * _SPREAD[name]
        shifted = centre + spread if name == "loudness" else sigmoid(logit(centre) + spread)
        values[name] = np.minimum(shifted, 0.8) if name == "loudness" else shifted
    speech = np.array([genre.speechiness for genre in genres])[genre_of]
    values["speechiness"] = np.clip(speech * rng.lognormal(-0.1, 0.45, len(owner)), 0.022, 0.95)
    voiceless = np.array([genre.instrumentalness for genre in genres])[genre_of]
    instrumental = rng.random(len(owner)) < voiceless
    amount = np.where(instrumental, rng.beta(9, 2, len(owner)), rng.beta(0.3, 9, len(owner)) ** 2)
    values["instrumentalness"] = amount
    beats = np.array([(genre.tempo, genre.tempo_spread) for genre in genres])[genre_of]
    tempo = np.clip(rng.normal(beats[:, 0], beats[:, 1]), 58, 204)
    mode = rng.random(len(owner)) < np.array([genre.major for genre in genres])[genre_of]
    major = rng.choice(12, size=len(owner), p=MAJOR_KEYS / MAJOR_KEYS.sum())
    minor = rng.choice(12, size=len(owner), p=MINOR_KEYS / MINOR_KEYS.sum())
    key = np.where(mode, major, minor)
    rounded = {name: np.round(column, 4).tolist() for name, column in values.items()}
    return [
        Features(
            key=int(key[row]),
            mode=int(mode[row]),
            tempo=round(float(tempo[row]), 3),
            **{name: column[row] for name, column in rounded.items()},
        )
        for row in range(len(owner))
    ]


class _Maker:
    """Puts tracks on albums, one artist's after the other's."""

    def __init__(self, rng: np.random.Generator, namer: Namer, artists: list[Artist]) -> None:
        self.rng = rng
        self.namer = namer
        self.artists = artists
        self.albums: dict[str, Album] = {}
        self.tracks: dict[str, Track] = {}
        self._open: Album | None = None
        self._room = 0
        self._serial = 0

    def add(self, artist_index: int, genre: Genre, features: Features, *, first: bool) -> None:
        """Make one track, on the artist's open album or on a new one."""
        artist = self.artists[artist_index]
        if first or self._open is None or self._room == 0 or self._open.artist_ids[0] != artist.id:
            self._start_album(artist, genre)
        album = self._open
        if album is None:
            raise RuntimeError("no album is open")
        guests: tuple[str, ...] = ()
        if self.rng.random() < 0.12:
            guest = self.artists[int(self.rng.integers(len(self.artists)))]
            guests = () if guest.id == artist.id else (guest.id,)
        [track_id] = ids(self.rng, 1)
        seconds = genre.duration_seconds * float(self.rng.lognormal(0, 0.2))
        track = Track(
            id=track_id,
            title=self.namer.title(artist.id),
            artist_ids=(artist.id, *guests),
            album_id=album.id,
            duration_ms=int(np.clip(seconds, 62, 1100) * 1000),
            explicit=bool(self.rng.random() < genre.explicit),
            isrc=self._isrc(album.release_date),
            disc_number=1,
            track_number=len(album.track_ids) + 1,
            popularity=int(np.clip(artist.popularity + self.rng.normal(-6, 11), 0, 99)),
            genre=genre.name,
            features=features,
            playable=bool(self.rng.random() >= 1 / 80),
        )
        self.tracks[track.id] = track
        self._open = replace(album, track_ids=(*album.track_ids, track.id))
        self._room -= 1

    def close_album(self) -> None:
        """Put the open album among the made ones."""
        if self._open is not None and self._open.track_ids:
            kind = "single" if len(self._open.track_ids) < 4 else "album"
            self.albums[self._open.id] = replace(self._open, album_type=kind)
        self._open = None

    def duplicate(self, count: int) -> None:
        """Put `count` recordings on a second album each: another id, the same ISRC."""
        kept = list(self.tracks.values())
        for index in self.rng.permutation(len(kept))[:count].tolist():
            original = kept[index]
            album = self.albums[original.album_id]
            copy_id, album_id = ids(self.rng, 2)
            year = min(int(album.release_date[:4]) + int(self.rng.integers(1, 6)), 2026)
            self.albums[album_id] = replace(
                album,
                id=album_id,
                name=f"{album.name} (Deluxe Edition)",
                release_date=f"{year}-01-09",
                precision="day",
                album_type="album",
                upc=self._upc(),
                track_ids=(copy_id,),
            )
            self.tracks[copy_id] = replace(
                original, id=copy_id, album_id=album_id, track_number=1, playable=True
            )

    def _start_album(self, artist: Artist, genre: Genre) -> None:
        self.close_album()
        [album_id] = ids(self.rng, 1)
        single = self.rng.random() < 0.35
        self._room = int(self.rng.integers(1, 4)) if single else int(self.rng.integers(7, 13))
        days = (LAST_RELEASE - date(genre.first_year, 1, 1)).days
        released = LAST_RELEASE - timedelta(days=int(days * float(self.rng.beta(0.9, 2.4))))
        year_only = released.year < 1990 and self.rng.random() < 0.5
        self._open = Album(
            id=album_id,
            name=self.namer.album(),
            artist_ids=(artist.id,),
            release_date=str(released.year) if year_only else released.isoformat(),
            precision="year" if year_only else "day",
            album_type="album",
            label=_LABELS[int(self.rng.integers(len(_LABELS)))] or f"{artist.name} Recordings",
            popularity=max(0, artist.popularity - int(self.rng.integers(0, 15))),
            upc=self._upc(),
            track_ids=(),
        )

    def _isrc(self, released: str) -> str:
        country = _COUNTRIES[int(self.rng.integers(len(_COUNTRIES)))]
        registrant = "".join(BASE62[36 + int(n)] for n in self.rng.integers(0, 26, 3))
        self._serial += 1
        return f"{country}{registrant}{released[2:4]}{self._serial % 100000:05d}"

    def _upc(self) -> str:
        return "".join(map(str, self.rng.integers(0, 10, 12)))


def make_episodes(rng: np.random.Generator, namer: Namer) -> dict[str, Episode]:
    """Six episodes of one podcast, by id."""
    show_id, *episode_ids = ids(rng, 7)
    made = [
        Episode(
            id=episode_id,
            name=f"No. {number + 1}: {namer.album()}",
            show_id=show_id,
            show_name="Talking over Records",
            duration_ms=int(rng.integers(1500, 4200)) * 1000,
            release_date=(LAST_RELEASE - timedelta(days=14 * (6 - number))).isoformat(),
        )
        for number, episode_id in enumerate(episode_ids)
    ]
    return {episode.id: episode for episode in made}
