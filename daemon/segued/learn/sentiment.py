"""Sentiment heads: learned from texts people judged, kept, and the mood of lyrics by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError, StoreError
from segue.lyrics.encoder import EncoderCard
from segue.lyrics.sentiment import EncoderIdentity, PackedHead, SentimentHead, pack, unpack
from segue.lyrics.sentiment_data import RatedTexts, split
from segue.progress import Fitting, Progress, under
from segued.inventory.reading import LYRICS
from segued.providers.encoders.loading import EncoderChoice, load_encoder, load_model
from segued.store.files.atomic import write_atomically
from segued.store.files.format import signed, unsigned
from segued.store.state import State
from segued.store.tracks.lyrics import LyricRecord

if TYPE_CHECKING:
    from segue.lyrics.encoder import TextEncoder


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


def learn_sentiment(
    sets: Sequence[RatedTexts],
    vectors: Sequence[NDArray[np.float32]],
    encoder: EncoderCard,
    *,
    languages: tuple[str, ...],
    now: datetime,
    how: Fitting,
) -> SentimentHead:
    """A head trained on the training part of the sets; its card says how it does on the rest.

    `vectors` are those of each set's texts, see `encoded`. Raises NotEnoughDataError where there
    are too few texts.
    """
    from segue.evaluation.sentiment import held_out_scores
    from segue.lyrics.sentiment_training import Origin, train_head

    dealt = split(sets)
    trains, seen = zip(*_parts(sets, vectors, dealt.train), strict=True)
    tests, unseen = zip(*_parts(sets, vectors, dealt.test), strict=True)
    origin = Origin(EncoderIdentity.of(encoder), languages, now)
    head = train_head(trains, seen, origin, how)
    # What is kept is a little rounded: the card tells how that does.
    kept = unpack(pack(head), "the new head")
    scores = held_out_scores(tests, unseen, kept)
    return SentimentHead(kept.weights, head.card.model_copy(update={"held_out": scores}))


def encoded(
    sets: Sequence[RatedTexts], encoder: TextEncoder, progress: Progress
) -> list[NDArray[np.float32]]:
    """The vectors of each set's texts: (n, dim) float32 a set."""
    return [
        encoder.encode(part.texts, progress=under(progress, f"encoding {part.name}"))
        for part in sets
    ]


def _parts(
    sets: Sequence[RatedTexts],
    vectors: Sequence[NDArray[np.float32]],
    rows: Sequence[NDArray[np.int64]],
) -> list[tuple[RatedTexts, NDArray[np.float32]]]:
    return [
        (part.taken(chosen), made[chosen])
        for part, made, chosen in zip(sets, vectors, rows, strict=True)
    ]


def fine_tuned_encoder(
    sets: Sequence[RatedTexts],
    choice: EncoderChoice,
    folder: Path,
    *,
    seed: int,
    progress: Progress,
) -> EncoderChoice:
    """Fine-tune the chosen encoder, save it as a model of its own, and say how to load it.

    Raises UsageError where the folder is taken, and as `load_model` and `fine_tune` do.
    """
    from segue.lyrics.fine_tuning import fine_tune

    if folder.exists():
        raise DataError(
            f"{folder} is there already; name another folder with --output, or delete it"
        )
    loaded = load_model(choice)
    dealt = split(sets)
    fine_tune(
        loaded.model,
        loaded.tokenizer,
        [part.taken(rows) for part, rows in zip(sets, dealt.train, strict=True)],
        Fitting(seed, choice.device, progress),
    )
    # A save that was cut must not be taken for a model.
    partial = folder.with_name(folder.name + ".part")
    loaded.model.save_pretrained(partial)
    loaded.tokenizer.save_pretrained(partial)
    partial.rename(folder)
    return replace(choice, name=str(folder), revision=None, window=loaded.window)


@dataclass(frozen=True, slots=True)
class Rescored:
    """How many tracks have a mood by the new head, of how many with vectors of its encoder."""

    judged: int
    encoded: int


def judge_again(state: State, head: SentimentHead, encoder_key: str) -> Rescored:
    """Let a new head judge every track whose lyrics this encoder encoded.

    Where the words were dropped, the vector alone decides. Lyrics in a language the head does not
    know keep no mood.
    """
    held = state.vectors.get(LYRICS, encoder_key)
    rows = held.rows() if held is not None else {}
    records = {
        track_id: record
        for track_id, record in state.lyrics.records().items()
        if record.status == "found" and record.encoder == encoder_key and track_id in rows
    }
    if held is None or not records:
        return Rescored(0, 0)
    matrix = held.matrix[[rows[track_id] for track_id in records]]
    changed = with_moods(records, matrix, [record.text for record in records.values()], head)
    state.lyrics.put(changed)
    state.lyrics.commit()
    return Rescored(sum(record.head is not None for record in changed.values()), len(changed))


def head_in_use(state: State, encoder: EncoderCard) -> SentimentHead | None:
    """The head for an encoder's vectors, or None. Raises StoreError where it is damaged.

    Moods of two heads do not compare: what an earlier one judged is judged again by this one.
    """
    head = find_head(encoder, state.folder / FOLDER)
    if head is not None and any(
        record.encoder == encoder.key and record.head not in (None, head.card.key)
        for record in state.lyrics.records().values()
    ):
        judge_again(state, head, encoder.key)
    return head


def load(choice: EncoderChoice, state_folder: Path) -> TextEncoder:
    """The chosen encoder, with what it caches kept below the state folder."""
    return load_encoder(choice, state_folder / "encoders")
