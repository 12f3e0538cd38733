"""Setting the kernel's numbers by what the process answers for rows left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.models.taste.inputs import TasteInputs
from segue.models.taste.kernel import PARTS, KernelNumbers, Likeness, Matrix

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
