"""Which playlist a recipe writes to, and what stops a write: each guard looks at one
danger. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from segue.playlists.gather.missing import Missing, Path
from segue.playlists.inventory import Inventory, namesakes
from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import WAIVABLE, GuardFinding
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segued.config.schema import Settings
from segued.inventory.identity import mark_in, recipes_with_ids
from segued.inventory.recipe_check import Finding
from segued.store.library import ACCOUNT
from segued.store.playlists import Binding
from segued.store.state import State


def check(
    policy: WritePolicy,
    location: Location,
    playlist: Playlist | None,
    after: Sequence[str],
    *,
    waived: Collection[str] = (),
) -> tuple[GuardFinding, ...]:
    """What every guard says about making `playlist` (None: yet to be created) into `after`.

    The write is stopped when a finding is `refused`. `waived` names guards of `WAIVABLE` that
    only report.
    """
    findings = [
        _place(location, playlist),
        _readable(playlist),
        _empty(after),
        _few(policy, after) if after else None,
        _shrink(policy, playlist, after) if after else None,
        _lost(playlist, after),
    ]
    return tuple(
        GuardFinding(found.guard, False, f"{found.text} (set aside)")
        if found.guard in waived and found.guard in WAIVABLE
        else found
        for found in findings
        if found is not None
    )


def _place(location: Location, playlist: Playlist | None) -> GuardFinding | None:
    if location.kind == "paused":
        return GuardFinding("paused", True, location.text)
    if location.kind == "refused":
        return GuardFinding("not_ours", True, location.text)
    if location.kind != "create" and playlist is None:
        return GuardFinding(
            "unreadable", True, "the playlist could not be read, so it stays as it is; sync again"
        )
    return None


def _readable(playlist: Playlist | None) -> GuardFinding | None:
    if playlist is None or playlist.complete:
        return None
    return GuardFinding(
        "partly_read",
        True,
        f"{playlist.summary.name!r} could be read only in part, so it stays as it is; try again",
    )


def _empty(after: Sequence[str]) -> GuardFinding | None:
    if after:
        return None
    return GuardFinding(
        "would_empty",
        True,
        "no track would be in it, so nothing is written; loosen `where` or look at `from`",
    )


def _few(policy: WritePolicy, after: Sequence[str]) -> GuardFinding | None:
    if len(after) >= policy.min_tracks:
        return None
    return GuardFinding(
        "min_tracks",
        True,
        f"{len(after)} tracks are fewer than write.min_tracks = {policy.min_tracks}; "
        "loosen the recipe, lower min_tracks, or let it through once with `--allow min_tracks`",
    )


def _shrink(
    policy: WritePolicy, playlist: Playlist | None, after: Sequence[str]
) -> GuardFinding | None:
    before = len(playlist.entries) if playlist else 0
    if before == 0 or before - len(after) <= policy.max_shrink * before + 1e-9:
        return None
    share = (before - len(after)) / before
    return GuardFinding(
        "max_shrink",
        True,
        f"it would shrink from {before} to {len(after)} tracks, by {share:.0%}; write.max_shrink "
        f"allows {policy.max_shrink:.0%}. Where that is meant, let it through once with "
        "`--allow max_shrink`",
    )


def _lost(playlist: Playlist | None, after: Sequence[str]) -> GuardFinding | None:
    if playlist is None:
        return None
    wanted = Counter(after)
    there = Counter(row.uri for row in playlist.entries)
    lost = {
        row.title or row.uri or "an empty row"
        for row in playlist.entries
        if not row.can_be_added_back and wanted[row.uri] < there[row.uri]
    }
    if not lost:
        return None
    return GuardFinding(
        "cannot_be_added_back",
        True,
        f"rows that could not be added back would be lost: {', '.join(sorted(lost))}",
    )


def same_name(recipe: Recipe, location: Location, inventory: Inventory) -> tuple[GuardFinding, ...]:
    """What is said, and stops nothing, before another playlist of a name is made."""
    twins = namesakes(recipe.name, inventory) if location.kind == "create" else ()
    if not twins:
        return ()
    ids = ", ".join(sorted(summary.id for summary in twins))
    text = (
        f"you already have a playlist called “{twins[0].name}” ({ids}), and this makes another; to "
        f'have Segue keep yours instead, write playlist_id = "{twins[0].id}" and adopt = true in '
        "[playlist.write]"
    )
    return (GuardFinding("same_name", False, text),)


Kind = Literal["bound", "found", "adopted", "create", "paused", "refused"]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a recipe writes.

    "bound": as ever. "found": by its mark, after the state was lost. "adopted": one that Segue
    did not create and the recipe names. "create": yet to be made. "paused" and "refused": nowhere,
    and `text` says why and what to do. `summary` is set for the first three.
    """

    kind: Kind
    summary: PlaylistSummary | None = None
    text: str = ""

    @property
    def playlist_id(self) -> str | None:
        """The playlist's id, where there is one."""
        return self.summary.id if self.summary else None


def locate(
    recipe: Recipe, binding: Binding | None, summaries: Sequence[PlaylistSummary], user_id: str
) -> Location:
    """Find a recipe's playlist among the account's, as listed a moment ago (all of them).

    A playlist that merely has the recipe's name is never taken: only the bound one, one with the
    recipe's mark, or one the recipe names by id with `adopt`. A bound playlist that is gone
    pauses the recipe; one that its user brought back is written again. An archive of which a later
    year or month has its list already is that of a wrong clock, and writes nowhere.
    """
    own = [summary for summary in summaries if summary.owner_id == user_id]
    if later := [each for each in own if recipe.is_earlier_archive(mark_in(each.description))]:
        return Location("refused", text=_clock_back(later[0]))
    listed = {summary.id: summary for summary in summaries}
    named = recipe.write.playlist_id
    bound = binding.playlist_id if binding is not None else None
    if bound is not None and named in (None, bound):
        if bound not in listed:
            return Location("paused", text=_gone(recipe))
        return _writable(Location("bound", listed[bound]), user_id)
    if named is not None:
        return _named(recipe, listed.get(named), named, user_id)
    marked = [summary for summary in own if mark_in(summary.description) == recipe.id]
    if len(marked) > 1:
        return Location(
            "refused",
            text=f"{len(marked)} playlists carry the mark segue:{recipe.id} "
            f"({', '.join(repr(summary.name) for summary in marked)}); take it out of the "
            "description of all but one, or name one by write.playlist_id",
        )
    return Location("found", marked[0]) if marked else Location("create")


def _named(
    recipe: Recipe, summary: PlaylistSummary | None, playlist_id: str, user_id: str
) -> Location:
    if summary is None:
        return Location(
            "refused",
            text=f"write.playlist_id names {playlist_id}, which is not among your playlists; "
            "check the id, or leave it out to have a new playlist made",
        )
    if mark_in(summary.description) == recipe.id:
        return _writable(Location("found", summary), user_id)
    if not recipe.write.adopt:
        return Location(
            "refused",
            text=f"{summary.name!r} was not made by Segue and stays untouched; "
            "say write.adopt = true to let this recipe take it over",
        )
    return _writable(Location("adopted", summary), user_id)


def _writable(location: Location, user_id: str) -> Location:
    summary = location.summary
    if summary is None or summary.owner_id == user_id or summary.collaborative:
        return location
    return Location("refused", text=f"{summary.name!r} belongs to {summary.owner_id}, not to you")


def _clock_back(later: PlaylistSummary) -> str:
    return (
        f"{later.name!r} is its list of a later time than this machine's clock tells; set the "
        "clock right, or delete that list if a wrong clock had it made"
    )


def _gone(recipe: Recipe) -> str:
    return (
        f"the playlist of {recipe.name!r} is gone from your account; it was probably deleted, so "
        f"the recipe is paused. `segue refresh --resume {recipe.id}` has a new one made; or take "
        "the recipe out of the configuration"
    )


def fought_over(recipe: Recipe) -> str:
    """Why a recipe is paused whose list was exchanged again and again after it was written."""
    return (
        f"much of {recipe.name!r} was exchanged after each of Segue's last writes; it looks as if "
        "another installation of Segue, or another program, keeps the same playlist, so this one "
        "leaves it as it is. Stop one of the two, or name another playlist by write.playlist_id; "
        f"`segue refresh --resume {recipe.id}` goes on here"
    )


def kept_by_another(
    location: Location, recipe: Recipe, recipes: Iterable[Recipe], bindings: Mapping[str, Binding]
) -> Location | None:
    """Why a recipe may not write where it would: another of the configuration keeps that playlist,
    and each would take what the other writes for edits by hand. The first that is bound keeps it.
    """
    wanted = location.playlist_id or recipe.write.playlist_id
    bound = (
        each
        for each in recipes
        if (known := bindings.get(each.id)) is not None
        and known.playlist_id == wanted
        and each.write.playlist_id in (None, known.playlist_id)
    )
    keeper = next(bound, None)
    if wanted is None or keeper is None or keeper.id == recipe.id:
        return None
    name = repr(location.summary.name) if location.summary is not None else "the playlist it names"
    text = (
        f"{name} is what the recipe {keeper.name!r} keeps, and two would"
        " overwrite each other; name another playlist by write.playlist_id, or take one of the two"
        " recipes out"
    )
    return Location("refused", text=text)


def refused_places(settings: Settings, state: State, now: datetime) -> tuple[Finding, ...]:
    """The recipes that a refresh would refuse for the playlist they are to write to, judged by what
    was last read."""
    account = state.library.cursor(ACCOUNT)
    if account is None:
        return ()
    recipes = [each.recipe for each in recipes_with_ids(settings, state, now)]
    bindings, summaries = state.playlists.bindings(), state.playlists.summaries()
    found = []
    for number, recipe in enumerate(recipes):
        place = locate(recipe, bindings.get(recipe.id), summaries, str(account["id"]))
        place = kept_by_another(place, recipe, recipes, bindings) or place
        if place.kind == "refused":
            named = recipe.write.playlist_id
            path: Path = ("name",) if named is None else ("write", "playlist_id")
            missing = Missing(path, named or recipe.name, place.text, required=True)
            found.append(Finding(number, recipe, missing, stops=True))
    return tuple(found)
