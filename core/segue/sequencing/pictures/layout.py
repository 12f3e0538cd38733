"""What the picture of an order shows: curves, ways round the Camelot wheel and through space; and
the cover that is drawn from it."""

from __future__ import annotations

import colorsys
import hashlib
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError
from segue.music.features import octaves
from segue.music.keys import camelot, camelot_numbers
from segue.sequencing.problem import Settings, arc_targets, arc_values
from segue.sequencing.songs import Songs
from segue.sequencing.transitions import key_fit, tempo_fit

if TYPE_CHECKING:
    from PIL.Image import Image

ARC, PATH = "#808890", "#5b8e7d"
"""Colours that are readable on white and on near black."""
OUTER, INNER = 1.0, 0.72
"""Where major and minor keys stand on the wheel."""
TIME = ((0.0, "#4f7bd9"), (0.5, "#b0579a"), (1.0, "#e6a400"))
"""From the first track to the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is drawn, as plain columns in the order of the list.

    `energy` and `valence` are (n,) 0..1 and `tempo` (n,) BPM, NaN unknown; `arc` is (n,) the value
    the arc wants there, in BPM where `arc_is_tempo`, or None; `wheel` (n, 2) the places on the
    Camelot wheel, NaN unknown; `space` (n, 3) the first three principal components of the scaled
    features. `joins` say how each track goes with the one before it: "good" where key and tempo
    mix as far as they are known, "fair" where one of them does, "clash" where none, "unknown", and
    "" for the first.
    """

    labels: tuple[str, ...]
    keys: tuple[str, ...]
    tempo: NDArray[np.float64]
    energy: NDArray[np.float64]
    valence: NDArray[np.float64]
    arc: NDArray[np.float64] | None
    arc_is_tempo: bool
    wheel: NDArray[np.float64]
    space: NDArray[np.float64]
    joins: tuple[str, ...] = ()

    def by_groups(self, size: int) -> Picture:
        """The picture of every `size` tracks as one: their means, the key and join of the first."""
        starts = np.arange(0, len(self.labels), size)

        def means(values: NDArray[np.float64]) -> NDArray[np.float64]:
            known = ~np.isnan(values)
            sums = np.add.reduceat(np.where(known, values, 0.0), starts)
            counts = np.add.reduceat(known.astype(np.float64), starts)
            return np.where(counts > 0, sums / np.maximum(counts, 1.0), np.nan)

        rows = starts.tolist()
        return replace(
            self,
            labels=tuple(self.labels[row] for row in rows),
            keys=tuple(self.keys[row] for row in rows),
            joins=tuple(self.joins[row] for row in rows),
            tempo=means(self.tempo),
            energy=means(self.energy),
            valence=means(self.valence),
            arc=None if self.arc is None else means(self.arc),
            wheel=self.wheel[starts],
            space=self.space[starts],
        )


def picture_of(
    songs: Songs, order: NDArray[np.int64], settings: Settings, titles: Sequence[str]
) -> Picture:
    """Lay out what is drawn of an order; `titles` are by row."""
    placed = songs.take(order)
    beats = octaves(placed.tempo)
    labels = tuple(f"{place}. {titles[row]}" for place, row in enumerate(order.tolist(), 1))
    return Picture(
        labels=labels,
        keys=tuple(camelot(int(k), int(m)) for k, m in zip(placed.key, placed.mode, strict=True)),
        tempo=np.where(np.isnan(beats), np.nan, placed.tempo),
        energy=placed.energy,
        valence=placed.valence,
        arc=_wanted(placed, settings),
        arc_is_tempo=set(settings.arc.of) == {"tempo"},
        wheel=_wheel(placed),
        space=principal_components(placed.features),
        joins=joins_of(placed),
    )


def joins_of(placed: Songs) -> tuple[str, ...]:
    """How each track of a list goes with the one before it, see `Picture`."""
    if not len(placed):
        return ()
    keys = key_fit(placed.key[:-1], placed.mode[:-1], placed.key[1:], placed.mode[1:])
    tempi = tempo_fit(placed.tempo[:-1], placed.tempo[1:])
    found = [""]
    for fits in zip(keys.tolist(), tempi.tolist(), strict=True):
        known = [fit > 0 for fit in fits if fit != 0]
        if not known:
            found.append("unknown")
        else:
            found.append("good" if all(known) else "fair" if any(known) else "clash")
    return tuple(found)


def principal_components(features: NDArray[np.float32], count: int = 3) -> NDArray[np.float64]:
    """The first principal components of (n, d) features, NaN at the mean: (n, count) float64."""
    known = np.isfinite(features)
    totals = np.where(known, features, 0.0).sum(axis=0, dtype=np.float64)
    means = totals / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, features - means, 0.0).astype(np.float64)
    if not len(features):
        return np.zeros((0, count))
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:count]
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(len(axes)), largest])  # a component's sign means nothing
    found = centred @ (axes * np.where(signs == 0, 1.0, signs)[:, None]).T
    return np.pad(found, ((0, 0), (0, count - found.shape[1])))


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values[~np.isnan(values)]
    spread = float(np.ptp(known)) if known.size else 0.0
    return (values - known.min()) / spread if spread > 0 else values * 0.0 + 0.5


def _wanted(placed: Songs, settings: Settings) -> NDArray[np.float64] | None:
    """What the arc wants at each place, in the list's own values: sorted as the curve is."""
    if settings.arc.flat:
        return None
    values = arc_values(placed, settings.arc)
    known = np.sort(values[~np.isnan(values)])
    if not known.size:
        return None
    if set(settings.arc.of) == {"tempo"}:
        known = np.exp2(known)
    elif len(settings.arc.of) > 1:
        known = _between(known)
    wanted = np.empty(len(values))
    places = np.argsort(arc_targets(settings.arc, len(values)), kind="stable")
    wanted[places] = np.interp(np.linspace(0, 1, len(values)), np.linspace(0, 1, known.size), known)
    return wanted


def _wheel(placed: Songs) -> NDArray[np.float64]:
    hours = camelot_numbers(placed.key, placed.mode)
    angle = np.pi / 2 - 2 * np.pi * hours / 12
    radius = np.where(placed.mode == 1, OUTER, INNER)
    places = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.asarray(np.where((hours > 0)[:, None], places, np.nan))


def hours() -> tuple[list[str], list[float], list[float]]:
    """The names of the 24 keys and where each stands on the wheel's rim: x, y."""
    names, x, y = [], [], []
    for hour in range(1, 13):
        for letter, radius in (("B", 1.2), ("A", 0.5)):
            angle = np.pi / 2 - 2 * np.pi * hour / 12
            names.append(f"{hour}{letter}")
            x.append(float(radius * np.cos(angle)))
            y.append(float(radius * np.sin(angle)))
    return names, x, y


SIDE = 640
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""What a cover is read from: pictures, and nothing that another program would have to run (EPS)."""
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
    """An image of one of the `FORMATS` as a JPEG that Spotify takes: one that fits stays as it is,
    byte for byte.

    Raises DataError for what is no image that can be read.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
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
