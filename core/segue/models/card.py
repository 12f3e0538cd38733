"""A model's card: what it learned from, how well it does, how it was made."""

from __future__ import annotations

import hashlib

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError

from segue.errors import NewerSchemaError, StoreError
from segue.models.scorer import HeldOut

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
