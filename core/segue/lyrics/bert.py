"""A BERT read from its folder and run in NumPy: no torch, no transformers, little memory.

Weights are mapped from the file and read where they are needed, so of a vocabulary only the words
met are ever in memory. Answers equal those of transformers but for rounding. The layers are those
of Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

from segue.gelu import gelu

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

WEIGHTS, TOKENIZER, CONFIG = "model.safetensors", "tokenizer.json", "config.json"
AFTER_PADDING = {"bert": False, "roberta": True, "xlm-roberta": True, "camembert": True}
"""The types of models known here, and whether their positions count from the padding index on."""

_ROWS = 256
"""How many tokens pass a feed-forward block together: its wide middle stays in the cache."""
_OLD_NAMES = {"gamma": "weight", "beta": "bias"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What the configuration of a model says of its layers."""

    dim: int
    layers: int
    heads: int
    epsilon: float
    first_position: int
    positions: int


@dataclass(frozen=True, slots=True)
class Bert:
    """A model of a folder. `longest` is how many tokens it may read at once."""

    shape: Shape
    weights: Weights
    tokenizer: FolderTokenizer
    longest: int

    def forward(self, threads: int = 1) -> NumpyForward:
        """Its forward pass, parts of a batch side by side in so many threads."""
        return NumpyForward(self.weights, self.shape, threads)


class FolderTokenizer:
    """The tokenizer of a folder, called as those of transformers are."""

    def __init__(self, inner: Tokenizer, pad_token_id: int) -> None:
        self.backend_tokenizer = inner
        self.pad_token_id = pad_token_id

    def __call__(
        self, text: str | Sequence[str], *, add_special_tokens: bool = True, **_: Any
    ) -> dict[str, Any]:
        """Token ids under "input_ids": a list for one text, a list of lists for several."""
        texts = [text] if isinstance(text, str) else list(text)
        found = self.backend_tokenizer.encode_batch_fast(
            texts, add_special_tokens=add_special_tokens
        )
        ids = [each.ids for each in found]
        return {"input_ids": ids[0] if isinstance(text, str) else ids}


def read_bert(folder: Path) -> Bert | None:
    """The model in a folder, or None where it is of another kind, or written in another way.

    Raises OSError or ValueError where a file of it cannot be read.
    """
    if not all((folder / name).is_file() for name in (WEIGHTS, TOKENIZER, CONFIG)):
        return None
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    about = folder / "tokenizer_config.json"
    settings = json.loads(about.read_text(encoding="utf-8")) if about.is_file() else {}
    if not _is_known(config) or not _agrees(settings, folder / TOKENIZER):
        return None
    padding = int(config.get("pad_token_id") or 0)
    skipped = padding + 1 if AFTER_PADDING[config["model_type"]] else 0
    shape = Shape(
        dim=int(config["hidden_size"]),
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        epsilon=float(config.get("layer_norm_eps", 1e-12)),
        first_position=skipped,
        positions=int(config.get("max_position_embeddings", 512)) - skipped,
    )
    weights = mapped(folder / WEIGHTS)
    if weights is None or not _whole(weights, shape):
        return None
    tokenizer = FolderTokenizer(Tokenizer.from_file(str(folder / TOKENIZER)), padding)
    stated = settings.get("model_max_length") or shape.positions
    return Bert(shape, weights, tokenizer, int(min(shape.positions, stated)))


def _is_known(config: Mapping[str, Any]) -> bool:
    return (
        config.get("model_type") in AFTER_PADDING
        and config.get("hidden_act", "gelu") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder", False)
    )


def _agrees(settings: Mapping[str, Any], tokenizer: Path) -> bool:
    """Whether a tokenizer's settings say of capitals and accents what its own file says."""
    normalizer = json.loads(tokenizer.read_text(encoding="utf-8")).get("normalizer") or {}
    pairs = (("do_lower_case", "lowercase"), ("strip_accents", "strip_accents"))
    return all(
        settings.get(said) is None or written not in normalizer
        or settings[said] == normalizer[written]
        for said, written in pairs
    )  # fmt: skip


def mapped(path: Path) -> dict[str, Floats] | None:
    """The float32 arrays of a safetensors file, mapped, not read; None where others are there.

    Names are as `BertModel` has them, whatever model was saved around it. Raises ValueError for a
    file that is none of these.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        try:
            written = file.read(length)
            if len(written) < length:
                raise ValueError(f"{path.name} ends within its header")
            header = json.loads(written)
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (ValueError, OverflowError, MemoryError) as error:
            raise ValueError(f"{path.name} is no safetensors file") from error
    weights: dict[str, Floats] = {}
    for name, about in header.items():
        if name == "__metadata__" or about["dtype"] not in ("F32", "F16", "BF16"):
            continue
        if about["dtype"] != "F32":
            return None
        first, end = (8 + length + offset for offset in about["data_offsets"])
        if end > len(content):
            raise ValueError(f"{path.name} ends too early")
        flat = np.frombuffer(content, np.float32, (end - first) // 4, first)
        weights[_plain(name)] = flat.reshape(about["shape"])
    return weights


def _plain(name: str) -> str:
    parts = name.split(".")
    if parts[0] in ("bert", "roberta"):
        parts = parts[1:]
    parts[-1] = _OLD_NAMES.get(parts[-1], parts[-1])
    return ".".join(parts)


def _whole(weights: Weights, shape: Shape) -> bool:
    """Whether every array that the forward pass reads is there."""
    words, positions, types = (f"embeddings.{n}_embeddings.weight" for n in
                               ("word", "position", "token_type"))  # fmt: skip
    linear = [
        f"encoder.layer.{number}.{part}"
        for number in range(shape.layers)
        for part in (*_LINEAR, *_NORMS)
    ]
    wanted = [f"{name}.{kind}" for name in (*linear, _FIRST_NORM) for kind in ("weight", "bias")]
    return {words, positions, types, *wanted} <= weights.keys()


_LINEAR = (
    *(f"attention.self.{name}" for name in ("query", "key", "value")),
    *("attention.output.dense", "intermediate.dense", "output.dense"),
)
_NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
_FIRST_NORM = "embeddings.LayerNorm"


class NumpyForward:
    """The forward pass: token ids (batch, length) and a mask to states (batch, length, dim).

    `threads` parts of a batch are computed side by side.
    """

    def __init__(self, weights: Weights, shape: Shape, threads: int = 1) -> None:
        self._weights = weights
        self._shape = shape
        self._threads = threads

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64] | None) -> Floats:
        """States of the last layer, float32. Without a mask nothing is padding."""
        parts = min(self._threads, len(ids))
        if parts <= 1:
            return self._states(ids, mask)
        pieces = zip(
            np.array_split(ids, parts),
            [None] * parts if mask is None else np.array_split(mask, parts),
            strict=True,
        )
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(parts) as pool:
            return np.concatenate(list(pool.map(lambda piece: self._states(*piece), pieces)))

    def _states(self, ids: NDArray[np.int64], mask: NDArray[np.int64] | None) -> Floats:
        batch, length = ids.shape
        embedded = self._weights["embeddings.word_embeddings.weight"][ids]
        first = self._shape.first_position
        embedded += self._weights["embeddings.position_embeddings.weight"][first : first + length]
        embedded += self._weights["embeddings.token_type_embeddings.weight"][0]
        states = self._normed(embedded.reshape(batch * length, -1), _FIRST_NORM)
        # What is padding gets no attention from anyone.
        hidden = None if mask is None else (mask == 0)[:, None, None, :]
        for number in range(self._shape.layers):
            layer = f"encoder.layer.{number}."
            mixed = self._attention(states, layer, batch, hidden)
            mixed += states
            states = self._normed(mixed, layer + _NORMS[0])
            widened = np.empty_like(states)
            for start in range(0, len(states), _ROWS):
                rows = slice(start, start + _ROWS)
                inner = gelu(self._linear(states[rows], layer + "intermediate.dense"))
                widened[rows] = self._linear(inner, layer + "output.dense")
            widened += states
            states = self._normed(widened, layer + _NORMS[1])
        return states.reshape(batch, length, -1)

    def _attention(
        self, states: Floats, layer: str, batch: int, hidden: NDArray[np.bool_] | None
    ) -> Floats:
        width = self._shape.dim // self._shape.heads
        query, key, value = (
            self._linear(states, layer + name)
            .reshape(batch, -1, self._shape.heads, width)
            .transpose(0, 2, 1, 3)
            for name in _LINEAR[:3]
        )
        weights = np.matmul(query, key.transpose(0, 1, 3, 2))
        weights *= np.float32(width**-0.5)
        if hidden is not None:
            np.copyto(weights, np.float32(-1e9), where=hidden)
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        joined = np.matmul(weights, value).transpose(0, 2, 1, 3).reshape(len(states), -1)
        return self._linear(joined, layer + "attention.output.dense")

    def _linear(self, rows: Floats, name: str) -> Floats:
        out: Floats = rows @ self._weights[f"{name}.weight"].T
        out += self._weights[f"{name}.bias"]
        return out

    def _normed(self, rows: Floats, name: str) -> Floats:
        """Layer normalisation, in place."""
        rows -= rows.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", rows, rows)[:, None] / rows.shape[1]
        rows /= np.sqrt(variance + np.float32(self._shape.epsilon))
        rows *= self._weights[f"{name}.weight"]
        rows += self._weights[f"{name}.bias"]
        return rows
