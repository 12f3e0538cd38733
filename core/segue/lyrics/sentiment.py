"""The mood of a text: valence from −1 to 1, and negative, neutral or positive.

A head reads a text twice: as the vector its encoder made, through a small network, and as hashed
n-grams, through a table of learned weights. It belongs to one encoder, and refuses the vectors of
another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from segue.errors import NewerSchemaError, StoreError, UsageError
from segue.lyrics.cleaning import BUCKETS, bags
from segue.lyrics.encoder import EncoderCard

Polarity = Literal["negative", "neutral", "positive"]
POLARITIES: tuple[Polarity, ...] = ("negative", "neutral", "positive")

SCHEMA_VERSION = 1

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mood:
    """What a head says of a text. `valence` is −1..1."""

    valence: float
    polarity: Polarity


class EncoderIdentity(BaseModel):
    """Which vectors a head was trained on. How they are computed (runtime) may differ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    revision: str
    pooling: str
    dim: int

    @classmethod
    def of(cls, card: EncoderCard) -> EncoderIdentity:
        """The identity in an encoder's card."""
        return cls(name=card.name, revision=card.revision, pooling=card.pooling, dim=card.dim)

    @property
    def key(self) -> str:
        """A short, stable name for files."""
        digest = hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]
        base = "".join(c if c.isalnum() else "-" for c in self.name.rsplit("/", 1)[-1].casefold())
        return f"{base}-{digest}"


class HeldOutScore(BaseModel):
    """How a head does on texts it never saw, by data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    pearson_r: float | None
    macro_f1: float


class SentimentCard(BaseModel):
    """What stands beside a head: what it learned from, how well it does, how it was made.

    `data` counts the texts trained on by set; `languages` are those of its texts (ISO 639-1): of
    others it says nothing. `sha256` is that of the tensors' bytes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = SCHEMA_VERSION
    encoder: EncoderIdentity
    languages: tuple[str, ...]
    data: dict[str, int]
    split: str
    held_out: dict[str, HeldOutScore] = {}
    settings: dict[str, JsonValue] = {}
    seed: int
    trained_at: AwareDatetime
    sha256: str = ""

    @property
    def key(self) -> str:
        """Which head said something: changes with every training that gives other weights."""
        return f"{self.encoder.key}-{self.sha256[:8]}"


@dataclass(frozen=True, slots=True)
class HeadWeights:
    """The tensors of a head; H hidden units, dim as the encoder's.

    `hidden` (H, dim) and `hidden_bias` (H,) lead to `out` (4, H) and `out_bias` (4,): valence, then
    the three classes. `lexicon` (BUCKETS, 2) int8 times `lexicon_scale` (2,) adds to the classes
    negative and positive, neutral being the reference. `lean` (1,) carries the difference of
    positive and negative into valence.
    """

    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats
    lexicon: NDArray[np.int8]
    lexicon_scale: Floats
    lean: Floats


class SentimentHead:
    """A trained head: `predict` for numbers, `moods` for values."""

    def __init__(self, weights: HeadWeights, card: SentimentCard) -> None:
        hidden, dim = weights.hidden.shape
        if dim != card.encoder.dim or weights.out.shape != (4, hidden):
            raise UsageError(
                f"the head's weights {weights.hidden.shape} do not fit vectors of "
                f"{card.encoder.dim} values; train it anew with `segue learn sentiment`"
            )
        self.weights = weights
        self.card = card
        self._lexicon = weights.lexicon.astype(np.float32) * weights.lexicon_scale

    def check(self, card: EncoderCard) -> None:
        """Raise UsageError unless vectors of this encoder are what the head was trained on."""
        theirs = EncoderIdentity.of(card)
        if theirs != self.card.encoder:
            raise UsageError(
                f"this sentiment head was trained on vectors of {self.card.encoder.name} "
                f"(revision {self.card.encoder.revision[:12]}, {self.card.encoder.pooling} "
                f"pooling), not of {theirs.name} (revision {theirs.revision[:12]}, "
                f"{theirs.pooling} pooling); run `segue learn sentiment` for that encoder"
            )

    def predict(self, vectors: Floats, texts: Sequence[str] | None = None) -> tuple[Floats, Floats]:
        """Valence (n,) in −1..1, and the probabilities of the three classes (n, 3).

        `vectors` is (n, dim) of unit length, row i being that of `texts[i]`. Without texts the
        vectors alone decide, which is less sure. Raises UsageError where shapes do not agree.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.card.encoder.dim:
            raise UsageError(
                f"expected vectors of {self.card.encoder.dim} values, got {vectors.shape}"
            )
        if texts is not None and len(texts) != len(vectors):
            raise UsageError(f"{len(texts)} texts cannot belong to {len(vectors)} vectors")
        scaled = (vectors * np.sqrt(vectors.shape[1])).astype(np.float32)
        entered = scaled @ self.weights.hidden.T + self.weights.hidden_bias
        hidden = gelu(entered.astype(np.float32))
        logits = hidden @ self.weights.out.T + self.weights.out_bias
        if texts is not None:
            logits[:, [1, 3]] += bags(texts).sums(self._lexicon)
        valence = np.tanh(logits[:, 0] + self.weights.lean * (logits[:, 3] - logits[:, 1]))
        odds = np.exp(logits[:, 1:] - logits[:, 1:].max(axis=1, keepdims=True))
        return valence, odds / odds.sum(axis=1, keepdims=True)

    def moods(self, vectors: Floats, texts: Sequence[str] | None = None) -> tuple[Mood, ...]:
        """The mood of each text; see `predict`."""
        valence, probabilities = self.predict(vectors, texts)
        return tuple(
            Mood(float(v), POLARITIES[int(best)])
            for v, best in zip(valence, probabilities.argmax(axis=1), strict=True)
        )


def gelu(x: Floats) -> Floats:
    """The Gaussian error linear unit by its tanh form (Hendrycks and Gimpel, 2016)."""
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    out: Floats = (0.5 * x * (1 + np.tanh(inner))).astype(np.float32)
    return out


@dataclass(frozen=True, slots=True)
class PackedHead:
    """A head as two files: NAME.safetensors and NAME.json."""

    tensors: bytes
    card: bytes


def pack(head: SentimentHead) -> PackedHead:
    """A head as bytes, dense weights in float16; the card gains the checksum."""
    dense = ("hidden", "hidden_bias", "out", "out_bias")
    tensors = save(
        {
            **{name: getattr(head.weights, name).astype(np.float16) for name in dense},
            "lexicon": np.ascontiguousarray(head.weights.lexicon),
            "lexicon_scale": head.weights.lexicon_scale,
            "lean": head.weights.lean,
        }
    )
    card = head.card.model_copy(update={"sha256": hashlib.sha256(tensors).hexdigest()})
    return PackedHead(tensors, card.model_dump_json(indent=2).encode() + b"\n")


def unpack(packed: PackedHead, source: str) -> SentimentHead:
    """The head in the bytes; `source` names it in errors.

    Raises StoreError where the bytes are damaged or card and tensors do not belong together,
    NewerSchemaError where a newer Segue wrote them.
    """
    card = _card(packed.card, source)
    if hashlib.sha256(packed.tensors).hexdigest() != card.sha256:
        raise StoreError(
            f"{source}: its tensors are not those of its card (half written or mixed up); "
            "run `segue learn sentiment` to make it anew"
        )
    try:
        arrays = load(packed.tensors)
        lexicon = arrays.pop("lexicon")
        weights = HeadWeights(
            lexicon=lexicon,
            **{name: array.astype(np.float32) for name, array in arrays.items()},
        )
        if lexicon.shape != (BUCKETS, 2) or lexicon.dtype != np.int8:
            raise ValueError(f"a lexicon of shape {lexicon.shape} and type {lexicon.dtype}")
        return SentimentHead(weights, card)
    except (SafetensorError, TypeError, KeyError, ValueError, UsageError) as error:
        raise StoreError(
            f"{source}: cannot be restored ({error}); run `segue learn sentiment` to make it anew"
        ) from error


def _card(content: bytes, source: str) -> SentimentCard:
    try:
        card = SentimentCard.model_validate_json(content)
    except ValidationError as error:
        raise StoreError(
            f"{source}: this is not the card of a sentiment head ({error.error_count()} mistakes, "
            f"first: {error.errors()[0]['msg']}); run `segue learn sentiment` to make it anew"
        ) from error
    if card.schema_version > SCHEMA_VERSION:
        raise NewerSchemaError(
            f"{source}: written by a newer Segue (schema {card.schema_version}, this one reads "
            f"{SCHEMA_VERSION}); update Segue, or run `segue learn sentiment` to make it anew"
        )
    return card
