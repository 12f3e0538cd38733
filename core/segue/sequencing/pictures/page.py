"""The picture of an order as one HTML page, drawn by plotly."""

from __future__ import annotations

import html

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
    legend,
)


def html_page(picture: Picture, title: str) -> str:
    """One self-contained HTML page: plotly and the data inlined, no network."""
    import plotly.graph_objects as go
    from plotly.io import to_html

    positions = list(range(1, len(picture.labels) + 1))
    curves = go.Figure()
    for name, colour in (("energy", ENERGY), ("valence", VALENCE), ("tempo", TEMPO)):
        text = [f"{t:.0f} BPM" for t in picture.tempo] if name == "tempo" else None
        curves.add_scatter(
            x=positions, y=_plain(picture.curves[name]), name=legend(picture, name),
            mode="lines+markers",
            line={"color": colour, "width": 2}, marker={"size": 5}, customdata=picture.labels,
            text=text,
            hovertemplate="%{customdata}<br>" + name + " %{y:.2f} %{text}<extra></extra>",
        )  # fmt: skip
    if picture.arc is not None:
        curves.add_scatter(
            x=positions, y=_plain(picture.arc), name="arc", mode="lines",
            line={"color": ARC, "width": 3, "dash": "dash"}, hoverinfo="skip",
        )  # fmt: skip
    curves.update_xaxes(title={"text": "place in the list", "standoff": 4})
    wheel = go.Figure()
    wheel.add_scatter(
        x=_plain(picture.wheel[:, 0]), y=_plain(picture.wheel[:, 1]), mode="lines+markers",
        line={"color": PATH, "width": 1.5}, connectgaps=True,
        marker={"color": positions, "colorscale": TIME, "size": 8},
        customdata=list(zip(picture.labels, picture.keys, strict=True)),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>", showlegend=False,
    )  # fmt: skip
    names, x, y = hours()
    wheel.add_scatter(x=x, y=y, text=names, mode="text", hoverinfo="skip", showlegend=False)
    for radius in (OUTER, INNER):
        ring = {"x0": -radius, "x1": radius, "y0": -radius, "y1": radius}
        wheel.add_shape(type="circle", line={"color": ARC, "width": 0.5}, **ring)
    wheel.update_xaxes(visible=False, range=[-1.35, 1.35])
    wheel.update_yaxes(visible=False, range=[-1.35, 1.35], scaleanchor="x")
    space = go.Figure()
    space.add_scatter3d(
        x=picture.space[:, 0].tolist(), y=picture.space[:, 1].tolist(),
        z=picture.space[:, 2].tolist(), mode="lines+markers", customdata=picture.labels,
        line={"color": positions, "colorscale": TIME, "width": 4}, showlegend=False,
        marker={"color": positions, "colorscale": TIME, "size": 4},
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    axis = {"title": "", "showticklabels": False, "gridcolor": "rgba(128,128,128,.35)",
            "backgroundcolor": "rgba(0,0,0,0)"}  # fmt: skip
    space.update_layout(scene={"xaxis": axis, "yaxis": axis, "zaxis": axis})
    parts: list[str] = []
    for figure, height in ((curves, 340), (wheel, 420), (space, 460)):
        figure.update_layout(
            height=height, margin={"l": 36, "r": 12, "t": 52, "b": 40},
            paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
            font={"color": "#808890", "family": "system-ui, sans-serif"},
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        )  # fmt: skip
        figure.update_xaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
        figure.update_yaxes(gridcolor="rgba(128,128,128,.25)", zeroline=False)
        inline = not parts
        config = {"displaylogo": False, "responsive": True, "displayModeBar": False}
        parts.append(to_html(figure, full_html=False, include_plotlyjs=inline, config=config))
    sections = "".join(
        f"<section><h2>{head}</h2>{part}</section>" for head, part in zip(HEADS, parts, strict=True)
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


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
