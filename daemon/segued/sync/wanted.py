"""What recipes want of an account, and its small parts: plays, top tracks, tracks by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from segue.errors import MalformedAnswerError, NotFoundError, UsageError
from segue.names import name_key, playlist_id_in
from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segue.recipe.source_text import single_sources
from segue.recipe.sources import (
    Engine,
    Found,
    NewReleases,
    OfAlbum,
    OfArtist,
    SavedAlbums,
    Similar,
    TheseTracks,
    TopOfArtist,
    TopRange,
    TopTracks,
)
from segue.recipe.values import PLAYLIST
from segued.config.sections import NeverSection
from segued.run import Run
from segued.spotify.answers import User
from segued.spotify.client import SpotifyClient
from segued.store.library import ABSENT, ACCOUNT, RANGES
from segued.store.state import State
from segued.sync.tracks import Absent, put_tracks

PLAYS = "plays"
MOST_RANGES = 1
"""How many ranges of top tracks one sync reads again; the oldest first."""
PLAYS_KEPT = 50
"""How many plays Spotify remembers."""


def read_account(run: Run) -> User:
    """Whose account it is: asked once a login, then remembered.

    Until `confirm_account` it is asked once more by the next sync: the answer may be another's.

    Raises UsageError where the state folder holds another account's library, and
    MalformedAnswerError where Spotify contradicts itself.
    """
    client, state = run.client(), run.state
    token = state.auth.token()
    login = token.authorized_at.isoformat() if token else ""
    known = state.library.cursor(ACCOUNT)
    asked = known is not None and known["login"] == login
    if known and asked and known.get("confirmed", True):
        return User(known["id"], known["display_name"], known["account_id"])
    user = client.me()
    if known is not None and known["id"] != user.id:
        user = _second_answer(client, user)
        if known["id"] != user.id and not asked:
            raise UsageError(
                f"The state folder {state.folder} holds the library of {known['display_name']}, "
                f"but the login is {user.display_name}'s. Use another state folder for another "
                "account, or run `segue purge` to empty this one."
            )
    note = {
        "id": user.id,
        "display_name": user.display_name,
        "account_id": user.account_id,
        "login": login,
        "at": run.now.isoformat(),
        "confirmed": known is not None,
    }
    state.library.set_cursor(ACCOUNT, note)
    state.library.commit()
    return user


def confirm_account(state: State) -> None:
    """Take note that something else agrees with whose account it is; not committed."""
    known = state.library.cursor(ACCOUNT)
    if known is not None and not known.get("confirmed", True):
        state.library.set_cursor(ACCOUNT, {**known, "confirmed": True})


def _second_answer(client: SpotifyClient, user: User) -> User:
    """Ask once more whose account it is, after an answer that contradicts what is known."""
    again = client.me()
    if again.id != user.id:
        raise MalformedAnswerError(
            f"Spotify answers GET /me now with the account {user.id}, now with {again.id}; "
            "nothing was read. The next run asks again."
        )
    return again


@dataclass(frozen=True, slots=True)
class PlaysRead:
    """How many plays are new, and whether older ones may have been missed."""

    new: int
    gap: bool


def read_plays(run: Run) -> PlaysRead:
    """Add the recent plays to those known.

    All that Spotify remembers is asked for each time, without its cursor: a device that was
    offline reports its plays late, and with their old times they would lie before the cursor.
    """
    state = run.state
    rows = run.client().recently_played()
    put_tracks(state.library, (track for _, track in rows))
    if not (had_any := state.library.cursor(PLAYS) is not None) and rows:
        state.library.set_cursor(PLAYS, {"read": True})
    state.library.commit()
    lengths = {track.id: track.duration_ms for _, track in rows if track.duration_ms}
    noted = state.plays.add_noted(state.library.tracks)
    new = state.plays.add((play for play, _ in rows), lengths)
    state.plays.commit()
    return PlaysRead(new=noted + new, gap=had_any and new >= PLAYS_KEPT)


def read_top(run: Run, ranges: frozenset[TopRange]) -> Mapping[TopRange, int]:
    """Read the top tracks whose time has come; how many, by the ranges read.

    A range never read is always read; of the others the one that waited longest.
    """
    state, now = run.state, run.now
    every = timedelta(seconds=run.settings.sync.top_tracks_every)
    due: list[tuple[datetime, TopRange]] = []
    never: list[TopRange] = []
    for name in RANGES:
        cursor = state.library.cursor(f"top {name}")
        if name not in ranges:
            continue
        if cursor is None or "at" not in cursor:
            never.append(name)
        elif now - (read_at := datetime.fromisoformat(cursor["at"])) >= every or read_at > now:
            due.append((read_at, name))
    read: dict[TopRange, int] = {}
    for name in (*never, *(name for _, name in sorted(due)[:MOST_RANGES])):
        tracks = run.client().top_tracks(name)
        cursor = state.library.cursor(f"top {name}") or {}
        before = state.library.top().get(name, ())
        too_few = not tracks or 2 * len(tracks) < len(before)
        if too_few and cursor.get("doubted") != len(tracks):
            # Perhaps an outage: believed when the next sync reads as few.
            state.library.set_cursor(f"top {name}", cursor | {"doubted": len(tracks)})
            state.library.commit()
            continue
        put_tracks(state.library, tracks)
        state.library.set_top(name, [track.id for track in tracks])
        state.library.set_cursor(f"top {name}", {"at": now.isoformat()})
        state.library.commit()
        read[name] = len(tracks)
    return read


def read_tracks(run: Run, track_ids: tuple[str, ...]) -> tuple[int, Mapping[str, str]]:
    """Look up tracks named by id that are not known; how many, and which do not exist.

    A track that two syncs did not find is asked for again after a week.
    """
    state, now = run.state, run.now
    absent = Absent(state.library, ABSENT)
    found = 0
    for track_id in track_ids:
        if state.library.track(track_id) is not None or absent.rests(track_id, now):
            continue
        try:
            put_tracks(state.library, [run.client().track(track_id)])
            absent.found(track_id)
            found += 1
        except NotFoundError:
            absent.refused(track_id, now)
        state.library.commit()
    return found, {i: "Spotify has no track with this id" for i in track_ids if i in absent}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sync reads beside likes, plays and the user's own playlists.

    `references` are the playlists recipes name, by name, id or link: followed ones are read only
    if they are among them. `seeds` are songs named by title and artist. `releases` are new ones of
    artists that are watched; `album_ids` and `artists` are named. `engines` are asked for songs
    like the user's.
    """

    albums: bool = False
    top: frozenset[TopRange] = frozenset()
    references: frozenset[str] = frozenset()
    track_ids: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    releases: bool = False
    album_ids: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    top_of: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    engines: tuple[Engine, ...] = ()

    def names(self, playlist: PlaylistSummary) -> bool:
        """Whether a recipe names this playlist."""
        name, known = name_key(playlist.name), playlist.id
        return any(playlist_id_in(r) == known or name_key(r) == name for r in self.references)


def wanted_by(recipes: Iterable[Recipe], never: NeverSection | None = None) -> Wanted:
    """What these recipes need of an account, and what `never` keeps out of them."""
    every = tuple(form for recipe in recipes for form in recipe.forms)
    sources = [leaf for recipe in every for leaf in single_sources(recipe.source)]
    tracks = [each for leaf in sources if isinstance(leaf, TheseTracks) for each in leaf.track_ids]
    named = frozenset(never.playlists if never else ())
    return Wanted(
        albums=any(isinstance(leaf, SavedAlbums) for leaf in sources),
        top=frozenset(leaf.range for leaf in sources if isinstance(leaf, TopTracks)),
        references=named.union(*(recipe.playlists_named for recipe in every)),
        track_ids=tuple(dict.fromkeys((*tracks, *seed_ids(every), *_pinned(every)))),
        seeds=named_seeds(every),
        releases=any(isinstance(leaf, NewReleases) for leaf in sources),
        album_ids=tuple({leaf.album_id: 0 for leaf in sources if isinstance(leaf, OfAlbum)}),
        artists=tuple({leaf.reference: 0 for leaf in sources if isinstance(leaf, OfArtist)}),
        top_of=tuple({leaf.reference: 0 for leaf in sources if isinstance(leaf, TopOfArtist)}),
        searches=tuple({leaf.words: 0 for leaf in sources if isinstance(leaf, Found)}),
        engines=tuple({leaf.engine: 0 for leaf in sources if isinstance(leaf, Similar)}),
    )


def _pinned(recipes: Iterable[Recipe]) -> Iterable[str]:
    """The tracks that an order or a filter names by id: where unknown, the recipe would fail."""
    for recipe in recipes:
        order = recipe.sequence
        yield from (track_id for track_id in (order.first, order.last) if track_id)
        groups = (*order.apart, *order.keep_together)
        yield from (*order.at, *(track_id for group in groups for track_id in group))
        likes = (part.like_track for part in recipe.where.every())
        yield from (like.track for like in likes if like is not None)


_URI = "spotify:track:"


def named_seeds(recipes: Iterable[Recipe]) -> tuple[str, ...]:
    """The seeds of recipes named by title and artist, each once."""
    every = (seed for recipe in recipes for seed in recipe.seeds)
    return tuple(dict.fromkeys(s for s in every if not s.startswith((PLAYLIST, _URI))))


def seed_ids(recipes: Iterable[Recipe]) -> tuple[str, ...]:
    """The seeds of recipes named by id, as ids."""
    named = (s for recipe in recipes for s in recipe.seeds if s.startswith(_URI))
    return tuple(dict.fromkeys(seed.removeprefix(_URI) for seed in named))
