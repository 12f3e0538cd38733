"""Conditions: what a filter asks of a track, each with its words.

A condition answers True, False or, where what it asks about is unknown, None. Answers combine as
in Kleene's three-valued logic, so that `any` and `none` treat the unknown alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from segue.playlists.gather.pool import Facts
from segue.playlists.inventory import Inventory
from segue.playlists.plan import Reason

Answer = bool | None
Test = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter: a phrase that completes "37 …", and its test on a track id.

    `lenient` is the test where no nested filter drops what is unknown; None: the same.
    """

    text: str
    test: Test
    lenient: Test | None = None

    @property
    def possible(self) -> Test:
        """Whether a track may hold once all is known: False where it cannot."""
        return self.lenient or self.test


@dataclass(frozen=True, slots=True)
class Filter:
    """One key of `[playlist.where]`, which `segue.recipe.sections` declares.

    `condition` makes the condition of its value. `feature` is the audio feature that has to be
    known for it; `lyrics` and `genres` say whether it asks about those. `reasons` say of a track
    what the filter asks about: what it is given are the value, the track's id and the facts.
    """

    key: str
    condition: Callable[[Any, Facts, Inventory], Condition]
    feature: str = ""
    lyrics: bool = False
    genres: bool = False
    reasons: Callable[[Any, str, Facts], Iterable[Reason]] | None = None


def negated(test: Test) -> Test:
    """The opposite of a test; the unknown stays unknown."""

    def negation(track_id: str) -> Answer:
        answer = test(track_id)
        return None if answer is None else not answer

    return negation


def all_of(tests: Sequence[Test]) -> Test:
    """Whether every test holds."""

    def test(track_id: str) -> Answer:
        answers = [each(track_id) for each in tests]
        return False if False in answers else None if None in answers else True

    return test


def any_of(tests: Sequence[Test]) -> Test:
    """Whether at least one test holds."""

    def test(track_id: str) -> Answer:
        answers = [each(track_id) for each in tests]
        return True if True in answers else None if None in answers else False

    return test
