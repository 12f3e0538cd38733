"""Schedules by the names a person types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segue.errors import UsageError
from segued.config.schema import Settings
from segued.config.select import select_recipes
from segued.config.timetable import Timed, playlist_key, timetable


def keys_of(
    settings: Settings, table: Mapping[str, Timed], names: Sequence[str]
) -> tuple[str, ...]:
    """The keys of the schedules that names mean: playlists, sync, enrich, learn; all for none.

    Raises UsageError for an unknown name and for a playlist without a schedule.
    """
    if not names:
        if not table:
            raise UsageError("nothing has a schedule; write `schedule` or `on` in a [[playlist]]")
        return tuple(table)
    found = []
    for name in names:
        key = name.strip().casefold()
        if key not in table:
            recipe = select_recipes(settings.playlists, (name,))[0]
            key = playlist_key(recipe.id)
            if key not in table:
                raise UsageError(
                    f"{recipe.name!r} has no schedule, so there is nothing to pause or resume"
                )
        found.append(key)
    return tuple(dict.fromkeys(found))


def chosen_schedules(
    settings: Settings, names: Sequence[str]
) -> tuple[Mapping[str, Timed], Sequence[str]]:
    """The schedules of these names, by key, and the names of playlists that have none.

    For no name those of every playlist. Raises UsageError for an unknown name.
    """
    table = timetable(settings)
    standing = {name.strip().casefold() for name in names} & set(table)
    others = [name for name in names if name.strip().casefold() not in standing]
    recipes = select_recipes(settings.playlists, others) if others or not names else ()
    keys = [playlist_key(recipe.id) for recipe in recipes]
    chosen = {key: table[key] for key in (*keys, *sorted(standing)) if key in table}
    by_hand = [recipe.name for recipe in recipes if playlist_key(recipe.id) not in table]
    return chosen, by_hand
