"""Train the sentiment head that comes with Segue, for the packaged encoder.

    python -m tools.train_sentiment_head --data FOLDER --trained-at 2026-11-22

FOLDER holds the ratings published with VADER (tweets, film and product reviews, editorials; MIT)
and GoEmotions (Apache-2.0). GoEmotions' own dev set and a fifth of every other set, dealt by the
hash of each text, are never trained on; `segue evaluate sentiment` measures on exactly those. The
words of VADER's lexicon with their ratings (MIT, of the package vaderSentiment: extra `evaluate`)
are learned beside them, each as a text of its own: what is written in verse is met in none of the
sets. The head and its card are written into the library. It takes some minutes: 63,000 texts are
encoded.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from segue.lyrics.encoder import TextEncoder
from segue.lyrics.sentiment_data import RatedTexts, polarity_of, read_folder
from segue.progress import Fitting
from segued.cli.output import progress_bar
from segued.learn.sentiment import (
    Progress,
    encoded,
    learn_sentiment,
    load,
    save_head,
    shipped_folder,
)
from segued.providers.encoders.loading import PACKAGED, EncoderChoice


def lexicon() -> RatedTexts:
    """The words of VADER's lexicon with their mean ratings. All of it is for training: people
    rated the words alone."""
    folder = Path(str(files("vaderSentiment")))
    lines = (folder / "vader_lexicon.txt").read_text(encoding="utf-8").splitlines()
    words, ratings = zip(*(line.split("\t")[:2] for line in lines if line.strip()), strict=True)
    valence = np.array(ratings, dtype=np.float32) / 4
    return RatedTexts(
        "vader_lexicon", words, valence, polarity_of(valence), "train", "vader_lexicon"
    )


def vectors(
    sets: Sequence[RatedTexts], encoder: TextEncoder, folder: Path | None, progress: Progress
) -> list[NDArray[np.float32]]:
    """The vectors of each set, read from the folder where a run before left them."""
    out = []
    for part in sets:
        path = folder / f"{encoder.card.key}-{part.name}.npy" if folder else None
        if path is not None and path.is_file():
            made = np.load(path, allow_pickle=False)
        else:
            (made,) = encoded([part], encoder, progress)
            if path is not None:
                np.save(path, made)
        out.append(made)
    return out


def main() -> None:
    """Train, measure on what was held out, write, and print the card."""
    parser = argparse.ArgumentParser(description="Train the sentiment head that is shipped.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, help="a folder to keep vectors in between runs")
    parser.add_argument("--output", type=Path, default=shipped_folder())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trained-at", type=datetime.fromisoformat, required=True)
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    encoder = load(EncoderChoice(PACKAGED, revision=None), options.output)
    sets = (*read_folder(options.data), lexicon())
    with progress_bar(quiet=False) as progress:
        head = learn_sentiment(
            sets,
            vectors(sets, encoder, options.vectors, progress),
            encoder.card,
            languages=("en",),
            now=options.trained_at.replace(tzinfo=UTC),
            how=Fitting(options.seed, progress=progress),
        )
    kept = save_head(head, options.output)
    Console().print_json(kept.card.model_dump_json())


if __name__ == "__main__":
    main()
