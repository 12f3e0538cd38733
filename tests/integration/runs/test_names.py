"""Names and descriptions that are filled in: written with the rows, and a person's own stay."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from segued.refresh.job import refresh_all
from segued.refresh.noting import note
from segued.refresh.unchanged import Asked, known
from segued.run import Run
from segued.sandbox.control.faults import Fault
from segued.store.state import State

RECIPE = """
[[playlist]]
name = "Week {week} · {n}"
id = "week"
from = "liked"
where = { added_within = "DAYS days" }
sort = "added"
[playlist.write]
description = "{{made}} {date}: {duration} from {top_artist}"
"""


def recipe(days: int = 4000, name: str = "Week {week} · {n}") -> str:
    return RECIPE.replace("DAYS", str(days)).replace('"Week {week} · {n}"', f'"{name}"', 1)


def shown(house) -> tuple[str, str]:
    account = house.sandbox.world.account
    (found,) = (
        account.playlists[i]
        for i in account.listed
        if "segue:week" in account.playlists[i].description
    )
    return found.name, found.description.removesuffix(" · segue:week")


def rename(house, name: str) -> None:
    account = house.sandbox.world.account
    (found,) = (i for i in account.listed if "segue:week" in account.playlists[i].description)
    account.playlists[found].name = name


def test_what_is_filled_in_is_written_with_the_rows_and_only_then(house) -> None:
    house.recipes = recipe()
    (made,) = house.refresh().refreshed
    count = len(made.plan.after)
    artist = shown(house)[1].partition(" from ")[2]
    assert artist in {item.artist.partition(", ")[0] for item in made.plan.after}
    hours = round(sum(item.duration_ms for item in made.plan.after) / 60_000)
    lasting = f"{hours // 60} h {hours % 60:02} min"
    assert shown(house) == (f"Week 47 · {count}", f"{{made}} 2026-11-20: {lasting} from {artist}")
    house.now += timedelta(days=7)
    (again,) = house.refresh().refreshed
    assert again.plan.status == "unchanged"
    assert shown(house)[0] == f"Week 47 · {count}"
    house.recipes = recipe(days=400)
    (fewer,) = house.refresh().refreshed
    assert len(fewer.plan.after) < count
    assert shown(house)[0] == f"Week 48 · {len(fewer.plan.after)}"
    assert shown(house)[1].startswith("{made} 2026-11-27: ")


def test_a_name_given_by_hand_stays_until_the_recipe_is_named_anew(house) -> None:
    house.recipes = recipe()
    house.refresh()
    rename(house, "Mine")
    house.now += timedelta(days=7)
    house.recipes = recipe(days=400)
    house.refresh()
    assert shown(house)[0] == "Mine"
    house.recipes = recipe(days=400, name="{n} of {date}")
    (again,) = house.refresh().refreshed
    assert shown(house)[0] == f"{len(again.plan.after)} of 2026-11-27"
    house.recipes = recipe(days=400, name="Plain")
    house.refresh()
    assert shown(house)[0] == "Plain"


def test_a_list_with_a_filled_in_name_is_found_again_where_the_state_is_lost(house) -> None:
    house.recipes = recipe()
    house.refresh()
    kept = {**house.sandbox.world.account.playlists}
    house.folder = house.folder.parent / "other"
    house.log_in()
    house.now = datetime.fromisoformat("2026-12-20T12:00:00+00:00")
    house.refresh()
    assert house.sandbox.world.account.playlists.keys() == kept.keys()


def to_be_renamed(house, kind: str) -> int:
    """A list whose rows were written while its name and text could not be; how many rows it has."""
    house.recipes = recipe()
    house.refresh()
    house.now += timedelta(days=7)
    house.recipes = recipe(days=400)
    fault = Fault(kind, "PUT", "/playlists/{id}", times=9, status=502)
    house.sandbox.faults.add(fault)
    (fewer,) = house.refresh().refreshed
    assert any("not changed yet" in text for text in fewer.plan.notes)
    house.sandbox.faults.clear()
    return len(fewer.plan.after)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "cut_before", "cut_after"])
def test_what_could_not_be_filled_in_is_by_the_next_refresh_and_is_filled_in_ever_after(
    house, kind: str
) -> None:
    count = to_be_renamed(house, kind)
    house.now += timedelta(minutes=5)
    house.refresh()
    assert shown(house)[0] == f"Week 48 · {count}"
    assert shown(house)[1].startswith("{made} 2026-11-27: ")
    house.now += timedelta(days=7)
    house.recipes = recipe()
    (more,) = house.refresh().refreshed
    assert shown(house)[0] == f"Week 49 · {len(more.plan.after)}"
    assert shown(house)[1].startswith("{made} 2026-12-04: ")


def test_a_name_given_by_hand_after_one_that_got_lost_stays(house) -> None:
    to_be_renamed(house, "error_after")
    rename(house, "Mine")
    house.now += timedelta(minutes=5)
    house.refresh()
    assert shown(house)[0] == "Mine"


def test_there_is_something_to_do_while_a_name_could_not_be_filled_in(house) -> None:
    to_be_renamed(house, "error_before")
    house.now += timedelta(minutes=5)
    asked = Asked(house.folder, house.text.encode(), {})
    house.sandbox.faults.add(Fault("error_before", "PUT", "/playlists/{id}", times=9))
    for due in (True, False):
        state = State.open(house.folder)
        with Run(house.settings, state, {}, lambda: house.now, sleep=lambda _: None) as run:
            note(run, asked, refresh_all(run, ()))
        state.close()
        assert (known(asked, house.now) is None) == due
        house.sandbox.faults.clear()
