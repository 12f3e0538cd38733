from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from segue.models.data import Vocabulary
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sections import Where
from segue.recipe.sources import Liked, RecentPlays
from segue.recipe.values import Range
from segued.config.load import check
from segued.inventory.identity import fingerprint, identify, reordered_lists
from segued.store.playlists import Binding, LastWrite, list_digest

RECIPE = Recipe(id="calm", name="Calm", source=Liked(), length=30)
OTHER = Recipe(id="loud", name="Loud", source=Liked(), length=40)


def bound(recipe: Recipe) -> Binding:
    return Binding(recipe.id, f"p-{recipe.id}", recipe.name, fingerprint(recipe))


def bindings(*recipes: Recipe) -> dict[str, Binding]:
    return {recipe.id: bound(recipe) for recipe in recipes}


def renamed(recipe: Recipe, name: str) -> Recipe:
    return recipe.model_copy(update={"id": name, "name": name})


def ids(*found: object) -> list[str]:
    return [known.recipe.id for known in found]  # type: ignore[attr-defined]


def test_a_fingerprint_does_not_know_the_name() -> None:
    assert fingerprint(RECIPE) == fingerprint(renamed(RECIPE, "x"))


def test_a_fingerprint_knows_everything_else() -> None:
    others = [
        RECIPE.model_copy(update={"length": 31}),
        RECIPE.model_copy(update={"source": RecentPlays()}),
        RECIPE.model_copy(update={"where": Where(explicit=False)}),
        RECIPE.model_copy(update={"where": Where(energy=Range(0.1, None))}),
        RECIPE.model_copy(update={"write": WritePolicy(public=True)}),
    ]
    assert len({fingerprint(recipe) for recipe in [RECIPE, *others]}) == 6


def test_a_fingerprint_leaves_defaults_out() -> None:
    assert fingerprint(RECIPE) == fingerprint(
        RECIPE.model_copy(update={"where": Where(), "score": {}})
    )


def test_a_bound_recipe_keeps_its_id_though_its_content_changed() -> None:
    assert ids(*identify([RECIPE.model_copy(update={"length": 99})], bindings(RECIPE))) == ["calm"]


def test_a_renamed_recipe_keeps_the_id_it_was_made_with() -> None:
    (found,) = identify([renamed(RECIPE, "quiet")], bindings(RECIPE))
    assert (found.recipe.id, found.recipe.name, found.configured_id) == ("calm", "quiet", "quiet")
    assert found.note is not None


def test_a_recipe_renamed_and_changed_at_once_is_a_new_one() -> None:
    changed = renamed(RECIPE, "quiet").model_copy(update={"length": 31})
    assert ids(*identify([changed], bindings(RECIPE))) == ["quiet"]


def test_a_binding_still_configured_is_nobody_elses() -> None:
    copied = renamed(RECIPE, "copy")
    assert ids(*identify([RECIPE, copied], bindings(RECIPE))) == ["calm", "copy"]


def test_two_vanished_alike_are_not_guessed_between() -> None:
    twin = renamed(RECIPE, "twin")
    assert ids(*identify([renamed(RECIPE, "new")], bindings(RECIPE, twin))) == ["new"]


def test_two_recipes_that_want_the_same_binding_get_neither() -> None:
    wanting = [renamed(RECIPE, "x"), renamed(RECIPE, "y")]
    assert ids(*identify(wanting, bindings(RECIPE))) == ["x", "y"]


def test_two_recipes_that_swap_names_keep_their_ids() -> None:
    swapped = [renamed(RECIPE, "new-calm"), renamed(OTHER, "new-loud")]
    assert ids(*identify(swapped, bindings(RECIPE, OTHER))) == ["calm", "loud"]


def test_with_the_state_lost_a_renamed_recipe_is_known_by_name_and_mark() -> None:
    summary = PlaylistSummary("p", "Quiet", "me", "s", description="x · segue:calm")
    wanted = RECIPE.model_copy(update={"id": "quiet", "name": "Quiet"})
    assert ids(*identify([wanted], {}, [summary], "me")) == ["calm"]
    assert ids(*identify([wanted], {}, [summary], "another")) == ["quiet"]


def test_with_the_state_lost_a_mark_of_ones_own_is_enough() -> None:
    summary = PlaylistSummary("p", "Whatever", "me", "s", description="segue:calm")
    assert ids(*identify([RECIPE], {}, [summary], "me")) == ["calm"]


def test_a_renamed_recipe_is_known_by_its_name_when_it_is_changed_later() -> None:
    known = {"calm": replace(bound(RECIPE), name="quiet")}  # as a refresh leaves a renamed one
    changed = renamed(RECIPE, "quiet").model_copy(update={"length": 31})
    assert ids(*identify([changed], known)) == ["calm"]


def test_a_new_recipe_beside_a_playlist_of_no_recipe_is_asked_about() -> None:
    orphan = PlaylistSummary("p", "Calm", "me", "s", description="segue:calm")
    (found,) = identify([OTHER], {}, (orphan,), "me")
    assert found.recipe.id == "loud"
    assert found.note is not None
    assert 'id = "calm"' in found.note


def test_a_bound_recipe_is_not_asked_about() -> None:
    orphan = PlaylistSummary("p", "Calm", "me", "s", description="segue:calm")
    (found,) = identify([OTHER], bindings(OTHER), (orphan,), "me")
    assert found.note is None


def test_fingerprints_stay_what_they_were_when_they_were_stored() -> None:
    text = """
    [[playlist]]
    name = "A"
    from = ["top:short", "track:4uLU6hMCjMI75M1A2tKUQC", "recipe:B", { all = ["albums"] }]
    length = 3
    [playlist.where]
    artist = "Sade"
    title = "live"
    year = "1990..1999"
    in_playlist = "Gym"
    not_added_within = "3 days"
    energy = "..0.4"
    language = "en"
    like_track = { track = "4uLU6hMCjMI75M1A2tKUQC" }
    none = [{ played_within = "12 hours", duration = "2m..6m" }]
    [playlist.sequence]
    spicyness = 0.5
    [[playlist]]
    name = "B"
    from = "liked"
    duration = "90 minutes"
    """
    found = [fingerprint(recipe) for recipe in check(text, "c", {}).settings.playlists]
    assert found == ["68c5fd45992dd4ad", "ae51ab7851cda38d"]


def listed(*ids_: str) -> Playlist:
    summary = PlaylistSummary("p-calm", "Calm", "me", "s", total=len(ids_))
    uris = [f"spotify:track:{i}" for i in ids_]
    return Playlist(summary, tuple(PlaylistEntry(uri, "track", "T") for uri in uris))


def reordered(found: Playlist, **more: object) -> list[tuple[list[int], list[int]]]:
    written = tuple(f"spotify:track:{i}" for i in (A, B, C))
    known = {"calm": replace(bound(RECIPE), written=written, **more)}
    pairs = reordered_lists(known, {"p-calm": found}, Vocabulary([A, B, C, D]))
    return [(now.tolist(), before.tolist()) for now, before in pairs]


A, B, C, D = ("a" * 22, "b" * 22, "c" * 22, "d" * 22)


def test_a_list_whose_rows_were_moved_by_hand_is_known_in_both_orders() -> None:
    assert reordered(listed(C, A, B)) == [([2, 0, 1], [0, 1, 2])]


def test_rows_that_came_or_went_are_no_other_order() -> None:
    assert reordered(listed(A, D, C)) == []
    assert reordered(listed(D, C, A)) == [([2, 0], [0, 2])]


def test_a_list_that_still_shows_a_write_of_ours_was_not_moved_by_hand() -> None:
    found = listed(C, A, B)
    last = LastWrite(datetime(2026, 10, 1, tzinfo=UTC), (list_digest(found.uris),))
    assert reordered(found, last=last) == []
