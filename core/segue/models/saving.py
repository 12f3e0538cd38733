"""Models as bytes: safetensors beside a JSON card, never pickle.

Nothing here touches a disk: the daemon writes the two files, each atomically.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from segue.errors import StoreError
from segue.models.card import ModelCard
from segue.models.scorer import Scorer
from segue.models.vocabulary import Vocabulary

VOCABULARY = "vocabulary"

S = TypeVar("S", bound=Scorer)


@dataclass(frozen=True, slots=True)
class PackedModel:
    """A model as two files: NAME.safetensors and NAME.json."""

    tensors: bytes
    card: bytes


def pack(scorer: Scorer, card: ModelCard) -> PackedModel:
    """A scorer as bytes; the card gains its config, notes and checksum."""
    arrays: dict[str, NDArray[np.generic]] = {
        name: np.ascontiguousarray(array) for name, array in scorer.tensors().items()
    }
    if VOCABULARY in arrays:
        raise ValueError(f"a scorer's own tensor cannot be called {VOCABULARY!r}")
    arrays[VOCABULARY] = scorer.vocabulary.to_array()
    content = save(arrays)
    filled = card.model_copy(
        update={
            "config": dict(scorer.config()),
            "notes": scorer.notes,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    )
    return PackedModel(content, filled.to_json())


def unpack(packed: PackedModel, kind: type[S], source: str) -> tuple[S, ModelCard]:
    """The scorer of class `kind` and its card; `source` names the model in errors.

    Raises StoreError where the bytes are damaged or card and tensors do not belong together,
    NewerSchemaError where a newer Segue wrote them.
    """
    card = ModelCard.from_json(packed.card, source)
    if hashlib.sha256(packed.tensors).hexdigest() != card.sha256:
        raise StoreError(
            f"{source}: its tensors are not those of its card (half written or mixed up); "
            "run `segue learn` to make it anew"
        )
    try:
        arrays = load(packed.tensors)
        vocabulary = Vocabulary.from_array(arrays.pop(VOCABULARY))
        return kind.restored(vocabulary, arrays, card.config), card
    except (SafetensorError, KeyError, ValueError) as error:
        raise StoreError(
            f"{source}: cannot be restored ({error}); run `segue learn` to make it anew"
        ) from error
