"""What stops a write: each guard looks at one danger and says what it found. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from segue.playlists.inventory import Inventory, namesakes
from segue.playlists.library import Playlist
from segue.playlists.plan import GuardFinding
from segue.recipe.recipe import Recipe, WritePolicy
from segued.refresh.locate import Location

WAIVABLE = frozenset({"min_tracks", "max_shrink"})
"""The guards a person may set aside for one refresh, by name."""


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
        "loosen the recipe or lower min_tracks",
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
        f"allows {policy.max_shrink:.0%}. Raise it if that is meant",
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
