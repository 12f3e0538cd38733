"""References: which playlist of the account a recipe means by a name, an id or a link."""

from __future__ import annotations

from collections.abc import Iterable

from segue.names import name_key, nearest
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segue.spotify_ids import playlist_id_in

NOT_READ_YET = "it has not been read yet, run `segue sync`"
"""Why a playlist cannot be used that the next sync will read."""


def find_playlist(reference: str, inventory: Inventory) -> Playlist | str:
    """The playlist a reference means, read whole; or why there is none, as a phrase.

    A link or an id that exists wins over a name. Names are compared by `name_key`. Of several
    with one name those that Segue keeps are never meant, then an exact spelling wins, then the
    user's own; what is still ambiguous is named with the ids to choose from. The name of a recipe
    without a playlist yet means what was planned for it in the same run.
    """
    known = {summary.id: summary for summary in _summaries(inventory)}
    identity = playlist_id_in(reference)
    if identity is not None and identity in known:
        return _read(known[identity], inventory)
    if identity is not None and identity in inventory.unread:
        return f"the playlist {reference} could not be read: {inventory.unread[identity]}"
    named = _by_name(reference, known.values(), inventory)
    if len(named) > 1:
        ids = ", ".join(sorted(summary.id for summary in named))
        return f"{len(named)} playlists are called “{reference}”: name one by its id ({ids})"
    if named:
        return _read(named[0], inventory)
    recipe_id = inventory.recipe_names.get(name_key(reference))
    if recipe_id is not None:
        return _planned(reference, recipe_id, inventory)
    if identity:
        return f"the playlist {reference} is not among yours: deleted, or not followed any more"
    return f"you have no playlist called “{reference}”{_suggestion(reference, known.values())}"


def namesakes(name: str, inventory: Inventory) -> tuple[PlaylistSummary, ...]:
    """The user's own playlists of a name, less those that Segue keeps."""
    kept = _kept_by_segue(inventory)
    return tuple(
        summary
        for summary in _summaries(inventory)
        if summary.owner_id == inventory.user_id
        and summary.id not in kept
        and name_key(summary.name) == name_key(name)
    )


def own_playlists(inventory: Inventory) -> tuple[Playlist | str, ...]:
    """The user's own playlists less those that recipes make, each read whole or why it is not."""
    made = set(inventory.recipe_playlists.values())
    return tuple(
        _read(summary, inventory)
        for summary in _summaries(inventory)
        if summary.owner_id == inventory.user_id and summary.id not in made
    )


def _summaries(inventory: Inventory) -> tuple[PlaylistSummary, ...]:
    if inventory.summaries:
        return inventory.summaries
    return tuple(playlist.summary for playlist in inventory.playlists.values())


def _kept_by_segue(inventory: Inventory) -> frozenset[str]:
    return inventory.kept_by_segue | frozenset(inventory.recipe_playlists.values())


def _by_name(
    reference: str, among: Iterable[PlaylistSummary], inventory: Inventory
) -> list[PlaylistSummary]:
    wanted = name_key(reference)
    kept = _kept_by_segue(inventory)
    named = [summary for summary in among if name_key(summary.name) == wanted]
    named = [summary for summary in named if summary.id not in kept] or named
    named = [summary for summary in named if summary.name.strip() == reference.strip()] or named
    return [summary for summary in named if summary.owner_id == inventory.user_id] or named


def _planned(name: str, recipe_id: str, inventory: Inventory) -> Playlist | str:
    """What a recipe is about to make of a playlist that the account does not have yet."""
    if recipe_id not in inventory.planned:
        return f"you have no playlist called “{name}” yet; refresh the recipe of this name first"
    tracks = (inventory.tracks.get(track_id) for track_id in inventory.planned[recipe_id])
    entries = (PlaylistEntry(t.uri, "track", t.title, t) for t in tracks if t is not None)
    return Playlist(PlaylistSummary("", name.strip(), inventory.user_id, ""), tuple(entries))


def _suggestion(reference: str, among: Iterable[PlaylistSummary]) -> str:
    summaries = list(among)
    near = nearest(reference, (summary.name for summary in summaries))
    if near is None:
        return ""
    ids = sorted(summary.id for summary in summaries if name_key(summary.name) == name_key(near))
    return f"; did you mean “{near}” ({', '.join(ids)})?"


def _read(summary: PlaylistSummary, inventory: Inventory) -> Playlist | str:
    playlist = inventory.playlists.get(summary.id)
    if playlist is not None:
        return playlist
    reason = inventory.unread.get(summary.id, NOT_READ_YET)
    return f"the playlist “{summary.name}” could not be read: {reason}"
