"""What the state remembers of a write that came to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from segue.playlists.library import Playlist, PlaylistSummary
from segued.store.journal import Intent
from segued.store.playlists import Binding, Made
from segued.store.state import State

MADE_KEPT = 30
"""How many periods' lists are remembered for freshness."""
ADOPTED = "adopted"
"""The period of the list that stood in a playlist before Segue first wrote to it."""


def bind_created(state: State, intent: Intent, summary: PlaylistSummary) -> None:
    """Tie a recipe to a playlist that was just created, before anything is written to it."""
    known = state.playlists.binding(intent.recipe_id)
    bound = known or Binding(intent.recipe_id, summary.id, intent.name, intent.fingerprint)
    state.playlists.bind(
        replace(
            bound,
            playlist_id=summary.id,
            name=intent.name,
            fingerprint=intent.fingerprint,
            paused_reason=None,
            written=(),
            snapshot_id=summary.snapshot_id,
            description=intent.text,
        )
    )
    others = tuple(one for one in state.playlists.summaries() if one.id != summary.id)
    state.playlists.set_summaries((summary, *others))
    state.playlists.commit()


def record(
    state: State,
    intent: Intent,
    found: Playlist,
    written: tuple[str, ...],
    *,
    now: datetime,
    why: str,
    dead: tuple[str, ...] = (),
) -> None:
    """A write ended with `found` on the account: keep it as a version, bind, close the journal.

    `written` is the list that later edits by hand are told from. The name and text bound stay as
    they are: they are changed by a request of their own. Doing it twice does no harm.
    """
    if found.entries:
        state.versions.save(found, recipe_id=intent.recipe_id, why=why, run=intent.run, now=now)
    known = state.playlists.binding(intent.recipe_id)
    bound = known or Binding(
        intent.recipe_id, found.summary.id, intent.name, intent.fingerprint, written=()
    )
    state.playlists.bind(
        replace(
            bound,
            playlist_id=found.summary.id,
            fingerprint=intent.fingerprint,
            paused_reason=None,
            kept_in=intent.kept_in,
            kept_out=intent.kept_out,
            made=made_with(bound.made, intent, written),
            written=written,
            snapshot_id=found.summary.snapshot_id,
            dead=tuple(dict.fromkeys((*bound.dead, *dead))),
            adopted=bound.adopted or intent.adopted,
        )
    )
    remember(state, found)
    state.playlists.commit()
    state.journal.done(intent.id)


def remember(state: State, found: Playlist) -> None:
    """Put a playlist as read into the store, and into the list of the account's; no commit."""
    state.playlists.put_playlist(found)
    listed = state.playlists.summaries()
    if any(one.id == found.summary.id for one in listed):
        renewed = tuple(found.summary if one.id == found.summary.id else one for one in listed)
        state.playlists.set_summaries(renewed)


def made_with(made: tuple[Made, ...], intent: Intent, uris: tuple[str, ...]) -> tuple[Made, ...]:
    """The lists of the periods, newest first, with this period's own.

    An adopted playlist counts as what an earlier period made, so that a second refresh in its
    first period starts from the same as the first.
    """
    if intent.adopted and not made:
        made = (Made(ADOPTED, intent.before),)
    others = tuple(one for one in made if one.period != intent.period)
    return (Made(intent.period, uris), *others)[:MADE_KEPT]
