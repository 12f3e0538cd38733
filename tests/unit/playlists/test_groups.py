"""A library parted into groups, each chosen by the filter that is printed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from segue.errors import NotEnoughDataError
from segue.playlists.filter.apply import apply_where
from segue.playlists.gather.pool import gather, look_up
from segue.playlists.groups import FEWEST, group
from segue.playlists.inventory import VectorSpace
from segue.recipe.sections import Where
from segue.recipe.sources import Liked

IDS = [f"t{number}" for number in range(1, 121)]


def chosen(lab, inventory, where) -> set[str]:
    """What a recipe with such a filter would choose from."""
    pool = gather(Liked(), inventory)
    facts = look_up(pool, inventory, lab.now)
    found = apply_where(Where.model_validate(dict(where)), list(pool.origins), facts, inventory)
    return set(found.passed)


def sounding(lab, kinds: int, spread: float, seed: int = 0):
    """Songs of some kinds far apart, 120 in all; with one kind there is no structure."""
    rng = np.random.default_rng(seed)
    corners = [(0.15, 0.2, 0.85), (0.85, 0.8, 0.1), (0.8, 0.15, 0.4)][:kinds]
    features = {}
    for n, track_id in enumerate(IDS):
        energy, valence, acoustic = np.clip(
            np.array(corners[n % kinds]) + rng.normal(0, spread, 3), 0.01, 0.99
        )
        features[track_id] = lab.features(
            acousticness=acoustic, danceability=0.5 + rng.normal(0, 0.02), energy=energy,
            instrumentalness=0.1, liveness=0.15, loudness=-8.0, speechiness=0.05,
            valence=valence, tempo=120.0,
        )  # fmt: skip
    return lab.inventory(IDS, features=features)


def test_three_planted_kinds_of_sound_are_found_and_their_filters_choose_them(lab) -> None:
    inventory = sounding(lab, 3, 0.05)
    found = group("sound", IDS, inventory, None, seed=1)
    assert len(found.groups) == 3
    assert not found.blends
    kinds = [set(IDS[start::3]) for start in range(3)]
    for each in found.groups:
        taken = chosen(lab, inventory, each.where)
        assert taken == set(each.track_ids)
        assert max(len(taken & kind) for kind in kinds) >= 0.95 * len(taken)
    assert len({each.name for each in found.groups}) == 3


@pytest.mark.parametrize("chance", range(4))
def test_groups_of_a_library_without_structure_are_said_to_blend(lab, chance) -> None:
    rng = np.random.default_rng(chance)
    flat = {
        i: lab.features(**dict(zip(SHARES, rng.uniform(0, 1, 7), strict=True)), loudness=-8.0)
        for i in IDS
    }
    found = group("sound", IDS, lab.inventory(IDS, features=flat), None, seed=1)
    assert found.blends


SHARES = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness",
          "valence")  # fmt: skip


@pytest.mark.parametrize("k", [2, 4])
def test_as_many_groups_as_are_asked_for(lab, k) -> None:
    found = group("sound", IDS, sounding(lab, 3, 0.15), k, seed=1)
    assert len(found.groups) == k
    assert sum(len(each.track_ids) for each in found.groups) == len(IDS), "each song in one"


def test_the_same_seed_gives_the_same_groups(lab) -> None:
    inventory = sounding(lab, 3, 0.2)
    assert group("sound", IDS, inventory, None, 5) == group("sound", IDS, inventory, None, 5)


def test_a_track_of_unknown_sound_is_in_no_group(lab) -> None:
    inventory = sounding(lab, 3, 0.05)
    known = {i: f for i, f in inventory.features.items() if i != "t7"}
    found = group("sound", IDS, lab.inventory(IDS, features=known), None, 1)
    assert found.known == len(IDS) - 1
    everywhere = itertools.chain.from_iterable(each.track_ids for each in found.groups)
    assert "t7" not in set(everywhere)


def test_planted_kinds_of_lyrics_are_found(lab) -> None:
    rng = np.random.default_rng(2)
    directions = np.eye(8)[:3]
    matrix = np.array([directions[n % 3] + rng.normal(0, 0.1, 8) for n in range(len(IDS))])
    matrix = (matrix / np.linalg.norm(matrix, axis=1)[:, None]).astype(np.float32)
    space = VectorSpace({i: n for n, i in enumerate(IDS)}, matrix)
    inventory = lab.inventory(IDS, lyric_space=space)
    found = group("lyrics", IDS, inventory, None, seed=1)
    assert len(found.groups) == 3
    kinds = [set(IDS[start::3]) for start in range(3)]
    assert all(set(each.track_ids) in kinds for each in found.groups)
    assert all(each.where["like_track"]["track"] in each.track_ids for each in found.groups)


def test_genres_are_groups_and_the_largest_is_parted(lab) -> None:
    genres = {i: (("deephouse", "techno", "ambient", "bebop")[n % 4],) for n, i in enumerate(IDS)}
    inventory = lab.inventory(IDS, genres=genres)
    found = group("genre", IDS, inventory, None, seed=1)
    names = {each.where["genre"] for each in found.groups}
    assert names == {"house", "techno", "ambient", "jazz"}, "three quarters are electronic"
    for each in found.groups:
        assert chosen(lab, inventory, each.where) == set(each.track_ids)


def test_a_genre_of_a_few_is_no_group(lab) -> None:
    genres = {i: ("techno" if n else "bebop",) for n, i in enumerate(IDS)}
    found = group("genre", IDS, lab.inventory(IDS, genres=genres), None, seed=1)
    assert all(len(each.track_ids) >= FEWEST for each in found.groups)


@pytest.mark.parametrize("by", ["sound", "genre", "lyrics", "alike"])
def test_what_is_not_known_of_enough_songs_is_said(lab, by) -> None:
    with pytest.raises(NotEnoughDataError, match=f"by {by}: known for 0 of 120 tracks"):
        group(by, IDS, lab.inventory(IDS), None, 1)


def test_files_that_sound_alike_are_grouped_and_chosen_by_the_track_in_their_middle(lab) -> None:
    rng = np.random.default_rng(3)
    matrix = np.array([np.eye(8)[n % 2] + rng.normal(0, 0.1, 8) for n in range(len(IDS))])
    matrix = (matrix / np.linalg.norm(matrix, axis=1)[:, None]).astype(np.float32)
    space = VectorSpace({i: n for n, i in enumerate(IDS) if i != "t7"}, matrix)
    found = group("alike", IDS, lab.inventory(IDS, sound_space=space), None, seed=1)
    assert found.known == len(IDS) - 1
    kinds = [set(IDS[start::2]) - {"t7"} for start in range(2)]
    assert all(set(each.track_ids) in kinds for each in found.groups)
    assert all(each.where["like_sound"]["track"] in each.track_ids for each in found.groups)
