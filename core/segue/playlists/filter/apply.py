"""Filtering: which candidates a recipe's `where` lets through, and how many each step leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segue.playlists.filter.catalogue import CATALOGUE, GENRES, SOUND
from segue.playlists.filter.lyrics import LYRICS, Answer, Condition, Filter, all_of, any_of, negated
from segue.playlists.gather.pool import Facts
from segue.playlists.inventory import Inventory
from segue.playlists.plan import Reason
from segue.recipe.sections import Where

FILTERS: Mapping[str, Filter] = {each.key: each for each in (*CATALOGUE, *SOUND, *LYRICS, *GENRES)}
"""Every filter by its key."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How many candidates a step left, in words: "37 added within 90 days"."""

    left: int
    text: str


def why_nothing(stages: Sequence[Stage]) -> str:
    """Why nothing could be chosen: the counts up to the first stage that left none."""
    texts = []
    for stage in stages:
        texts.append(stage.text)
        if stage.left == 0:
            break
    return f"nothing to choose from: {' → '.join(texts)}"


@dataclass(frozen=True, slots=True)
class Filtered:
    """What a filter leaves of candidates, in their order.

    `passed` are those it lets through; `possible` those it may let through once what is unknown
    of them is known. Each condition gives one of `stages`.
    """

    passed: tuple[str, ...]
    possible: tuple[str, ...]
    stages: tuple[Stage, ...]


def apply_where(where: Where, ids: Sequence[str], facts: Facts, inventory: Inventory) -> Filtered:
    """Filter candidates.

    Raises RecipeError for a pattern that is no regular expression, and for a playlist that cannot
    be read.
    """
    passed, possible, stages = list(ids), list(ids), []
    keep_unknown = where.unknown_features == "keep"
    for condition in conditions(where, facts, inventory):
        answers = {track_id: condition.test(track_id) for track_id in passed}
        known = answers if condition.lenient is None else {}
        possible = [
            i for i in possible if (known[i] if i in known else condition.possible(i)) is not False
        ]
        passed = [i for i, answer in answers.items() if answer or (answer is None and keep_unknown)]
        unknown = sum(answer is None for answer in answers.values())
        done = "kept" if keep_unknown else "dropped"
        aside = f" ({unknown:,} unknown, {done})" if unknown else ""
        stages.append(Stage(len(passed), f"{len(passed):,} {condition.text}{aside}"))
    return Filtered(tuple(passed), tuple(possible), tuple(stages))


def conditions(
    where: Where, facts: Facts, inventory: Inventory, *, positive: bool = True
) -> Iterator[Condition]:
    """The conditions of a filter, all of which must hold.

    `positive` is False inside `none_of`, where holding keeps a track out.
    """
    for key, value in where.asked():
        yield FILTERS[key].condition(value, facts, inventory)
    if where.any_of:
        parts = [_whole(part, facts, inventory, positive) for part in where.any_of]
        words = " or ".join(part.text for part in parts)
        lenient = any_of([part.possible for part in parts])
        yield Condition(f"either {words}", any_of([part.test for part in parts]), lenient)
    for inner in where.none_of:
        part = _whole(inner, facts, inventory, not positive)
        yield Condition(f"not {part.text}", negated(part.test), negated(part.possible))


def features_asked(where: Where) -> frozenset[str]:
    """The audio features that a filter asks about anywhere in it."""
    asked = (FILTERS[key].feature for part in where.every() for key, _ in part.asked())
    return frozenset(feature for feature in asked if feature)


def asks_about_lyrics(where: Where) -> bool:
    """Whether a filter asks about lyrics anywhere in it."""
    return any(FILTERS[key].lyrics for part in where.every() for key, _ in part.asked())


def filter_reasons(where: Where, track_id: str, facts: Facts) -> Iterator[Reason]:
    """What is known of a track as far as a filter asks about it. It weighs nothing."""
    for key, value in where.asked():
        reasons = FILTERS[key].reasons
        if reasons is not None:
            yield from reasons(value, track_id, facts)
    for inner in where.any_of:
        yield from filter_reasons(inner, track_id, facts)


def _whole(where: Where, facts: Facts, inventory: Inventory, positive: bool) -> Condition:
    """A nested filter as one condition. One that drops the unknown does so on its own."""
    parts = list(conditions(where, facts, inventory, positive=positive))
    text = " and ".join(part.text for part in parts) or "any track"
    keep_unknown = where.unknown_features == "keep"
    together = all_of([part.test for part in parts])

    def test(track_id: str) -> Answer:
        answer = together(track_id)
        return answer if answer is not None or keep_unknown else not positive

    return Condition(text, test, all_of([part.possible for part in parts]))
