"""Names and descriptions that are filled in: written with the rows, and a person's own stay."""

from __future__ import annotations

from datetime import datetime, timedelta

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
