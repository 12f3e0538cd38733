"""Sentiment heads: where they are kept, and the mood of lyrics by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segue.errors import StoreError
from segue.lyrics.encoder import EncoderCard
from segue.lyrics.sentiment import EncoderIdentity, PackedHead, SentimentHead, pack, unpack
from segued.store.files.atomic import write_atomically
from segued.store.files.format import signed, unsigned
from segued.store.tracks.lyrics import LyricRecord

FOLDER = "sentiment"
"""Below the state folder: where `segue learn sentiment` keeps heads."""


def shipped_folder() -> Path:
    """Where the heads lie that come with Segue."""
    return Path(str(files("segue.lyrics"))) / "heads"


def find_head(encoder: EncoderCard, own_folder: Path) -> SentimentHead | None:
    """The head for an encoder's vectors, or None: mood is unknown then.

    One's own goes before the one shipped. Raises StoreError where a head is damaged.
    """
    key = EncoderIdentity.of(encoder).key
    for folder in (own_folder, shipped_folder()):
        if (folder / f"{key}.json").is_file():
            head = read_head(folder, key)
            head.check(encoder)
            return head
    return None


def read_head(folder: Path, key: str) -> SentimentHead:
    """The head of this name in a folder. Raises StoreError where it cannot be read."""
    path = folder / f"{key}.safetensors"
    try:
        card = unsigned((folder / f"{key}.json").read_bytes())
        packed = PackedHead(path.read_bytes(), card)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreError(
            f"{path}: a sentiment head cannot be read ({reason}); run `segue learn sentiment` to "
            "make it anew"
        ) from error
    return unpack(packed, str(path))


def save_head(head: SentimentHead, folder: Path) -> SentimentHead:
    """Write a head, named after its encoder; returns it as it will be read back."""
    packed = pack(head)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = head.card.encoder.key
    write_atomically(folder / f"{key}.safetensors", packed.tensors, keep_previous=False)
    write_atomically(folder / f"{key}.json", signed(packed.card), keep_previous=False)
    return read_head(folder, key)


def with_moods(
    records: Mapping[str, LyricRecord],
    vectors: NDArray[np.float32],
    texts: Sequence[str | None],
    head: SentimentHead | None,
) -> dict[str, LyricRecord]:
    """The records with the mood their lyrics have, rows of `vectors` and `texts` in their order.

    Mood is unknown without a head, and for lyrics in a language that the head was not trained on.
    Where the words are gone (None) the vector alone decides. Raises UsageError where the vectors
    are not of the head's encoder.
    """
    judged = {
        track_id: replace(record, valence=None, polarity=None, head=None)
        for track_id, record in records.items()
    }
    if head is None:
        return judged
    known = [
        (row, track_id)
        for row, (track_id, record) in enumerate(records.items())
        if record.language is None or record.language in head.card.languages
    ]
    worded = [(row, track_id) for row, track_id in known if texts[row] is not None]
    wordless = [(row, track_id) for row, track_id in known if texts[row] is None]
    for group in (worded, wordless):
        if not group:
            continue
        rows = [row for row, _ in group]
        words = [text for row in rows if (text := texts[row]) is not None]
        moods = head.moods(vectors[rows], words or None)
        for (_, track_id), mood in zip(group, moods, strict=True):
            judged[track_id] = replace(
                judged[track_id],
                valence=mood.valence,
                polarity=mood.polarity,
                head=head.card.key,
            )
    return judged
