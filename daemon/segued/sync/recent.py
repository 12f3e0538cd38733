"""The small parts of a sync: whose account it is, recent plays, top tracks, tracks by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from segue.errors import MalformedAnswerError, NotFoundError, UsageError
from segue.recipe.sources import TopRange
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
    if known is not None and asked and known.get("confirmed", True):
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
    had_any = state.library.cursor(PLAYS) is not None
    put_tracks(state.library, (track for _, track in rows))
    if rows and not had_any:
        state.library.set_cursor(PLAYS, {"read": True})
    state.library.commit()
    durations = {track.id: track.duration_ms for _, track in rows if track.duration_ms}
    new = state.plays.add((play for play, _ in rows), durations)
    state.plays.commit()
    return PlaysRead(new=new, gap=had_any and new >= PLAYS_KEPT)


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
    missing = [track_id for track_id in track_ids if track_id in absent]
    return found, dict.fromkeys(missing, "Spotify has no track with this id")
