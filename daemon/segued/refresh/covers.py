"""The cover of a playlist: sent when what it shows is another than what was sent last."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from segue.errors import DataError, SegueError
from segue.music.features import DISCO
from segue.playlists.order.columns import columns_of, settings_for
from segue.recipe.recipe import Recipe
from segue.recipe.values import FLOW
from segued.config.schema import COVER_SCOPE
from segued.run import Run

_LARGEST_FILE = 20_000_000


def send_cover(run: Run, recipe: Recipe) -> tuple[str, ...]:
    """Send the cover a recipe asks for to its playlist, unless that was the last one sent.

    What cannot be sent now is a note, and tried again by the next refresh: no list fails for its
    cover. The caller holds the writer's lock, and the list has been written.
    """
    wanted = recipe.write.cover
    binding = run.state.playlists.binding(recipe.id)
    if wanted is None or binding is None or binding.playlist_id is None:
        return ()
    try:
        digest, make = _from_flow(run, recipe) if wanted == FLOW else _from_file(wanted)
        if digest == binding.cover:
            return ()
        token = run.state.auth.token()
        if token is None or COVER_SCOPE not in token.scope.split():
            return ("its cover waits for a login that allows it: run `segue auth login` once more",)
        run.client().put_cover(binding.playlist_id, make())
    except SegueError as error:
        return (f"its cover is not changed yet: {error}",)
    # A write may have changed the binding meanwhile, as reading back a list does.
    latest = run.state.playlists.binding(recipe.id)
    assert latest is not None
    run.state.playlists.bind(replace(latest, cover=digest))
    run.state.playlists.commit()
    return ()


def _from_flow(run: Run, recipe: Recipe) -> tuple[str, Callable[[], bytes]]:
    from segue.sequencing.pictures.cover import cover_of, drawn_from
    from segue.sequencing.pictures.layout import picture_of

    playlist = run.state.playlists.of_recipe(recipe.id)
    entries = playlist.entries if playlist is not None else ()
    tracks = [entry.track for entry in entries if entry.track is not None]
    columns = columns_of(tracks, run.state.features.features(), DISCO)
    order, titles = np.arange(len(tracks), dtype=np.int64), [track.title for track in tracks]
    picture = picture_of(columns.songs, order, settings_for(tracks, recipe.sequence), titles)
    return drawn_from(picture), lambda: cover_of(picture)


def _from_file(name: str) -> tuple[str, Callable[[], bytes]]:
    from segue.sequencing.pictures.cover import cover_from

    path = Path(name).expanduser()
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise DataError(f"{path} is larger than {_LARGEST_FILE // 1_000_000} MB")
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from error

    def make() -> bytes:
        try:
            return cover_from(data)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error

    return hashlib.sha256(data).hexdigest()[:16], make
