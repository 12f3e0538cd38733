"""Other views of an order, only where asked for: round the wheel of keys, and through space."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.pictures.drawing import literal, page_around, png, svg
from segue.sequencing.pictures.layout import (
    ARC,
    INNER,
    OUTER,
    PATH,
    TIME,
    Picture,
    hours,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


View = Literal["flow", "keys", "space"]
"""`flow` is the drawing, the others are of this module."""

SUFFIXES = (".svg", ".html", ".png")
"""The files that a picture can be."""

MOST_NAMED = 150
"""The longest list whose tracks are points that can be hovered over; the file stays small."""

MOST_NUMBERED = 40
"""The longest list whose tracks are numbered where they stand."""

_INK = "#010203"
"""Stands for the page's own text colour in an SVG."""

_SPECIAL = re.compile(r'<a xlink:href="tip:(\d+)"( target="_blank")?>(.*?)</a>', re.DOTALL)


def view_png(picture: Picture, view: View, title: str, *, dark: bool = False) -> bytes:
    """A view as a PNG, 1200 by 1200 pixels."""
    ink, paper = ("#e6e9ec", "#14171a") if dark else ("#1b1f24", "#ffffff")
    figure = _figure(picture, view, ink, paper, [])
    figure.suptitle(literal(title), color=ink)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150, facecolor=paper)
    return out.getvalue()


def view_svg(picture: Picture, view: View) -> str:
    """A view as an SVG element in the page's own text colour; points say what they are."""
    from matplotlib import rc_context

    tips: list[str] = []
    out = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "segue"}):
        figure = _figure(picture, view, _INK, "none", tips)
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r"(\.\d\d)\d+", r"\1", text)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(
        r'(<svg [^>]*?)width="[^"]*pt" height="[^"]*pt"', r'\1width="100%"', text, count=1
    )
    return _SPECIAL.sub(
        lambda found: f"<g><title>{escape(tips[int(found[1])])}</title>{found[3]}</g>", text
    )


def _figure(picture: Picture, view: View, ink: str, paper: str, tips: list[str]) -> Figure:
    """The view; the points' `tips` are appended, and each point names its own."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 8), facecolor=paper, layout="constrained")
    if view == "keys":
        _wheel(figure.add_subplot(facecolor=paper, aspect="equal"), picture, ink, tips)
    else:
        # matplotlib's 3-D axes have no types.
        _space(figure.add_subplot(projection="3d", facecolor=paper), picture, ink, tips)
    return figure


def _wheel(axes: Axes, picture: Picture, ink: str, tips: list[str]) -> None:
    from matplotlib.patches import Circle

    axes.axis("off")
    axes.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35))
    axes.set_title("Keys on the Camelot wheel", color=ink, fontsize=9)
    for radius in (OUTER, INNER):
        axes.add_patch(Circle((0, 0), radius, fill=False, color=ARC, lw=0.5))
    for name, left, up in zip(*hours(), strict=True):
        axes.text(left, up, name, color=ink, ha="center", va="center", fontsize=7)
    known = np.flatnonzero(~np.isnan(picture.wheel).any(axis=1))
    axes.plot(*picture.wheel[known].T, color=PATH, lw=1)
    words = [f"{picture.labels[row]}\n{picture.keys[row]}" for row in known.tolist()]
    _points(axes, picture.wheel[known], words, tips, c=known, cmap=_shades(), s=22, zorder=3)
    if len(picture.labels) <= MOST_NUMBERED:
        for place in np.unique(picture.wheel[known], axis=0):
            here = (picture.wheel[known] == place).all(axis=1)
            numbers = (known[here] + 1).tolist()
            more = ", …" if len(numbers) > 4 else ""
            text = ", ".join(map(str, numbers[:4])) + more
            axes.annotate(text, place, xytext=(0, 6), textcoords="offset points", color=ink,
                          fontsize=6, ha="center")  # fmt: skip


def _space(axes: Any, picture: Picture, ink: str, tips: list[str]) -> None:
    places = np.arange(len(picture.labels))
    axes.plot(*picture.space.T, color=PATH, lw=1)
    _points(axes, picture.space, picture.labels, tips, c=places, cmap=_shades(), s=16)
    if len(places) <= MOST_NUMBERED:
        for place, (x, y, z) in enumerate(picture.space.tolist(), 1):
            axes.text(x, y, z, f" {place}", color=ink, fontsize=6)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_ticklabels([])
        axis.set_pane_color((0.5, 0.5, 0.5, 0.08))
    axes.set_title("Way through the features", color=ink, fontsize=9)


def _points(
    axes: Any, where: NDArray[np.float64], words: Sequence[str], tips: list[str], **style: Any
) -> None:
    """Points (n, 2 or 3) that name their tips; of a list too long for that only the lines."""
    if len(where) <= MOST_NAMED:
        drawn = axes.scatter(*where.T, **style)
        drawn.set_urls([f"tip:{len(tips) + place}" for place in range(len(words))])
        tips.extend(words)


def _shades() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("time", [colour for _, colour in TIME])


def picture_file(picture: Picture, title: str, suffix: str, view: View = "flow") -> bytes:
    """The bytes of a picture's file, of one of `SUFFIXES`."""
    if suffix == ".png":
        return png(picture, title) if view == "flow" else view_png(picture, view, title)
    drawn = svg(picture, title) if view == "flow" else view_svg(picture, view)
    return (page_around(drawn, title) if suffix == ".html" else drawn).encode()
