"""The inventory: everything known when a plan is built, as one immutable value, and which playlist
of the account a recipe means by a name, an id or a link."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import cache

import numpy as np
from numpy.typing import NDArray

from segue.music.features import DISCO, AudioFeatures, Scaling
from segue.music.genres import GenreTree, genre_tree
from segue.music.track import Track
from segue.names import is_spotifys, name_key, nearest, playlist_id_in
from segue.playlists.library import (
    Heard,
    Never,
    Outside,
    Play,
    Playlist,
    PlaylistEntry,
    PlaylistSummary,
    Saved,
    SavedAlbum,
    asked_key,
)
from segue.playlists.plan import Coverage
from segue.recipe.sources import TopRange

SHORTEST_PLAY_MS = 30_000
"""A shorter play does not count: Spotify's own history leaves such plays out."""


@dataclass(frozen=True, slots=True, eq=False)
class PlayTimes:
    """When tracks were played: (n,) each, rows of `track_ids` and Unix seconds."""

    track_ids: tuple[str, ...] = ()
    track: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    played_at: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __eq__(self, other: object) -> bool:
        """Whether the plays are the same, one for one."""
        if not isinstance(other, PlayTimes):
            return NotImplemented
        return (
            self.track_ids == other.track_ids
            and np.array_equal(self.track, other.track)
            and np.array_equal(self.played_at, other.played_at)
        )


Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LyricFacts:
    """What is known of one track's lyrics. An instrumental has neither language nor mood.

    `language` is an ISO 639-1 code, `mood` runs from -1 (dark) to 1 (bright); None is unknown.
    """

    instrumental: bool = False
    language: str | None = None
    mood: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class VectorSpace:
    """Unit vectors made by one encoder: of tracks' lyrics or sound, and of texts recipes name.

    `matrix` is (n_tracks, dim) float32; `rows` gives the row of a track id.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    matrix: Vector = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    texts: Mapping[str, Vector] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Whether the vectors are the same, number for number."""
        return isinstance(other, VectorSpace) and (
            self.rows == other.rows
            and np.array_equal(self.matrix, other.matrix)
            and self.texts.keys() == other.texts.keys()
            and all(np.array_equal(self.texts[text], other.texts[text]) for text in self.texts)
        )

    def of_track(self, track_id: str) -> Vector | None:
        """The vector of a track, (dim,), or None where it is unknown."""
        row = self.rows.get(track_id)
        return None if row is None else self.matrix[row]

    def of_tracks(self, track_ids: Iterable[str]) -> dict[str, Vector]:
        """The vectors of those tracks that have one, by id."""
        return {i: self.matrix[self.rows[i]] for i in track_ids if i in self.rows}

    def closeness(self, track_id: str, to: Vector) -> float | None:
        """The cosine of a track's vector and another; None where it has none."""
        vector = self.of_track(track_id)
        return None if vector is None else float(vector @ to)


@dataclass(frozen=True)
class Inventory:
    """Everything known about an account when a plan is built.

    `playlists` holds those that were read whole, by id; `unread` those that exist but could not be
    read, by id, with the reason in words. `made` maps a recipe id to the track ids of the version
    each earlier period left, newest first, the current period's own version excluded. `kept_out`
    and `kept_in` map a recipe id to what the user removed and added by hand, as track ids or URIs;
    `reordered` holds the recipes whose list the user put into another order by hand. `dead` maps a
    recipe id to tracks that Spotify refused to put into its playlist, likewise. `planned` maps a
    recipe id to the track ids planned for it earlier in the same run, for recipes that draw on it.
    `heard` are the plays of an imported history that `plays` does not hold, by track id, the most
    recent first; `heard_at` are when, `skips` how often each was skipped there. `zone` is that of
    days and hours. `seeds` are tracks that were searched for, by the words of the seed. `lyrics`
    is what is known of lyrics by track id. `recipe_names` are the ids of recipes by `name_key`,
    also before their playlists exist. `unread_parts` are those of "likes", "albums" and "plays"
    that were never read yet. `not_found` are the seeds and track ids that Spotify was asked for
    and does not have. `kept_by_segue` are the ids of all playlists that Segue keeps or once made:
    a name that another playlist has too never means them. `genres` are the keys of a track's
    genres in `genre_tree`, by track id, the main one first; of a track that is not there they are
    unknown, `()` says it has none. `popularity` is 0 to 100, by track id. `never` is what no
    recipe may bring in, `outside` what is known beyond the account, `coverage` whose turn it is in
    which list, `unreached` the tracks of a recipe's lists that nobody got to.
    """

    user_id: str
    tracks: Mapping[str, Track] = field(default_factory=dict)
    features: Mapping[str, AudioFeatures] = field(default_factory=dict)
    liked: tuple[Saved, ...] = ()
    albums: tuple[SavedAlbum, ...] = ()
    playlists: Mapping[str, Playlist] = field(default_factory=dict)
    summaries: tuple[PlaylistSummary, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    top: Mapping[TopRange, tuple[str, ...]] = field(default_factory=dict)
    plays: tuple[Play, ...] = ()
    recipe_playlists: Mapping[str, str] = field(default_factory=dict)
    kept_by_segue: frozenset[str] = frozenset()
    recipe_names: Mapping[str, str] = field(default_factory=dict)
    unread_parts: frozenset[str] = frozenset()
    not_found: frozenset[str] = frozenset()
    made: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    unreached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kept_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kept_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dead: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reordered: frozenset[str] = frozenset()
    planned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scaling: Scaling = DISCO
    lyrics: Mapping[str, LyricFacts] = field(default_factory=dict)
    heard: Mapping[str, Heard] = field(default_factory=dict)
    skips: Mapping[str, int] = field(default_factory=dict)
    heard_at: PlayTimes = field(default_factory=PlayTimes)
    zone: tzinfo = UTC
    seeds: Mapping[str, str] = field(default_factory=dict)
    lyric_space: VectorSpace = field(default_factory=VectorSpace)
    sound_space: VectorSpace = field(default_factory=VectorSpace)
    genres: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    genre_tree: GenreTree = field(default_factory=cache(genre_tree))
    popularity: Mapping[str, int] = field(default_factory=dict)
    never: Never = field(default_factory=Never)
    outside: Outside = field(default_factory=Outside)
    coverage: Coverage = field(default_factory=Coverage)


NOT_READ_YET = "it has not been read yet, run `segue sync`"
"""Why a playlist cannot be used that the next sync will read."""

READ_BY_NO_APP = "Spotify lets no app read the playlists it makes; copy it to one of your own"
"""Why a playlist cannot be used that no sync will ever read."""

_MADE_BY_SPOTIFY = re.compile(
    r"discover weekly|release radar|on repeat|repeat rewind|daylist|daily mix \d|top songs \d+",
    re.IGNORECASE,
)
"""What Spotify calls the lists that it makes of an account."""


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
    if identity and is_spotifys(identity):
        return f"the playlist {reference} could not be read: {READ_BY_NO_APP}"
    if identity:
        return _of_others(reference, identity, inventory)
    why = f"you have no playlist called “{reference}”"
    if _MADE_BY_SPOTIFY.fullmatch(reference.strip()):
        return f"{why}: Spotify makes one, which no app may read; copy it to one of your own"
    return f"{why}{_suggestion(reference, known.values())}"


def _of_others(reference: str, identity: str, inventory: Inventory) -> Playlist | str:
    """A public playlist that the account does not list, as it was read last."""
    known = inventory.outside.asked.get(asked_key("playlist", identity))
    if known is None or known.why:
        why = known.why if known is not None else NOT_READ_YET
        said = f"the playlist {reference} is not among yours, deleted or not followed any more"
        return f"{said}, and could not be read: {why}"
    return _listed(PlaylistSummary(identity, known.name, "", ""), known.ids, inventory)


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
    summary = PlaylistSummary("", name.strip(), inventory.user_id, "")
    return _listed(summary, inventory.planned[recipe_id], inventory)


def _listed(summary: PlaylistSummary, ids: Iterable[str], inventory: Inventory) -> Playlist:
    """A playlist of those of these tracks that are known."""
    tracks = (inventory.tracks.get(track_id) for track_id in ids)
    entries = (PlaylistEntry(t.uri, "track", t.title, t) for t in tracks if t is not None)
    return Playlist(summary, tuple(entries))


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
