"""The course of one write: what should stand there by now, what is left to do, and sending it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from segue.errors import (
    GuardError,
    MalformedAnswerError,
    SegueError,
    ServiceError,
    UnavailableError,
)
from segue.playlists.library import Playlist
from segued.refresh.write.operations import (
    Add,
    Operation,
    Remove,
    Reorder,
    Replace,
    Written,
    simulate,
    states,
)
from segued.refresh.write.reading import PlaylistClient, Watch
from segued.refresh.write.route import Bounds, fixed_uris, route

UNCLEAR = (UnavailableError, MalformedAnswerError)
"""After these nobody knows whether a write took effect."""

SUSPECTS, PROBES = 3, 3
"""So many single tracks failing in a row, and so many from the end of the rest, is an outage."""
EXTRA_REQUESTS = 50
"""How many requests more than planned a write may take."""


@dataclass(slots=True)
class Course:
    """Where a write is.

    `uris` is the list that should stand by now, `left` what is still to be done to it. `dead` are
    tracks that were found to fail, `suspects` those that are blamed where an addition works after
    them, `proof` a track added a second time to see that.
    `unseen` requests whose answer was lost and whose effect did not show.
    `halving` a request that has a dead track in it, `healthy` once an addition worked meanwhile.
    `since` is the list the read-back is compared with, and how much was done before it.
    """

    client: PlaylistClient
    playlist: Playlist
    wanted: tuple[str, ...]
    bounds: Bounds
    left: list[Operation]
    patient: bool
    uris: tuple[str, ...] = field(init=False)
    snapshot_id: str | None = field(init=False)
    planned: int = field(init=False)
    watch: Watch = field(init=False)
    sent: int = 0
    took_effect: int = 0
    done: list[Operation] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)
    proof: str = ""
    unseen: list[Operation] = field(default_factory=list)
    halving: bool = False
    healthy: bool = False
    beyond: list[str] = field(default_factory=list)
    naming_snapshots: bool = True
    put_right: bool = False
    since: tuple[tuple[str, ...], int] = field(init=False)
    movable: bool = field(init=False)

    def __post_init__(self) -> None:
        self.uris = self.playlist.uris
        self.snapshot_id = self.playlist.summary.snapshot_id
        self.planned = len(self.left)
        self.since = (self.uris, 0)
        self.movable = self.bounds.reorder
        self.watch = Watch(self.client, self.playlist.summary.id, self.uris)

    def ended(self, found: Playlist | None, error: SegueError | None = None) -> Written:
        """How the write ended, with what was read last."""
        expected = self.expected
        return Written(
            found=found,
            wanted=reduce(simulate, self.left, self.uris),
            expected=expected,
            states=(*self.watch.states, *expected[1:]),
            done=tuple(self.done),
            requests=self.took_effect,
            dead=tuple(self.dead),
            doubted=tuple(self.suspects),
            beyond=tuple(self.beyond),
            most_rows=self.bounds.most if self.beyond else None,
            unmovable=self.movable and not self.bounds.reorder,
            error=error,
            unseen=tuple(self.unseen),
        )

    def send(self, operation: Operation) -> None:
        """Send the request of an operation.

        Raises MalformedAnswerError for a move of rows that made no new version.
        """
        self.count()
        identifier = self.playlist.summary.id
        before = self.snapshot_id
        match operation:
            case Replace(uris):
                self.snapshot_id = self.client.replace_items(identifier, uris)
            case Add(uris, position):
                self.snapshot_id = self.client.add_items(identifier, uris, position)
            case Remove(uris):
                self.snapshot_id = self.client.remove_items(identifier, uris)
            case Reorder(start, into, length):
                named = before if self.naming_snapshots else None
                answer = self.client.reorder_items(identifier, start, into, length, named)
                if answer == before:
                    raise MalformedAnswerError(
                        "Spotify answered a move of rows with the version there was before."
                    )
                self.snapshot_id = answer

    def count(self) -> None:
        """Count a request about to be sent; raises GuardError beyond what a write may take, but not
        between a track being added a second time and standing there once."""
        self.sent += 1
        if not self.proof and self.sent + self.watch.looks > self.planned + EXTRA_REQUESTS:
            raise GuardError(
                f"writing {self.playlist.summary.name!r} took {EXTRA_REQUESTS} requests more than "
                "planned, since Spotify keeps refusing some of its tracks; the rest is left for "
                "the next refresh"
            )

    def did(self, operation: Operation) -> None:
        """The first operation left took effect."""
        self.took_effect += 1
        self.uris = simulate(self.uris, operation)
        self.watch.states.append(self.uris)
        self.done.append(operation)
        self.left.pop(0)
        if isinstance(operation, Add):
            self.dead += self.suspects
            self.suspects.clear()
            if self.uris.count(self.proof) == 1:  # added twice, taken out, and here again
                self.proof = ""
            self.healthy = True

    def prove(self) -> None:
        """Have a track that this write added, if one can be spared, added a second time before
        anything else: where that works additions do, and the suspects failed by themselves. Only
        then it is taken out, which takes both, and added again: an outage is found while the list
        is whole.
        """
        there = Counter(self.uris)
        added = (uri for each in reversed(self.done) if isinstance(each, Add) for uri in each.uris)
        found = next((uri for uri in added if there[uri] == 1), None)
        if found is None or not self.bounds.least < len(self.uris) < self.bounds.most:
            return
        self.proof = found
        again = Add((found,), self.uris.index(found))
        self.left[:0] = [again, Remove((found,)), again]

    def halve(self, operation: Add) -> None:
        """Have the first operation left done in two halves."""
        half = len(operation.uris) // 2
        self.left[:1] = [
            Add(operation.uris[:half], operation.position),
            Add(operation.uris[half:], operation.position + half),
        ]

    def no_addition_works(self) -> bool:
        """Whether there is none beside the next one, done or still to be sent: that it fails tells
        of no track, and rows that were to make room for it stay."""
        return not any(isinstance(each, Add) for each in (*self.done, *self.left[1:]))

    def last_first(self) -> None:
        """Have the last track of the next addition added alone, before the others."""
        if self.left and isinstance(operation := self.left[0], Add) and len(operation.uris) > 1:
            *others, last = operation.uris
            at = operation.position
            self.left[:1] = [Add((last,), at), Add(tuple(others), at)]

    def leave_out(self, uris: Sequence[str]) -> None:
        """Go on to the wanted list without these. Where it is not the first that is left out, what
        was halved already is not put together again: one dead track seldom comes alone."""
        self.wanted = tuple(uri for uri in self.wanted if uri not in uris)
        way = self._closed_up(self.left)
        rows = states(self.uris, way)
        least = min(self.bounds.least, len(self.uris), len(self.wanted))
        several = len(self.dead) + len(self.suspects) > 1
        if several and rows[-1] == self.wanted and all(len(each) >= least for each in rows):
            self.left = way
        else:
            self.plan_again()

    @staticmethod
    def _closed_up(left: Sequence[Operation]) -> list[Operation]:
        """What is left to do without the next addition, of one track: those after it start from
        one place less."""
        if not (isinstance(left[0], Add) and len(left[0].uris) == 1):
            return []
        place, way = left[0].position, list[Operation]()
        for each in left[1:]:
            if isinstance(each, Add) and each.position > place:
                each = replace(each, position=each.position - 1)
            elif isinstance(each, Add):
                place += len(each.uris)
            way.append(each)
        return way

    @property
    def expected(self) -> tuple[tuple[str, ...], ...]:
        """The lists that could stand there now by our doing alone."""
        return (self.uris, *(simulate(self.uris, following) for following in self.left[:1]))

    @property
    def fixed(self) -> frozenset[str]:
        """The URIs of rows that can only be moved."""
        return fixed_uris(self.playlist.entries)

    def plan_again(self) -> None:
        """Find the way from what stands now to what is wanted anew."""
        self.left = list(route(self.uris, self.wanted, self.fixed, self.bounds))

    def take_out(self, operation: Operation) -> None:
        """Have an addition start from where it should, in case its first sending shows late."""
        if isinstance(operation, Add) and not set(operation.uris) & set(self.uris):
            self.count()
            self.snapshot_id = self.client.remove_items(self.playlist.summary.id, operation.uris)
            self.took_effect += 1

    def control(self, error: ServiceError) -> None:
        """See whether Spotify takes writes at all: if not, no track is to blame."""
        if self.healthy:
            return
        if not self.uris:
            raise error
        self.count()
        try:
            self.snapshot_id = self.client.reorder_items(self.playlist.summary.id, 0, 0)
        except ServiceError as outage:
            raise error from outage
        self.took_effect += 1
        self.healthy = True


def is_certain(error: ServiceError) -> bool:
    """Whether an answer that cannot be used says at least that nothing was done: a redirection."""
    return error.status is not None and error.status < 500
