"""One journaled write of a list: version, intent, write, read back, record; and the songs on trial
that graduate after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segue.errors import (
    AuthorisationError,
    DataError,
    GuardError,
    MalformedAnswerError,
    RateLimitedError,
    SegueError,
    UnavailableError,
)
from segue.names import TRACK_URI, plural
from segue.playlists.library import Playlist
from segue.playlists.plan import Status
from segue.recipe.recipe import Recipe
from segue.recipe.references import LIKED, Newcomer
from segue.recipe.values import PLAYLIST
from segued.config.sections import SAVE_SCOPE
from segued.refresh.edits import compare, merge, same_but_null, with_hidden
from segued.refresh.write.execute import execute
from segued.refresh.write.operations import ApplyOutcome, Replace, Written, floor
from segued.refresh.write.reading import edits_between, read_own
from segued.refresh.write.record import add_missing, give_up, note_findings, record
from segued.refresh.write.route import Bounds
from segued.run import Run
from segued.store.writes import Intent

MOST_LIKED = 40
"""So many songs one request likes."""
LEFT_OPEN = "the write was cut off; the next start finishes it or takes it back"
PARTLY = "the playlist was written, but could be read back only in part"
OVERWRITTEN = (
    "the playlist was edited between being read and being replaced; that edit is overwritten and "
    "Spotify does not tell what it was"
)


def bounds_of(intent: Intent) -> Bounds:
    """What holds at every moment of a write; one begun by an earlier version stored no bounds."""
    least = intent.least or floor(
        len(intent.before), len(intent.after), min_tracks=0, max_shrink=1.0
    )
    return Bounds(least, intent.most, reorder=intent.reorder)


@dataclass(slots=True)
class _Writes:
    """Whether writes were seen to fail for good in this run."""

    failing: bool = False


def send(run: Run, intent: Intent, playlist: Playlist, wanted: tuple[str, ...]) -> Written:
    """Make a playlist into `wanted`; with one attempt each where another one's write just failed.

    Raises what `execute` raises.
    """
    writes = run.once("writes", _Writes)
    written = execute(run.client(), playlist, wanted, bounds_of(intent), patient=not writes.failing)
    writes.failing = isinstance(written.error, UnavailableError)
    return written


def write_list(run: Run, intent: Intent, playlist: Playlist) -> ApplyOutcome:
    """Make `playlist`, as read a moment ago, into `intent.after`.

    `intent` is on the disk already. It is done when the outcome is certain: written, or as it was
    before. Otherwise it stays open for `recover`.
    """
    written = send(run, intent, playlist, intent.after)
    notes: list[str] = []
    if written.cut_short and written.found is not None:
        notes.append(_edited(run, intent, written))
        written = _again(run, intent, written)
    found = written.found
    if found is not None and found.complete:
        if written.error is None or found.uris == written.wanted:
            return _ended(run, intent, playlist, found, written, notes)
    elif written.error is None:
        written = replace(written, error=MalformedAnswerError(PARTLY))
    return _failed(run, intent, playlist, written, notes)


def _ended(
    run: Run,
    intent: Intent,
    playlist: Playlist,
    found: Playlist,
    written: Written,
    notes: list[str],
) -> ApplyOutcome:
    others = edits_between(
        playlist.summary.snapshot_id, found.summary.snapshot_id, written.requests
    )
    # Without what somebody added meanwhile: compared with this list, that is an edit by hand.
    left_out = set(written.left_out)
    ours = tuple(uri for uri in intent.after if uri not in left_out)
    bound = run.state.playlists.binding(intent.recipe_id)
    ours = with_hidden(ours, bound.written if bound is not None else None, intent.before)
    why = "undone" if intent.kind == "undo" else "after"
    shown = with_hidden(found.uris, written.wanted, found.uris)  # a null row is no other release
    if same_but_null(found.uris, ours):  # maybe with other null rows than before the write
        ours = tuple(uri or seen for uri, seen in zip(ours, found.uris, strict=True))
        shown = written.wanted
    if shown != written.wanted and others == 0:
        # Nobody else wrote: Spotify put another release of a track in its place.
        written, ours = replace(written, sent=ours), shown
        notes.append("Spotify shows some tracks under other ids than they were written with")
    elif shown != written.wanted:
        why = "edited"
        notes.append(_edited(run, intent, written))
    elif others and any(isinstance(each, Replace) for each in written.done) and not notes:
        notes.append(OVERWRITTEN)
    notes += written.notes
    record(run, intent, written, ours, why=why)
    return _outcome("changed", intent, written, notes)


def _failed(
    run: Run, intent: Intent, playlist: Playlist, written: Written, notes: list[str]
) -> ApplyOutcome:
    found = written.found
    note_findings(run, intent, written)
    if found is not None and found.complete and found.uris == playlist.uris and not written.done:
        give_up(run, intent, written.states, written.unseen)
        return _outcome("failed", intent, written, [*notes, "nothing was changed"])
    useless = isinstance(written.error, (RateLimitedError, AuthorisationError))
    # A playlist that was just created is filled by the next start, never emptied again.
    useless = useless or not intent.before
    if found is None or not found.complete or useless:
        return _outcome("failed", intent, written, [*notes, LEFT_OPEN])
    back = _restore(run, intent, found)
    if back is None or not back.as_wanted:
        return _outcome("failed", intent, written, [*notes, LEFT_OPEN])
    assert back.found is not None
    run.state.versions.save(
        back.found, recipe_id=intent.recipe_id, why="restored", run=intent.run, now=run.now
    )
    give_up(run, intent, (*written.states, *back.states), (*written.unseen, *back.unseen))
    outcome = _outcome("failed", intent, written, [*notes, "it failed half-way and is taken back"])
    return replace(outcome, written=back.found.uris, snapshot_id=back.found.summary.snapshot_id)


def _restore(run: Run, intent: Intent, found: Playlist) -> Written | None:
    try:
        return send(run, intent, found, intent.before)
    except GuardError:
        return None  # somebody added a row that a restore would lose: recovery merges instead


def _again(run: Run, intent: Intent, written: Written) -> Written:
    """Go on after an edit that showed in the middle, with the edit kept."""
    assert written.found is not None
    wanted = merge(written.wanted, written.expected, written.found)
    try:
        again = send(run, intent, written.found, wanted)
    except SegueError as error:
        return replace(written, error=error)
    return replace(
        again,
        done=(*written.done, *again.done),
        dead=(*written.dead, *again.dead),
        doubted=(*written.doubted, *again.doubted),
        states=(*written.states, *again.states),
        unseen=(*written.unseen, *again.unseen),
        requests=written.requests + again.requests,
    )


def _edited(run: Run, intent: Intent, written: Written) -> str:
    """Keep an edit that landed during a write as a version, and say what it was."""
    found = written.found
    assert found is not None
    version = run.state.versions.save(
        found, recipe_id=intent.recipe_id, why="edited", run=intent.run, now=run.now
    )
    edits = compare(written.expected[0], found.uris)
    what = [
        *(f"added {uri}" for uri in edits.added),
        *(f"removed {uri}" for uri in edits.removed),
    ]
    return (
        f"somebody edited the playlist while it was written ({', '.join(what) or 'its order'}); "
        f"what was found is kept as version {version.id}"
    )


def _outcome(status: Status, intent: Intent, written: Written, notes: list[str]) -> ApplyOutcome:
    found = written.found
    return ApplyOutcome(
        status=status,
        playlist_id=intent.playlist_id,
        version_id=intent.version_id,
        snapshot_id=found.summary.snapshot_id if found else None,
        notes=tuple(notes),
        operations=written.done,
        written=found.uris if found else None,
        dead=written.dead,
        doubted=written.doubted,
        left_out=written.left_out,
        error=written.error if status == "failed" else None,
    )


def settle(run: Run, recipe: Recipe, songs: tuple[Newcomer, ...], run_id: str) -> tuple[str, ...]:
    """Keep how the new songs of a list stand that was written, and let those graduate that stayed.

    What cannot be done now is a note, and tried again by the next refresh.
    """
    store, wanted = run.state.discover, recipe.discover
    if wanted is None or not songs:
        return ()
    if store.newcomers().get(recipe.id) != songs:
        store.put_newcomers(recipe.id, songs)
        store.commit()
    due = [song for song in songs if song.outcome == "kept" and not song.graduated]
    if not wanted.graduate or not due:
        return ()
    going = due[:MOST_LIKED]
    uris = [f"{TRACK_URI}{song.track_id}" for song in going]
    try:
        if wanted.graduate == LIKED:
            _into_likes(run, uris)
        else:
            target = read_own(run, wanted.graduate.removeprefix(PLAYLIST).strip())
            add_missing(run, target, uris, recipe_id=recipe.id, run_id=run_id)
    except SegueError as error:
        return (f"{plural(len(due), 'song')} that stayed did not graduate yet: {error}",)
    after = (replace(song, graduated=True) if song in going else song for song in songs)
    store.put_newcomers(recipe.id, tuple(after))
    store.commit()
    return ()


def _into_likes(run: Run, uris: list[str]) -> None:
    if not run.state.auth.allows(SAVE_SCOPE):
        raise DataError("the login does not let Segue add likes: run `segue auth login` once more")
    run.client().save_tracks(uris)
