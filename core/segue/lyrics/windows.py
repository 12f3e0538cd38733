"""Cutting long token sequences into overlapping windows, and packing windows into batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segue.errors import UsageError


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
