"""What services know of tracks: audio features, popularity, tags, and what they did not have; and
the names of genres as MusicBrainz lists them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from segue.music.features import CONFIDENCES, FEATURE_NAMES, AudioFeatures
from segue.music.measures import Calibration, Estimate
from segued.store.files.format import Decoded, Document, decode, encode
from segued.store.files.storage import WorkStore


@dataclass(frozen=True, slots=True)
class KnownFeatures:
    """The features of one track. `estimated` names those a source estimated, not measured."""

    values: AudioFeatures
    source: str
    fetched_at: datetime
    estimated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownPopularity:
    """How popular a track is, 0 to 100; None where the source does not have it."""

    value: int | None
    source: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Miss:
    """A source that did not have a track: when it was asked, and from when on to ask again."""

    source: str
    asked_at: datetime
    ask_again_at: datetime

    def rests(self, now: datetime) -> bool:
        """Whether not to ask now; a time that a wrong clock wrote is not waited for."""
        return self.asked_at < now + timedelta(days=1) and now < self.ask_again_at


@dataclass(frozen=True, slots=True)
class SoundRecord:
    """That the sound of a track's own file was encoded: `encoder` is the key of the card whose
    matrix holds the vector, `file` the file's version. `problem` says why there is no vector."""

    encoder: str
    file: str
    made_at: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Origin:
    """A stored document less its values."""

    source: str
    fetched_at: datetime
    estimated: tuple[str, ...]


class MissStore(WorkStore):
    """One that also holds what sources did not have, by source and by what they were asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._misses = self._file.documents("misses")

    def missed(self, source: str, now: datetime) -> frozenset[str]:
        """The keys that a source does not have and is not to be asked about before later."""
        path, prefix = self._path, f"{source}:"
        return frozenset(
            key.removeprefix(prefix)
            for key, document in self._misses.raw().items()
            if key.startswith(prefix) and decode(Miss, document, path, f"miss {key}").rests(now)
        )

    def put_misses(self, keys: Iterable[str], miss: Miss) -> None:
        """Note that one source did not have these."""
        document = encode(miss)
        self._misses.put({f"{miss.source}:{key}": document for key in keys})


class FeatureStore(MissStore):
    """`features.json`, by track id. Changes are on disk after `commit`, all in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._known = self._file.documents("features")
        self._popularity = self._file.documents("popularity")
        self._sounds = self._file.documents("sounds")
        self._estimates = self._file.documents("estimates")
        self._calibration = self._file.documents("calibration")

    def sounds(self) -> Mapping[str, SoundRecord]:
        """Of which tracks the sound of a file was encoded, by track id."""
        return self._values(self._sounds, SoundRecord, "sound of")

    def put_sounds(self, records: Mapping[str, SoundRecord]) -> None:
        """Insert or replace by track id."""
        self._sounds.put({track_id: encode(record) for track_id, record in records.items()})

    def known(self) -> Mapping[str, KnownFeatures]:
        """Everything known by track id, as of now; each is built when first asked for."""
        return Decoded(self._known.raw(), self._features)

    def features(self) -> Mapping[str, AudioFeatures]:
        """The values alone, by track id; what was estimated is corrected where that is known."""
        found = self.calibration()
        if found is None or not found.curves:
            return Decoded(self._known.raw(), self._sound)

        def corrected(track_id: str, document: Document) -> AudioFeatures:
            values = self._sound(track_id, document)
            return found.corrected(values, document.get("estimated", ()))

        return Decoded(self._known.raw(), corrected)

    def estimates(self) -> Mapping[str, Estimate]:
        """Estimates beside what others say of the same tracks, by track id."""
        found = {}
        for track_id, document in self._estimates.raw().items():
            given, name = document.get("reference", {}), f"reference of {track_id}"
            values = self._sound(track_id, document)
            found[track_id] = Estimate(values, decode(AudioFeatures, given, self._path, name))
        return found

    def put_estimates(self, estimates: Mapping[str, Estimate]) -> None:
        """Insert or replace by track id."""
        parts = ((i, {"values": e.values, "reference": e.reference}) for i, e in estimates.items())
        self._estimates.put({i: {name: _known(v) for name, v in e.items()} for i, e in parts})

    def calibration(self) -> Calibration | None:
        """How far estimates are off, as it was last found."""
        return self._find(self._calibration, Calibration, _OWN_FILES, "calibration:")

    def put_calibration(self, found: Calibration) -> None:
        """Replace it."""
        self._calibration.put({_OWN_FILES: encode(found)})

    def put(self, features: Mapping[str, KnownFeatures]) -> None:
        """Insert or replace by track id. That their sources missed them before is forgotten."""
        self._known.put({track_id: _document(known) for track_id, known in features.items()})
        self._misses.drop(
            [
                f"{source}:{track_id}"
                for track_id, known in features.items()
                for source in known.source.split("+")
            ]
        )

    def popularity(self) -> Mapping[str, KnownPopularity]:
        """What is known of how popular tracks are, by track id."""
        return self._values(self._popularity, KnownPopularity, "popularity of")

    def put_popularity(self, known: Mapping[str, KnownPopularity]) -> None:
        """Insert or replace by track id."""
        self._popularity.put({track_id: encode(each) for track_id, each in known.items()})

    def misses(self) -> Mapping[tuple[str, str], Miss]:
        """What was not found, by (source, track id)."""
        misses = self._values(self._misses, Miss, "miss")
        return {(miss.source, _asked_for(key)): miss for key, miss in misses.items()}

    def drop(self, track_ids: Iterable[str]) -> None:
        """Forget tracks."""
        gone = set(track_ids)
        self._known.drop(list(gone))
        self._misses.drop([key for key in self._misses.raw() if _asked_for(key) in gone])
        self._popularity.drop(list(gone))
        self._sounds.drop(list(gone))
        self._estimates.drop(list(gone))

    def forget(self, source: str) -> None:
        """Forget what a source said, found or not, and what others added to it."""
        known = self._known.raw().items()
        self._known.drop([key for key, doc in known if source in _sources_of(doc)])
        self.forget_misses(source)

    def forget_misses(self, source: str) -> None:
        """Forget what a source did not have, so that it is asked again."""
        self._misses.drop([key for key in self._misses.raw() if key.startswith(f"{source}:")])

    def _features(self, track_id: str, document: Document) -> KnownFeatures:
        path, name = self._path, f"features {track_id}"
        origin = decode(_Origin, {k: v for k, v in document.items() if k != "values"}, path, name)
        values = self._sound(track_id, document)
        return KnownFeatures(values, origin.source, origin.fetched_at, origin.estimated)

    def _sound(self, track_id: str, document: Document) -> AudioFeatures:
        path, name = self._path, f"features {track_id}"
        return decode(AudioFeatures, document.get("values", {}), path, name)


_OWN_FILES = "audio"


def _document(known: KnownFeatures) -> Document:
    return encode(known) | {"values": _known(known.values)}


def _known(values: AudioFeatures) -> Document:
    """JSON has no NaN: what is unknown is left out, and so is a confidence of 1."""
    found = {name: getattr(values, name) for name in (*FEATURE_NAMES, *CONFIDENCES)}
    return {
        name: value
        for name, value in found.items()
        if not math.isnan(value) and not (name in CONFIDENCES and value == 1)
    }


def _sources_of(document: Document) -> list[str]:
    return str(document.get("source", "")).split("+")


def _asked_for(key: str) -> str:
    """What a source was asked for, by the key of a miss."""
    return key.partition(":")[2]


_NAMES = "names"


@dataclass(frozen=True, slots=True)
class KnownTags:
    """The tags of an artist or track, each with its votes, the most frequent first."""

    tags: tuple[tuple[str, int], ...]
    source: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class GenreNames:
    """The names of every genre a source lists."""

    names: tuple[str, ...]
    source: str
    fetched_at: datetime


class TagStore(MissStore):
    """`tags.json`. Changes are on disk after `commit`, all of them in one write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._artists = self._file.documents("artists")
        self._tracks = self._file.documents("tracks")
        self._genres = self._file.documents("genres")

    def artists(self) -> Mapping[str, KnownTags]:
        """What is known of artists, by artist key (the Spotify id, else the case-folded name)."""
        return self._values(self._artists, KnownTags, "tags of")

    def artist_keys(self) -> Collection[str]:
        """The keys of the artists of which tags are known, as they are now: not a copy."""
        return self._artists.raw().keys()

    def tracks(self) -> Mapping[str, KnownTags]:
        """What is known of single tracks, by track id."""
        return self._values(self._tracks, KnownTags, "tags of")

    def put(self, artists: Mapping[str, KnownTags], tracks: Mapping[str, KnownTags]) -> None:
        """Insert or replace."""
        self._artists.put({key: encode(known) for key, known in artists.items()})
        self._tracks.put({key: encode(known) for key, known in tracks.items()})

    def not_found(self) -> frozenset[str]:
        """The artist keys that at least one source was asked for and did not have."""
        return frozenset(map(_asked_for, self._misses.raw()))

    def genre_names(self) -> GenreNames | None:
        """The names of genres as they were last listed."""
        return self._find(self._genres, GenreNames, _NAMES, "genres:")

    def put_genre_names(self, listed: GenreNames) -> None:
        """Replace the names of genres."""
        self._genres.put({_NAMES: encode(listed)})
