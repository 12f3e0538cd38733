"""A Gaussian process over sound, credits and context, with honest answers in closed form.

Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), sections 2.2 and 5.4;
labels are ±1 with Gaussian noise, calibrated afterwards. The kernel of two tracks is

    sound · R + credits · (shared credits) + spelling · s + context · c + product · c · R
    + stranger · u + bias

with R a rational quadratic of their sound, s the cosine of the letter runs of their artists' names
("DJ", "Orchestra"), c that of their context vectors and u 1 where neither has one. Its numbers are
set in `tuning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.sparse import csr_array

from segue.models.taste.inputs import Encoder, TasteInputs

MOST_ROWS = 3000
"""How many rows the process keeps: its cost grows with their cube."""

PARTS = (
    "sound", "credits", "spelling", "context", "product", "stranger", "bias", "noise", "alpha"
)  # fmt: skip
_START = {"sound": 0.2, "credits": 0.35, "spelling": 0.1, "context": 0.25, "product": 0.25,
          "stranger": 0.1, "bias": 0.1, "noise": 0.2, "alpha": 3.0}  # fmt: skip
_START_LENGTH = 3.0
_BLOCK = 2048

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KernelNumbers:
    """Logarithms of the kernel's numbers, in the order of `PARTS`, and of each length scale."""

    parts: Matrix
    lengths: Matrix

    @classmethod
    def start(cls, width: int) -> KernelNumbers:
        """Before anything is learned."""
        parts = np.log([_START[name] for name in PARTS])
        return cls(parts, np.full(width, np.log(_START_LENGTH)))

    def of(self, name: str) -> float:
        """One number, by name."""
        return float(np.exp(self.parts[PARTS.index(name)]))


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """The parts of a kernel that no number changes, between rows a and rows b: each (a, b)."""

    credits: Matrix
    spelling: Matrix
    context: Matrix
    stranger: Matrix

    @classmethod
    def between(cls, a: TasteInputs, b: TasteInputs) -> Likeness:
        """Shared credits, spelling and context of two sets of tracks."""
        no_a, no_b = ~a.context.any(axis=1), ~b.context.any(axis=1)
        return cls(
            credits=csr_array(a.credits @ b.credits.T).toarray().astype(np.float64),
            spelling=csr_array(a.spelling @ b.spelling.T).toarray().astype(np.float64),
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
        + numbers.of("spelling") * like.spelling
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
            **_sparse_tensors("process_credits", self.rows.credits),
            **_sparse_tensors("process_spelling", self.rows.spelling),
            "process_weights": self.weights,
            "process_parts": self.numbers.parts,
            "process_lengths": self.numbers.lengths,
        }

    @classmethod
    def restored(cls, tensors: Mapping[str, NDArray[np.generic]], encoder: Encoder) -> Process:
        """The inverse of `tensors`, for the encoder it was fitted with."""
        smooth = tensors["process_smooth"].astype(np.float32)
        n = len(smooth)
        rows = TasteInputs(
            numbers=np.zeros((n, 0), dtype=np.float32),
            smooth=smooth,
            credits=_sparse_restored(tensors, "process_credits", (n, len(encoder.names))),
            spelling=_sparse_restored(tensors, "process_spelling", (n, len(encoder.grams))),
            context=tensors["process_context"].astype(np.float32),
            artist=np.full(n, -1, dtype=np.int64),
        )
        numbers = KernelNumbers(
            tensors["process_parts"].astype(np.float64),
            tensors["process_lengths"].astype(np.float64),
        )
        return cls(rows, tensors["process_weights"].astype(np.float64), numbers)


def _sparse_tensors(name: str, rows: csr_array) -> dict[str, NDArray[np.generic]]:
    return {
        f"{name}_weights": rows.data,
        f"{name}_columns": rows.indices.astype(np.int32),
        f"{name}_starts": rows.indptr.astype(np.int32),
    }


def _sparse_restored(
    tensors: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, int]
) -> csr_array:
    parts = tuple(tensors[f"{name}_{part}"] for part in ("weights", "columns", "starts"))
    return csr_array(parts, shape=shape)


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
    predicted = np.empty(signs.size)
    order = np.argsort(groups, kind="stable")
    for block in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        part = inverse[np.ix_(block, block)]
        predicted[block] = signs[block] - np.linalg.solve(part, process.weights[block])
    return predicted


TUNING_ROWS = 800
"""How many rows its numbers are set on."""

TUNING_STEPS = 10

TYPICAL_SQUARE = 0.4
"""A usual (answer − label)² of a row left out: with it the loss weighs as a likelihood does."""


def tuned(
    inputs: TasteInputs, signs: Matrix, folds: list[NDArray[np.int64]], *, steps: int = TUNING_STEPS
) -> KernelNumbers:
    """The kernel's numbers that answer best for folds left out, held near their start by a prior.

    The loss is half the sum of (left out answer − label)² over `TYPICAL_SQUARE`, and the prior a
    normal of width ½ around the logarithm of each starting number. Labels of ±1 are no Gaussian,
    so marginal likelihood would believe artists too much; see Rasmussen and Williams, 5.4.2.
    """
    import torch

    start = KernelNumbers.start(inputs.smooth.shape[1])
    like = Likeness.between(inputs, inputs)
    shared, spelling, context, stranger, smooth, target, origin = (
        torch.from_numpy(np.asarray(array, dtype=np.float64))
        for array in (like.credits, like.spelling, like.context, like.stranger, inputs.smooth,
                      signs, np.concatenate([start.parts, start.lengths]))
    )  # fmt: skip
    moving = origin.clone().requires_grad_()
    unit = torch.eye(len(signs), dtype=torch.float64)
    optimiser = torch.optim.LBFGS([moving], lr=0.5, max_iter=steps, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        part = dict(zip(PARTS, moving[: len(PARTS)].exp(), strict=True))
        scaled = smooth / moving[len(PARTS) :].exp()
        square = (scaled**2).sum(1)[:, None] + (scaled**2).sum(1) - 2 * scaled @ scaled.T
        sound = (1 + square.clamp_min(0) / (2 * part["alpha"])) ** -part["alpha"]
        matrix = (
            part["sound"] * sound
            + part["credits"] * shared
            + part["spelling"] * spelling
            + context * (part["context"] + part["product"] * sound)
            + part["stranger"] * stranger
            + part["bias"]
            + part["noise"] * unit
        )
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(matrix))
        weights = inverse @ target
        value = 2.0 * ((moving - origin) ** 2).sum()
        for rows in folds:
            missed = torch.linalg.solve(inverse[rows][:, rows], weights[rows])
            value = value + 0.5 * (missed**2).sum() / TYPICAL_SQUARE
        value.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return torch.as_tensor(value)

    optimiser.step(loss)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    found = moving.detach().numpy()
    return KernelNumbers(found[: len(PARTS)].copy(), found[len(PARTS) :].copy())
