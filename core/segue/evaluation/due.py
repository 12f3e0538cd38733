"""Which songs come back: scores by plays, on weeks of a listening history that they do not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import auc, mean_interval
from segue.playlists.library import Heard
from segue.playlists.listening import Listening, heard_in
from segue.progress import Fitting

METRIC = "returns_auc"
WEEKS = 12
FEWEST_WEEKS = 4
FEWEST_TRACKS = 20
_WEEK_SECONDS = 7 * 86_400.0

_METHODS: Mapping[str, Callable[[Heard, float], float]] = {
    OURS: lambda heard, now: heard.activation(now),
    "most played": lambda heard, _: heard.plays,
    "latest first": lambda heard, _: heard.recent[0],
    "longest unheard first (novelty)": lambda heard, _: -heard.recent[0],
}


def evaluate_due(listening: Listening, source: str, how: Fitting, *, weeks: int = WEEKS) -> Table:
    """AUC over the last `weeks` whole weeks: of all tracks played before a week began, those
    played in it against the others. Each score sees what was before that week alone.

    Raises NotEnoughDataError where fewer than four weeks have both kinds.
    """
    counted = listening.take(listening.counts())
    rng = np.random.default_rng(how.seed)
    methods = (*_METHODS, "at random")
    values: dict[str, list[float]] = {method: [] for method in methods}
    tracks: list[int] = []
    end = float(counted.played_at.max(initial=0.0))
    for back in range(weeks, 0, -1):
        start = end - back * _WEEK_SECONDS
        known = heard_in(counted.take(counted.played_at < start))
        within = (counted.played_at >= start) & (counted.played_at < start + _WEEK_SECONDS)
        played = {counted.track_ids[row] for row in counted.track[within].tolist()}
        returns = np.array([track_id in played for track_id in known], dtype=np.bool_)
        if returns.size < FEWEST_TRACKS or not returns.any() or returns.all():
            continue
        tracks.append(returns.size)
        for method in methods:
            scores = _scores(method, known, start, rng)
            values[method].append(auc(returns, scores))
    if len(tracks) < FEWEST_WEEKS:
        raise NotEnoughDataError(
            f"{source}: of its last {weeks} weeks {len(tracks)} have both tracks that come back "
            f"and tracks that do not; {FEWEST_WEEKS} are needed"
        )
    rows = [
        Row(method, {METRIC: float(np.mean(found))}, {METRIC: mean_interval(found, rng=rng)})
        for method, found in values.items()
    ]
    ours = np.array(values[OURS])
    gains = (
        f"{method}: {np.mean(ours - found):+.3f} "
        f"({' to '.join(f'{bound:+.3f}' for bound in mean_interval(ours - found, rng=rng))})"
        for method, found in ((other, np.array(values[other])) for other in methods[1:])
    )
    return Table(
        "due: which tracks come back within a held-out week",
        source,
        len(tracks),
        tuple(rows),
        notes=(
            f"n counts weeks, each with {min(tracks):,} to {max(tracks):,} tracks played before it",
            f"how far the activation is ahead, by paired weeks: {'; '.join(gains)}",
        ),
    )


def _scores(
    method: str, known: Mapping[str, Heard], now: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    score = _METHODS.get(method)
    if score is None:
        return rng.random(len(known))
    return np.array([score(heard, now) for heard in known.values()], dtype=np.float64)
