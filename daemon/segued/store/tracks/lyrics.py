"""What is known of a track's lyrics: found where, in which language, and when to ask again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from segued.store.files.format import Decoded, Document, decode, encode
from segued.store.files.storage import Documents

LyricStatus = Literal["found", "instrumental", "none"]


@dataclass(frozen=True, slots=True)
class LyricRecord:
    """One track's lyrics. "none" means that every source said it has none, never that one failed.

    `text` is kept only where the configuration says so. `language` is an ISO 639-1 code.
    `valence` (−1..1) and `polarity` belong to the head named in `head`. `encoder` is the key of
    the encoder card whose matrix holds the track's vector.
    """

    status: LyricStatus
    source: str
    fetched_at: datetime
    ask_again_at: datetime | None = None
    language: str | None = None
    text: str | None = None
    encoder: str | None = None
    valence: float | None = None
    polarity: Literal["negative", "neutral", "positive"] | None = None
    head: str | None = None


class LyricStore:
    """`lyrics.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        self._file = Documents(path)
        self._records = self._file.documents("lyrics")
        self._encoders = self._file.documents("encoders")

    @property
    def warning(self) -> str | None:
        """What had to be repaired when the file was opened."""
        return self._file.file.warning

    def records(self) -> Mapping[str, LyricRecord]:
        """Every record by track id, as of now; each is built when first asked for."""
        return Decoded(self._records.raw(), self._record)

    def put(self, records: Mapping[str, LyricRecord]) -> None:
        """Insert or replace records by track id."""
        self._records.put({track_id: encode(record) for track_id, record in records.items()})

    def drop(self, track_ids: Iterable[str]) -> None:
        """Forget tracks."""
        self._records.drop(list(track_ids))

    def encoder_key(self, choice: str) -> str | None:
        """The key of the encoder that a choice was last seen to load, or None."""
        document = self._encoders.find(choice)
        return None if document is None else str(document["key"])

    def set_encoder_key(self, choice: str, key: str) -> None:
        """Remember which encoder a choice loads, so that it need not be loaded to know."""
        self._encoders.put({choice: {"key": key}})

    def commit(self) -> None:
        """Write the unit of work."""
        self._file.commit()

    def close(self) -> None:
        """Let the documents go; what was not committed is dropped."""
        self._file.close()

    def _record(self, track_id: str, document: Document) -> LyricRecord:
        return decode(LyricRecord, document, self._file.file.path, f"lyrics {track_id}")
