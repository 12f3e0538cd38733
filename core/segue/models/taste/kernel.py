"""A Gaussian process over sound, credits and context, with honest answers in closed form.

Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), sections 2.2 and 5.4;
labels are ±1 with Gaussian noise, calibrated afterwards. The kernel of two tracks is

    sound · R + credits · (shared credits) + context · c + product · c · R + stranger · u + bias

with R a rational quadratic of their sound, c the cosine of their context vectors and u 1 where
neither has one. Its numbers are set by marginal likelihood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.sparse import csr_array

from segue.models.taste.inputs import TasteInputs

MOST_ROWS = 3000
"""How many rows the process keeps: its cost grows with their cube."""

TUNING_ROWS = 600
"""How many rows its numbers are set on."""

TUNING_STEPS = 15

_PARTS = ("sound", "credits", "context", "product", "stranger", "bias", "noise", "alpha")
_START = {"sound": 0.2, "credits": 0.35, "context": 0.25, "product": 0.25, "stranger": 0.1,
          "bias": 0.1, "noise": 0.2, "alpha": 3.0}  # fmt: skip
_START_LENGTH = 3.0
_BLOCK = 2048

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KernelNumbers:
    """Logarithms of the kernel's numbers, in the order of `_PARTS`, and of each length scale."""

    parts: Matrix
    lengths: Matrix

    @classmethod
    def start(cls, width: int) -> KernelNumbers:
        """Before anything is learned."""
        parts = np.log([_START[name] for name in _PARTS])
        return cls(parts, np.full(width, np.log(_START_LENGTH)))

    def of(self, name: str) -> float:
        """One number, by name."""
        return float(np.exp(self.parts[_PARTS.index(name)]))


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """The parts of a kernel that no number changes, between rows a and rows b: each (a, b)."""

    credits: Matrix
    context: Matrix
    stranger: Matrix

    @classmethod
    def between(cls, a: TasteInputs, b: TasteInputs) -> Likeness:
        """Shared credits and context of two sets of tracks."""
        no_a, no_b = ~a.context.any(axis=1), ~b.context.any(axis=1)
        return cls(
            credits=csr_array(a.credits @ b.credits.T).toarray().astype(np.float64),
            context=(a.context @ b.context.T).astype(np.float64),
            stranger=np.outer(no_a, no_b).astype(np.float64),
        )


def kernel(a: TasteInputs, b: TasteInputs, numbers: KernelNumbers) -> Matrix:
    """The kernel between two sets of tracks: (n_a, n_b) float64."""
    like = Likeness.between(a, b)
    sound = _sound(a.smooth, b.smooth, numbers)
    return np.asarray(
        numbers.of("sound") * sound
        + numbers.of("credits") * like.credits
        + like.context * (numbers.of("context") + numbers.of("product") * sound)
        + numbers.of("stranger") * like.stranger
        + numbers.of("bias")
    )


def _sound(a: NDArray[np.float32], b: NDArray[np.float32], numbers: KernelNumbers) -> Matrix:
    scale = np.exp(numbers.lengths)
    left, right = a / scale, b / scale
    square = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * left @ right.T
    alpha = numbers.of("alpha")
    return np.asarray((1 + np.maximum(square, 0) / (2 * alpha)) ** -alpha)


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A fitted process: the rows it keeps, their dual weights and the kernel's numbers."""

    rows: TasteInputs
    weights: Matrix
    numbers: KernelNumbers

    def predict(self, inputs: TasteInputs) -> Matrix:
        """The mean of the process, about −1..1: (n,)."""
        n = len(inputs.artist)
        blocks = [
            kernel(inputs.take(np.arange(s, min(s + _BLOCK, n))), self.rows, self.numbers)
            @ self.weights
            for s in range(0, n, _BLOCK)
        ]
        return np.concatenate(blocks) if blocks else np.zeros(0)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Every array of it, by name."""
        return {
            "process_smooth": self.rows.smooth,
            "process_context": self.rows.context,
            "process_credit_weights": self.rows.credits.data,
            "process_credit_names": self.rows.credits.indices.astype(np.int32),
            "process_credit_starts": self.rows.credits.indptr.astype(np.int32),
            "process_weights": self.weights,
            "process_parts": self.numbers.parts,
            "process_lengths": self.numbers.lengths,
        }

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], n_names: int) -> Process:
        """The inverse of `tensors`."""
        smooth = tensors["process_smooth"].astype(np.float32)
        n = len(smooth)
        parts = (
            tensors["process_credit_weights"],
            tensors["process_credit_names"],
            tensors["process_credit_starts"],
        )
        rows = TasteInputs(
            numbers=np.zeros((n, 0), dtype=np.float32),
            smooth=smooth,
            credits=csr_array(parts, shape=(n, n_names)),
            context=tensors["process_context"].astype(np.float32),
            artist=np.full(n, -1, dtype=np.int64),
        )
        numbers = KernelNumbers(
            tensors["process_parts"].astype(np.float64),
            tensors["process_lengths"].astype(np.float64),
        )
        return cls(rows, tensors["process_weights"].astype(np.float64), numbers)


def fit_process(
    inputs: TasteInputs, signs: Matrix, numbers: KernelNumbers
) -> tuple[Process, Matrix]:
    """A process over labels of ±1, and the inverse of its noisy kernel: (n, n)."""
    n = signs.size
    noisy = kernel(inputs, inputs, numbers) + numbers.of("noise") * np.eye(n)
    inverse = cho_solve((cholesky(noisy, lower=True), True), np.eye(n))
    return Process(inputs, inverse @ signs, numbers), inverse


def left_out(
    process: Process, inverse: Matrix, signs: Matrix, groups: NDArray[np.integer]
) -> Matrix:
    """What the process would say of each row had its whole group been left out: (n,).

    For a group g: y_g − (K⁻¹_gg)⁻¹ (K⁻¹ y)_g, the blockwise form of leave-one-out.
    """
    said = np.empty(signs.size)
    order = np.argsort(groups, kind="stable")
    for block in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        part = inverse[np.ix_(block, block)]
        said[block] = signs[block] - np.linalg.solve(part, process.weights[block])
    return said


def tuned(inputs: TasteInputs, signs: Matrix, *, steps: int = TUNING_STEPS) -> KernelNumbers:
    """The kernel's numbers of greatest marginal likelihood, held near their start by a prior.

    The prior is a normal of width ½ around the logarithm of each starting number.
    """
    import torch

    start = KernelNumbers.start(inputs.smooth.shape[1])
    like = Likeness.between(inputs, inputs)
    shared, context, stranger, smooth, target, origin = (
        torch.from_numpy(np.asarray(array, dtype=np.float64))
        for array in (like.credits, like.context, like.stranger, inputs.smooth, signs,
                      np.concatenate([start.parts, start.lengths]))
    )  # fmt: skip
    moving = origin.clone().requires_grad_()
    unit = torch.eye(len(signs), dtype=torch.float64)
    optimiser = torch.optim.LBFGS([moving], lr=0.5, max_iter=steps, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        part = dict(zip(_PARTS, moving[: len(_PARTS)].exp(), strict=True))
        scaled = smooth / moving[len(_PARTS) :].exp()
        square = (scaled**2).sum(1)[:, None] + (scaled**2).sum(1) - 2 * scaled @ scaled.T
        sound = (1 + square.clamp_min(0) / (2 * part["alpha"])) ** -part["alpha"]
        matrix = (
            part["sound"] * sound
            + part["credits"] * shared
            + context * (part["context"] + part["product"] * sound)
            + part["stranger"] * stranger
            + part["bias"]
            + part["noise"] * unit
        )
        lower = torch.linalg.cholesky(matrix)
        weights = torch.cholesky_solve(target[:, None], lower)[:, 0]
        prior = 2.0 * ((moving - origin) ** 2).sum()
        value = 0.5 * target @ weights + lower.diagonal().log().sum() + prior
        value.backward()
        return torch.as_tensor(value)

    optimiser.step(loss)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    found = moving.detach().numpy()
    return KernelNumbers(found[: len(_PARTS)].copy(), found[len(_PARTS) :].copy())
