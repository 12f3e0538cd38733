"""A source, seed, pin or model that cannot be found leaves a playlist as it is, and says so."""

from __future__ import annotations

import unicodedata

import pytest

from segue.errors import MissingError, NoScoreError
from segued.inventory.recipe_check import check_recipes
from segued.sandbox.control.faults import Fault
from segued.store.state import State

NOWHERE = "7" * 22
MINE = "Slow Mornings"


def recipe(source: str, rest: str = "", name: str = "Mix") -> str:
    return f'[[playlist]]\nname = "{name}"\nlength = 30\nfrom = {source}\n{rest}\n'


BOTH = recipe(f'["liked", "playlist:{MINE}"]')


@pytest.fixture
def own(house) -> str:
    """The id of a playlist of the user's own that recipes draw on: nothing of it is liked."""
    account = house.sandbox.world.account
    strangers = [
        f"spotify:track:{track_id}"
        for track_id in sorted(house.sandbox.world.catalogue.tracks)
        if track_id not in account.likes
    ]
    house.recipes = BOTH
    return house.sandbox.human.create_playlist(MINE, strangers[:40])


def failing(house, error=MissingError, code: int = 3) -> str:
    """Refresh once: it fails, says the same everywhere and writes nothing."""
    before = dict(house.mine)
    outcome = house.refresh()
    (refreshed,) = outcome.refreshed
    assert isinstance(refreshed.error, error)
    assert outcome.exit_code == code
    assert house.mine == before
    text = str(refreshed.error)
    said = (*refreshed.plan.notes, *(finding.text for finding in refreshed.plan.guards))
    assert text in said
    state = State.open(house.folder)
    assert next(run for run in state.runs.recent(5) if run.kind == "refresh").text == text
    state.close()
    return text


def healthy_twice(house) -> None:
    """Two further refreshes go well, and the second of them changes nothing."""
    assert house.refresh().exit_code == 0
    outcome = house.refresh()
    assert outcome.exit_code == 0
    assert [refreshed.plan.status for refreshed in outcome.refreshed] == ["unchanged"]


def test_a_renamed_source_fails_its_recipe_until_it_is_back(house, own) -> None:
    house.refresh()
    made = house.mine["Mix"]
    house.sandbox.human.rename(own, "Slow Morning")
    text = failing(house)
    assert f"“Slow Morning” ({own})" in text
    house.tomorrow()
    failing(house)
    assert house.mine["Mix"] == made
    house.sandbox.human.rename(own, MINE)
    healthy_twice(house)


def test_a_deleted_source_fails_its_recipe(house, own) -> None:
    house.refresh()
    house.sandbox.human.delete_playlist(own)
    assert "no playlist called" in failing(house)
    house.recipes = recipe('"liked"')
    healthy_twice(house)


def test_a_source_of_two_playlists_of_one_name_fails_with_their_ids(house, own) -> None:
    house.refresh()
    other = house.sandbox.human.create_playlist(MINE, [])
    text = failing(house)
    assert own in text
    assert other in text
    house.sandbox.human.delete_playlist(other)
    healthy_twice(house)


@pytest.mark.parametrize("written", ["slow mornings", "  Slow Mornings ", "SLOW MORNINGS"])
def test_case_and_blanks_do_not_hide_a_source(house, own, written: str) -> None:
    house.recipes = recipe(f'["playlist:{written}"]')
    healthy_twice(house)


def test_composed_and_decomposed_letters_are_one_name(house) -> None:
    name = "Café Straße"
    liked = list(house.sandbox.world.account.likes)[:20]
    uris = [f"spotify:track:{track_id}" for track_id in liked]
    house.sandbox.human.create_playlist(unicodedata.normalize("NFD", name), uris)
    house.recipes = recipe(f'"playlist:{unicodedata.normalize("NFC", name).upper()}"')
    healthy_twice(house)


def test_a_playlist_segue_made_of_the_same_name_makes_no_source_ambiguous(house, own) -> None:
    house.recipes = recipe(f'"playlist:{MINE}"', name=MINE)
    (refreshed,) = house.refresh().refreshed
    (finding,) = (found for found in refreshed.plan.guards if found.guard == "same_name")
    assert not finding.refused
    assert own in finding.text
    assert "adopt = true" in finding.text
    made = house.mine[MINE]
    healthy_twice(house)
    house.recipes = recipe(f'"playlist:{MINE}"', name="Another")
    (refreshed,) = house.refresh().refreshed
    assert refreshed.plan.status == "changed"
    assert set(made) <= set(house.sandbox.world.account.playlists[own].uris)


def test_a_source_that_was_never_read_is_not_empty(house, own) -> None:
    house.sandbox.faults.add(Fault("truncated", "GET", "/playlists/{id}", times=None))
    assert f"“{MINE}” could not be read" in failing(house)
    house.sandbox.faults.clear()
    healthy_twice(house)


@pytest.mark.parametrize(
    "rest",
    [
        '[playlist.sequence]\nlast = "{track}"',
        '[playlist.sequence]\nat = {{ "{track}" = 3 }}',
        '[playlist.sequence]\napart = [["{track}", "{liked}"]]',
        'seeds = ["Nobody Ever Sang This - No Such Band"]',
        'seeds = ["track:{track}"]',
        'seeds = ["playlist:Nowhere"]',
        '[playlist.where]\nin_playlist = "Nowhere"',
        '[playlist.where]\nnot_in_playlist = "Nowhere"',
        '[[playlist.where.none]]\nin_playlist = "Nowhere"',
        '[playlist.where.like_track]\ntrack = "{track}"',
    ],
)
def test_anything_named_that_is_not_there_fails_the_recipe(house, own, rest: str) -> None:
    house.refresh()
    liked = next(iter(house.sandbox.world.account.likes))
    house.recipes = recipe('"liked"', rest.format(track=NOWHERE, liked=liked))
    failing(house)


def test_a_named_track_that_spotify_does_not_have_fails_the_recipe(house, own) -> None:
    house.recipes = recipe(f'["liked", "track:{NOWHERE}"]')
    assert NOWHERE in failing(house)


def test_missing_is_skipped_where_the_recipe_says_so(house) -> None:
    house.recipes = recipe('["liked", "playlist:Nowhere"]', 'missing = "skip"')
    (refreshed,) = house.refresh().refreshed
    assert refreshed.plan.status == "changed"
    assert any("Nowhere" in note for note in refreshed.plan.notes)
    healthy_twice(house)


@pytest.mark.parametrize(
    "source",
    [
        '{ any = ["liked"], minus = ["playlist:Nowhere"] }',
        '{ all = ["liked", "playlist:Nowhere"] }',
    ],
)
def test_what_is_to_stay_out_is_never_skipped(house, source: str) -> None:
    house.recipes = recipe(source, 'missing = "skip"')
    failing(house)


def test_a_recipe_whose_only_score_has_no_model_is_refused(house) -> None:
    house.recipes = recipe('"liked"')
    house.refresh()
    house.tomorrow()
    house.recipes = recipe('"liked"', "[playlist.score]\ncontinuation = 1")
    text = failing(house, NoScoreError, 6)
    assert "[learn] enabled = false" in text
    house.recipes = recipe('"liked"')
    healthy_twice(house)


def test_one_recipe_that_fails_does_not_stop_the_others(house) -> None:
    house.recipes = recipe('"playlist:Nowhere"') + recipe('"liked"', name="Good")
    outcome = house.refresh()
    assert outcome.exit_code == 3
    assert [refreshed.plan.status for refreshed in outcome.refreshed] == ["failed", "changed"]
    assert set(house.mine) == {"Good"}


def test_a_recipes_name_is_known_before_its_playlist_exists(house) -> None:
    lists = recipe('["playlist:mornings", "plays"]') + recipe('"liked"', name="Mornings")
    house.recipes = lists
    outcome = house.refresh()
    assert [(refreshed.plan.name, refreshed.plan.status) for refreshed in outcome.refreshed] == [
        ("Mornings", "changed"),
        ("Mix", "changed"),
    ]
    assert house.refresh().exit_code == 0


def test_a_recipe_that_is_drawn_on_by_name_has_to_be_refreshed_first(house) -> None:
    house.recipes = recipe('"playlist:Mornings"') + recipe('"liked"', name="Mornings")
    (refreshed,) = house.refresh("Mix").refreshed
    assert "refresh the recipe of this name first" in str(refreshed.error)


@pytest.mark.parametrize(
    "source", ['["liked", "albums"]', '{ any = ["liked"], minus = ["albums"] }', '["albums"]']
)
def test_saved_albums_that_were_never_read_are_not_none(house, source: str) -> None:
    house.recipes = recipe(source)
    house.sandbox.faults.add(Fault("truncated", "GET", "/me/albums", times=None))
    assert "your saved albums were not read yet" in failing(house)
    house.sandbox.faults.clear()
    healthy_twice(house)


@pytest.mark.parametrize("rest", ["", ", recency = 0.2"])
def test_a_score_by_sound_that_nothing_encodes_is_found_before_a_refresh(house, rest: str) -> None:
    house.recipes = recipe('"liked"', f'score = {{ like_sound = "rainy piano"{rest} }}')
    outcome = house.refresh()
    state = State.open(house.folder)
    (finding,) = check_recipes(house.settings, state, house.now)
    state.close()
    assert "[sound] is switched off" in finding.missing.why
    assert finding.stops == (outcome.exit_code != 0) == (not rest)
