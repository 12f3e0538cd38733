"""Saved models, loaded when a recipe first asks for them, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from segue.errors import SegueError
from segue.models.learners import LEARNER_OF, LEARNERS
from segue.models.nextstep.learner import NextStepScorer
from segue.models.nextstep.prefixes import prefix_median
from segue.models.scorer import Scorer
from segue.playlists.inventory import Inventory
from segue.playlists.score.models import Lookup, Models, asks_models, model_scores
from segue.recipe.recipe import Recipe
from segued.config.schema import Settings
from segued.store.state import State

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
    if recipe.sequence.method != "beam":
        return models
    scorer = lookup(NEXT_STEP)
    if isinstance(scorer, NextStepScorer) and scorer.scaling == inventory.scaling:
        return replace(models, next_features=scorer.predict, notes=(*models.notes, *scorer.notes))
    why = scorer if isinstance(scorer, str) else "the features' scale has changed since it learned"
    note = f"the beam goes by the median of what came before: {why}"
    return replace(models, next_features=prefix_median, notes=(*models.notes, note))
