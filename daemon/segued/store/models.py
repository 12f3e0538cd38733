"""Models: a folder each, with a card and the tensors it names; and what the last learning found."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from segue.errors import StoreError
from segue.models.saving import CardScore, ModelCard, PackedModel, unpack
from segue.models.scorer import Scorer
from segued.store.files.atomic import (
    file_name,
    private_folder,
    read_with_last_good,
    write_atomically,
)
from segued.store.files.format import Document, Format, decode, encode, signed, unsigned

FORMAT = Format()
CARD = "card.json"


@dataclass(frozen=True, slots=True)
class LearnedOne:
    """How one learner fared: whether it is `used` and why (not), its held-out score if any.

    Where it is not used, `stands_in` names the baseline that was saved in its place, if any. `mark`
    tells what it learned from, and how, from anything else: with the same it learns the same.
    """

    name: str
    used: bool
    reason: str
    saved: bool = False
    seconds: float = 0.0
    held_out: CardScore | None = None
    notes: tuple[str, ...] = ()
    stands_in: str = ""
    mark: str = ""

    @property
    def better(self) -> bool:
        """Whether it does better than its baseline for certain."""
        return self.held_out is not None and self.held_out.gain_ci[0] > 0


@dataclass(frozen=True, slots=True)
class Learned:
    """What a learning found. `fingerprint` tells its data, settings and seed from others'."""

    fingerprint: str
    learned_at: datetime
    seed: int
    counts: Mapping[str, int]
    learners: tuple[LearnedOne, ...]
    scaling: Mapping[str, list[float] | list[str]] = field(default_factory=dict)

    def one(self, name: str) -> LearnedOne | None:
        """How the learner of a name fared, if it was among them."""
        return next((learner for learner in self.learners if learner.name == name), None)


class ModelStore:
    """The folder of models. Every write is on disk when it returns, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.warnings: list[str] = []

    def learned(self) -> Learned | None:
        """What the last learning found, or None before the first."""
        found, restored = read_with_last_good(self._folder / "learned.json", self._parse)
        if restored:
            self.warnings.append(f"{self._folder / 'learned.json'} was broken and was restored")
        return found

    def set_learned(self, learned: Learned) -> None:
        """Remember what a learning found."""
        path = private_folder(self._folder) / "learned.json"
        write_atomically(path, FORMAT.pack(_plain(learned)))

    def put(self, name: str, packed: PackedModel) -> None:
        """Save a model in the place of an earlier one.

        The tensors lie under their own checksum, so that a card never meets another's.
        """
        folder = private_folder(self._folder / file_name(name, ""))
        tensors = folder / f"{hashlib.sha256(packed.tensors).hexdigest()[:16]}.safetensors"
        write_atomically(tensors, packed.tensors, keep_previous=False)
        write_atomically(folder / CARD, signed(packed.card), keep_previous=False)
        for other in folder.glob("*.safetensors"):
            if other != tensors:
                other.unlink(missing_ok=True)

    def drop(self, name: str) -> None:
        """Forget a model."""
        folder = self._folder / file_name(name, "")
        (folder / CARD).unlink(missing_ok=True)
        for tensors in folder.glob("*.safetensors"):
            tensors.unlink(missing_ok=True)

    def card(self, name: str) -> ModelCard | None:
        """The card of a model, or None where there is none. Raises StoreError."""
        path = self._folder / file_name(name, "") / CARD
        content = _bytes(path)
        if content is None:
            return None
        try:
            return ModelCard.from_json(unsigned(content), str(path))
        except ValueError as error:
            raise StoreError(
                f"{path}: {error}; run `segue learn --again` to make it anew"
            ) from error

    def mark(self, name: str) -> str:
        """What tells this model from every other; "" where it is missing or damaged."""
        try:
            card = self.card(name)
            tensors = None if card is None else _bytes(self._tensors(name, card))
        except StoreError:
            return ""
        whole = card and tensors and hashlib.sha256(tensors).hexdigest() == card.sha256
        return hashlib.sha256(card.to_json()).hexdigest()[:16] if card and whole else ""

    def load(self, name: str, kind: type[Scorer]) -> Scorer | None:
        """A saved model, or None where there is none. Raises StoreError."""
        card = self.card(name)
        if card is None:
            return None
        path = self._tensors(name, card)
        tensors = _bytes(path)
        if tensors is None:
            raise StoreError(f"{path} is missing; run `segue learn --again` to make it anew")
        return unpack(PackedModel(tensors, card.to_json()), kind, str(path.parent))[0]

    def _tensors(self, name: str, card: ModelCard) -> Path:
        return self._folder / file_name(name, "") / f"{card.sha256[:16]}.safetensors"

    def _parse(self, content: bytes) -> Learned:
        document, _ = FORMAT.parse(content, self._folder / "learned.json")
        del document["schema"]
        try:
            return decode(Learned, document, self._folder / "learned.json", "learned")
        except StoreError as error:
            raise ValueError(str(error)) from error


def _plain(learned: Learned) -> Document:
    document = encode(
        {
            "fingerprint": learned.fingerprint,
            "learned_at": learned.learned_at,
            "seed": learned.seed,
            "counts": dict(learned.counts),
            "scaling": dict(learned.scaling),
        }
    )
    document["learners"] = [
        {
            "name": learner.name,
            "used": learner.used,
            "reason": learner.reason,
            "saved": learner.saved,
            "seconds": learner.seconds,
            "held_out": None
            if learner.held_out is None
            else learner.held_out.model_dump(mode="json"),
            "notes": list(learner.notes),
            "stands_in": learner.stands_in,
            "mark": learner.mark,
        }
        for learner in learned.learners
    ]
    return document


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
