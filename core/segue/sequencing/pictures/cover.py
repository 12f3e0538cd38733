"""A playlist's cover: drawn from its own flow, or any image made to fit."""

from __future__ import annotations

import colorsys
import hashlib
import io
import re
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from segue.errors import DataError
from segue.sequencing.pictures.layout import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 640
MOST_BYTES = 190_000
"""A longer JPEG is, in base 64, more than the 256 KB that Spotify takes."""
_MOST_BARS = 64
_FINER = 3
"""So many times larger is it drawn, so that edges come out smooth."""
_DRAWING = "1"
"""Raised when the same list is to be drawn another way."""

_HUES = (2, 28, 46, 72, 110, 150, 174, 196, 216, 246, 280, 326)
"""The colour of each hour of the Camelot wheel, in degrees, as on the page."""
_PAPER, _UNKNOWN = (19, 20, 22), (92, 95, 101)


def drawn_from(picture: Picture) -> str:
    """A digest of all that a cover shows: another one is another cover."""
    energy = np.round(picture.energy, 2).tolist()
    valence = np.round(picture.valence, 2).tolist()
    return hashlib.sha256(repr((_DRAWING, energy, valence, picture.keys)).encode()).hexdigest()[:16]


def cover_of(picture: Picture) -> bytes:
    """A square JPEG of at most `MOST_BYTES`: a bar a track, as tall as its energy and in the colour
    of its key, with a line of its valence through them. A longer list has a bar for several."""
    from PIL import Image, ImageDraw

    tracks = max(len(picture.keys), 1)
    shown = picture.by_groups(-(-tracks // _MOST_BARS)) if tracks > _MOST_BARS else picture
    side = SIDE * _FINER
    image = Image.new("RGB", (side, side), _PAPER)
    draw = ImageDraw.Draw(image)
    left, room, middle = side * 0.1, side * 0.8, side / 2
    step = room / max(len(shown.keys), 1)
    width = min(step * 0.68, room * 0.08)
    centres = [left + step * (n + 0.5) for n in range(len(shown.keys))]
    for x, energy, key in zip(centres, shown.energy.tolist(), shown.keys, strict=True):
        half = side * (0.03 if np.isnan(energy) else 0.05 + 0.33 * energy)
        box = (x - width / 2, middle - half, x + width / 2, middle + half)
        draw.rounded_rectangle(box, width / 2, fill=_colour(key))
    points = [
        (x, middle + side * 0.3 * (0.5 - valence))
        for x, valence in zip(centres, shown.valence.tolist(), strict=True)
        if not np.isnan(valence)
    ]
    for ends in pairwise(points):
        draw.line(ends, fill=(250, 249, 246), width=_FINER * 4)
    for x, y in points:
        draw.ellipse((x - 12, y - 12, x + 12, y + 12), fill=(250, 249, 246))
    return _jpeg(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def cover_from(data: bytes) -> bytes:
    """Any image as a JPEG that Spotify takes: one that fits stays as it is, byte for byte.

    Raises DataError for what is no image that can be read.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as opened:
                if opened.format == "JPEG" and len(data) <= MOST_BYTES:
                    opened.load()
                    return data
                image = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"it is no image that can be read ({error})") from error
    except Image.DecompressionBombWarning as error:
        raise DataError("it has too many pixels to be a cover") from error
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return _jpeg(image)


def _jpeg(image: Image) -> bytes:
    data = b""
    for quality in (90, 80, 65, 45, 25):
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=quality, optimize=True)
        data = packed.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data


def _colour(key: str) -> tuple[int, int, int]:
    """The colour of a key such as "8A"; minor keys are a little darker than major ones."""
    hour = re.fullmatch(r"(\d+)([AB])", key)
    if hour is None:
        return _UNKNOWN
    light = 0.6 if hour[2] == "B" else 0.5
    shade = colorsys.hls_to_rgb(_HUES[int(hour[1]) - 1] / 360, light, 0.5)
    return (round(255 * shade[0]), round(255 * shade[1]), round(255 * shade[2]))
