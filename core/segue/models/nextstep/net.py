"""The net behind ŷ: the prefix median plus a learned correction, trained for MAE.

Trained with torch, kept and evaluated as plain arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats
from segue.models.nextstep.prefixes import FEATURES

HIDDEN = 64
DROPOUT = 0.1
EPOCHS = 7
BATCH = 384
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-3
_LAYERS = ("first", "second", "out", "straight")


@dataclass(frozen=True, slots=True, eq=False)
class StepNets:
    """A few nets of one shape whose answers are averaged.

    `layers` holds, by name, weights (n_nets, in, out) and biases (n_nets, out); inputs are
    standardised by `mean` and `sd` (d,) of the training rows.
    """

    layers: Mapping[str, Floats]
    mean: Floats
    sd: Floats

    def predict(self, inputs: Floats) -> Floats:
        """Next scaled features from inputs (n, d) whose first eight are the median: (n, 8)."""
        x = (inputs - self.mean) / self.sd
        corrections = []
        for number in range(len(self.layers["first.bias"])):
            hidden = np.maximum(self._layer("first", number, x), 0)
            hidden = hidden + np.maximum(self._layer("second", number, hidden), 0)
            corrections.append(
                self._layer("out", number, hidden) + self._layer("straight", number, x)
            )
        said = inputs[:, :FEATURES] + np.mean(corrections, axis=0, dtype=np.float32)
        return np.asarray(said, dtype=np.float32)

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
    inputs: Floats, targets: Floats, *, nets: int, seed: int, device: str = "cpu"
) -> StepNets:
    """Train on rows of inputs (n, d) and next scaled features (n, 8), NaN in which is left out.

    Minimises the mean absolute error with AdamW under a one-cycle rate. Both the correction's
    last layers start at zero, so training starts at the prefix median.
    """
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(seed)
    mean, sd = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    x = torch.from_numpy((inputs - mean) / sd).to(device)
    known = torch.from_numpy(np.isfinite(targets)).to(device)
    y = torch.from_numpy(np.nan_to_num(targets - inputs[:, :FEATURES])).to(device)
    width = inputs.shape[1]
    shapes = {"first": (width, HIDDEN), "second": (HIDDEN, HIDDEN),
              "out": (HIDDEN, FEATURES), "straight": (width, FEATURES)}  # fmt: skip
    found: dict[str, list[Floats]] = {}
    for _ in range(nets):
        part = {
            f"{name}.{kind}": nn.Parameter(_start(name, kind, shape, generator).to(device))
            for name, shape in shapes.items()
            for kind in ("weight", "bias")
        }
        optimiser = torch.optim.AdamW(part.values(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        steps = EPOCHS * -(-len(x) // BATCH)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
        for _ in range(EPOCHS):
            for rows in torch.split(torch.randperm(len(x), generator=generator), BATCH):
                here = rows.to(device)
                mask = [_mask((len(rows), HIDDEN), generator).to(device) for _ in range(2)]
                h = torch.relu(x[here] @ part["first.weight"] + part["first.bias"]) * mask[0]
                h = h + torch.relu(h @ part["second.weight"] + part["second.bias"]) * mask[1]
                said = h @ part["out.weight"] + part["out.bias"]
                said = said + x[here] @ part["straight.weight"] + part["straight.bias"]
                gaps = (said - y[here]).abs() * known[here]
                optimiser.zero_grad()
                (gaps.sum() / known[here].sum().clamp_min(1)).backward()
                optimiser.step()
                rate.step()
        for name, value in part.items():
            found.setdefault(name, []).append(value.detach().cpu().numpy())
    layers = {name: np.stack(values) for name, values in found.items()}
    return StepNets(layers, mean.astype(np.float32), sd.astype(np.float32))


def _start(  # type: ignore[no-untyped-def]  # torch is imported lazily
    name: str, kind: str, shape: tuple[int, int], generator
):
    """Uniform within 1 / √in, as torch's Linear; zero in the layers that add to the median."""
    import torch

    size = shape if kind == "weight" else shape[1:]
    if name in ("out", "straight"):
        return torch.zeros(size)
    return (torch.rand(size, generator=generator) * 2 - 1) / shape[0] ** 0.5


def _mask(size: tuple[int, int], generator):  # type: ignore[no-untyped-def]  # as above
    """Inverted dropout."""
    import torch

    return (torch.rand(size, generator=generator) >= DROPOUT) / (1 - DROPOUT)
