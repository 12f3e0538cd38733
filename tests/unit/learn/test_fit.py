"""Learning: who finds what is there, who drops out, and what a fingerprint tells apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from segue.models import learners
from segue.models.data import TrainingData
from segue.models.learners import LEARNERS, READABLE
from segue.models.saving import unpack
from segue.models.scorer import Query
from segue.progress import silent
from segued.config.sections import LearnSection
from segued.learn.job import fingerprint, mark_of, train_one

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SECTION = LearnSection(enabled=True, device="cpu")


QUICKER = LearnSection(enabled=True, device="cpu", effort=0.45)
"""With less effort than it takes to try plain classifiers beside the experts of taste."""


def trained(name: str, data: TrainingData, section: LearnSection = QUICKER):
    return train_one(name, data, section, seed=0, now=NOW, progress=silent)


@pytest.mark.parametrize("name", LEARNERS)
def test_planted_signal_is_found_and_used(
    name: str, planted: TrainingData, beyond_rules: TrainingData
) -> None:
    if name in ("association", "continuation", "embedding"):
        planted = beyond_rules
    result, packed = trained(name, planted)
    assert result.used, result
    assert result.held_out is not None
    assert result.held_out.gain > 0
    assert packed is not None
    scorer, card = unpack(packed, LEARNERS[name].scorer(), name)
    assert card.trained_at == NOW
    assert card.data == planted.counts()
    assert np.isfinite(scorer.score(Query(playlist=planted.playlists[0][:5]))).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_that_does_no_better_is_replaced_by_its_baseline(
    name: str, chance: TrainingData
) -> None:
    result, packed = trained(name, chance)
    spec = LEARNERS[name]
    assert not result.used, result
    assert result.stands_in == spec.baseline
    assert packed is not None
    scorer, card = unpack(packed, spec.scorer(), name)
    assert (card.used, card.stands_in, card.reason) == (False, spec.baseline, result.reason)
    assert card.notes == (f"{spec.baseline} stands in for {name}: {result.reason}",)
    query = Query(seeds=chance.playlists[0][:1], playlist=chance.playlists[0][1:3])
    fresh = spec.learner().stand_in(chance, "why")
    assert scorer.score(query).tobytes() == fresh.score(query).tobytes()
    assert np.unique(scorer.score(query)).size > 2


def test_the_baseline_of_lists_is_artist_and_popularity(chance: TrainingData) -> None:
    seed = int(chance.playlists[0][0])
    scores = LEARNERS["continuation"].learner().stand_in(chance, "why").score(
        Query(playlist=np.array([seed], dtype=np.int32))
    )  # fmt: skip
    counts = np.bincount(np.concatenate(chance.playlists), minlength=len(chance.vocabulary))
    same = chance.tracks.artist == chance.tracks.artist[seed]
    np.testing.assert_allclose(scores, same + counts / (1 + counts.max()), rtol=1e-6)


@pytest.mark.parametrize("name", LEARNERS)
def test_too_little_data_is_said_by_name(name: str, planted: TrainingData) -> None:
    nothing = replace(
        planted,
        playlists=planted.playlists[:1],
        sessions=(),
        likes=planted.likes[:1],
        liked_at=planted.liked_at[:1],
        dislikes=planted.dislikes[:0],
    )
    result, packed = trained(name, nothing)
    assert (result.used, result.held_out) == (False, None)
    assert name in result.reason
    assert (packed is not None) == bool(result.stands_in) == result.saved


def test_where_not_even_a_baseline_tells_tracks_apart_there_is_no_model(
    planted: TrainingData,
) -> None:
    bare = replace(planted, playlists=(), reordered=(), sessions=(), likes=planted.likes[:0],
                   liked_at=planted.liked_at[:0], dislikes=planted.dislikes[:0])  # fmt: skip
    made = {name: trained(name, bare)[1] is not None for name in LEARNERS}
    assert made == {**dict.fromkeys(LEARNERS, False), "nextstep": True, "order": True}


def test_a_forced_learner_is_used_all_the_same_and_says_so(chance: TrainingData) -> None:
    forced = SECTION.model_copy(update={"forced": ["embedding"]})
    result, packed = trained("embedding", chance, forced)
    assert result.used
    assert "forced" in result.reason
    assert packed is not None


def test_the_registry_names_each_learner_as_it_names_itself() -> None:
    assert {name: spec.learner().name for name, spec in LEARNERS.items()} == {
        name: name for name in LEARNERS
    }


def test_the_same_data_has_the_same_fingerprint(planted: TrainingData) -> None:
    assert fingerprint(planted, SECTION, 0) == fingerprint(replace(planted), SECTION, 0)


@pytest.mark.parametrize(
    "changed",
    [
        lambda d: replace(d, playlists=d.playlists[1:]),
        lambda d: replace(d, playlists=(d.playlists[0][::-1], *d.playlists[1:])),
        lambda d: replace(d, reordered=d.reordered[1:]),
        lambda d: replace(d, likes=d.likes[1:], liked_at=d.liked_at[1:]),
        lambda d: replace(d, dislikes=d.dislikes[1:]),
        lambda d: replace(d, sessions=d.sessions[1:]),
        lambda d: replace(d, passed=d.passed[1:]),
        lambda d: replace(d, tracks=replace(d.tracks, tempo=d.tracks.tempo + 1)),
        lambda d: replace(d, tracks=replace(d.tracks, mood=d.tracks.tempo / 200)),
        lambda d: replace(d, tracks=replace(d.tracks, titles=("x", *d.tracks.titles[1:]))),
    ],
)
def test_whatever_is_learned_from_is_in_the_fingerprint(planted: TrainingData, changed) -> None:
    assert fingerprint(changed(planted), SECTION, 0) != fingerprint(planted, SECTION, 0)


def test_settings_and_seed_are_in_the_fingerprint(planted: TrainingData) -> None:
    others = [
        (SECTION, 1),
        (SECTION.model_copy(update={"effort": 0.5}), 0),
        (SECTION.model_copy(update={"forced": ["taste"]}), 0),
    ]
    before = fingerprint(planted, SECTION, 0)
    assert all(fingerprint(planted, section, seed) != before for section, seed in others)
    # Where it is computed and how often do not decide what is learned.
    assert fingerprint(planted, SECTION.model_copy(update={"memory_mib": 999}), 0) == before


def test_the_code_that_learns_is_in_the_fingerprint(
    planted: TrainingData, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    before = fingerprint(planted, SECTION, 0)
    package = tmp_path / "toy_learners"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("RATE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(learners, "CODE", (*learners.CODE, "toy_learners.one"))
    digests = []
    for rate in (1, 2):
        (package / "one.py").write_text(f"RATE = {rate}\n")
        learners.code_digest.cache_clear()
        digests.append(fingerprint(planted, SECTION, 0))
    monkeypatch.undo()
    learners.code_digest.cache_clear()
    assert len({before, *digests}) == 3
    assert fingerprint(planted, SECTION, 0) == before


QUICK = LearnSection(enabled=True, device="cpu", effort=0.1)


def altered(data: TrainingData, names: tuple[str, ...]) -> TrainingData:
    """The same without the last entry of each of some fields."""
    changes = {name: getattr(data, name)[:-1] for name in names}
    if "likes" in names:
        changes["liked_at"] = data.liked_at[:-1]
    return replace(data, **changes)


@pytest.mark.parametrize("name", LEARNERS)
def test_what_a_learner_does_not_read_changes_neither_its_mark_nor_what_it_learns(
    name: str, planted: TrainingData
) -> None:
    unread = tuple(field for field in READABLE if field not in LEARNERS[name].reads)
    data = altered(planted, tuple(field for field in unread if field != "liked_at"))
    data = replace(data, liked_at=data.liked_at + 86_400.0)
    assert mark_of(name, data, QUICK, 0) == mark_of(name, planted, QUICK, 0)
    (first, packed), (other, packed_other) = (
        trained(name, planted, QUICK),
        trained(name, data, QUICK),
    )
    assert (first.held_out, first.reason) == (other.held_out, other.reason)
    assert packed is not None
    assert packed_other is not None
    assert packed.tensors == packed_other.tensors


def test_another_encoder_of_the_texts_is_something_to_learn_from(planted: TrainingData) -> None:
    texts = np.zeros((len(planted.tracks), 8), np.float32)
    data = replace(planted, tracks=replace(planted.tracks, text=texts), encoder="one")
    other = replace(data, encoder="another")
    assert mark_of("taste", data, QUICK, 0) != mark_of("taste", other, QUICK, 0)
    without = (replace(planted, encoder=key) for key in ("one", "another"))
    assert len({mark_of("taste", each, QUICK, 0) for each in without}) == 1


@pytest.mark.parametrize("name", LEARNERS)
def test_whatever_a_learner_reads_changes_its_mark(name: str, planted: TrainingData) -> None:
    before = mark_of(name, planted, QUICK, 0)
    for field in LEARNERS[name].reads:
        assert mark_of(name, altered(planted, (field,)), QUICK, 0) != before, field
    louder = planted.tracks.abstract.copy()
    louder[0, 0] += 0.01
    changed = replace(planted, tracks=replace(planted.tracks, abstract=louder))
    assert mark_of(name, changed, QUICK, 0) != before
    forced = QUICK.model_copy(update={"forced": (name,)})
    assert mark_of(name, planted, forced, 0) != before
    assert mark_of(name, planted, QUICK, 1) != before


def test_how_many_lists_are_practised_on_is_a_setting_of_those_that_practise(
    planted: TrainingData,
) -> None:
    few = SECTION.model_copy(update={"practice_lists": 60})
    assert fingerprint(planted, few, 0) != fingerprint(planted, SECTION, 0)
    for name, spec in LEARNERS.items():
        changed = mark_of(name, planted, few, 0) != mark_of(name, planted, SECTION, 0)
        assert changed == spec.practises == (name in ("association", "continuation"))
        made = spec.learner(1.0, 60)
        assert getattr(made, "practice_lists", None) == (60 if spec.practises else None)
