"""The inventory: everything known when a plan is built, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segue.music.features import AudioFeatures
from segue.music.scaling import DISCO, Scaling
from segue.music.track import Track
from segue.playlists.heard import Heard
from segue.playlists.library import Play, Playlist, PlaylistSummary, Saved, SavedAlbum
from segue.playlists.words_of_songs import LyricSpace, SongWords
from segue.recipe.sources import TopRange


@dataclass(frozen=True)
class Inventory:
    """Everything known about an account when a plan is built.

    `playlists` holds those that were read whole, by id; `unread` those that exist but could not
    be read, by id, with the reason in words. `made` maps a recipe id to the track ids of the
    version each earlier period left, newest first, the current period's own version excluded.
    `kept_out` and `kept_in` map a recipe id to what the user removed and added by hand, as track
    ids or URIs; `reordered` holds the recipes whose list the user put into another order by hand.
    `dead` maps a recipe id to tracks that Spotify refused to put into its playlist, likewise.
    `planned` maps a recipe id to the track ids planned for it earlier in the same run, so that a
    recipe that draws on it sees what it is about to be. `scaling` is fitted on the library.
    `heard` is what an imported history tells of plays that `plays` does not hold, by track id,
    the most recent first. `seeds` are tracks that were searched for, by the words of the seed.
    `words` is what is known of lyrics by track id; one that is not there is unknown.
    `not_found` are the seeds and track ids that Spotify was asked for and does not have.
    `kept_by_segue` are the ids of all playlists that Segue keeps or once made, whichever recipes
    there are now: they are never meant by a name that another playlist has too.
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
    not_found: frozenset[str] = frozenset()
    made: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    kept_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kept_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dead: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reordered: frozenset[str] = frozenset()
    planned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scaling: Scaling = DISCO
    words: Mapping[str, SongWords] = field(default_factory=dict)
    heard: Mapping[str, Heard] = field(default_factory=dict)
    seeds: Mapping[str, str] = field(default_factory=dict)
    lyric_space: LyricSpace = field(default_factory=LyricSpace)
