"""The mood of lyrics while they are enriched: what a head says, where it may say anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segue.lyrics.sentiment import SentimentHead
from segued.store.tracks.lyrics import LyricRecord


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
