"""A list so far as numbers, free of order or depending on it, and ŷ as a fitted function of these:
the straight part, and where it helped, nets that correct it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats
from segue.music.features import ABSTRACT
from segue.progress import fit_network, shuffled_batches

FEATURES = len(ABSTRACT)
SUMMARIES = 8
WIDTH = SUMMARIES * FEATURES + 2
DECAYS = (0.4, 0.15)
"""How much of an exponential average the newest track is."""

LIMIT = 4.0
"""Scaled features farther out are brought to this many standard deviations in what is read."""


def imputed(scaled: Floats) -> Floats:
    """A list's scaled features (n, 8), unknown ones as the median of those before, else 0."""
    known = np.clip(scaled, -LIMIT, LIMIT).astype(np.float32)
    for row, column in np.argwhere(np.isnan(known)):
        before = known[:row, column]
        known[row, column] = np.median(before) if before.size else 0.0
    return known


def prefix_medians(scaled: Floats) -> Floats:
    """The median of each prefix: (n, 8); row t is over tracks 0..t."""
    return _quantiles(imputed(scaled), (0.5,), np.arange(len(scaled)))[0]


def prefix_median(scaled: Floats) -> Floats:
    """The median of a list so far (n, 8), 0 for an empty one: (8,) float32."""
    if len(scaled) == 0:
        return np.zeros(FEATURES, dtype=np.float32)
    return np.asarray(prefix_medians(scaled)[-1], dtype=np.float32)


def prefix_statistics(scaled: Floats, at: slice = slice(None)) -> Floats:
    """What is read of each prefix: (n, 66) float32; row t describes tracks 0..t.

    Eight blocks of eight: median, mean, sd, lower and upper quartile from the median, the last
    track, and two exponential averages; then log(t + 1) and 1 / (t + 1). Only the rows `at` are
    worked out.
    """
    known = imputed(scaled).astype(np.float64)
    rows = np.arange(len(known))[at]
    length = (rows + 1.0)[:, None]
    mean = np.cumsum(known, axis=0)[at] / length
    spread = np.sqrt(np.maximum(np.cumsum(known**2, axis=0)[at] / length - mean**2, 0))
    median, low, high = _quantiles(known.astype(np.float32), (0.5, 0.25, 0.75), rows)
    averages = _exponentials(known)[:, at]
    blocks = [median, mean, spread, low - median, high - median, known[at], *averages]
    return np.concatenate([*blocks, np.log(length), 1 / length], axis=1).astype(np.float32)


def _quantiles(known: Floats, shares: tuple[float, ...], rows: NDArray[np.int64]) -> list[Floats]:
    """Quantiles of the prefixes that end at `rows` by linear interpolation: one (n, 8) a share."""
    later = np.arange(len(known))[None, :] > rows[:, None]
    ordered = np.sort(np.where(later[:, :, None], np.inf, known[None, :, :]), axis=1)
    prefix = np.arange(rows.size)
    out = []
    for share in shares:
        place = share * rows
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, rows)
        part = (place - low)[:, None]
        out.append((ordered[prefix, low] * (1 - part) + ordered[prefix, high] * part).astype("f4"))
    return out


def _exponentials(known: NDArray[np.float64]) -> NDArray[np.float64]:
    """The exponential averages of each prefix: (n, 8) to (n_decays, n, 8)."""
    decay = np.array(DECAYS)[:, None]
    out = np.tile(known, (len(DECAYS), 1, 1))
    for row in range(1, len(known)):
        out[:, row] = (1 - decay) * out[:, row - 1] + decay * known[row]
    return out


# The straight part of ŷ: the prefix median plus a weighted sum of a feature's own statistics.
#
# Few weights, so that a few lists are enough: on a smooth walk the last track gets nearly all.


RIDGE = 20.0
"""What a weight costs, squared, beside the absolute errors: without evidence the median stays."""

ROUNDS = 30
SETTLED = 1e-4
NEAREST = 0.02
"""Errors below this weigh as if they were this large, or one row could decide everything."""


def line_terms(inputs: Floats) -> NDArray[np.float64]:
    """What the weights weigh: inputs (n, d) to (n, k, 8), each feature seeing its own terms.

    Mean, sd, lower and upper quartile, last track and the two exponential averages (of these all
    but the spreads from the median), the way back from the median to 0, and 1. Inputs wider than
    a prefix's statistics bring what is known of the artist as one more term.
    """
    blocks = inputs[:, : SUMMARIES * FEATURES].reshape(-1, SUMMARIES, FEATURES)
    median, mean, spread, low, high, *recent = (blocks[:, row] for row in range(SUMMARIES))
    terms = [mean - median, spread, low, high, *(average - median for average in recent), -median]
    terms.append(np.ones_like(median))
    if inputs.shape[1] > WIDTH:
        terms.append(inputs[:, WIDTH : WIDTH + FEATURES])
    return np.stack(terms, axis=1).astype(np.float64)


def fit_line(inputs: Floats, targets: Floats, ridge: float = RIDGE) -> Floats:
    """Weights (k, 8) of least absolute error, from inputs (n, d) and targets (n, 8), NaN left out.

    Minimises Σ|error| + ridge/2 · Σweight² a feature by least squares reweighted with 1 / |error|
    (Schlossmacher, "An iterative technique for absolute deviations curve fitting", JASA 68, 1973).
    """
    terms = line_terms(inputs)
    gaps = targets.astype(np.float64) - inputs[:, :FEATURES]
    weights = np.zeros(terms.shape[1:])
    for feature in range(FEATURES):
        known = np.isfinite(gaps[:, feature])
        x, gap = terms[known, :, feature], gaps[known, feature]
        own = np.zeros(x.shape[1])
        for _ in range(ROUNDS):
            weighed = x / np.maximum(np.abs(gap - x @ own), NEAREST)[:, None]
            before = own
            own = np.linalg.solve(weighed.T @ x + ridge * np.eye(x.shape[1]), weighed.T @ gap)
            if np.abs(own - before).max() < SETTLED:
                break
        weights[:, feature] = own
    return weights.astype(np.float32)


def along_line(weights: Floats, inputs: Floats) -> Floats:
    """The median plus the weighted terms: (n, 8)."""
    predicted = inputs[:, :FEATURES] + np.einsum("nkf,kf->nf", line_terms(inputs), weights)
    return np.asarray(predicted, dtype=np.float32)


# The bent part of ŷ: nets that correct the straight one, trained for the mean absolute error.
#
# Trained with torch, kept and evaluated as plain arrays.


HIDDEN = 64
DROPOUT = 0.1
PASSES = 12
BATCH = 128
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-3
FEWEST_STEPS = 20
_LAYERS = ("first", "second", "out")


@dataclass(frozen=True, slots=True, eq=False)
class StepNets:
    """A few nets of one shape whose answers are averaged.

    `layers` holds, by name, weights (n_nets, in, out) and biases (n_nets, out); inputs are
    standardised by `mean` and `sd` (d,) of the training rows.
    """

    layers: Mapping[str, Floats]
    mean: Floats
    sd: Floats

    def corrections(self, inputs: Floats) -> Floats:
        """What to add to the straight answer, from inputs (n, d): (n, 8) float32."""
        x = (inputs - self.mean) / self.sd
        answers = []
        for number in range(len(self.layers["first.bias"])):
            hidden = np.maximum(self._layer("first", number, x), 0)
            hidden = hidden + np.maximum(self._layer("second", number, hidden), 0)
            answers.append(self._layer("out", number, hidden))
        return np.asarray(np.mean(answers, axis=0), dtype=np.float32)

    def _layer(self, name: str, number: int, x: Floats) -> Floats:
        weight, bias = self.layers[f"{name}.weight"][number], self.layers[f"{name}.bias"][number]
        return np.asarray(x @ weight + bias)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array of it, by name."""
        return {**self.layers, "mean": self.mean, "sd": self.sd}

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]]) -> StepNets:
        """The inverse of `tensors`."""
        names = [f"{layer}.{kind}" for layer in _LAYERS for kind in ("weight", "bias")]
        return cls(
            {name: tensors[name].astype(np.float32) for name in names},
            tensors["mean"].astype(np.float32),
            tensors["sd"].astype(np.float32),
        )


def train_nets(
    inputs: Floats, gaps: Floats, *, steps: int, nets: int, seed: int, device: str = "cpu"
) -> StepNets:
    """Train on rows of inputs (n, d) and what the straight answer misses (n, 8), NaN left out.

    Minimises the mean absolute error over known features with AdamW under a one-cycle rate. The
    last layer starts at zero, so that training starts at the straight answer.
    """
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(seed)
    mean, sd = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    x = torch.from_numpy((inputs - mean) / sd).to(device)
    known = torch.from_numpy(np.isfinite(gaps).astype(np.float32)).to(device)
    y = torch.from_numpy(np.nan_to_num(gaps)).to(device)
    shapes = {"first": (inputs.shape[1], HIDDEN), "second": (HIDDEN, HIDDEN),
              "out": (HIDDEN, FEATURES)}  # fmt: skip
    found: dict[str, list[Floats]] = {}
    for _ in range(nets):
        part = {
            f"{name}.{kind}": nn.Parameter(_start(name, kind, shape, generator).to(device))
            for name, shape in shapes.items()
            for kind in ("weight", "bias")
        }
        optimiser = torch.optim.AdamW(
            part.values(), LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True
        )
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)

        def loss(rows: torch.Tensor, part: dict[str, nn.Parameter] = part) -> torch.Tensor:
            here = rows.to(device)
            mask = [_mask((len(rows), HIDDEN), generator).to(device) for _ in range(2)]
            h = torch.relu(x[here] @ part["first.weight"] + part["first.bias"]) * mask[0]
            h = h + torch.relu(h @ part["second.weight"] + part["second.bias"]) * mask[1]
            predicted = h @ part["out.weight"] + part["out.bias"]
            errors = (predicted - y[here]).abs() * known[here]
            mean: torch.Tensor = errors.sum() / known[here].sum().clamp_min(1)
            return mean

        batches = shuffled_batches(len(x), BATCH, steps, generator)
        fit_network(itertools.islice(batches, steps), loss, optimiser, rate)
        for name, value in part.items():
            found.setdefault(name, []).append(value.detach().cpu().numpy())
    layers = {name: np.stack(values) for name, values in found.items()}
    return StepNets(layers, mean.astype(np.float32), sd.astype(np.float32))


def steps_for(rows: int) -> int:
    """How many batches to train on with this many rows: 12 passes, 20 batches at least."""
    return max(FEWEST_STEPS, PASSES * rows // BATCH)


def _start(  # type: ignore[no-untyped-def]  # torch is imported lazily
    name: str, kind: str, shape: tuple[int, int], generator
):
    """Uniform within 1 / √in, as torch's Linear; zero in the layer that corrects."""
    import torch

    size = shape if kind == "weight" else shape[1:]
    if name == "out":
        return torch.zeros(size)
    return (torch.rand(size, generator=generator) * 2 - 1) / shape[0] ** 0.5


def _mask(size: tuple[int, int], generator):  # type: ignore[no-untyped-def]  # as above
    """Inverted dropout."""
    import torch

    return (torch.rand(size, generator=generator) >= DROPOUT) / (1 - DROPOUT)


@dataclass(frozen=True, slots=True, eq=False)
class StepModel:
    """`line` (k, 8) as `fit_line` gives it, `nets` or None."""

    line: Floats
    nets: StepNets | None

    def predict(self, inputs: Floats) -> Floats:
        """Next scaled features from inputs (n, d), the first eight of them the median: (n, 8)."""
        predicted = along_line(self.line, inputs)
        return predicted if self.nets is None else predicted + self.nets.corrections(inputs)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array of it, by name."""
        return {"line": self.line, **({} if self.nets is None else self.nets.tensors())}

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]]) -> Self:
        """The inverse of `tensors`."""
        nets = StepNets.restored(tensors) if "first.weight" in tensors else None
        return cls(tensors["line"].astype(np.float32), nets)
