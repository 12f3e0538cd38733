"""The picture of an order: its curves, its way round the Camelot wheel, its way through space."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segue.music.keys import camelot, camelot_numbers
from segue.music.tempo import octaves
from segue.sequencing.arcs import arc_targets, arc_values
from segue.sequencing.settings import Settings
from segue.sequencing.songs import Songs

ENERGY, VALENCE, TEMPO, ARC, PATH = "#d1495b", "#2e86ab", "#c98a00", "#808890", "#5b8e7d"
"""Colours that are readable on white and on near black, also without telling red from green."""
_OUTER, _INNER = 1.0, 0.72
"""Where major and minor keys stand on the wheel."""
_TIME = ((0.0, "#4f7bd9"), (0.5, "#b0579a"), (1.0, "#e6a400"))
"""From the first track to the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is drawn, as plain columns in the order of the list.

    `curves` maps energy, valence and tempo to (n,) float64 in 0..1, NaN unknown; `arc` is (n,) the
    value the arc wants there, or None; `wheel` (n, 2) the places on the Camelot wheel, NaN
    unknown; `space` (n, 3) the first three principal components of the scaled features.
    """

    labels: tuple[str, ...]
    keys: tuple[str, ...]
    tempo: NDArray[np.float64]
    curves: dict[str, NDArray[np.float64]]
    arc: NDArray[np.float64] | None
    wheel: NDArray[np.float64]
    space: NDArray[np.float64]


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
        curves={
            "energy": placed.energy,
            "valence": placed.valence,
            "tempo": _between(np.exp2(beats)),
        },
        arc=_wanted(placed, settings),
        wheel=_wheel(placed),
        space=principal_components(placed.features),
    )


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


def html_page(picture: Picture, title: str) -> str:
    """One self-contained HTML page: plotly and the data inlined, no network."""
    import plotly.graph_objects as go
    from plotly.io import to_html

    positions = list(range(1, len(picture.labels) + 1))
    curves = go.Figure()
    for name, colour in (("energy", ENERGY), ("valence", VALENCE), ("tempo", TEMPO)):
        text = [f"{t:.0f} BPM" for t in picture.tempo] if name == "tempo" else None
        curves.add_scatter(
            x=positions, y=_plain(picture.curves[name]), name=name, mode="lines+markers",
            line={"color": colour, "width": 2}, marker={"size": 5}, customdata=picture.labels,
            text=text,
            hovertemplate="%{customdata}<br>" + name + " %{y:.2f} %{text}<extra></extra>",
        )  # fmt: skip
    if picture.arc is not None:
        curves.add_scatter(
            x=positions, y=_plain(picture.arc), name="arc", mode="lines",
            line={"color": ARC, "width": 3, "dash": "dash"}, hoverinfo="skip",
        )  # fmt: skip
    wheel = go.Figure()
    wheel.add_scatter(
        x=_plain(picture.wheel[:, 0]), y=_plain(picture.wheel[:, 1]), mode="lines+markers",
        line={"color": PATH, "width": 1.5}, connectgaps=True,
        marker={"color": positions, "colorscale": _TIME, "size": 8},
        customdata=list(zip(picture.labels, picture.keys, strict=True)),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>", showlegend=False,
    )  # fmt: skip
    names, x, y = _hours()
    wheel.add_scatter(x=x, y=y, text=names, mode="text", hoverinfo="skip", showlegend=False)
    for radius in (_OUTER, _INNER):
        ring = {"x0": -radius, "x1": radius, "y0": -radius, "y1": radius}
        wheel.add_shape(type="circle", line={"color": ARC, "width": 0.5}, **ring)
    wheel.update_xaxes(visible=False, range=[-1.35, 1.35])
    wheel.update_yaxes(visible=False, range=[-1.35, 1.35], scaleanchor="x")
    space = go.Figure()
    space.add_scatter3d(
        x=picture.space[:, 0].tolist(), y=picture.space[:, 1].tolist(),
        z=picture.space[:, 2].tolist(), mode="lines+markers", customdata=picture.labels,
        line={"color": positions, "colorscale": _TIME, "width": 4}, showlegend=False,
        marker={"color": positions, "colorscale": _TIME, "size": 4},
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    axis = {"title": "", "showticklabels": False, "gridcolor": "rgba(128,128,128,.35)",
            "backgroundcolor": "rgba(0,0,0,0)"}  # fmt: skip
    space.update_layout(scene={"xaxis": axis, "yaxis": axis, "zaxis": axis})
    parts: list[str] = []
    for figure, height in ((curves, 340), (wheel, 420), (space, 460)):
        figure.update_layout(
            height=height, margin={"l": 36, "r": 12, "t": 52, "b": 32},
            paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
            font={"color": "#808890", "family": "system-ui, sans-serif"},
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        )  # fmt: skip
        figure.update_xaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
        figure.update_yaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
        inline = not parts
        config = {"displaylogo": False, "responsive": True, "displayModeBar": False}
        parts.append(to_html(figure, full_html=False, include_plotlyjs=inline, config=config))
    heads = ("Energy, valence and tempo", "Keys on the Camelot wheel", "Way through the features")
    sections = "".join(
        f"<section><h2>{head}</h2>{part}</section>" for head, part in zip(heads, parts, strict=True)
    )
    return _PAGE.format(title=html.escape(title), sections=sections)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font-family: system-ui, sans-serif; margin: 0 auto; padding: 12px; max-width: 900px;
  background: #ffffff; color: #1b1f24; overflow-x: hidden; }}
h1 {{ font-size: 1.3rem; }} h2 {{ font-size: 1rem; font-weight: 600; margin: 1.5rem 0 0; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #14171a; color: #e6e9ec; }} }}
</style></head><body><h1>{title}</h1>{sections}</body></html>
"""


def png(picture: Picture, title: str, *, dark: bool = False) -> bytes:
    """The same picture as a PNG, 1200 by 1500 pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    ink, paper = ("#e6e9ec", "#14171a") if dark else ("#1b1f24", "#ffffff")
    figure = Figure(
        figsize=(8, 10),
        dpi=150,
        facecolor=paper,
        layout="constrained" if len(picture.labels) > 1 else None,
    )
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.1])
    figure.suptitle(title, color=ink)
    places = np.arange(1, len(picture.labels) + 1)
    shades = LinearSegmentedColormap.from_list("time", [colour for _, colour in _TIME])
    curves = figure.add_subplot(grid[0, :], facecolor=paper)
    for name, colour in (("energy", ENERGY), ("valence", VALENCE), ("tempo", TEMPO)):
        curves.plot(places, picture.curves[name], color=colour, marker="o", ms=3, label=name)
    if picture.arc is not None:
        curves.plot(places, picture.arc, color=ARC, lw=2.5, ls="--", label="arc")
    curves.legend(ncols=4, frameon=False, labelcolor=ink, loc="lower center",
                  bbox_to_anchor=(0.5, 1.0))  # fmt: skip
    curves.tick_params(colors=ink)
    curves.spines[:].set_color(ARC)
    wheel = figure.add_subplot(grid[1, 0], facecolor=paper, aspect="equal")
    wheel.axis("off")
    for radius in (_OUTER, _INNER):
        wheel.add_patch(Circle((0, 0), radius, fill=False, color=ARC, lw=0.5))
    known = ~np.isnan(picture.wheel).any(axis=1)
    wheel.plot(*picture.wheel[known].T, color=PATH, lw=1)
    x, y = picture.wheel[known].T
    wheel.scatter(x, y, c=places[known], cmap=shades, s=22, zorder=3)
    for name, left, up in zip(*_hours(), strict=True):
        wheel.text(left, up, name, color=ink, ha="center", va="center", fontsize=7)
    # matplotlib's 3-D axes have no types.
    space: Any = figure.add_subplot(grid[1, 1], projection="3d", facecolor=paper)
    space.plot(*picture.space.T, color=PATH, lw=1)
    space.scatter(*picture.space.T, c=places, cmap=shades, s=16)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        axis.set_ticklabels([])
        axis.set_pane_color((0.5, 0.5, 0.5, 0.08))
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor=paper)
    return out.getvalue()


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
    if set(settings.arc.of) - {"energy", "valence"}:
        known = _between(known)
    wanted = np.empty(len(values))
    places = np.argsort(arc_targets(settings.arc, len(values)), kind="stable")
    wanted[places] = np.interp(np.linspace(0, 1, len(values)), np.linspace(0, 1, known.size), known)
    return wanted


def _wheel(placed: Songs) -> NDArray[np.float64]:
    hours = camelot_numbers(placed.key, placed.mode)
    angle = np.pi / 2 - 2 * np.pi * hours / 12
    radius = np.where(placed.mode == 1, _OUTER, _INNER)
    places = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.asarray(np.where((hours > 0)[:, None], places, np.nan))


def _hours() -> tuple[list[str], list[float], list[float]]:
    names, x, y = [], [], []
    for hour in range(1, 13):
        for letter, radius in (("B", 1.2), ("A", 0.5)):
            angle = np.pi / 2 - 2 * np.pi * hour / 12
            names.append(f"{hour}{letter}")
            x.append(float(radius * np.cos(angle)))
            y.append(float(radius * np.sin(angle)))
    return names, x, y


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
