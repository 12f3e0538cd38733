"""The picture of an order as a PNG, drawn by matplotlib."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

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
    shades = LinearSegmentedColormap.from_list("time", [colour for _, colour in TIME])
    curves = figure.add_subplot(grid[0, :], facecolor=paper)
    for name, colour in (("energy", ENERGY), ("valence", VALENCE), ("tempo", TEMPO)):
        curves.plot(places, picture.curves[name], color=colour, marker="o", ms=3,
                    label=legend(picture, name))  # fmt: skip
    if picture.arc is not None:
        curves.plot(places, picture.arc, color=ARC, lw=2.5, ls="--", label="arc")
    curves.legend(ncols=4, frameon=False, labelcolor=ink, loc="lower center",
                  bbox_to_anchor=(0.5, 1.0))  # fmt: skip
    curves.tick_params(colors=ink)
    curves.set_xlabel("place in the list", color=ink)
    curves.spines[:].set_color(ARC)
    wheel = figure.add_subplot(grid[1, 0], facecolor=paper, aspect="equal")
    wheel.axis("off")
    wheel.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35))
    wheel.set_title(HEADS[1], color=ink, fontsize=9)
    for radius in (OUTER, INNER):
        wheel.add_patch(Circle((0, 0), radius, fill=False, color=ARC, lw=0.5))
    known = ~np.isnan(picture.wheel).any(axis=1)
    wheel.plot(*picture.wheel[known].T, color=PATH, lw=1)
    x, y = picture.wheel[known].T
    wheel.scatter(x, y, c=places[known], cmap=shades, s=22, zorder=3)
    for name, left, up in zip(*hours(), strict=True):
        wheel.text(left, up, name, color=ink, ha="center", va="center", fontsize=7)
    # matplotlib's 3-D axes have no types.
    space: Any = figure.add_subplot(grid[1, 1], projection="3d", facecolor=paper)
    space.plot(*picture.space.T, color=PATH, lw=1)
    space.scatter(*picture.space.T, c=places, cmap=shades, s=16)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        axis.set_ticklabels([])
        axis.set_pane_color((0.5, 0.5, 0.5, 0.08))
    space.set_title(HEADS[2], color=ink, fontsize=9)
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor=paper)
    return out.getvalue()
