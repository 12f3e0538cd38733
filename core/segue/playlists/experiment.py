"""Experiments: two variants of a recipe, drawn by period, and what the listening says of them.

Which variant a period gets is a coin that nobody sees beforehand. So, whatever else moves the
listening, a variant that makes no difference shows none but by chance, and how far chance goes is
known for every moment at which one may look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.metrics import Interval, confidence_sequence
from segue.playlists.heard import HeardVersion
from segue.recipe.values import LABELS, Label

ALPHA = 0.05
"""How often, at most, a difference is claimed where there is none, whenever one looks."""

SHARES: Mapping[str, float] = {"far": 0.6, "skips": 0.2, "likes": 0.2}
"""How `ALPHA` is shared out beforehand among the measures, so that all hold together."""

BETTER: Mapping[str, int] = {"far": 1, "skips": -1, "likes": 1}
"""The sign of a difference that is good."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one period's listening came to, each a share in 0..1, None where it tells nothing.

    `far` is how many rows were heard in a sitting, those that are known as skipped left out, of
    those of the longest list so far;
    `skips` the share of skipped plays among those of which that is known; `likes` the share of the
    rows heard that were liked afterwards.
    """

    variant: Label
    far: float | None = None
    skips: float | None = None
    likes: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """B less A in one measure, with means over the periods of each, and an interval that holds at
    every look. `periods` is how many tell of it."""

    measure: str
    periods: int
    a: float | None
    b: float | None
    value: float
    interval: Interval

    @property
    def better(self) -> Label | None:
        """The variant that does better by this measure, None while either may."""
        low, high = self.interval
        if low < 0 < high:
            return None
        return "b" if (low >= 0) == (BETTER[self.measure] > 0) else "a"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of an experiment so far; `winner` is None for not yet.

    A variant wins where a measure speaks for it and none against. `periods` counts, by variant,
    those that had begun, `heard` those of them of which a play is known.
    """

    differences: tuple[Difference, ...]
    periods: Mapping[str, int]
    heard: Mapping[str, int]

    @property
    def winner(self) -> Label | None:
        """The better variant, None while it is not known."""
        found = {each.better for each in self.differences} - {None}
        return found.pop() if len(found) == 1 else None


def judged(heard: Sequence[HeardVersion], variants: Mapping[str, Label]) -> Verdict:
    """The verdict on what was heard of lists, oldest first, by the variant of each by its id.

    A list of none takes the plays that fell to it, and counts for nothing.
    """
    outcomes, longest = [], 1
    for version in heard:
        variant = variants.get(version.listed.id)
        if variant is not None:
            longest = max(longest, len(version.listed.track_ids))
            outcomes.append(outcome(version, variant, longest))
    return verdict(outcomes)


def outcome(heard: HeardVersion, variant: Label, longest: int) -> Outcome:
    """What the listening of one period came to; of a list of which no play is known, nothing."""
    if not heard.sittings:
        return Outcome(variant)
    rows = [len({p.row for p in each.plays if p.skipped is not True}) for each in heard.sittings]
    skipped = [
        p.skipped for sitting in heard.sittings for p in sitting.plays if p.skipped is not None
    ]
    touched = sum(count > 0 for count in heard.plays)
    return Outcome(
        variant,
        far=min(sum(rows) / len(rows) / longest, 1.0),
        skips=sum(skipped) / len(skipped) if skipped else None,
        likes=len(heard.liked_after) / touched,
    )


def verdict(outcomes: Sequence[Outcome]) -> Verdict:
    """What outcomes, oldest first, say of the difference."""
    known = [each for each in outcomes if each.far is not None]
    return Verdict(
        tuple(_difference(measure, outcomes) for measure in SHARES),
        {label: sum(each.variant == label for each in outcomes) for label in LABELS},
        {label: sum(each.variant == label for each in known) for label in LABELS},
    )


def _difference(measure: str, outcomes: Sequence[Outcome]) -> Difference:
    known = [(o.variant, y) for o in outcomes if (y := getattr(o, measure)) is not None]
    sign = np.array([1.0 if variant == "b" else -1.0 for variant, _ in known])
    y = np.array([value for _, value in known], dtype=np.float64)
    z, bounds = weighed(sign, y)
    means = {label: _mean(y[sign == way]) for label, way in (("a", -1.0), ("b", 1.0))}
    return Difference(
        measure,
        len(known),
        means["a"],
        means["b"],
        float(z.mean()) if z.size else 0.0,
        confidence_sequence(z, bounds, ALPHA * SHARES[measure]),
    )


def weighed(
    sign: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values whose mean, given what came before, is the difference B − A; and their bounds.

    `sign` is 1 for B and −1 for A, each by a fair coin, `y` (n,) in 0..1. Each outcome, less what
    is expected from those before it, is weighed by the inverse of its chance: 2 · sign · (y − c).
    So any-time valid inference is done by bets (Waudby-Smith, Wu, Ramdas, Karampatziakis and
    Mineiro, “Anytime-valid off-policy inference for contextual bandits”, 2024).
    """
    before = np.concatenate([[0.0], np.cumsum(y)[:-1]]) if y.size else y
    expected = (before + 0.5) / (np.arange(y.size) + 1.0)
    return 2 * sign * (y - expected), 2 * np.maximum(expected, 1 - expected)


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if values.size else None
