"""Every provider the configuration may name has its entry, and the other way round."""

from __future__ import annotations

from typing import get_args

from segued.config.sections import FeatureSourceName, LyricSourceName
from segued.enrich.sources import FEATURE_PROVIDERS, LYRIC_PROVIDERS


def test_every_source_of_features_that_can_be_configured_has_an_entry() -> None:
    assert tuple(sorted(FEATURE_PROVIDERS)) == tuple(sorted(get_args(FeatureSourceName)))


def test_every_source_of_lyrics_that_can_be_configured_has_an_entry() -> None:
    assert tuple(sorted(LYRIC_PROVIDERS)) == tuple(sorted(get_args(LyricSourceName)))
