"""Listening held against what came of it: which songs come back, in weeks that no score sees; and,
on lists made up, how often verdicts of experiments err and how shares of engines move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.evaluation.loop import (
    START,
    Kind,
    clashes,
    made_up_account,
    made_up_list,
    made_up_recipe,
)
from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import auc, mean_interval
from segue.playlists.experiment import Outcome, verdict
from segue.playlists.library import Heard
from segue.playlists.listening import Listening, heard_in
from segue.playlists.trials import live
from segue.progress import Fitting, side_by_side
from segue.recipe.references import drawn
from segue.recipe.values import LABELS, Label

METRIC = "returns_auc"
HELD_OUT_WEEKS = 12
FEWEST_WEEKS = 4
FEWEST_TRACKS = 20
_WEEK_SECONDS = 7 * 86_400.0

_METHODS: Mapping[str, Callable[[Heard, float], float]] = {
    OURS: lambda heard, now: heard.activation(now),
    "most played": lambda heard, _: heard.plays,
    "latest first": lambda heard, _: heard.recent[0],
    "longest unheard first (novelty)": lambda heard, _: -heard.recent[0],
}


def evaluate_due(
    listening: Listening, source: str, how: Fitting, *, weeks: int = HELD_OUT_WEEKS
) -> Table:
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


WEEKS = 12
EXPERIMENTS = 1000
_POOL = 40


@dataclass(frozen=True, slots=True)
class Case:
    """Experiments of one kind: of whom, and how many periods a week each with how many sittings."""

    kind: Kind
    care: float
    periods_a_week: float
    sittings: int

    @property
    def split(self) -> str:
        """How often a list is made and heard, in words."""
        often = "a list a day" if self.periods_a_week == 7 else "a list a week"
        return f"{often}, heard {'once' if self.sittings == 1 else f'{self.sittings} times'}"

    @property
    def method(self) -> str:
        """Whom the experiments are with, in words."""
        if self.kind == "neither":
            return "does not care for order"
        return f"cares for order: leaves at {self.care:.0%} of the clashes"


_CARES: tuple[tuple[Kind, float], ...] = (
    ("neither", 0.0), ("order", 0.1), ("order", 0.2), ("order", 0.4)
)  # fmt: skip
CASES = tuple(
    Case(kind, care, periods, sittings)
    for periods, sittings in ((7, 1), (7, 2), (1, 5))
    for kind, care in _CARES
)


def evaluate_verdict(how: Fitting, *, experiments: int = EXPERIMENTS, weeks: int = WEEKS) -> Table:
    """How often an experiment on a list's order claims a winner within some weeks, looked at after
    every period: rightly (B, which is ordered), and wrongly.
    """
    parts = [
        partial(_case, case, how.seed + number, experiments, weeks)
        for number, case in enumerate(CASES)
    ]
    return Table(
        f"verdicts of {experiments:,} simulated experiments each, within {weeks} weeks",
        "listeners made up",
        experiments,
        tuple(side_by_side(parts, how, "experiments")),
        notes=(
            "looked at after every period; wrong is the unordered variant, or any where neither is",
            "better; weeks is until half of the claims were made",
        ),
    )


def _case(case: Case, seed: int, experiments: int, weeks: int) -> Row:
    found = [_one_experiment(case, [seed, number], weeks) for number in range(experiments)]
    claims = [weeks_taken for winner, weeks_taken in found if winner is not None]
    wrong = [winner == "a" if case.kind == "order" else winner is not None for winner, _ in found]
    right = [winner == "b" and case.kind == "order" for winner, _ in found]
    rng = np.random.default_rng(seed)
    return Row(
        case.method,
        {
            "right": float(np.mean(right)),
            "wrong": float(np.mean(wrong)),
            "weeks": float(np.median(claims)) if claims else float("nan"),
        },
        {"right": mean_interval(right, rng=rng), "wrong": mean_interval(wrong, rng=rng)},
        split=case.split,
    )


def _one_experiment(case: Case, seed: Sequence[int], weeks: int) -> tuple[Label | None, float]:
    """The winner named first, and after how many weeks; looked at after every period."""
    rng = np.random.default_rng(seed)
    outcomes = []
    drift = 0.0
    pool = _clashes_of_lists()
    periods = round(weeks * case.periods_a_week)
    for period in range(periods):
        variant = drawn("made-up", "-".join(map(str, seed)), str(period))
        drift = 0.9 * drift + float(rng.normal(0, 0.15))
        rows = pool[variant][rng.integers(0, _POOL)]
        heard = []
        for _ in range(case.sittings):
            patience = max(int(rng.integers(8, 25) * np.exp(drift)), 1)
            leaves = rows & (rng.random(rows.size) < case.care)
            annoyed = int(np.argmax(leaves)) + 1 if leaves.any() else rows.size
            heard.append(min(patience, annoyed, rows.size))
        outcomes.append(Outcome(variant, far=float(np.mean(heard)) / rows.size))
    # What was refuted at one look stays refuted: the last verdict holds every claim before it.
    winner = verdict(outcomes).winner
    if winner is None:
        return None, float("nan")
    low, high = 1, periods
    while low < high:
        middle = (low + high) // 2
        claimed = verdict(outcomes[:middle]).winner is not None
        low, high = (low, middle) if claimed else (middle + 1, high)
    return winner, low / case.periods_a_week


@cache
def _clashes_of_lists() -> Mapping[Label, list[np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    """Which rows clash in lists as the recipe makes them, without an order (A) and with one (B)."""
    account = made_up_account(0)
    made = {label: made_up_recipe("order").tried(label) for label in LABELS}
    return {
        label: [
            clashes(made_up_list(made[label], account, START, seed), account)
            for seed in range(_POOL)
        ]
        for label, recipe in made.items()
    }


SHARED_BY: Mapping[str, Mapping[str, float]] = {
    "A is better: 40 % of its songs stay, else 15 %": {"A": 0.4, "B": 0.15, "C": 0.15},
    "none is better: 25 % stay": {"A": 0.25, "B": 0.25, "C": 0.25},
}
SHARED_AMONG = 200


def evaluate_shares(how: Fitting, *, listeners: int = SHARED_AMONG, weeks: int = WEEKS) -> Table:
    """How far the share of engine A moves within some weeks where it is the better one of three,
    and where none is; and how many songs stay, beside engines that take turns.
    """
    parts = [
        partial(live, chances, how.seed + number, weeks, shifting=shifting)
        for chances in SHARED_BY.values()
        for shifting in (True, False)
        for number in range(listeners)
    ]
    lived = side_by_side(parts, how, "listeners")
    rng = np.random.default_rng(how.seed)
    rows, notes = [], []
    for place, split in enumerate(SHARED_BY):
        ours, turns = (
            lived[(2 * place + part) * listeners : (2 * place + part + 1) * listeners]
            for part in (0, 1)
        )
        for method, found in ((OURS, ours), ("engines take turns", turns)):
            last = [each.shares[-1] for each in found]
            values = {"stayed": [each.stayed / each.came for each in found]}
            if found is ours:
                values["share_of_A"] = [each["A"] for each in last]
                values["largest_share"] = [max(each.values()) for each in last]
            rows.append(
                Row(
                    method,
                    {key: float(np.mean(each)) for key, each in values.items()},
                    {key: mean_interval(each, rng=rng) for key, each in values.items()},
                    split=split,
                )
            )
        by_week = ", ".join(
            f"{np.mean([each.shares[week - 1]['A'] for each in ours]):.2f} after {week}"
            for week in sorted({min(week, weeks) for week in (1, 4, 8, weeks)})
        )
        low, high = np.quantile([each.shares[-1]["A"] for each in ours], [0.1, 0.9])
        notes.append(
            f"{split}: A's share is {by_week} weeks; with eight of ten listeners it ends between "
            f"{low:.2f} and {high:.2f}"
        )
    return Table(
        f"discovery: the share of places that goes to engine A after {weeks} weeks, and what stays",
        "listeners made up",
        listeners,
        tuple(rows),
        tuple(notes),
    )
