"""Models and the beam: what was learned of steps guides it, and why it goes by the median."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.embedding.learner import EmbeddingLearner
from segue.models.nextstep.learner import NextStepLearner
from segue.models.nextstep.model import prefix_median
from segue.models.saving import ModelCard, departed, pack
from segue.music.features import DISCO, AudioFeatures
from segue.music.track import Artist, Track
from segue.playlists.build import build
from segue.playlists.inventory import Inventory
from segue.playlists.library import Saved
from segue.recipe.recipe import Recipe
from segue.recipe.sections import SequenceSettings
from segue.recipe.sources import Liked
from segue.sequencing.learner import OrderLearner
from segued.config.load import check
from segued.inventory.recipe_check import SavedModels, models_for
from segued.store.models import Learned, LearnedOne
from segued.store.state import State

NOW = datetime(2026, 10, 1, tzinfo=UTC)
N_LISTS, LENGTH = 12, 10
BEAM = Recipe(id="r", name="R", source=Liked(), length=10, sequence=SequenceSettings(method="beam"))


def lists(sign: int, n_lists: int = N_LISTS) -> TrainingData:
    """Lists that rise in energy, fall (−1), or are in an order of chance (0); all else is flat."""
    rng = np.random.default_rng(0)
    n = n_lists * LENGTH
    energy = rng.uniform(0.1, 0.9, (n_lists, LENGTH))
    if sign:
        energy = np.sort(energy, axis=1)[:, ::sign]
    abstract = np.full((n, 8), 0.5, dtype=np.float32)
    abstract[:, 2] = energy.ravel()
    abstract[:, 5] = -8.0
    return TrainingData(
        vocabulary=Vocabulary(f"t{row}" for row in range(n)),
        tracks=track_table(n, abstract=abstract),
        playlists=tuple(np.split(np.arange(n, dtype=np.int32), n_lists)),
    )


def inventory() -> Inventory:
    """Ten liked songs that differ in energy, in no order."""
    energies = np.random.default_rng(1).permutation(np.linspace(0.1, 0.9, 10))
    ids = [f"s{row}" for row in range(10)]
    return Inventory(
        user_id="me",
        tracks={i: Track(i, title=i, artists=(Artist(i, i),), duration_ms=200_000) for i in ids},
        features={
            i: AudioFeatures(*([0.5] * 2), float(energy), 0.5, 0.5, -8.0, 0.5, 0.5)
            for i, energy in zip(ids, energies, strict=True)
        },
        liked=tuple(Saved(i, NOW) for i in ids),
    )


def learned(sign: int):
    return NextStepLearner(scaling=DISCO, nets=1).fit(lists(sign), seed=0)


def order(lookup, recipe: Recipe = BEAM):
    known = inventory()
    models = models_for(recipe, known, lookup)
    draft = build(recipe, known, models, NOW, 7)
    return [known.features[i].energy for i in draft.track_ids], draft.notes


def climb(energies) -> float:
    return float(np.corrcoef(np.arange(len(energies)), energies)[0, 1])


@pytest.fixture(scope="module")
def rising():
    return learned(1)


def test_the_beam_climbs_where_lists_climbed_and_falls_where_they_fell(rising) -> None:
    up, notes = order(lambda _: rising)
    down, _ = order(lambda _: learned(-1))
    without, _ = order(lambda _: "there is none")
    assert sorted(up) == sorted(down) == sorted(without)
    assert climb(up) > max(climb(down), 0) + 0.3
    assert len({tuple(up), tuple(down), tuple(without)}) == 3
    assert any(note.startswith("your lists show order") for note in notes)


def test_without_a_model_the_beam_goes_by_the_median_and_says_why() -> None:
    _, notes = order(lambda _: "nextstep has not been learned yet, `segue learn` does")
    assert (
        "the beam goes by the median of what came before: "
        "nextstep has not been learned yet, `segue learn` does" in notes
    )


def test_lists_without_order_order_as_the_median_does_and_it_is_said() -> None:
    model = learned(0)
    with_model, notes = order(lambda _: model)
    assert with_model == order(lambda _: "none")[0]
    assert any("your lists show no order" in note for note in notes)


def test_a_model_of_another_scale_is_not_asked(rising) -> None:
    other = replace(DISCO, means=(0.0,) * 8)
    models = models_for(BEAM, replace(inventory(), scaling=other), lambda _: rising)
    assert models.next_features is prefix_median
    assert any("scale has changed" in note for note in models.notes)


@pytest.mark.parametrize("method", ["search", "greedy", "none"])
def test_other_methods_than_the_beam_ask_no_model(method) -> None:
    asked: list[str] = []
    recipe = BEAM.model_copy(update={"sequence": SequenceSettings(method=method)})
    models = models_for(recipe, inventory(), lambda name: asked.append(name) or "none")
    assert models.next_features is None
    assert asked == []


def saved(tmp_path, **packed) -> tuple[SavedModels, State]:
    state = State.open(tmp_path / "state")
    ones = [
        LearnedOne(name, False, "no better", saved=True, stands_in="popularity") for name in packed
    ]
    for name, model in packed.items():
        state.models.put(name, model)
    state.models.set_learned(Learned("f", NOW, 0, {}, tuple(ones)))
    settings = check("[learn]\nenabled = true\n", "config.toml", {}).settings
    return SavedModels(settings, state), state


def popularity(seed: int = 0):
    data = lists(1)
    drawn = np.random.default_rng(seed)
    playlists = [drawn.permutation(len(data.vocabulary))[:9].astype(np.int32) for _ in range(3)]
    scorer = EmbeddingLearner().stand_in(replace(data, playlists=tuple(playlists)), "too few lists")
    card = ModelCard(name="embedding", seed=0, trained_at=NOW, data={}, stands_in="popularity")
    return pack(scorer, card)


def test_a_baseline_that_stands_in_is_looked_up_like_a_model_and_says_so(tmp_path) -> None:
    lookup, _ = saved(tmp_path, embedding=popularity())
    scorer = lookup("embedding")
    assert not isinstance(scorer, str)
    assert scorer.notes == ("popularity stands in for embedding: too few lists",)


@pytest.mark.parametrize("file", ["card.json", "*.safetensors"])
@pytest.mark.parametrize("damage", ["flip", "remove"])
def test_a_damaged_or_missing_model_differs_from_the_one_a_version_used(
    tmp_path, file, damage
) -> None:
    recipe = BEAM.model_copy(update={"score": {"similar": 1.0}, "sequence": SequenceSettings()})
    lookup, state = saved(tmp_path, embedding=popularity())
    before = lookup.marks(recipe)
    assert list(before) == ["embedding"]
    assert before["embedding"]
    assert departed(before, lookup.marks(recipe)) == ()
    path = next((state.folder / "models" / "embedding").glob(file))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content) if damage == "flip" else path.unlink()
    (text,) = departed(before, SavedModels(lookup.settings, state).marks(recipe))
    assert "the model of embedding is missing or damaged" in text
    assert isinstance(SavedModels(lookup.settings, state)("embedding"), str)


def test_a_model_learned_anew_differs_from_the_one_a_version_used(tmp_path) -> None:
    recipe = BEAM.model_copy(update={"score": {"similar": 1.0}, "sequence": SequenceSettings()})
    lookup, state = saved(tmp_path, embedding=popularity())
    before = lookup.marks(recipe)
    state.models.put("embedding", popularity(seed=1))
    assert departed(before, lookup.marks(recipe)) == ("the model of embedding has changed since",)


BY_LISTS = BEAM.model_copy(update={"sequence": SequenceSettings(learn="order", smoothness=0.5)})


def test_learned_weights_order_a_list_unless_the_recipe_gives_them_and_it_is_said() -> None:
    scorer = OrderLearner().fit(lists(1), seed=0)
    models = models_for(BY_LISTS, inventory(), lambda _: scorer)
    assert models.weights["energy"] > 1
    assert "smoothness" not in models.weights
    found, notes = order(lambda _: scorer, BY_LISTS)
    assert abs(climb(found)) == pytest.approx(1, abs=0.02)
    assert any("are those of your lists" in note for note in notes)


def test_where_lists_show_no_order_the_shipped_weights_stand_and_it_is_said() -> None:
    result = OrderLearner().assess(lists(0), seed=0)
    assert not result.beats_baseline
    stand_in = OrderLearner().stand_in(lists(0), result.note)
    plain = BEAM.model_copy(update={"sequence": SequenceSettings(smoothness=0.5)})
    found, notes = order(lambda _: stand_in, BY_LISTS)
    assert found == order(lambda _: "none", plain)[0]
    assert any("your lists show no order of their own" in note for note in notes)
    found, notes = order(lambda _: "there is none", BY_LISTS)
    assert found == order(lambda _: "none", plain)[0]
    assert "the shipped weights order the list: there is none" in notes


def test_the_model_of_an_order_is_among_those_that_a_version_was_made_with(tmp_path) -> None:
    scorer = OrderLearner().stand_in(lists(0), "no order")
    card = ModelCard(name="order", seed=0, trained_at=NOW, data={}, stands_in="shipped weights")
    lookup, _ = saved(tmp_path, order=pack(scorer, card))
    assert list(lookup.marks(BY_LISTS)) == ["order"]
    assert lookup("order").weights == scorer.weights
