"""The drawing of an order, its other views (the wheel of keys, space), and the files of both:
SVG, PNG, and a page that loads nothing."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from segue.sequencing.pictures.layout import ARC, INNER, OUTER, PATH, TIME, Picture, hours
from segue.sequencing.pictures.ribbon import Area, Point, Shape, Sheet, Text, sheet_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


LIGHT = {
    "paper": "#fbfaf7", "text": "#1c1d1f", "quiet": "#62656b", "axis": "#d8d4cb", "arc": "#8d9097",
    "energy": "#c2410c", "valence": "#1d62a8", "tempo": "#7a4fb0",
    "good": "#0f766e", "fair": "#9a6400", "clash": "#b3362b", "unknown": "#8d9097",
}  # fmt: skip
"""Colours by role: readable on their paper, and distinguishable without red and green."""
DARK = {
    "paper": "#131416", "text": "#e8e6e1", "quiet": "#a0a3a8", "axis": "#34363b", "arc": "#7e8188",
    "energy": "#f08a5d", "valence": "#6fb1f0", "tempo": "#b697e6",
    "good": "#4fbfb2", "fair": "#dba24a", "clash": "#ee8277", "unknown": "#7e8188",
}  # fmt: skip

_DASHES = {"arc": "5 4", "fair": "4 3", "clash": "1.5 3.5"}
_AREA = 0.16
_SIZES = {"title": 20.0}
_SIZE = 12.0


def svg(picture: Picture, title: str = "") -> str:
    """The whole drawing as one SVG element, light or dark as its reader has it."""
    sheet = sheet_of(picture, title)
    words = html.escape(title or "The order of a list")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sheet.width:g} {sheet.height:g}"'
        f' role="img"><title>{words}</title><style>{_style()}</style>'
        f'<rect class="paper" width="100%" height="100%"/>{svg_shapes(sheet.shapes)}</svg>'
    )


def svg_shapes(shapes: Iterable[Shape]) -> str:
    """Shapes as SVG elements, each of the class of its role."""
    return "".join(_element(shape) for shape in shapes)


def png(picture: Picture, title: str, *, dark: bool = False) -> bytes:
    """The whole drawing as a PNG, 1800 pixels wide."""
    from matplotlib.figure import Figure

    sheet, colours = sheet_of(picture, title), DARK if dark else LIGHT
    figure = Figure(figsize=(sheet.width / 100, sheet.height / 100), facecolor=colours["paper"])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, sheet.width), ylim=(sheet.height, 0))
    axes.axis("off")
    for shape in sheet.shapes:
        _paint(axes, shape, colours)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=_dpi(sheet), facecolor=colours["paper"])
    return out.getvalue()


def html_page(picture: Picture, title: str) -> str:
    """One self-contained HTML page, light or dark as the reader has it."""
    return page_around(svg(picture, title), title)


def page_around(drawing: str, title: str) -> str:
    """A page that holds one drawing and loads nothing."""
    return _PAGE.format(
        title=html.escape(title), light=LIGHT["paper"], dark=DARK["paper"], drawing=drawing
    )


def _dpi(sheet: Sheet) -> float:
    """Two pixels a unit, and fewer where the picture would be too high for a reader of PNG."""
    return 200.0 if sheet.height < 8000 else 100.0


def _element(shape: Shape) -> str:
    if isinstance(shape, Text):
        x, y = shape.at
        side = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
        words = html.escape(shape.text)
        return f'<text class="{shape.role}" x="{x:g}" y="{_plain(y)}"{side}>{words}</text>'
    if isinstance(shape, Area):
        return f'<path class="{shape.role} area" d="{_way(shape.points)}z"/>'
    return f'<path class="{shape.role}" d="{_way(shape.points)}"/>'


def _way(points: tuple[Point, ...]) -> str:
    if len(points) == 2 and points[0] == points[1]:
        return f"M{_plain(points[0][0])} {_plain(points[0][1])}h0"
    return "M" + "L".join(f"{_plain(x)} {_plain(y)}" for x, y in points)


def _plain(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _style() -> str:
    fixed = (
        "path{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}"
        f".area{{stroke:none;fill-opacity:{_AREA}}}.axis{{stroke-width:1}}.dot{{stroke-width:5}}"
        f".join{{stroke-width:3.5}}text{{font:{_SIZE:g}px system-ui,sans-serif}}"
        f".title{{font-size:{_SIZES['title']:g}px;font-weight:600}}"
        + "".join(f".{role}{{stroke-dasharray:{dash}}}" for role, dash in _DASHES.items())
        + ".arc,.join{stroke-linecap:butt}"
    )
    dark = f"@media (prefers-color-scheme:dark){{{_colours(DARK)}}}"
    return fixed + _colours(LIGHT) + dark


def _colours(colours: dict[str, str]) -> str:
    found = [f".paper{{fill:{colours['paper']}}}text{{fill:{colours['text']}}}"]
    found.append(f"text.quiet{{fill:{colours['quiet']}}}")
    strokes = ("axis", "arc", "energy", "valence", "tempo", "good", "fair", "clash", "unknown")
    found.extend(f"path.{role}{{stroke:{colours[role]}}}" for role in strokes)
    for role in ("energy", "valence", "tempo"):
        found.append(f".{role}.area{{stroke:none;fill:{colours[role]}}}")
        found.append(f"text.{role}{{fill:{colours[role]}}}")
    return "".join(found)


def _paint(axes: Axes, shape: Shape, colours: dict[str, str]) -> None:
    """One shape by matplotlib; a unit of a sheet is 0.72 points."""
    roles = shape.role.split()
    colour = next((colours[role] for role in reversed(roles) if role in colours), colours["text"])
    if isinstance(shape, Text):
        side = {"start": "left", "middle": "center", "end": "right"}[shape.anchor]
        size = 0.72 * _SIZES.get(shape.role, _SIZE)
        weight = "bold" if shape.role == "title" else "normal"
        axes.text(*shape.at, literal(shape.text), color=colour, size=size, ha=side,
                  va="baseline", weight=weight)  # fmt: skip
        return
    x, y = zip(*shape.points, strict=True)
    if isinstance(shape, Area):
        axes.fill(x, y, color=colour, alpha=_AREA, lw=0)
    elif "dot" in roles:
        axes.plot(x[:1], y[:1], "o", color=colour, ms=3.6)
    else:
        width = 0.72 * (3.5 if roles[0] == "join" else 1.0 if roles[0] == "axis" else 1.6)
        dash = next((_DASHES[role] for role in roles if role in _DASHES), None)
        style = (0.0, [0.5 * float(part) for part in dash.split()]) if dash else "solid"
        axes.plot(x, y, color=colour, lw=width, ls=style)


def literal(text: str) -> str:
    """Text in which no dollar sign begins a formula of matplotlib's."""
    return text.replace("$", r"\$")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
body {{ margin: 0 auto; max-width: 1100px; background: {light}; }}
svg {{ display: block; width: 100%; height: auto; }}
@media (prefers-color-scheme: dark) {{ body {{ background: {dark}; }} }}
</style></head><body>{drawing}</body></html>
"""


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
