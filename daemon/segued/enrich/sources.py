"""The providers of features and lyrics, one entry each, opened as the configuration names them; and
their failures during a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from segue.errors import DataError, ForbiddenError, RateLimitedError, ServiceError, UsageError
from segue.music.track import Track
from segued.config.schema import Settings
from segued.config.secrets import read_secret
from segued.config.sections import TagSourceName
from segued.providers.features.source import FeatureSource, Found, ReccoBeats
from segued.providers.features.table import Tables
from segued.providers.lyrics.source import Lrclib, LyricSource
from segued.providers.tags.source import TagSource
from segued.run import Run
from segued.store.access import BudgetStore
from segued.web.source import Services
from segued.web.transport import Limits

if TYPE_CHECKING:
    from segued.providers.audio.files import OwnFiles

Kind = TypeVar("Kind", FeatureSource, LyricSource, TagSource)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a provider may need to be opened."""

    run: Run
    services: Services

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return self.run.settings


@contextmanager
def opening_for(run: Run) -> Iterator[Opening]:
    """What opens the providers of a run; all of them are closed at the end."""
    with Services(run.state.budget, run.clock) as services:
        yield Opening(run, services)


@dataclass(frozen=True, slots=True)
class Provider(Generic[Kind]):
    """How a provider is opened; `open` gives None where it cannot be asked here, and that is no
    mistake. `asks_spotify`: it needs the login."""

    open: Callable[[Opening], Kind | None]
    asks_spotify: bool = False


def _table(opening: Opening) -> FeatureSource | None:
    tables = opening.run.state.tables
    return Tables(tables.frames) if tables.all() else None


def _reccobeats(opening: Opening) -> FeatureSource:
    section = opening.settings.features
    return ReccoBeats(
        opening.services.open("reccobeats", section.reccobeats_url, Limits.of(section))
    )


def _spotify(opening: Opening) -> FeatureSource:
    from segued.providers.features.source import SpotifyFeatures

    client = opening.run.client()
    return SpotifyFeatures(client.audio_features, client.budget, opening.run.clock)


def _audio(opening: Opening) -> FeatureSource:
    """Where its files changed, tracks that had none are looked for again."""
    from segued.providers.audio.files import AudioFiles
    from segued.providers.encoders.onnx import notes_heard

    section, state = opening.settings.features, opening.run.state

    def forget_misses() -> None:
        state.features.forget_misses(AudioFiles.name)
        state.features.commit()

    try:
        if not section.audio_folder:
            raise UsageError(
                'no folder of files is named; set [features] audio_folder, or take "audio" out '
                "of [features] sources"
            )
        source = AudioFiles.of_folder(Path(section.audio_folder), state.folder, forget_misses)
        source.notes = notes_heard() if section.key_by == "basic-pitch" else None
        return source
    except (UsageError, DataError) as error:
        return Unusable("audio", error)


def _lrclib(opening: Opening) -> LyricSource:
    section = opening.settings.lyrics
    return Lrclib(opening.services.open("lrclib", section.lrclib_url, Limits.of(section)))


def _genius(opening: Opening) -> LyricSource | None:
    from segued.providers.lyrics.source import GENIUS_PHRASES, GENIUS_REDIRECTS, Genius

    section = opening.settings.lyrics
    if not section.genius_token:
        return None
    limits = Limits.of(section, GENIUS_REDIRECTS)
    source = opening.services.open("genius", section.genius_api_url, limits, GENIUS_PHRASES)
    token = read_secret(section.genius_token, opening.run.environ).reveal()
    addresses = {"api_url": section.genius_api_url, "web_url": section.genius_web_url}
    return Genius(token, source, **addresses)


FEATURE_PROVIDERS: Mapping[str, Provider[FeatureSource]] = {
    "table": Provider(_table),
    "reccobeats": Provider(_reccobeats),
    "spotify": Provider(_spotify, asks_spotify=True),
    "audio": Provider(_audio),
}
LYRIC_PROVIDERS: Mapping[str, Provider[LyricSource]] = {
    "lrclib": Provider(_lrclib),
    "genius": Provider(_genius),
}


@contextmanager
def feature_sources(run: Run) -> Iterator[tuple[FeatureSource, ...]]:
    """The sources of `[features] sources` that can be asked here, in that order."""
    with opening_for(run) as found:
        yield in_order(FEATURE_PROVIDERS, run.settings.features.sources, found)


@contextmanager
def lyric_sources(run: Run) -> Iterator[tuple[LyricSource, ...]]:
    """The sources of `[lyrics] sources` that can be asked here, in that order."""
    with opening_for(run) as found:
        yield in_order(LYRIC_PROVIDERS, run.settings.lyrics.sources, found)


def in_order(
    providers: Mapping[str, Provider[Kind]], names: Sequence[str], opening: Opening
) -> tuple[Kind, ...]:
    """The providers of these names that can be asked here, opened, in that order."""
    found = (providers[name].open(opening) for name in names)
    return tuple(source for source in found if source is not None)


def own_files(run: Run) -> OwnFiles | None:
    """The user's own files in `[features] audio_folder`, looked through once a run; None where no
    folder is named. Raises as `OwnFiles.of_folder` does."""
    from segued.providers.audio.files import AudioFiles, OwnFiles

    section = run.settings.features
    if not section.audio_folder:
        return None
    folder, keep = Path(section.audio_folder), AudioFiles.name not in section.sources
    # Files that changed are news to the source "audio", so it is the one that keeps the index.
    return run.once("own files", lambda: OwnFiles.of_folder(folder, run.state.folder, keep=keep))


def asks_spotify(settings: Settings) -> bool:
    """Whether a source of features needs the login."""
    return any(FEATURE_PROVIDERS[name].asks_spotify for name in settings.features.sources)


def requests_made(budget: BudgetStore) -> Mapping[str, int]:
    """How many requests each provider was sent, as far back as the budget remembers."""
    names = (*FEATURE_PROVIDERS, *LYRIC_PROVIDERS, *get_args(TagSourceName))
    return {name: sum(budget.get(name).counts.values()) for name in names}


class Unusable:
    """A source that cannot be asked here: it says why when it is, and the others go on."""

    batch_size = 10_000
    at_once = 1

    def __init__(self, name: str, error: UsageError | DataError) -> None:
        self.name = name
        self._error = error

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:  # noqa: ARG002
        """Raise what stands in the way (ARG002: the signature is the protocol's)."""
        raise DataError(str(self._error))


@dataclass(slots=True)
class SourceFailure:
    """The failures of one source: the latest, how many in all and in a row, whether it was left
    for the rest of the run. A DataError is the user's own table that cannot be read."""

    latest: ServiceError | DataError
    count: int = 0
    in_a_row: int = 0
    given_up: bool = False

    def __str__(self) -> str:
        if self.given_up:
            return str(self.latest)
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"it failed {times}, last: {self.latest}"

    @property
    def rate_limited(self) -> bool:
        """Whether the source itself asks to be left alone for a while."""
        return self.given_up and isinstance(self.latest, RateLimitedError)


class SourceFailures:
    """The failures of a run, by source. One that fails `most` times in a row is left, one that
    refuses or asks to wait at once."""

    def __init__(self, most: int) -> None:
        self.by_source: dict[str, SourceFailure] = {}
        self._most = most

    def note(self, source: str, error: ServiceError | DataError) -> None:
        """Note a failure."""
        failure = self.by_source.setdefault(source, SourceFailure(error))
        failure.latest = error
        failure.count += 1
        failure.in_a_row += 1
        refused = isinstance(error, (DataError, ForbiddenError, RateLimitedError))
        failure.given_up = refused or failure.in_a_row >= self._most

    def answered(self, source: str) -> None:
        """Note that a source answered."""
        if source in self.by_source:
            self.by_source[source].in_a_row = 0

    def given_up(self, source: str) -> bool:
        """Whether a source is not to be asked again in this run."""
        return source in self.by_source and self.by_source[source].given_up


@dataclass(slots=True)
class LookupOutcome:
    """What sources found of tracks, or of artists where tags were looked up.

    `found` and `missing` count by source, `failures` holds by source what went wrong; `known`
    counts those of which something is known now, `waiting` those of which nothing is because a
    source could not be asked; `out_of_time` says that time ran out.
    """

    asked: int = 0
    known: int = 0
    found: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    failures: dict[str, SourceFailure] = field(default_factory=dict)
    waiting: int = 0
    out_of_time: bool = False

    def document(self) -> dict[str, object]:
        """The counts as part of a JSON document."""
        return {
            "asked": self.asked,
            "known": self.known,
            "found": self.found,
            "missing": self.missing,
            "waiting": self.waiting,
        }
