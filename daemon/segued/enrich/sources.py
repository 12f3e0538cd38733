"""The sources the configuration names, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DataError, UsageError
from segue.music.track import Track
from segued.config.schema import Settings
from segued.config.secrets import read_secret
from segued.providers.features.reccobeats import ReccoBeats
from segued.providers.features.source import FeatureSource, Found
from segued.providers.features.table import Tables
from segued.providers.lyrics.lrclib import Lrclib
from segued.providers.lyrics.source import LyricSource
from segued.store.budget import BudgetStore
from segued.store.state import State
from segued.web.source import Source
from segued.web.transport import Limits

if TYPE_CHECKING:
    from segued.spotify.client import SpotifyClient

LYRIC_SOURCES = ("lrclib", "genius")
SOURCES = ("reccobeats", *LYRIC_SOURCES)
"""Those that are asked over HTTP, under their names in the budget."""


def requests_made(budget: BudgetStore) -> Mapping[str, int]:
    """How many requests each source was sent, as far back as the budget remembers."""
    return {name: sum(budget.get(name).counts.values()) for name in SOURCES}


@contextmanager
def feature_sources(
    settings: Settings,
    state: State,
    client: SpotifyClient | None,
    clock: Callable[[], datetime],
) -> Iterator[tuple[FeatureSource, ...]]:
    """The sources of `[features] sources` that can be asked here, in that order."""
    section = settings.features
    limits = Limits(section.interval_seconds, section.timeout_seconds)
    source = Source("reccobeats", section.reccobeats_url, limits, state.budget, clock=clock)
    found: list[FeatureSource] = []
    for name in section.sources:
        if name == "reccobeats":
            found.append(ReccoBeats(source))
        elif name == "table" and (tables := state.tables.paths()):
            found.append(Tables(tables))
        elif name == "audio":
            found.append(_audio_files(section.audio_folder, state))
        elif name == "spotify" and client is not None:
            from segued.providers.features.spotify import SpotifyFeatures

            found.append(SpotifyFeatures(client.audio_features, client.budget, clock))
    try:
        yield tuple(found)
    finally:
        source.close()


def _audio_files(folder: str, state: State) -> FeatureSource:
    """The source "audio". Where its files changed, tracks that had none are looked for again."""
    from segued.providers.audio.files import AudioFiles

    try:
        if not folder:
            raise UsageError(
                'no folder of files is named; set [features] audio_folder, or take "audio" out '
                "of [features] sources"
            )
        source = AudioFiles.of_folder(Path(folder), state.folder)
    except (UsageError, DataError) as error:
        return Unusable("audio", error)
    if source.changed:
        state.features.forget_misses(source.name)
        state.features.commit()
    return source


class Unusable:
    """A source that cannot be asked here: it says why when it is, and the others go on."""

    batch_size = 10_000

    def __init__(self, name: str, error: UsageError | DataError) -> None:
        self.name = name
        self._error = error

    def fetch(self, tracks: Sequence[Track]) -> Mapping[str, Found]:  # noqa: ARG002
        """Raise what stands in the way (ARG002: the signature is the protocol's)."""
        raise DataError(str(self._error))


@contextmanager
def lyric_sources(
    settings: Settings,
    state: State,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
) -> Iterator[tuple[LyricSource, ...]]:
    """The sources of `[lyrics] sources` that can be asked here, in that order."""
    section = settings.lyrics
    limits = Limits(section.interval_seconds, section.timeout_seconds)
    lrclib = Source("lrclib", section.lrclib_url, limits, state.budget, clock=clock)
    found: list[LyricSource] = []
    opened = [lrclib]
    for name in section.sources:
        if name == "lrclib":
            found.append(Lrclib(lrclib))
        elif section.genius_token:
            from segued.providers.lyrics.genius import PHRASES, Genius

            genius = Source(
                "genius",
                section.genius_api_url,
                limits,
                state.budget,
                clock=clock,
                phrases=PHRASES,
                follow_own_redirects=True,
            )
            opened.append(genius)
            token = read_secret(section.genius_token, environ).reveal()
            addresses = {"api_url": section.genius_api_url, "web_url": section.genius_web_url}
            found.append(Genius(token, genius, **addresses))
    try:
        yield tuple(found)
    finally:
        for source in opened:
            source.close()
