"""What there is to learn from, and a digest that tells it from other data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from segue.models.data import TrainingData
from segue.models.learners import code_digest
from segue.playlists.training import training_data
from segued.config.sections import LearnSection
from segued.inventory.reading import read_inventory, read_listening
from segued.store.state import State


def known_data(state: State, encoder: str | None) -> TrainingData:
    """What there is to learn from: the user's lists without Segue's own, likes, plays, tracks.

    `encoder` is the key of the encoder whose lyric vectors are meant. Raises UsageError where
    nothing was synced yet.
    """
    known = state.playlists.bindings()
    inventory = read_inventory(state, (), {}, encoder)
    made = {recipe: one.playlist_id for recipe, one in known.items() if one.playlist_id}
    out = {recipe: frozenset(one.kept_out) for recipe, one in known.items()}
    inventory = replace(inventory, recipe_playlists=made, kept_out=out)
    return training_data(inventory, read_listening(state, inventory.tracks))


def fingerprint(data: TrainingData, section: LearnSection, seed: int) -> str:
    """A digest of everything that decides what is learned."""
    digest = hashlib.sha256()
    for part in _parts(data):
        digest.update(part)
        digest.update(b"\0")
    settings = section.model_dump(include={"learners", "forced", "effort"})
    digest.update(repr((code_digest(), seed, sorted(settings.items()))).encode())
    return digest.hexdigest()


def _parts(data: TrainingData) -> Iterator[bytes]:
    tracks = data.tracks
    yield "\n".join(data.vocabulary).encode()
    yield repr((tracks.titles, tracks.artist_names, tracks.album_names)).encode()
    for column in (
        tracks.abstract, tracks.key, tracks.mode, tracks.tempo, tracks.duration_ms,
        tracks.released, tracks.artist, tracks.album, data.likes, data.liked_at, data.dislikes,
    ):  # fmt: skip
        yield np.ascontiguousarray(column).tobytes()
    # A text vector is the projection of one on directions that all texts decide: rounded, so
    # that no arithmetic of another machine passes for a change.
    yield b"" if tracks.text is None else np.isfinite(tracks.text).all(axis=1).tobytes()
    yield b"" if tracks.mood is None else tracks.mood.tobytes()
    for rows in data.playlists:
        yield rows.tobytes()
    for session in data.sessions:
        yield session.tracks.tobytes() + session.skipped.tobytes() + session.played_at.tobytes()
