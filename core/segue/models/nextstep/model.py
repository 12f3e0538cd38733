"""ŷ as a fitted function: the straight part, and where it helped, nets that correct it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Floats
from segue.models.nextstep.line import along_line
from segue.models.nextstep.net import StepNets


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
