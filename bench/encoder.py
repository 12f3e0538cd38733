"""Lyrics a second: ours beside one by one and beside sentence-transformers, same model, same texts.

    python -m bench.encoder [--texts N] [--rounds N] [--threads N]

Rounds alternate between the methods, so that a machine that changes speed is unfair to nobody; the
table shows the median. On a machine that does other work, threads that wait for each other make
wall time unfair: `times s-t (CPU)` compares processor seconds, and `--threads 1` leaves no waiting.
`cosine` is to sentence-transformers, on the texts that fit its window.
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

from segued.providers.encoders.loading import PACKAGED, EncoderChoice, load_encoder, packaged_folder

Encode = Callable[[list[str]], NDArray[np.float32]]

PEER = "sentence-transformers"
SYLLABLES = "ba la mo ri ta ve lo ne si ka ru do mi fa so te li ra no pe".split()  # noqa: SIM905


def texts(count: int, seed: int = 0) -> list[str]:
    """Made-up verses of about 15 to 250 tokens, a quarter of them above 150, all in the window."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(2000)]
    lengths = [int(min(112, max(8, rng.lognormvariate(3.75, 0.7)))) for _ in range(count)]
    return [" ".join(rng.choices(words, k=length)) for length in lengths]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options, _ = parser.parse_known_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(options.threads)

    peer = SentenceTransformer(str(packaged_folder()), device="cpu")
    songs = texts(options.texts)
    with tempfile.TemporaryDirectory() as folder:
        ours = load_encoder(EncoderChoice(PACKAGED), Path(folder))
        fast = load_encoder(EncoderChoice(PACKAGED, runtime="fast"), Path(folder))
        print(f"{options.threads} threads, {torch.get_num_threads()} of them torch's")

        def one_by_one(batch: list[str]) -> NDArray[np.float32]:
            return np.concatenate([peer.encode([t], show_progress_bar=False) for t in batch])

        methods: dict[str, Encode] = {
            "one by one": one_by_one,
            PEER: lambda t: peer.encode(t, show_progress_bar=False),
            "segue": ours.encode,
            "segue fast": fast.encode,
        }
        for encode in methods.values():
            encode(songs[:8])
        seconds: dict[str, list[float]] = {name: [] for name in methods}
        processor: dict[str, list[float]] = {name: [] for name in methods}
        vectors: dict[str, NDArray[np.float32]] = {}
        for _ in range(options.rounds):
            for name, encode in methods.items():
                began, worked = time.perf_counter(), time.process_time()
                vectors[name] = encode(songs)
                seconds[name].append(time.perf_counter() - began)
                processor[name].append(time.process_time() - worked)
    show(songs, peer.tokenizer, seconds, processor, vectors, int(peer.max_seq_length))


def show(
    songs: list[str],
    tokenizer: Callable[..., dict[str, list[list[int]]]],
    seconds: dict[str, list[float]],
    processor: dict[str, list[float]],
    vectors: dict[str, NDArray[np.float32]],
    window: int,
) -> None:
    """Print rates, ratios and cosines."""
    lengths = [len(ids) for ids in tokenizer(songs, truncation=False, padding=False)["input_ids"]]
    fits = [i for i, length in enumerate(lengths) if length <= window]
    long = sum(length >= 150 for length in lengths)
    table = Table(
        title=f"{len(songs)} texts of {min(lengths)} to {max(lengths)} tokens, {long} of them of "
        f"150 or more, {len(fits)} within the window of {window}"
    )
    columns = ("method", "texts/s", "times s-t", "times s-t (CPU)", "min cosine", "mean cosine")
    for column in columns:
        table.add_column(column, justify="left" if column == "method" else "right")
    for name, taken in seconds.items():
        cosine = (vectors[name][fits] * vectors[PEER][fits]).sum(axis=1)
        table.add_row(
            name,
            f"{len(songs) / statistics.median(taken):.1f}",
            f"{times(seconds[PEER], taken):.2f}",
            f"{times(processor[PEER], processor[name]):.2f}",
            f"{cosine.min():.5f}",
            f"{cosine.mean():.5f}",
        )
    Console().print(table)


def times(base: list[float], taken: list[float]) -> float:
    """How many times as fast: the median over rounds, each round compared with itself."""
    return statistics.median(b / t for b, t in zip(base, taken, strict=True))


if __name__ == "__main__":
    main()
