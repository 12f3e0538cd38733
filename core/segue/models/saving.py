"""Models as bytes: safetensors beside a JSON card, never pickle.

Nothing here touches a disk: the daemon writes the two files, each atomically.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from segue.errors import NewerSchemaError, StoreError
from segue.models.baselines import BaselineScorer
from segue.models.data import Vocabulary
from segue.models.scorer import HeldOut, Scorer

SCHEMA_VERSION = 2


class CardScore(BaseModel):
    """A held-out metric as a card keeps it; see `segue.models.scorer.HeldOut`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    value: float
    baseline: str
    baseline_value: float
    gain: float
    gain_ci: tuple[float, float]
    n: int

    @classmethod
    def of(cls, held_out: HeldOut) -> CardScore:
        """A stored copy of a held-out result."""
        return cls.model_validate(held_out, from_attributes=True)


class ModelCard(BaseModel):
    """What stands beside every saved model.

    `sha256` is that of the tensors' bytes: a card and tensors of two different trainings are
    refused. `checksum` is that of the card itself, empty in cards of schema 1. `used` says whether
    the learner did well enough to be used, and `reason` why (not); where it did not, `stands_in`
    names the baseline that was saved in its place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = SCHEMA_VERSION
    name: str
    seed: int
    trained_at: AwareDatetime
    config: dict[str, JsonValue] = {}
    data: dict[str, int]
    held_out: CardScore | None = None
    used: bool = True
    reason: str = ""
    stands_in: str = ""
    notes: tuple[str, ...] = ()
    sha256: str = ""
    checksum: str = ""

    def to_json(self) -> bytes:
        """The card with its checksum as JSON, readable by a person."""
        return _json(self.sealed())

    def sealed(self) -> ModelCard:
        """The same card with its checksum."""
        content = _json(self.model_copy(update={"checksum": ""}))
        return self.model_copy(update={"checksum": hashlib.sha256(content).hexdigest()})

    @classmethod
    def from_json(cls, content: bytes, source: str) -> ModelCard:
        """The card in `content`; `source` names it in errors.

        Raises NewerSchemaError or StoreError.
        """
        try:
            card = cls.model_validate_json(content)
        except ValidationError as error:
            version = _version_in(content)
            if version is not None and version > SCHEMA_VERSION:
                raise _newer(source, version) from error
            raise StoreError(
                f"{source}: this is not a model card ({error.error_count()} mistakes, first: "
                f"{error.errors()[0]['msg']}); run `segue learn` to make it anew"
            ) from error
        if card.schema_version > SCHEMA_VERSION:
            raise _newer(source, card.schema_version)
        if card.schema_version > 1 and card != card.sealed():
            raise StoreError(
                f"{source}: this card was changed or damaged; run `segue learn --again` to make "
                "the model anew"
            )
        return card


def _json(card: ModelCard) -> bytes:
    return card.model_dump_json(indent=2).encode() + b"\n"


class _Versioned(BaseModel):
    schema_version: int


def _version_in(content: bytes) -> int | None:
    try:
        return _Versioned.model_validate_json(content).schema_version
    except ValidationError:
        return None


def _newer(source: str, version: int) -> NewerSchemaError:
    return NewerSchemaError(
        f"{source}: written by a newer Segue (schema {version}, this one reads "
        f"{SCHEMA_VERSION}); update Segue, or run `segue learn` to make it anew"
    )


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
