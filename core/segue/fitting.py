"""How anything is fitted: the seed of every draw, the device of torch, and who is told."""

from __future__ import annotations

from dataclasses import dataclass

from segue.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Fitting:
    """Handed down as one value by everything that learns or measures."""

    seed: int = 0
    device: str = "cpu"
    progress: Progress = silent
