"""What the state remembers of a write that came to its end, and of what is added to lists of the
user's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from segue.errors import ServiceError, UnavailableError
from segue.playlists.library import Playlist, PlaylistSummary
from segue.recipe.values import named_in
from segued.config.schedule.zone import local_end
from segued.inventory.identity import unmarked
from segued.refresh.edits import same_but_null
from segued.refresh.write.course import UNCLEAR, is_certain
from segued.refresh.write.operations import (
    MAY_BE_LATE,
    URIS_A_REQUEST,
    Operation,
    Written,
    as_late,
    still_late,
)
from segued.refresh.write.reading import SETTLING, is_settling, read_anew
from segued.run import Run
from segued.store.playlists import (
    BELIEVED,
    MADE_KEPT,
    Ban,
    Binding,
    LastWrite,
    LateWrite,
    Made,
    list_digest,
)
from segued.store.state import State
from segued.store.writes import Intent

ADDITIONS = "additions"
"""The cursor of what was asked to be added to lists of the user's own, by playlist: `Asked`."""
Asked = tuple[str, list[str], bool]
"""A request to add tracks: when (ISO), which, and whether it was answered."""
ASKED_KEPT = 50
LISTS_KEPT = 1_000
"""How many lists are remembered that were given up and may show yet."""
TRIALS_KEPT = 400
"""How many periods' lists of the experiment under way are remembered for its verdict."""
ADOPTED = "adopted"
"""The period of the list that stood in a playlist before Segue first wrote to it."""
FIRST_BAN = timedelta(days=1)
"""How long a track that Spotify would not take is left out; each further time four times that …"""
LONGEST_BAN = timedelta(days=30)
"""… up to this."""


def bind_created(state: State, intent: Intent, summary: PlaylistSummary) -> None:
    """Tie a recipe to a playlist that was just created, before anything is written to it."""
    state.playlists.bind(
        replace(
            _bound(state, intent, summary),
            playlist_id=summary.id,
            name=intent.name,
            fingerprint=intent.fingerprint,
            paused_reason=None,
            written=(),
            sent=None,
            snapshot_id=summary.snapshot_id,
            description=intent.text,
            shown_name=intent.shown or None,
            shown_text=unmarked(intent.description) if named_in(intent.text) else None,
        )
    )
    others = tuple(each for each in state.playlists.summaries() if each.id != summary.id)
    state.playlists.set_summaries((summary, *others))
    state.playlists.commit()


def record(run: Run, intent: Intent, written: Written, ours: tuple[str, ...], *, why: str) -> None:
    """Keep what a write ended with, `written.found`, as a version; bind it and close the journal.

    `ours` is the list that later edits by hand are compared with. The name and text bound stay as
    they are: they are changed by a request of their own. Doing it twice does no harm.
    """
    state, found = run.state, written.found
    assert found is not None
    if found.entries:
        state.versions.save(found, recipe_id=intent.recipe_id, why=why, run=intent.run, now=run.now)
    bound = _bound(state, intent, found.summary)
    fills = intent.kind == "refresh" and (named_in(intent.name) or named_in(intent.text))
    state.playlists.bind(
        replace(
            with_findings(run, bound, written),
            playlist_id=found.summary.id,
            fingerprint=intent.fingerprint,
            paused_reason=None,
            kept_in=intent.kept_in,
            kept_out=intent.kept_out,
            exchanges=intent.exchanges,
            made=made_with(bound.made, intent, ours),
            written=ours,
            sent=written.sent,
            snapshot_id=found.summary.snapshot_id if same_but_null(found.uris, ours) else None,
            adopted=bound.adopted or intent.adopted,
            last=last_write(bound, written.states, run.clock()),
            undone=intent.holds or None,
            late=_late(run, intent, bound, written.unseen),
            # A kill may come before they are changed. A new playlist was made with them.
            owed=() if fills and intent.before and bound.owed is None else bound.owed,
        )
    )
    remember(state, found)
    state.playlists.commit()
    state.journal.done(intent.id)


def give_up(
    run: Run,
    intent: Intent,
    lists: Iterable[tuple[str, ...]],
    unseen: Sequence[Operation] = (),
) -> None:
    """A write ended with nothing of it seen on the account: close the journal, and remember the
    lists and the requests that may yet show."""
    bound = run.state.playlists.binding(intent.recipe_id)
    if bound is not None:
        known = [list_digest(uris) for uris in lists if uris != intent.before]
        earlier = bound.last.unconfirmed if bound.last is not None else ()
        last = last_write(bound, (intent.before,), run.clock())
        seen, unseen_yet = (dict.fromkeys((*some, *known)) for some in (last.lists, earlier))
        last = replace(last, lists=tuple(seen), unconfirmed=tuple(unseen_yet)[-LISTS_KEPT:])
        late = _late(run, intent, bound, unseen)
        run.state.playlists.bind(replace(bound, last=last, late=late))
        run.state.playlists.commit()
    run.state.journal.done(intent.id)


def _late(
    run: Run, intent: Intent, bound: Binding, unseen: Sequence[Operation]
) -> tuple[LateWrite, ...]:
    """The requests that may yet take effect, those of a write just ended among them."""
    found = (*bound.late, *as_late(dict.fromkeys(unseen), intent.started_at))
    return still_late(found, run.clock())


def note_findings(run: Run, intent: Intent, written: Written) -> None:
    """Remember what a write that failed found out of tracks and of the playlist's limits."""
    if (bound := run.state.playlists.binding(intent.recipe_id)) is None:
        return
    noted = with_findings(run, bound, written)
    if noted != bound:
        run.state.playlists.bind(noted)
        run.state.playlists.commit()


def with_findings(run: Run, bound: Binding, written: Written) -> Binding:
    """The binding with the tracks Spotify would not take, and with what it would not do."""
    now = run.clock()
    limits, until = bound.limits, now + BELIEVED
    if written.most_rows is not None:
        limits = replace(limits, most_rows=written.most_rows, most_rows_until=until)
    if written.unmovable:
        limits = replace(limits, unmovable_until=until)
    there = written.found.uris if written.found is not None else ()
    doubts = {ban.uri: ban.since for ban in bound.bans if ban.is_doubt}
    taken = doubts.keys() & there
    bound = replace(bound, bans=tuple(ban for ban in bound.bans if ban.uri not in taken))
    # Refused in two runs, in which other additions worked, if none after it.
    twice = [uri for uri in written.doubted if uri in doubts and doubts[uri] < run.now]
    dead = (*written.dead, *(twice if written.added else ()))
    bans = banned_with(bound, dead, now)
    known = {ban.uri for ban in bans}
    bans += tuple(Ban(uri, now, now) for uri in written.doubted if uri not in known)
    return replace(bound, dead=(), bans=bans, limits=limits)


def banned_with(bound: Binding, dead: Collection[str], now: datetime) -> tuple[Ban, ...]:
    """The bans of a binding with those of `dead`, longer each time; those stored without a date
    begin now, those over for long are forgotten."""
    known = {ban.uri: ban for ban in bound.bans if now < ban.until + LONGEST_BAN}
    for uri in dict.fromkeys((*bound.dead, *dead)):
        before = known.get(uri)
        length = 4 * (before.until - before.since) if before is not None else FIRST_BAN
        known[uri] = Ban(uri, now, now + min(length or FIRST_BAN, LONGEST_BAN))
    return tuple(known.values())


def ban(run: Run, recipe_id: str, uris: Collection[str]) -> None:
    """Leave tracks out of a recipe that were only doubted so far."""
    if (bound := run.state.playlists.binding(recipe_id)) is not None:
        bans = banned_with(bound, uris, run.clock())
        run.state.playlists.bind(replace(bound, dead=(), bans=bans))
        run.state.playlists.commit()


def last_write(bound: Binding, lists: Iterable[tuple[str, ...]], now: datetime) -> LastWrite:
    """What to remember of a write just done; of one done moments before it, too."""
    digests = [list_digest(uris) for uris in lists]
    if bound.last is not None and is_settling(bound, now):
        digests += bound.last.lists
    return LastWrite(now, tuple(dict.fromkeys(digests)))


def remember(state: State, found: Playlist) -> None:
    """Put a playlist as read into the store, and into the list of the account's; no commit."""
    state.playlists.put_playlist(found)
    listed = state.playlists.summaries()
    if any(each.id == found.summary.id for each in listed):
        renewed = tuple(found.summary if each.id == found.summary.id else each for each in listed)
        state.playlists.set_summaries(renewed)


def made_with(made: tuple[Made, ...], intent: Intent, uris: tuple[str, ...]) -> tuple[Made, ...]:
    """The lists of the periods, newest first, with this period's own.

    An adopted playlist counts as what an earlier period made, so that a second refresh in its
    first period starts from the same as the first.
    """
    if intent.adopted and not made:
        made = (Made(ADOPTED, intent.before),)
    trial, since = intent.trial, intent.started_at if intent.trial is not None else None
    before = next((each for each in made if each.period == intent.period), None)
    if before is not None and before.since is not None and before.trial == trial:
        since = before.since
    others = tuple(each for each in made if each.period != intent.period)
    kept = (Made(intent.period, uris, intent.models, trial, since), *others)
    key = None if trial is None else trial.experiment
    return tuple(
        each
        for place, each in enumerate(kept[:TRIALS_KEPT])
        if place < MADE_KEPT or (key and each.trial and each.trial.experiment == key)
    )


def _bound(state: State, intent: Intent, summary: PlaylistSummary) -> Binding:
    fresh = Binding(intent.recipe_id, summary.id, intent.name, intent.fingerprint, written=())
    return state.playlists.binding(intent.recipe_id) or fresh


def add_missing(
    run: Run, target: Playlist, uris: Sequence[str], *, recipe_id: str, run_id: str
) -> list[str]:
    """Add at the end of a playlist what it does not hold, and keep it as a version before. Gives
    what was added.

    Nothing else of it changes, and nothing is added twice: what is asked for is remembered first.
    Raises UnavailableError while an addition whose answer was lost may yet take effect.
    """
    identifier, held, now = target.summary.id, set(target.uris), run.clock()
    for at, some, answered in _asked_of(run.state, identifier):
        open_still = set(some).difference(held).intersection(uris)
        passed = abs(now - datetime.fromisoformat(at))
        if answered and passed < SETTLING:
            held |= open_still  # a look so soon after it may be older than it
        elif not answered and open_still and passed < MAY_BE_LATE:
            raise UnavailableError(
                f"an earlier request to add to “{target.summary.name}” had no answer, and may yet "
                f"take effect; tried again after {local_end(now + MAY_BE_LATE - passed)}"
            )
        elif not answered and open_still:
            held.update(read_anew(run.client(), target).uris)
    new = [uri for uri in dict.fromkeys(uris) if uri not in held]
    if new:
        run.state.versions.save(target, recipe_id=recipe_id, why="before", run=run_id, now=run.now)
    for start in range(0, len(new), URIS_A_REQUEST):
        some = new[start : start + URIS_A_REQUEST]
        _note_asked(run, identifier, some, answered=False)
        try:
            run.client().add_items(identifier, some)
        except ServiceError as error:
            if not isinstance(error, UNCLEAR) or is_certain(error):
                _note_asked(run, identifier, [], some, answered=True)
            raise
        _note_asked(run, identifier, some, some, answered=True)
    return new


def _asked_of(state: State, playlist_id: str) -> list[Asked]:
    """What a playlist was asked to take."""
    asked = state.discover.cursor(ADDITIONS).get(playlist_id, [])
    return [asked] if asked and isinstance(asked[0], str) else asked  # one alone, as once stored


def _note_asked(
    run: Run, playlist_id: str, uris: list[str], settled: Sequence[str] = (), *, answered: bool
) -> None:
    """Remember a request to add to a playlist, in place of those to add what is `settled` now.

    One whose answer was lost is remembered until these tracks are asked for again."""
    store, now = run.state.discover, run.clock()
    over = {*uris, *settled}
    kept = [
        [at, left, done]
        for at, some, done in _asked_of(run.state, playlist_id)
        if (left := [uri for uri in some if uri not in over])
        and (not done or abs(now - datetime.fromisoformat(at)) < SETTLING)
    ]
    asked = [*kept, *([[now.isoformat(), uris, answered]] if uris else ())]
    store.set_cursor(ADDITIONS, {**store.cursor(ADDITIONS), playlist_id: asked[-ASKED_KEPT:]})
    store.commit()
