"""The picture of an order, drawn by matplotlib: a PNG, or an SVG that shows more on hovering."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.pictures.layout import (
    ARC,
    ENERGY,
    HEADS,
    INNER,
    OUTER,
    PATH,
    TEMPO,
    TIME,
    VALENCE,
    Picture,
    hours,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MOST_NAMED = 150
"""The longest list whose tracks are points that can be hovered over; the file stays small."""

MOST_NUMBERED = 40
"""The longest list whose tracks are numbered where they stand."""

_INK = "#010203"
"""Stands for the page's own text colour in an SVG."""

_SPECIAL = re.compile(r'<a xlink:href="tip:(\d+)"( target="_blank")?>(.*?)</a>', re.DOTALL)


def png(picture: Picture, title: str, *, dark: bool = False) -> bytes:
    """The picture as a PNG, 1200 by 1500 pixels."""
    ink, paper = ("#e6e9ec", "#14171a") if dark else ("#1b1f24", "#ffffff")
    figure = _figure(picture, ink, paper, [])
    figure.suptitle(_literal(title), color=ink)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150, facecolor=paper)
    return out.getvalue()


def svg(picture: Picture) -> str:
    """The picture as an SVG element in the page's own text colour; points say what they are."""
    from matplotlib import rc_context

    tips: list[str] = []
    out = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "segue"}):
        figure = _figure(picture, _INK, "none", tips)
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


def _figure(picture: Picture, ink: str, paper: str, tips: list[str]) -> Figure:
    """All three panels; the points' `tips` are appended, and each point names its own."""
    from matplotlib.figure import Figure

    several = len(picture.labels) > 1
    figure = Figure(figsize=(8, 10), facecolor=paper, layout="constrained" if several else None)
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.1])
    _curves(figure.add_subplot(grid[0, :], facecolor=paper), picture, ink, tips)
    _wheel(figure.add_subplot(grid[1, 0], facecolor=paper, aspect="equal"), picture, ink, tips)
    # matplotlib's 3-D axes have no types.
    _space(figure.add_subplot(grid[1, 1], projection="3d", facecolor=paper), picture, ink, tips)
    return figure


def _curves(axes: Axes, picture: Picture, ink: str, tips: list[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    places = np.arange(1, len(picture.labels) + 1)
    beats = axes.twinx()
    for name, values, colour, on in (
        ("energy", picture.energy, ENERGY, axes),
        ("valence", picture.valence, VALENCE, axes),
        ("tempo", picture.tempo, TEMPO, beats),
    ):
        unit, digits = (" BPM", 0) if name == "tempo" else ("", 2)
        on.plot(places, values, color=colour, lw=1.5, label=f"{name}{', BPM' if unit else ''}")
        words = [
            f"{label}\n{name} {value:.{digits}f}{unit}"
            for label, value in zip(picture.labels, values, strict=True)
        ]
        _points(on, np.stack([places, values], axis=1), words, tips, color=colour, s=14)
    if picture.arc is not None:
        on = beats if picture.arc_is_tempo else axes
        on.plot(places, picture.arc, color=ARC, lw=2.5, ls="--", label="arc")
    axes.set_title(HEADS[0], color=ink, fontsize=9, pad=26)
    lines = [*axes.get_lines(), *beats.get_lines()]
    axes.legend(lines, [str(line.get_label()) for line in lines], ncols=4, frameon=False,
                labelcolor=ink, loc="lower center", bbox_to_anchor=(0.5, 1.0))  # fmt: skip
    axes.set_xlabel("place in the list", color=ink)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("energy, valence", color=ink)
    axes.grid(color=ARC, alpha=0.25)
    beats.set_ylabel("BPM", color=TEMPO)
    for drawn, colour in ((axes, ink), (beats, TEMPO)):
        drawn.tick_params(colors=colour)
        drawn.spines[:].set_color(ARC)


def _wheel(axes: Axes, picture: Picture, ink: str, tips: list[str]) -> None:
    from matplotlib.patches import Circle

    axes.axis("off")
    axes.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35))
    axes.set_title(HEADS[1], color=ink, fontsize=9)
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
    axes.set_title(HEADS[2], color=ink, fontsize=9)


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


def _literal(text: str) -> str:
    """Text in which no dollar sign begins a formula."""
    return text.replace("$", r"\$")


def html_page(picture: Picture, title: str) -> str:
    """One self-contained HTML page, light or dark as the reader has it."""
    rows = "".join(
        f"<tr><td>{html.escape(label)}</td><td>{html.escape(key)}</td><td>{_beats(tempo)}</td></tr>"
        for label, key, tempo in zip(
            picture.labels, picture.keys, picture.tempo.tolist(), strict=True
        )
    )
    return _PAGE.format(title=html.escape(title), drawing=svg(picture), rows=rows)


def _beats(tempo: float) -> str:
    return f"{tempo:.0f}" if tempo > 0 else "?"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font-family: system-ui, sans-serif; margin: 0 auto; padding: 12px; max-width: 900px;
  background: #ffffff; color: #1b1f24; overflow-x: hidden; }}
h1 {{ font-size: 1.3rem; }} svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; }} td, th {{ padding: 2px 12px 2px 0; text-align: left; }}
td:last-child, th:last-child {{ text-align: right; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #14171a; color: #e6e9ec; }} }}
</style></head><body><h1>{title}</h1>{drawing}
<table><thead><tr><th>Track</th><th>Key</th><th>BPM</th></tr></thead><tbody>{rows}</tbody></table>
</body></html>
"""
