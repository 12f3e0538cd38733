"""The sources the configuration names, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segued.config.schema import Settings
from segued.config.secrets import read_secret
from segued.providers.encoder import EncoderChoice, choice_token, load_encoder
from segued.providers.features import FeatureSource
from segued.providers.http import Manners, Source
from segued.providers.lrclib import Lrclib
from segued.providers.lyrics import LyricSource
from segued.providers.reccobeats import ReccoBeats
from segued.store.state import State

if TYPE_CHECKING:
    from segue.lyrics.encoder import TextEncoder
    from segued.spotify.client import SpotifyClient

TABLE_FILE = "feature-table.parquet"


@contextmanager
def feature_sources(
    settings: Settings,
    state: State,
    client: SpotifyClient | None,
    clock: Callable[[], datetime],
) -> Iterator[tuple[FeatureSource, ...]]:
    """The sources of `[features] sources` that can be asked here, in that order."""
    section = settings.features
    manners = Manners(section.interval_seconds, section.timeout_seconds)
    source = Source("reccobeats", section.reccobeats_url, manners, state.budget, clock=clock)
    found: list[FeatureSource] = []
    for name in section.sources:
        if name == "reccobeats":
            found.append(ReccoBeats(source))
        elif name == "table" and (path := state.folder / TABLE_FILE).is_file():
            from segued.providers.table import Table

            found.append(Table.read(path))
        elif name == "spotify" and client is not None:
            from segued.providers.spotify_features import SpotifyFeatures

            gate = Source("spotify features", "", manners, state.budget, clock=clock)
            found.append(SpotifyFeatures(client.audio_features, gate, clock))
    try:
        yield tuple(found)
    finally:
        source.close()


@contextmanager
def lyric_sources(
    settings: Settings,
    state: State,
    environ: Mapping[str, str],
    clock: Callable[[], datetime],
) -> Iterator[tuple[LyricSource, ...]]:
    """The sources of `[lyrics] sources` that can be asked here, in that order."""
    section = settings.lyrics
    manners = Manners(section.interval_seconds, section.timeout_seconds)
    lrclib = Source("lrclib", section.lrclib_url, manners, state.budget, clock=clock)
    genius = Source("genius", section.genius_api_url, manners, state.budget, clock=clock)
    found: list[LyricSource] = []
    for name in section.sources:
        if name == "lrclib":
            found.append(Lrclib(lrclib))
        elif section.genius_token:
            from segued.providers.genius import Genius

            found.append(
                Genius(
                    read_secret(section.genius_token, environ).reveal(),
                    genius,
                    manners,
                    api_url=section.genius_api_url,
                    web_url=section.genius_web_url,
                    clock=clock,
                )
            )
    try:
        yield tuple(found)
    finally:
        lrclib.close()
        genius.close()


class LazyEncoder:
    """The configured encoder, loaded when a text has to be encoded: its key is known before."""

    def __init__(self, settings: Settings, state: State) -> None:
        section = settings.lyrics
        self._choice = EncoderChoice(
            name=section.encoder,
            revision=section.revision,
            runtime=section.runtime,
            device=section.device,
        )
        self._state = state
        self._loaded: TextEncoder | None = None

    @property
    def key(self) -> str | None:
        """The key of its card, or None while this choice was never loaded."""
        return self._state.lyrics.encoder_key(choice_token(self._choice))

    def load(self) -> TextEncoder:
        """The encoder. Raises as `segued.providers.encoder.load_encoder` does."""
        if self._loaded is None:
            self._loaded = load_encoder(self._choice, self._state.folder / "encoders")
            self._state.lyrics.set_encoder_key(choice_token(self._choice), self._loaded.card.key)
        return self._loaded

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: (n_texts, dim) float32."""
        return self.load().encode(texts)
