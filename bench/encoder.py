"""Lyrics a second: ours beside one by one and beside sentence-transformers, same model, same texts.

    python -m bench.encoder [--texts N] [--rounds N]

Rounds alternate between the methods, so that a machine that changes speed is unfair to nobody; the
table shows the median. `cosine` is to sentence-transformers, on the texts that fit its window.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from segued.providers.encoder import PACKAGED, EncoderChoice, load_encoder, packaged_folder

Encode = Callable[[list[str]], NDArray[np.float32]]

SYLLABLES = "ba la mo ri ta ve lo ne si ka ru do mi fa so te li ra no pe".split()  # noqa: SIM905


def texts(count: int, seed: int = 0) -> list[str]:
    """Made-up verses of 10 to 120 words: like lyrics in length, within a window of 256 tokens."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(2000)]
    lengths = [int(min(60, max(5, rng.lognormvariate(3.3, 0.6)))) for _ in range(count)]
    return [" ".join(rng.choices(words, k=length)) for length in lengths]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from sentence_transformers import SentenceTransformer

    peer = SentenceTransformer(str(packaged_folder()), device="cpu")
    songs = texts(options.texts)
    with tempfile.TemporaryDirectory() as folder:
        ours = load_encoder(EncoderChoice(PACKAGED), Path(folder))
        fast = load_encoder(EncoderChoice(PACKAGED, runtime="fast"), Path(folder))

        def one_by_one(batch: list[str]) -> NDArray[np.float32]:
            return np.concatenate([peer.encode([t], show_progress_bar=False) for t in batch])

        methods: dict[str, Encode] = {
            "one by one": one_by_one,
            "sentence-transformers": lambda t: peer.encode(t, show_progress_bar=False),
            "segue": ours.encode,
            "segue fast": fast.encode,
        }
        for encode in methods.values():
            encode(songs[:8])
        seconds: dict[str, list[float]] = {name: [] for name in methods}
        vectors: dict[str, NDArray[np.float32]] = {}
        for _ in range(options.rounds):
            for name, encode in methods.items():
                began = time.perf_counter()
                vectors[name] = encode(songs)
                seconds[name].append(time.perf_counter() - began)
    show(songs, peer.tokenizer, seconds, vectors, int(peer.max_seq_length))


def show(
    songs: list[str],
    tokenizer: Callable[..., dict[str, list[list[int]]]],
    seconds: dict[str, list[float]],
    vectors: dict[str, NDArray[np.float32]],
    window: int,
) -> None:
    """Print rates, ratios and cosines."""
    lengths = [len(ids) for ids in tokenizer(songs, truncation=False, padding=False)["input_ids"]]
    fits = [i for i, length in enumerate(lengths) if length <= window]
    base = seconds["sentence-transformers"]
    table = Table(
        title=f"{len(songs)} texts of {min(lengths)} to {max(lengths)} tokens, "
        f"{len(fits)} within the window of {window}"
    )
    for column in ("method", "texts/s", "times s-t", "min cosine", "mean cosine"):
        table.add_column(column, justify="left" if column == "method" else "right")
    for name, taken in seconds.items():
        ratio = statistics.median(b / t for b, t in zip(base, taken, strict=True))
        cosine = (vectors[name][fits] * vectors["sentence-transformers"][fits]).sum(axis=1)
        table.add_row(
            name,
            f"{len(songs) / statistics.median(taken):.1f}",
            f"{ratio:.2f}",
            f"{cosine.min():.5f}",
            f"{cosine.mean():.5f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
