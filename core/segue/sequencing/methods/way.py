"""A way from one song to another: the songs between, and their order, by one joint objective.

    cost(way) = Σ transitions[way[i], way[i + 1]] + STRAIGHT · Σ ‖z(way[i]) − p_i‖²

p_i are the points that part the straight line from the first song's place z to the last one's into
equal steps. Whatever space z is in (audio features, a learned embedding), its squares are measured
in the square of the line's own length, so that a near goal is gone to in small steps.

A beam over the positions: at each only the songs nearest to the line's point are looked at, no song
comes twice, and of partial ways that end in one song the cheapest are kept.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError

STRAIGHT = 8.0
"""What it costs to leave the line by its whole length, in the unit of the key term."""
NEAREST = 40
"""So many songs are looked at for each position."""
BEAM = 120
"""So many partial ways are gone on with."""

Steps = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""The transition costs of some rows: (m,) to (m, m)."""


def way_between(
    places: NDArray[np.float64], ends: tuple[int, int], length: int, steps: Steps
) -> NDArray[np.int64]:
    """The rows of a way of `length` songs, the `ends` among them: (length,) int64.

    `places` is (n, d), without unknowns. The same places and costs give the same way. Raises
    UsageError where the ends are one song, or there are fewer songs than the way is to have.
    """
    first, last = ends
    if first == last:
        raise UsageError("a way has two ends: name two different songs")
    if length < 2:
        raise UsageError("a way has 2 songs at least, its ends")
    if length > len(places):
        raise UsageError(f"a way of {length} songs needs as many; {len(places)} are known")
    line = places[last] - places[first]
    span = max(float(line @ line), 1e-12)
    points = places[first] + np.linspace(0.0, 1.0, length)[:, None] * line
    between = np.array([row for row in range(len(places)) if row not in ends], dtype=np.int64)
    # Every position sees as many songs more as the others may have taken from it.
    most = min(max(NEAREST, length), len(between))
    layers, away = [], []
    for point in points[1:-1]:
        distance = ((places[between] - point) ** 2).sum(axis=1) / span
        near = np.argsort(distance, kind="stable")[:most]
        layers.append(between[near])
        away.append(STRAIGHT * distance[near])
    pool = np.unique(np.concatenate([np.array(ends), *layers]))
    place = {int(row): index for index, row in enumerate(pool)}
    costs = steps(pool)
    ways: list[tuple[float, tuple[int, ...]]] = [(0.0, (place[first],))]
    for layer, off in zip(layers, away, strict=True):
        here = np.array([place[int(row)] for row in layer])
        grown = [
            (cost + float(step) + float(aside), (*way, int(song)))
            for cost, way in ways
            for song, step, aside in zip(here, costs[way[-1], here], off, strict=True)
            if song not in way
        ]
        ways = sorted(grown)[:BEAM]
    goal = place[last]
    _, best = min((cost + float(costs[way[-1], goal]), (*way, goal)) for cost, way in ways)
    return np.asarray(pool[list(best)], dtype=np.int64)
