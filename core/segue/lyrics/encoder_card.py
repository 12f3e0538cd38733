"""The card of a text encoder: what names its vectors. Needs no model to be loaded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """What makes a vector what it is. Vectors of different cards must never meet.

    `window` counts tokens including the two special ones; `dim` is the length of a vector.
    """

    name: str
    revision: str
    dim: int
    window: int
    overlap: int
    pooling: str = "mean"
    runtime: str = "torch"

    @property
    def key(self) -> str:
        """A short, stable name for files: changes whenever any field does."""
        text = json.dumps(asdict(self), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        base = "".join(c if c.isalnum() else "-" for c in self.name.rsplit("/", 1)[-1].casefold())
        return f"{base}-{digest}"
