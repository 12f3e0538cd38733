"""Saved models, and what recipes name and the library does not have, found before a run does."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from segue.errors import Problem, RecipeError, SegueError
from segue.models.learners import LEARNER_OF, LEARNERS
from segue.models.nextstep.model import prefix_median
from segue.models.scorer import Scorer
from segue.names import spotify_id
from segue.playlists.gather.collected import PLAYLIST
from segue.playlists.gather.missing import Missing, Path, missing_in, never_readable
from segue.playlists.gather.sources import collect_playlist
from segue.playlists.inventory import Inventory, find_playlist, namesakes
from segue.playlists.score.models import Lookup, Models, asks_models, model_scores
from segue.recipe.recipe import Recipe
from segue.recipe.references import in_building_order
from segue.recipe.source_text import read_source, single_sources, write_source
from segue.recipe.sources import Similar
from segue.recipe.types import LIKE_SOUND
from segue.recipe.values import read_seeds
from segue.sequencing.learner import TERMS, OrderScorer
from segued.config.schema import Settings
from segued.config.toml.lines import TomlLines, show_path
from segued.inventory.identity import recipes_with_ids
from segued.inventory.outside import outside_of, read_never
from segued.inventory.reading import choice_of, known_key, read_inventory
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a recipe names and cannot have. `number` counts the recipes from 0.

    `stops` is True where its next refresh would fail or be refused for it.
    """

    number: int
    recipe: Recipe
    missing: Missing
    stops: bool


def check_recipes(settings: Settings, state: State, now: datetime) -> tuple[Finding, ...]:
    """Everything the recipes name that cannot be found, judged by what was last read.

    Raises UsageError where nothing was synced yet.
    """
    known = recipes_with_ids(settings, state, now)
    number = {each.recipe.id: index for index, each in enumerate(known)}
    try:
        recipes = in_building_order([each.recipe for each in known])
    except RecipeError:  # the configuration's own check names recipes that go round in a circle
        recipes = tuple(each.recipe for each in known)
    inventory = read_inventory(state, recipes, {}, known_key(choice_of(settings), state))
    inventory = replace(
        inventory,
        never=read_never(settings.never, state),
        outside=outside_of(settings.discover, state),
    )
    # What another recipe makes is there by the time a recipe that draws on it is built.
    inventory = replace(inventory, planned={recipe.id: () for recipe in recipes})
    models = SavedModels(settings, state)
    found = [
        Finding(number[recipe.id], recipe, missing, _stops(recipe, missing))
        for recipe in recipes
        for missing in dict.fromkeys(m for f in recipe.forms for m in missing_in(f, inventory))
    ]
    found += [
        Finding(number[recipe.id], recipe, missing, missing.required)
        for recipe in recipes
        for missing in _absent(recipe, models, sound=settings.sound.enabled)
    ]
    found += [
        Finding(number[recipe.id], recipe, missing, _stops(recipe, missing))
        for recipe in recipes
        for missing in _keyless(recipe, settings)
    ]
    found += [
        Finding(number[recipe.id], recipe, missing, stops=False)
        for recipe in recipes
        for missing in _same_names(recipe, inventory)
    ]
    return tuple(sorted(found, key=lambda each: each.number))


def never_problems(settings: Settings, state: State, now: datetime, text: str) -> Iterator[Problem]:
    """The playlists of `[never]` that cannot be found or read, by their lines: while one cannot, no
    recipe is planned. One that the next sync reads is none."""
    known = recipes_with_ids(settings, state, now)
    inventory = read_inventory(state, [each.recipe for each in known], {})
    for number, reference in enumerate(settings.never.playlists):
        found = collect_playlist(find_playlist(reference, inventory), PLAYLIST)
        for problem in (each for each in found.problems if not each.pending):
            path: Path = ("never", "playlists", number)
            why = (
                f"{problem.why.rstrip('?')}; what it holds is to stay out, so no recipe is planned."
            )
            yield Problem(show_path(path), why, TomlLines(text).line(path))


def check_unread(settings: Settings) -> tuple[Finding, ...]:
    """What can be said of the recipes before the account was read."""
    return tuple(
        Finding(number, recipe, missing, _stops(recipe, missing))
        for number, recipe in enumerate(settings.playlists)
        for missing in (
            *dict.fromkeys(m for form in recipe.forms for m in never_readable(form)),
            *_keyless(recipe, settings),
        )
    )


def _keyless(recipe: Recipe, settings: Settings) -> Iterator[Missing]:
    """The source that is only asked with a key, where there is none: it never gives anything."""
    drawn = (source for form in recipe.forms for source in single_sources(form.source))
    if not settings.tags.lastfm_key and Similar("lastfm") in drawn:
        why = "Last.fm is asked for similar songs with a key; set lastfm_key in [tags]"
        yield Missing(("from",), str(write_source(Similar("lastfm"))), why)


def _same_names(recipe: Recipe, inventory: Inventory) -> Iterator[Missing]:
    """A playlist of the user's own that bears the name of one that is yet to be made."""
    if recipe.id in inventory.recipe_playlists or recipe.write.playlist_id is not None:
        return
    for summary in namesakes(recipe.name, inventory):
        why = (
            f"you already have a playlist called “{summary.name}” ({summary.id}), and a refresh "
            f'makes another; write playlist_id = "{summary.id}" and adopt = true in '
            "[playlist.write] to have Segue keep yours instead"
        )
        yield Missing(("name",), recipe.name, why)


def _stops(recipe: Recipe, missing: Missing) -> bool:
    return not missing.pending and (missing.required or recipe.missing == "fail")


def _absent(recipe: Recipe, models: Lookup, *, sound: bool) -> Iterator[Missing]:
    """The scores that no model stands behind, and that of sounds that nothing encodes; required
    where the recipe weighs nothing else."""
    absent = {
        name: why
        for name in asks_models(recipe)
        if isinstance(why := models(LEARNER_OF[name]), str)
    }
    if recipe.score.get(LIKE_SOUND) and not sound:
        absent[LIKE_SOUND] = "[sound] is switched off, enabled = false"
    weighed = [name for name, weight in recipe.score.items() if weight]
    alone = len(absent) == len(weighed)
    for name, why in absent.items():
        yield Missing(("score", name), name, f"`{name}` cannot be weighed: {why}", alone)


def problem_of(finding: Finding, text: str) -> Problem:
    """A finding as a problem of the configuration's text, with its path and line."""
    document = tomllib.loads(text)
    path = _place(document, ("playlist", finding.number, *finding.missing.path), finding.missing)
    remedy = None
    if finding.stops and not finding.missing.required:
        remedy = 'Correct it, or say missing = "skip" to go on without.'
    line = TomlLines(text).line(path)
    why = f"{finding.missing.why.rstrip('?')}."
    return Problem(show_path(path), why, line, remedy, within=finding.recipe.name)


def _place(document: Mapping[str, object], path: Path, missing: Missing) -> Path:
    """The path of the very value that names what is missing, within the key that holds it."""
    value: object = document
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
    meant = (place for place, leaf in _leaves(value) if _is(leaf, missing))
    return (*path, *next(meant, ()))


def _leaves(value: object) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from (((index, *path), leaf) for path, leaf in _leaves(inner))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(inner, (str, list, dict)):
                yield (key,), key
            yield from (((key, *path), leaf) for path, leaf in _leaves(inner))


def _is(leaf: str, missing: Missing) -> bool:
    """Whether a text of the configuration is what a recipe knows as this reference."""
    reference = missing.reference
    if missing.path[0] == "from":
        source, _ = read_source(leaf)
        return source is not None and write_source(source) == reference
    if missing.path[0] == "seeds":
        return read_seeds(leaf) == (reference,)
    return reference in (leaf, spotify_id(leaf, "track"))


NEXT_STEP = "nextstep"
"""The learner whose ŷ the beam goes by."""


class SavedModels:
    """The models of a state: each is read once. A `segue.playlists.score.models.Lookup`."""

    def __init__(self, settings: Settings, state: State) -> None:
        self.settings = settings
        self._section = settings.learn
        self._state = state
        self._known: dict[str, Scorer | str] = {}

    def __call__(self, learner: str) -> Scorer | str:
        """The fitted model of a learner, or in words why there is none."""
        if learner not in self._known:
            self._known[learner] = self._found(learner)
        return self._known[learner]

    def marks(self, recipe: Recipe) -> Mapping[str, str]:
        """What tells the models a recipe asks from all others, by learner: "" where there is none.

        Kept with a version, `segue.models.saving.departed` finds what has changed since.
        """
        names = [LEARNER_OF[score] for score in asks_models(recipe)]
        if recipe.sequence.method == "beam":
            names.append(NEXT_STEP)
        if recipe.sequence.learn:
            names.append(recipe.sequence.learn)
        section = self._section
        asked = [name for name in names if section.enabled and name in section.learners]
        return {name: self._state.models.mark(name) for name in asked}

    def _found(self, learner: str) -> Scorer | str:
        if not self._section.enabled:
            return "learning is switched off, [learn] enabled = false"
        if learner not in self._section.learners:
            return f"{learner} is not among the learners of [learn]"
        learned = self._state.models.learned()
        result = learned.one(learner) if learned is not None else None
        if result is None or learner not in LEARNERS:
            return f"{learner} has not been learned yet, `segue learn` does"
        if not result.used and not result.stands_in:
            return result.reason
        try:
            found = self._state.models.load(learner, LEARNERS[learner].scorer())
        except SegueError as error:
            return str(error)
        return found or f"the model of {learner} is missing, `segue learn --again` makes it anew"


def models_for(recipe: Recipe, inventory: Inventory, lookup: Lookup) -> Models:
    """What models know for a recipe. Without one that it asks, nothing is loaded."""
    models = model_scores(recipe, inventory, lookup)
    if recipe.sequence.learn:
        weights, said = order_weights(recipe, lookup)
        models = replace(models, weights=weights, notes=(*models.notes, said))
    if recipe.sequence.method != "beam":
        return models
    from segue.models.nextstep.learner import NextStepScorer

    scorer = lookup(NEXT_STEP)
    if isinstance(scorer, NextStepScorer) and scorer.scaling == inventory.scaling:
        return replace(models, next_features=scorer.predict, notes=(*models.notes, *scorer.notes))
    why = scorer if isinstance(scorer, str) else "the features' scale has changed since it learned"
    note = f"the beam goes by the median of what came before: {why}"
    return replace(models, next_features=prefix_median, notes=(*models.notes, note))


def order_weights(recipe: Recipe, lookup: Lookup) -> tuple[Mapping[str, float], str]:
    """The weights learned from the user's own lists, less those that the recipe gives; none where
    the lists show no order. And the words for either."""
    scorer = lookup(recipe.sequence.learn)
    if not isinstance(scorer, OrderScorer):
        return {}, f"the shipped weights order the list: {scorer}"
    found = {TERMS[name]: value for name, value in scorer.weights.items() if scorer.learned}
    given = recipe.sequence.model_fields_set
    return {key: v for key, v in found.items() if key not in given}, "; ".join(scorer.notes)
