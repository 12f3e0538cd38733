"""An account of the sandbox as learners see it: its playlists, likes and sessions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from segue.evaluation.datasets import with_genres
from segue.models.data import Session, TrackTable, TrainingData, Vocabulary, track_table
from segue.music.features import ABSTRACT
from segue.music.track import date_as_year, normalised_artist
from segue.playlists.library import Play
from segue.playlists.listening import TEXT_SIZE, listening_of, sessions_in
from segued.sandbox.account.catalogue import Catalogue, Track
from segued.sandbox.account.world import World, make_world, start_clock
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.providers.tags import genres_of

NOW = datetime(2026, 10, 1, tzinfo=UTC)
WITH_LYRICS = 0.6
"""The share of tracks that have a text vector."""


def account(
    *, tracks: int, playlists: int, days: int, likes: int = 2000, seed: int = 7
) -> TrainingData:
    """What there is to learn of an account: own playlists, likes, `days` of listening, and the
    genres that the sandbox's services know of artists."""
    settings = SandboxSettings(
        seed=seed,
        tracks=tracks,
        artists=max(1, tracks // 7),
        likes=likes,
        playlists=playlists,
        play_days=days,
        now=NOW,
    )
    world = make_world(settings, start_clock(NOW))
    vocabulary = Vocabulary(world.catalogue.tracks)
    own = [p for p in world.account.playlists.values() if p.owner_id == settings.user_id]
    lists = [vocabulary.indices(_ids(record.uris)) for record in own]
    liked = {i: at for i, at in world.account.likes.items() if i in vocabulary}
    found = TrainingData(
        vocabulary=vocabulary,
        tracks=_table(world.catalogue, list(world.catalogue.tracks.values()), seed),
        playlists=tuple(rows for rows in lists if rows.size),
        likes=vocabulary.indices(liked),
        liked_at=np.array([at.timestamp() for at in liked.values()]),
        sessions=_sessions(world, vocabulary),
    )
    artists = world.catalogue.artists.values()
    return with_genres(found, {normalised_artist(each.name): genres_of(each) for each in artists})


def _ids(uris: tuple[str, ...]) -> list[str]:
    return [uri.rpartition(":")[2] for uri in uris]


def _sessions(world: World, vocabulary: Vocabulary) -> tuple[Session, ...]:
    plays = [Play(p.track_id, p.ended_at, p.ms_played, p.skipped) for p in world.plays()]
    return sessions_in(listening_of(plays), vocabulary)


def _table(catalogue: Catalogue, tracks: list[Track], seed: int) -> TrackTable:
    features = [asdict(track.features) for track in tracks]
    albums = [catalogue.albums[track.album_id] for track in tracks]
    return track_table(
        len(tracks),
        titles=[track.title for track in tracks],
        abstract=np.array([[row[name] for name in ABSTRACT] for row in features], np.float32),
        key=np.array([row["key"] for row in features], dtype=np.int8),
        mode=np.array([row["mode"] for row in features], dtype=np.int8),
        tempo=np.array([row["tempo"] or np.nan for row in features], dtype=np.float32),
        duration_ms=np.array([track.duration_ms for track in tracks], dtype=np.float32),
        released=np.array([date_as_year(album.release_date) for album in albums], np.float32),
        artists=[catalogue.artists[track.artist_ids[0]].name for track in tracks],
        albums=[album.id for album in albums],
        text=_texts(tracks, seed),
    )


def _texts(tracks: list[Track], seed: int) -> NDArray[np.float32]:
    """Made-up lyric vectors that lean towards the genre; NaN for those without lyrics."""
    rng = np.random.default_rng([seed, 8])
    genres = {name: rng.normal(size=TEXT_SIZE) for name in sorted({t.genre for t in tracks})}
    leaning = np.stack([genres[track.genre] for track in tracks])
    texts = (0.5 * leaning + rng.normal(size=leaning.shape)).astype(np.float32)
    texts[rng.random(len(tracks)) > WITH_LYRICS] = np.nan
    return texts
