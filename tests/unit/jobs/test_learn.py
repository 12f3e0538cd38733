"""Learning: who finds what is there, who drops out, and what a fingerprint tells apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from segue.models.data import TrainingData
from segue.models.learners import KINDS
from segue.models.saving import unpack
from segue.models.scorer import Query, silent
from segued.config.learn import LEARNERS, LearnSection
from segued.jobs.learn import fingerprint, train_one

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SECTION = LearnSection(enabled=True, device="cpu")


def trained(name: str, data: TrainingData, section: LearnSection = SECTION):
    return train_one(name, data, section, seed=0, now=NOW, progress=silent)


@pytest.mark.parametrize("name", KINDS)
def test_planted_signal_is_found_and_used(name: str, planted: TrainingData) -> None:
    one, packed = trained(name, planted)
    assert one.used, one
    assert one.held_out is not None
    assert one.held_out.gain > 0
    assert packed is not None
    scorer, card = unpack(packed, KINDS[name].scorer(), name)
    assert card.trained_at == NOW
    assert card.data == planted.counts()
    assert np.isfinite(scorer.score(Query(playlist=planted.playlists[0][:5]))).all()


@pytest.mark.parametrize("name", KINDS)
def test_where_there_is_nothing_to_find_a_learner_drops_out(
    name: str, chance: TrainingData
) -> None:
    one, packed = trained(name, chance)
    assert not one.used, one
    assert one.reason
    assert packed is None


@pytest.mark.parametrize("name", KINDS)
def test_too_little_data_drops_a_learner_out_by_name(name: str, planted: TrainingData) -> None:
    nothing = replace(
        planted,
        playlists=planted.playlists[:1],
        sessions=(),
        likes=planted.likes[:1],
        liked_at=planted.liked_at[:1],
        dislikes=planted.dislikes[:0],
    )
    one, packed = trained(name, nothing)
    assert (one.used, packed, one.held_out) == (False, None, None)
    assert name in one.reason


def test_a_forced_learner_is_used_all_the_same_and_says_so(chance: TrainingData) -> None:
    forced = SECTION.model_copy(update={"forced": ["embedding"]})
    one, packed = trained("embedding", chance, forced)
    assert one.used
    assert "forced" in one.reason
    assert packed is not None


def test_every_learner_of_the_configuration_can_be_trained() -> None:
    assert set(KINDS) <= set(LEARNERS)


def test_the_same_data_has_the_same_fingerprint(planted: TrainingData) -> None:
    assert fingerprint(planted, SECTION, 0) == fingerprint(replace(planted), SECTION, 0)


@pytest.mark.parametrize(
    "changed",
    [
        lambda d: replace(d, playlists=d.playlists[1:]),
        lambda d: replace(d, playlists=(d.playlists[0][::-1], *d.playlists[1:])),
        lambda d: replace(d, likes=d.likes[1:], liked_at=d.liked_at[1:]),
        lambda d: replace(d, dislikes=d.dislikes[1:]),
        lambda d: replace(d, sessions=d.sessions[1:]),
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
