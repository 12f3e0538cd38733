"""The text encoder: lyrics in, one unit vector each out, with any BERT-like model.

A text longer than the model's window is never cut: it is encoded in overlapping windows whose
token vectors are pooled together. The model and the tokenizer are handed in loaded; loading them
from a hub or a folder is the daemon's business. Only `torch_forward` needs torch.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError
from segue.progress import Progress, silent

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


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


Forward = Callable[[NDArray[np.int64], NDArray[np.int64] | None], NDArray[np.float32]]
"""Token ids (batch, length) and a mask, None when nothing is padded, to (batch, length, dim)."""


def torch_forward(model: PreTrainedModel, device: str) -> Forward:
    """The forward pass of a loaded model on `device`, without gradients or dropout."""
    import torch

    placed = model.to(device).eval()  # type: ignore[arg-type]  # its overloads leave this out

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64] | None) -> NDArray[np.float32]:
        with torch.inference_mode():
            answer = placed(
                input_ids=torch.from_numpy(ids).to(device),
                # With no mask the fused attention kernel takes its fast path.
                attention_mask=None if mask is None else torch.from_numpy(mask).to(device),
            )
            states: torch.Tensor = answer.last_hidden_state
            pooled: NDArray[np.float32] = states.to(torch.float32).cpu().numpy()
            return pooled

    return forward


class TextEncoder:
    """Encodes texts as unit vectors by mean pooling over real tokens.

    `forward` runs the model: see `torch_forward`. For a text that fits the window the vector
    equals what sentence-transformers gives for the same model with mean pooling.
    """

    def __init__(
        self,
        forward: Forward,
        tokenizer: PreTrainedTokenizerBase,
        card: EncoderCard,
        *,
        tokens_per_batch: int = 512,  # with 2,048, 50 MiB more and no less time
    ) -> None:
        self.card = card
        self._forward = forward
        self._tokenizer = tokenizer
        self._tokens_per_batch = tokens_per_batch
        # A saved tokenizer may bake truncation and padding in, which would cut texts silently.
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is not None:
            backend.no_truncation()
            backend.no_padding()
        self._before, self._after = _special_tokens(tokenizer)
        special = len(self._before) + len(self._after)
        if card.window <= special:
            raise UsageError(
                f"the encoder {card.name} needs a window above {special} tokens, not {card.window}"
            )
        self._room = card.window - special

    def encode(self, texts: Sequence[str], *, progress: Progress = silent) -> NDArray[np.float32]:
        """Encode texts: (n_texts, dim) float32, each row of unit length.

        The order of the rows is the order of the texts. Equal texts, and windows that are equal
        token for token, are encoded once.
        """
        ids = self._tokenise(texts)
        windows = [
            window
            for text, tokens in enumerate(ids)
            for window in cut(text, len(tokens), self._room, min(self.card.overlap, self._room - 1))
        ]
        rows = [self._with_special(ids[w.text][w.start : w.stop]) for w in windows]
        users: dict[tuple[int, ...], list[int]] = {}
        for window, row in zip(windows, rows, strict=True):
            users.setdefault(row, []).append(window.text)
        distinct = list(users)
        vectors = np.zeros((len(texts), self.card.dim), dtype=np.float32)
        open_windows = Counter(window.text for window in windows)
        for batch in batches(
            [len(row) for row in distinct], tokens_per_batch=self._tokens_per_batch
        ):
            sums = self._token_sums([distinct[i] for i in batch])
            for total, index in zip(sums, batch, strict=True):
                for text in users[distinct[index]]:
                    vectors[text] += total
                    open_windows[text] -= 1
            progress("encoding", sum(left == 0 for left in open_windows.values()), len(texts))
        # Dividing by the number of tokens would be undone by the normalisation.
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
        return unit

    def _tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        encoded = self._tokenizer(
            list(texts),
            add_special_tokens=False,
            truncation=False,
            padding=False,
            return_attention_mask=False,
            verbose=False,
        )
        return [list(tokens) for tokens in encoded["input_ids"]]

    def _with_special(self, tokens: list[int]) -> tuple[int, ...]:
        return (*self._before, *tokens, *self._after)

    def _token_sums(self, rows: list[tuple[int, ...]]) -> NDArray[np.float32]:
        """The sum over real tokens of the last hidden state: (len(rows), dim) float32."""
        longest = max(len(row) for row in rows)
        ids = np.full((len(rows), longest), self._tokenizer.pad_token_id or 0, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        padded = not mask.all()
        states = self._forward(ids, mask if padded else None)
        if padded:
            states = states * mask[:, :, None].astype(np.float32)
        sums: NDArray[np.float32] = states.sum(axis=1)
        return sums


def _special_tokens(tokenizer: PreTrainedTokenizerBase) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the tokenizer puts before and after a text, read off an example."""
    bare = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    full = list(tokenizer("a", add_special_tokens=True)["input_ids"])
    start = next(
        (i for i in range(len(full)) if full[i : i + len(bare)] == bare), len(full) - len(bare)
    )
    return tuple(full[:start]), tuple(full[start + len(bare) :])


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of one text: which text, and which of its tokens [start, stop)."""

    text: int
    start: int
    stop: int

    @property
    def length(self) -> int:
        """The number of tokens in the window."""
        return self.stop - self.start


def cut(text: int, n_tokens: int, size: int, overlap: int) -> tuple[Window, ...]:
    """Cover `n_tokens` tokens with windows of at most `size`, neighbours sharing `overlap`.

    The windows are spread evenly, so the last is not a stump: every window has nearly the same
    length and every token is in at least one. A text without tokens gets one empty window.

    Raises UsageError unless 0 <= overlap < size.
    """
    if not 0 <= overlap < size:
        raise UsageError(
            f"a window of {size} tokens cannot overlap by {overlap}; "
            "choose an overlap from 0 up to, not including, the window"
        )
    if n_tokens <= size:
        return (Window(text, 0, n_tokens),)
    step = size - overlap
    count = -(-(n_tokens - overlap) // step)
    length = -(-(n_tokens + (count - 1) * overlap) // count)
    last_start = n_tokens - length
    starts = [round(i * last_start / (count - 1)) for i in range(count)]
    return tuple(Window(text, start, start + length) for start in starts)


def batches(
    lengths: Sequence[int], *, tokens_per_batch: int, padding_share: float = 0.1
) -> Iterator[tuple[int, ...]]:
    """Group sequences of alike length, longest first; yields tuples of indices.

    A batch holds at most `tokens_per_batch` padded tokens (one sequence is always allowed) and at
    most `padding_share` of it is padding. On a CPU smaller matrices that stay in the cache cost
    no more than large ones, but each batch makes its threads wait for each other some times, which
    is dear on a busy machine: so not too many of them either.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batch: list[int] = []
    real = 0
    for index in order:
        longest = lengths[batch[0]] if batch else 0
        padded = longest * (len(batch) + 1)
        if batch and (
            padded > tokens_per_batch or padded - (real + lengths[index]) > padding_share * padded
        ):
            yield tuple(batch)
            batch, real = [], 0
        batch.append(index)
        real += lengths[index]
    if batch:
        yield tuple(batch)
