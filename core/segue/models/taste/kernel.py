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
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_array

from segue.models.taste.inputs import Encoder, TasteInputs

MOST_ROWS = 3000
"""How many rows the process keeps: its cost grows with their cube."""

PARTS = (
    "sound", "credits", "spelling", "context", "product", "stranger", "bias", "noise", "alpha"
)  # fmt: skip
_START = {"sound": 0.2, "credits": 0.35, "spelling": 0.1, "context": 0.25, "product": 0.25,
          "stranger": 0.1, "bias": 0.1, "noise": 0.2, "alpha": 3.0}  # fmt: skip
_START_LENGTH, _BLOCK = 3.0, 2048

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
    return np.asarray(np.exp(-alpha * np.log1p(np.maximum(square, 0) / (2 * alpha))))


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
    inverse = inverse_of(noisy)
    return Process(inputs, inverse @ signs, numbers), inverse


def left_out(
    process: Process, inverse: Matrix, signs: Matrix, groups: NDArray[np.integer]
) -> Matrix:
    """What the process would say of each row had its whole group been left out: (n,).

    For a group g: y_g − (K⁻¹_gg)⁻¹ (K⁻¹ y)_g, the blockwise form of leave-one-out.
    """
    _, member, size = np.unique(groups, return_inverse=True, return_counts=True)
    predicted = signs - process.weights / np.diagonal(inverse)  # of a row that is a group alone
    several = np.flatnonzero(size[member] > 1)
    order = several[np.argsort(member[several], kind="stable")]
    for block in np.split(order, np.flatnonzero(np.diff(member[order])) + 1):
        part = inverse[np.ix_(block, block)]
        predicted[block] = signs[block] - np.linalg.solve(part, process.weights[block])
    return predicted


TUNING_ROWS, TUNING_STEPS = 800, 10
"""How many rows its numbers are set on, and in how many steps."""

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
    origin = torch.from_numpy(np.concatenate([start.parts, start.lengths]))
    moving = origin.clone().requires_grad_()
    tuning = _Tuning(
        Likeness.between(inputs, inputs), inputs.smooth.astype(np.float64), signs, folds
    )
    optimiser = torch.optim.LBFGS([moving], lr=0.5, max_iter=steps, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        away = (moving - origin).detach()
        value, slope = tuning.loss(moving.detach().numpy())
        moving.grad = torch.from_numpy(slope) + 4.0 * away
        return value + 2.0 * (away**2).sum()

    optimiser.step(loss)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    found = moving.detach().numpy()
    return KernelNumbers(found[: len(PARTS)].copy(), found[len(PARTS) :].copy())


@dataclass(frozen=True, slots=True, eq=False)
class _Tuning:
    """What the kernel's numbers are set on: n tracks, their sound, their labels of ±1, folds."""

    like: Likeness
    smooth: Matrix
    signs: Matrix
    folds: list[NDArray[np.int64]]

    def loss(self, moving: Matrix) -> tuple[float, Matrix]:
        """The loss without its prior, and its slope along the logarithm of each number.

        With A = K⁻¹ and, of a fold f left out, r = A_ff⁻¹ (A y)_f and u = A_ff⁻¹ r, the loss
        Σ r² / 2 changes with K by −(A u)(A y)ᵀ + Σ_f (A_f u_f)(A_f r_f)ᵀ: a matrix of few ranks.
        """
        numbers = KernelNumbers(moving[: len(PARTS)], moving[len(PARTS) :])
        alpha, like = numbers.of("alpha"), self.like
        scaled = self.smooth / np.exp(numbers.lengths)
        norm = (scaled**2).sum(axis=1)
        spread = norm[:, None] + norm - 2 * scaled @ scaled.T
        np.maximum(spread, 0, out=spread)
        spread /= 2 * alpha
        growth = np.log1p(spread)
        sound = np.exp(-alpha * growth)
        weight = numbers.of("sound") + numbers.of("product") * like.context
        matrix = weight * sound
        fixed = {"credits": like.credits, "spelling": like.spelling, "context": like.context,
                 "stranger": like.stranger}  # fmt: skip
        for name, part in fixed.items():
            matrix += numbers.of(name) * part
        matrix += numbers.of("bias")
        matrix[np.diag_indices_from(matrix)] += numbers.of("noise")
        inverse = inverse_of(matrix)
        missed, change = self._change(inverse)
        slopes = {name: np.vdot(change, part) for name, part in fixed.items()}
        slopes["bias"], slopes["noise"] = change.sum(), change.trace()
        change *= sound
        slopes["sound"], slopes["product"] = change.sum(), np.vdot(change, like.context)
        change *= weight
        shrunk = spread / (1 + spread)
        slopes["alpha"] = np.vdot(change, shrunk - growth)
        change *= 1 - shrunk
        squares = 2 * (scaled**2 * change.sum(axis=1)[:, None] - scaled * (change @ scaled))
        parts = [slopes[name] * numbers.of(name) for name in PARTS]
        return 0.5 * missed / TYPICAL_SQUARE, np.concatenate([parts, squares.sum(axis=0)])

    def _change(self, inverse: Matrix) -> tuple[float, Matrix]:
        """Σ r² of all folds, and how the loss changes with each entry of the kernel: (n, n)."""
        weights = inverse @ self.signs
        twice = np.zeros_like(weights)
        left, right, missed = [], [weights], 0.0
        for rows in self.folds:
            factor = cho_factor(inverse[np.ix_(rows, rows)])
            residual = cho_solve(factor, weights[rows])
            twice[rows] = cho_solve(factor, residual)
            missed += float(residual @ residual)
            left.append(inverse[:, rows] @ twice[rows])
            right.append(inverse[:, rows] @ residual)
        change = np.stack([-(inverse @ twice), *left], axis=1) @ np.stack(right)
        return missed, (change + change.T) * (0.5 / TYPICAL_SQUARE)


def inverse_of(matrix: Matrix) -> Matrix:
    """The inverse of a symmetric, positive definite matrix. Raises LinAlgError for another."""
    factor, wrong = dpotrf(matrix, lower=1)
    lower, also_wrong = dpotri(factor, lower=1) if not wrong else (factor, wrong)
    if also_wrong:
        raise LinAlgError("the matrix is not positive definite")
    whole = np.asarray(lower + lower.T)  # above its diagonal, LAPACK left zeros
    np.fill_diagonal(whole, np.diagonal(lower))
    return whole
