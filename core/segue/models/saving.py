"""Models as bytes: safetensors beside a JSON card, never pickle.

Nothing here touches a disk: the daemon writes the two files, each atomically.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from segue.errors import StoreError
from segue.models.baselines import BaselineScorer
from segue.models.card import ModelCard
from segue.models.scorer import Scorer
from segue.models.vocabulary import Vocabulary

VOCABULARY = "vocabulary"


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


def unpack(packed: PackedModel, kind: type[Scorer], source: str) -> tuple[Scorer, ModelCard]:
    """The scorer and its card; `source` names the model in errors.

    It is of class `kind`, or the baseline that stands in for it.

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
        fitted = BaselineScorer if "baseline" in card.config else kind
        return fitted.restored(vocabulary, arrays, card.config), card
    except (SafetensorError, KeyError, ValueError) as error:
        raise StoreError(
            f"{source}: cannot be restored ({error}); run `segue learn` to make it anew"
        ) from error


def departed(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """What became of the models that something was made with, a sentence each.

    Both map a learner to the mark of its model, "" where there was none. A learner that is not
    asked any more is no change.
    """
    return tuple(
        f"the model of {name} has changed since"
        if now[name]
        else f"the model of {name} is missing or damaged, `segue learn --again` makes it anew"
        for name, mark in before.items()
        if mark and name in now and now[name] != mark
    )
