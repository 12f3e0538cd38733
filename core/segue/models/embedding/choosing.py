"""Which encoder: the curved one, unless it loses neighbours that PCA keeps."""

from __future__ import annotations

import numpy as np

from segue.fitting import Fitting
from segue.metrics import overlap
from segue.models.data import Floats
from segue.models.embedding.autoencoder import (
    Autoencoder,
    AutoencoderSettings,
    Flags,
    principal_directions,
)
from segue.models.embedding.autoencoder_training import fit_autoencoder
from segue.models.embedding.neighbours import nearest

COMPARED_ROWS = 1500
NEIGHBOURS = 10


def neighbour_overlap(before: Floats, after: Floats, k: int = NEIGHBOURS) -> float:
    """Share of each row's k nearest in `before` that also are in `after` (overlap at k)."""
    rows = np.arange(len(before))
    return overlap(nearest(before, before, k, rows), nearest(after, after, k, rows))


def choose_autoencoder(
    x: Floats,
    k: int,
    how: Fitting,
    *,
    settings: AutoencoderSettings | None = None,
    known: Flags | None = None,
) -> Autoencoder:
    """A curved encoder where it keeps at least as many neighbours as PCA, else PCA's own.

    `known` (n, d) says which values of x are real and no stand-ins; all are by default.
    Compared on at most `COMPARED_ROWS` of the rows it learned from.
    """

    def fitted(curved: bool) -> Autoencoder:
        return fit_autoencoder(x, k, how, settings=settings, curved=curved, known=known)

    bent = fitted(True)
    rows = np.random.default_rng(how.seed).permutation(len(x))[:COMPARED_ROWS]
    mean, directions, _ = principal_directions(x, k)
    straight = ((x[rows] - mean) @ directions).astype(np.float32)
    kept = neighbour_overlap(x[rows], bent.encode(x[rows]))
    if bent.dead(x) == 0 and kept >= neighbour_overlap(x[rows], straight):
        return bent
    return fitted(False)
