"""Filters on audio features: one a feature, all alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from segue.music.features import FEATURE_NAMES
from segue.music.keys import is_known, key_name
from segue.playlists.filter.condition import Answer, Condition, Filter
from segue.playlists.gather.facts import Facts
from segue.playlists.inventory import Inventory
from segue.playlists.plan import Reason
from segue.playlists.text import range_words
from segue.recipe.values import Range


def _feature(name: str) -> Callable[[Range, Facts, Inventory], Condition]:
    def condition(wanted: Range, facts: Facts, _: Inventory) -> Condition:
        def test(track_id: str) -> Answer:
            features = facts.features_of(track_id)
            value = float(getattr(features, name))
            if name == "tempo":
                unknown = not features.has_tempo
            else:
                unknown = value < 0 if name in ("key", "mode") else math.isnan(value)
            return None if unknown else wanted.holds(value)

        return Condition(f"with {range_words(name, wanted)}", test)

    return condition


def _heard(name: str) -> Callable[[Range, str, Facts], Iterable[Reason]]:
    """What a track sounds like, as far as it is known: "energy 0.71"."""

    def reasons(_: Range, track_id: str, facts: Facts) -> Iterable[Reason]:
        features = facts.features_of(track_id)
        value = float(getattr(features, name))
        if name == "tempo" and features.has_tempo:
            yield Reason("feature", f"{value:.0f} BPM")
        elif name in ("key", "mode") and is_known(features.key, features.mode):
            yield Reason("feature", f"in {key_name(features.key, features.mode)}")
        elif name == "loudness" and not math.isnan(value):
            yield Reason("feature", f"loudness {value:.0f} dB")
        elif name not in ("tempo", "key", "mode", "loudness") and not math.isnan(value):
            yield Reason("feature", f"{name} {value:.2f}")

    return reasons


SOUND: tuple[Filter, ...] = tuple(
    # The mode is known when the key is.
    Filter(name, _feature(name), "key" if name == "mode" else name, reasons=_heard(name))
    for name in FEATURE_NAMES
    if name != "duration_ms"
)
