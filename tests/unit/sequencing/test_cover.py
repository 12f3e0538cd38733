"""Covers: drawn from a list's flow, or an image made to fit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from segue.errors import DataError
from segue.music.features import AudioFeatures
from segue.sequencing.pictures.layout import (
    MOST_BYTES,
    SIDE,
    Picture,
    cover_from,
    cover_of,
    drawn_from,
    picture_of,
)
from segue.sequencing.problem import Settings
from segue.sequencing.songs import songs_of


def picture(count: int, seed: int = 0, **odd: float) -> Picture:
    rng = np.random.default_rng(seed)
    rows = [
        AudioFeatures(
            energy=odd.get("energy", rng.uniform()) if n == 1 else rng.uniform(),
            valence=rng.uniform(),
            key=int(rng.integers(12)),
            mode=int(rng.integers(2)),
        )
        for n in range(count)
    ]
    songs = songs_of(rows)
    return picture_of(songs, np.arange(count), Settings(), [f"Song {n}" for n in range(count)])


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("count", [0, 1, 2, 40, 700])
def test_a_cover_is_a_square_jpeg_that_spotify_takes(count: int) -> None:
    data = cover_of(picture(count))
    assert opened(data).format == "JPEG"
    assert opened(data).size == (SIDE, SIDE)
    assert len(data) <= MOST_BYTES


def test_a_list_of_which_nothing_is_known_has_a_cover_too() -> None:
    songs = songs_of([AudioFeatures()] * 5)
    data = cover_of(picture_of(songs, np.arange(5), Settings(), ["?"] * 5))
    assert opened(data).size == (SIDE, SIDE)


def test_the_same_list_has_the_same_digest_and_another_flow_another() -> None:
    assert drawn_from(picture(20)) == drawn_from(picture(20))
    assert drawn_from(picture(20)) != drawn_from(picture(20, energy=0.99))
    assert drawn_from(picture(20)) != drawn_from(picture(21))


def test_a_tall_bar_stands_where_the_energy_is_high() -> None:
    rows = [AudioFeatures(energy=e, key=0, mode=1) for e in (0.0, 1.0, 0.0)]
    data = cover_of(picture_of(songs_of(rows), np.arange(3), Settings(), ["a", "b", "c"]))
    grey = np.asarray(opened(data).convert("L"), dtype=int)
    lit = (grey > 60).sum(axis=0)
    thirds = [lit[start : start + 171].max() for start in (64, 235, 405)]
    assert thirds[1] > 5 * max(thirds[0], thirds[2])


def image_bytes(kind: str, mode: str = "RGB", side: int = 300) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (side, side, len(mode)), dtype=np.uint8)
    packed = io.BytesIO()
    Image.fromarray(noise.squeeze(), mode).save(packed, kind)
    return packed.getvalue()


def test_a_jpeg_that_fits_stays_as_it_is() -> None:
    small = image_bytes("JPEG", side=200)
    assert cover_from(small) is small


@pytest.mark.parametrize(
    "given",
    [image_bytes("PNG"), image_bytes("PNG", "RGBA"), image_bytes("JPEG", side=1500)],
    ids=["png", "see-through", "large"],
)
def test_any_other_image_is_made_to_fit(given: bytes) -> None:
    data = cover_from(given)
    assert opened(data).format == "JPEG"
    assert len(data) <= MOST_BYTES
    assert max(opened(data).size) <= SIDE


@pytest.mark.parametrize("given", [b"", b"no image", image_bytes("JPEG")[:2000]])
def test_what_is_no_image_is_said(given: bytes) -> None:
    with pytest.raises(DataError, match="no image that can be read"):
        cover_from(given)


def test_a_picture_that_another_program_would_have_to_run_is_none() -> None:
    with pytest.raises(DataError, match="cannot identify"):
        cover_from(image_bytes("EPS"))
