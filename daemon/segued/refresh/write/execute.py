"""Sending the operations of a write, and knowing afterwards what stands there.

A 5xx or a cut connection says nothing about whether a request took effect: the playlist is looked
at, more than once, since a look may be old. Before an addition is sent again its tracks are
removed, so that they never stand there twice. A track that makes its request fail (one dead URI
fails a whole request with 502) is found by halving and left out; a request that Spotify refuses or
ignores is done another way. All of this together costs `EXTRA_REQUESTS` at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from segue.errors import (
    AuthorisationError,
    MalformedAnswerError,
    RateLimitedError,
    SegueError,
    ServiceError,
    UnavailableError,
)
from segue.playlists.library import Playlist
from segued.refresh.write.course import PROBES, SUSPECTS, UNCLEAR, Course, is_certain
from segued.refresh.write.operations import (
    Add,
    Operation,
    Remove,
    Reorder,
    Replace,
    Written,
    cut,
    simulate,
)
from segued.refresh.write.reading import PAUSES, PlaylistClient
from segued.refresh.write.route import Bounds, operations

ATTEMPTS = 3
"""How often a request is sent in all that certainly had no effect …"""
ATTEMPTS_OF_MANY = 2
"""… and one of several tracks that is answered with 502, before it is halved."""
BAD_TRACK = 502
"""What Spotify answers to a request with a dead track in it."""
BAD_REQUEST = 400
NOT_YET = (
    "Spotify took the write but still shows the list as it was before. Nothing is lost: the next "
    "refresh looks again."
)


def execute(
    client: PlaylistClient,
    playlist: Playlist,
    wanted: Sequence[str],
    bounds: Bounds,
    *,
    patient: bool = True,
) -> Written:
    """Make `playlist`, as read a moment ago, into `wanted` within `bounds`, and read it back.

    When not `patient`, since writes were just seen to fail, each request is sent once.

    Errors of the service end it and are carried in the answer. An edit by others that shows in
    between ends it too, with what was found and no error: then it is `cut_short`.

    Raises GuardError, before anything is written, where rows would be lost for good or no way
    keeps within the bounds.
    """
    left = list(operations(playlist.entries, wanted, bounds))
    return _Execution(client, playlist, tuple(wanted), bounds, left, patient).run()


@dataclass(slots=True)
class _Execution(Course):
    """A write, with all that can go wrong on the way."""

    def run(self) -> Written:
        """Do everything that is left, and read back."""
        try:
            while True:
                while self.left:
                    edited = self._next()
                    if edited is not None:
                        return self.ended(edited)
                    if not self.left and self.suspects:
                        self.prove()
                found = self.watch.settled((self.uris,))
                if found is not None and (not found.complete or found.uris == self.uris):
                    return self.ended(found)
                if not self._differs(found):
                    error = UnavailableError(NOT_YET) if found is None else None
                    return self.ended(found, error)
        except SegueError as error:
            return self.ended(self._look_after(error), error)

    def _next(self) -> Playlist | None:
        """Do the next operation; the playlist, where it turns out to have been edited meanwhile."""
        operation = self.left[0]
        try:
            self.send(operation)
        except UNCLEAR as error:
            if is_certain(error):
                raise
            if (
                isinstance(operation, Add)
                and error.status == BAD_TRACK
                and (self.halving or not _of_many(operation))
            ):
                return self._narrowed(operation, error)
            return self._unclear(operation, error)
        except ServiceError as error:
            self._refused(operation, error)
            return None
        self.did(operation)
        return None

    def _unclear(self, operation: Operation, error: ServiceError) -> Playlist | None:
        """An answer was lost: look, and send again what had no effect."""
        attempts = ATTEMPTS
        if _of_many(operation) and error.status == BAD_TRACK:
            attempts = ATTEMPTS_OF_MANY
        elif isinstance(operation, Reorder) and _is_refusal(error):
            attempts = 2 if self.naming_snapshots else 1  # the second goes without the id
        attempts, looks = (attempts, len(PAUSES)) if self.patient else (1, 1)
        for attempt in range(1, attempts + 1):
            seen = self.watch.took_effect(simulate(self.uris, operation), looks)
            if seen is True:
                self.snapshot_id = self.watch.snapshot_id
                self.did(operation)
                return None
            if seen is not False:
                if not seen.complete:
                    raise error
                return seen
            if error.status != BAD_TRACK:
                self.unseen.append(operation)
            if attempt == attempts:
                break
            failure = self._again(operation)
            if failure is None:
                return None
            error = failure
        self._around(operation, error)
        return None

    def _narrowed(self, operation: Add, error: ServiceError) -> Playlist | None:
        """A part of a request that has a dead track in it fails too: halve it. The last one left
        is tried with pauses and beside a healthy request, and looked at, before it is blamed."""
        if len(operation.uris) > 1:
            self._around(operation, error)
            return None
        self.healthy = self.healthy and self.halving
        attempts = ATTEMPTS_OF_MANY if self.healthy else ATTEMPTS
        for pause in PAUSES[: attempts - 1]:
            self.watch.pause(pause)
            failure = self._again(operation)
            if failure is None:
                return None
            error = failure
            self.control(error)
        seen = self.watch.took_effect(simulate(self.uris, operation), looks=1)
        if seen is True:
            self.did(operation)
        elif seen is False:
            self._around(operation, error)
        elif not seen.complete:
            raise error
        else:
            return seen
        return None

    def _again(self, operation: Operation) -> ServiceError | None:
        """Send an operation once more; why its outcome is unclear again, None where it is not."""
        self.naming_snapshots = self.naming_snapshots and not isinstance(operation, Reorder)
        try:
            self.take_out(operation)
            self.send(operation)
            self.did(operation)
        except UNCLEAR as error:
            if is_certain(error):
                raise
            return error
        except ServiceError as error:
            self._refused(operation, error)
        return None

    def _refused(self, operation: Operation, error: ServiceError) -> None:
        """Spotify says no, and why: go another way, or raise the error."""
        if isinstance(error, RateLimitedError) or isinstance(operation, Remove):
            raise error
        if isinstance(operation, Reorder):
            if error.status != BAD_REQUEST:
                raise error
            if self.naming_snapshots:
                self.naming_snapshots = False
            else:
                self._without_reorder(error)
            return
        text = str(error)
        named = [uri for uri in operation.uris if uri.rpartition(":")[2] in text]
        if named:
            self.dead += named
            self.leave_out(named)
        elif "limit" not in text.casefold():
            raise error
        elif isinstance(operation, Replace):
            self.bounds = replace(self.bounds, replace=False)
            self.plan_again()
        elif len(operation.uris) > 1:
            self.halve(operation)
        else:
            self.bounds = replace(self.bounds, most=len(self.uris))
            kept = cut(self.wanted, self.bounds.most, self.fixed.__contains__)
            self.beyond += (Counter(self.wanted) - Counter(kept)).elements()
            self.wanted = kept
            self.plan_again()

    def _around(self, operation: Operation, error: ServiceError) -> None:
        """Go on around what fails every time; raises the error where there is no way around."""
        if isinstance(operation, Reorder) and _is_refusal(error):
            self._without_reorder(error)
            return
        if isinstance(operation, Reorder | Remove) or error.status != BAD_TRACK:
            raise error
        if isinstance(operation, Add) and operation.uris == (self.proof,):
            # A track that was just taken fails too: that tells of no track, and all are still due.
            self.left.append(Add(tuple(self.suspects), len(self.uris)))
            self.suspects.clear()
            raise error
        self.healthy, self.halving = self.healthy and self.halving, True
        if isinstance(operation, Replace):
            self.bounds = replace(self.bounds, replace=False)
            self.plan_again()
        elif len(operation.uris) > 1 and len(self.suspects) < SUSPECTS:
            self.halve(operation)
        elif len(operation.uris) > 1 and len(self.suspects) < SUSPECTS + PROBES:
            self.plan_again()
            self.last_first()
        elif len(operation.uris) > 1:
            raise error
        else:
            self.suspects += operation.uris
            if self.no_addition_works():
                raise error
            self.leave_out(operation.uris)
            if len(self.suspects) >= SUSPECTS:
                self.prove()

    def _without_reorder(self, error: ServiceError) -> None:
        if not self.bounds.reorder:
            raise error
        self.bounds = replace(self.bounds, reorder=False)
        self.plan_again()

    def _differs(self, found: Playlist | None) -> bool:
        """Whether what was read back is our own doing, and is put right now: rows that were not
        moved though Spotify said so, or an addition that took effect twice."""
        base, already = self.since
        there = found.uris if found is not None else base
        lately = self.done[already:]
        others = [operation for operation in lately if not isinstance(operation, Reorder)]
        unmoved = reduce(simulate, others, base)
        moves = len(others) < len(lately)
        if moves and self.bounds.reorder and there == unmoved:
            self.bounds = replace(self.bounds, reorder=self.naming_snapshots)
            self.naming_snapshots = False
        elif found is None or self.put_right or not self._added_twice(found.uris):
            return False
        self.put_right = True
        self.uris = there
        self.watch.states.append(there)
        self.since = (there, len(self.done))
        self.plan_again()
        return bool(self.left)

    def _added_twice(self, there: tuple[str, ...]) -> bool:
        added = {uri for each in self.done if isinstance(each, Add) for uri in each.uris}
        wanted, found = Counter(self.uris), Counter(there)
        return not wanted - found and set(found - wanted) <= added

    def _look_after(self, error: SegueError) -> Playlist | None:
        """What stands there after an error; None where it cannot be read."""
        if isinstance(error, AuthorisationError):
            return None
        try:
            return self.watch.settled(self.expected)
        except SegueError:
            return None  # said by the answer: `found` is None, beside the error that came first


def _is_refusal(error: ServiceError) -> bool:
    """Whether a move of rows was answered, if only oddly: 502, or with the version before it."""
    return error.status == BAD_TRACK or isinstance(error, MalformedAnswerError)


def _of_many(operation: Operation) -> bool:
    return isinstance(operation, Add) and len(operation.uris) > 1
