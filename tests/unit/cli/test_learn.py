"""What `segue learn` prints of lists with order and of lists without."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from rich.console import Console

from segue.models.data import TrainingData, Vocabulary, track_table
from segue.progress import silent
from segued.cli.stages.learn import learned_sentence, print_learned
from segued.config.sections import LearnSection
from segued.learn.job import LearnOutcome, train_one
from segued.store.models import Learned, LearnedOne

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def lists(*, in_order: bool) -> TrainingData:
    """Fifteen lists of twelve tracks, rising in energy or in an order of chance."""
    rng = np.random.default_rng(0)
    abstract = rng.uniform(0.2, 0.8, (15, 12, 8))
    if in_order:
        abstract[:, :, 2] = np.sort(abstract[:, :, 2], axis=1)
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(180)),
        tracks=track_table(180, abstract=abstract.reshape(180, 8).astype(np.float32)),
        playlists=tuple(np.split(np.arange(180, dtype=np.int32), 15)),
    )


def printed(data: TrainingData, **section: object) -> str:
    wanted = LearnSection.model_validate({"enabled": True, "device": "cpu", **section})
    result, _ = train_one("nextstep", data, wanted, seed=0, now=NOW, progress=silent)
    file = io.StringIO()
    learned = Learned("f", NOW, 0, data.counts(), (result,))
    print_learned(Console(file=file, width=80), LearnOutcome(learned, trained=True))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    return " ".join(file.getvalue().split())


def test_of_lists_in_order_it_says_what_order_is_worth() -> None:
    text = printed(lists(in_order=True))
    assert "nextstep: your lists show order: shuffled, their next songs are harder to guess" in text
    assert "not used" not in text
    assert "mae: how far the next track's features are from the guess; less is better." in text


@pytest.mark.parametrize("forced", [[], ["nextstep"]])
def test_of_lists_without_order_it_says_that_the_median_is_used(forced) -> None:
    text = printed(lists(in_order=False), forced=forced)
    assert "your lists show no order: shuffled, their next songs are no harder to guess" in text
    assert "so the prefix median is used" in text
    assert ("nextstep is not used" in text) == (not forced)


def learner(name: str, **changes: object) -> LearnedOne:
    return LearnedOne(name=name, used=True, reason="better", saved=True, seconds=0.1, **changes)


def test_the_last_sentence_calls_learners_as_recipes_do() -> None:
    instead = replace(learner("continuation", stands_in="popularity"), used=False)
    every = (
        learner("taste"),
        learner("embedding"),
        learner("nextstep"),
        replace(instead, used=False),
    )
    assert learned_sentence(Learned("f", NOW, 0, {}, every)) == (
        "Recipes may weigh taste and embedding (or similar) under [playlist.score] and order by "
        'nextstep with method = "beam" under [playlist.sequence]; for continuation a simple rule '
        "stands in."
    )
