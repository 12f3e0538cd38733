"""`segue evaluate`: how well something works, beside baselines, on data one gives."""

from __future__ import annotations

from segued.cli.commands import Entry
from segued.cli.lazy import LazyGroup

_SECTION = "Evaluations"

EVALUATIONS: dict[str, Entry] = {
    "taste": Entry("evaluate_taste", "What tells a like from a dislike", _SECTION),
    "nextstep": Entry("evaluate_nextstep", "What the next track sounds like", _SECTION),
    "continuation": Entry("evaluate_continuation", "What else belongs in a list", _SECTION),
    "association": Entry("evaluate_association", "What goes with a song", _SECTION),
    "embedding": Entry("evaluate_embedding", "What few numbers keep of a song", _SECTION),
    "sentiment": Entry("evaluate_sentiment", "Moods beside TF-IDF and VADER", _SECTION),
    "sequencing": Entry("evaluate_sequencing", "Orders beside other orders and bounds", _SECTION),
}

command = LazyGroup(
    EVALUATIONS, name="evaluate", help="Measure what Segue does, beside baselines, on your data."
)
