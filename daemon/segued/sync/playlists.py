"""Reading the account's playlists: only those whose version changed, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from segue.errors import (
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from segue.playlists.inventory import READ_BY_NO_APP
from segue.playlists.library import PlaylistSummary
from segued.run import Run
from segued.spotify.answers import Regime
from segued.sync.playlist import PlaylistKeeper, Start
from segued.sync.tracks import ASK_AGAIN, Absent
from segued.sync.wanted import Wanted, confirm_account
from segued.web.source import in_order

Report = Callable[[int, int | None], None]
REFUSED = "playlists refused"
REGIME = "regime"
SPOTIFY = "spotify"


@dataclass(slots=True)
class PlaylistsRead:
    """How many playlists there are, were read, are gone; and which could not be read, and why.

    `whole` is False where the account's list had rows that cannot be read: what was missing from
    it was then not taken for deleted.
    """

    total: int = 0
    whole: bool = True
    read: int = 0
    gone: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    """Whether a playlist that was asked for could not be read."""


class PlaylistSync:
    """One sync of an account's playlists. `user_id` is whose account it is."""

    def __init__(self, run: Run, wanted: Wanted, user_id: str) -> None:
        self._client = run.client()
        self._state = run.state
        self._wanted = wanted
        self._user_id = user_id
        self._now = run.now
        self._keeper = PlaylistKeeper(self._client, self._state)
        self._unreachable = False
        self._refused = Absent(run.state.library, REFUSED)

    def read(self, report: Report) -> PlaylistsRead:
        """List the playlists, forget those that are gone, read those that changed.

        One playlist that cannot be read is recorded with its reason and stops nothing; what it
        held when it was last read is kept. Raises RateLimitedError, and UnavailableError where
        two playlists in a row could not be reached.
        """
        store = self._state.playlists
        listing = self._client.list_playlists()
        listed = listing.summaries
        ids = {summary.id for summary in listed}
        if any(summary.owner_id == self._user_id for summary in listed):
            confirm_account(self._state)
        if not listing.complete:
            missing = tuple(each for each in store.summaries() if each.id not in ids)
            listed += missing
            ids |= {each.id for each in missing} | set(store.playlists())
        outcome = PlaylistsRead(total=len(listed), whole=listing.complete)
        for playlist_id in [each for each in store.playlists() if each not in ids]:
            store.drop(playlist_id)
            outcome.gone += 1
        if listed != store.summaries():
            store.set_summaries(listed)
        place = {summary.id: number for number, summary in enumerate(listed)}
        for summary, start in in_order(self._keeper.start, self._due(listed, outcome)):
            report(place[summary.id], len(listed))
            reason = self._read(summary, start)
            outcome.read += reason is None
            if reason is not None:
                outcome.failed = True
                outcome.unread[summary.id] = reason
        outcome.unread = {each: outcome.unread[each] for each in place if each in outcome.unread}
        report(len(listed), len(listed))
        self._finish(outcome, ids)
        return outcome

    def _due(
        self, listed: Iterable[PlaylistSummary], outcome: PlaylistsRead
    ) -> Iterator[PlaylistSummary]:
        """The playlists to be read, each looked at in its turn; why others are not is noted."""
        for summary in listed:
            reason = self._closed(summary)
            if reason is not None:
                outcome.unread[summary.id] = reason
            elif not self._keeper.is_current(summary):
                yield summary

    def _read(self, summary: PlaylistSummary, start: Start) -> str | None:
        """Read a playlist; None where that worked, else why it did not."""
        try:
            self._keeper.read(summary, start)
        except UnavailableError as error:
            if self._unreachable:
                raise
            self._unreachable = True
            return str(error)
        except RateLimitedError:
            self._state.playlists.commit()
            raise
        except (ForbiddenError, NotFoundError) as error:
            return self._refuse(summary, error)
        except ServiceError as error:
            return f"it could not be read: {error}"
        self._unreachable = False
        self._refused.found(summary.id)
        return None

    def _closed(self, summary: PlaylistSummary) -> str | None:
        """Why this playlist is not to be asked for, or None where it is."""
        if summary.owner_id == self._user_id or summary.collaborative:
            return self._resting(summary)
        if summary.owner_id == SPOTIFY:
            return READ_BY_NO_APP
        if self._regime() == "development":
            return (
                "it belongs to somebody else, and an app in Development Mode reads only your own "
                "and collaborative playlists; copy it to one of your own"
            )
        if not self._wanted.names(summary):
            return "it belongs to somebody else, and no recipe names it"
        return self._resting(summary)

    def _resting(self, summary: PlaylistSummary) -> str | None:
        if self._refused.rests(summary.id, self._now, summary.snapshot_id):
            return self._refused.reason(summary.id)
        return None

    def _regime(self) -> Regime | None:
        """What the app is: as the account's list shows it, unless a refusal showed otherwise."""
        stored = self._state.library.cursor(REGIME)
        if stored is None or stored["by"] != "refusal":
            return self._client.regime
        recent = abs(self._now - datetime.fromisoformat(stored["at"])) < ASK_AGAIN
        return "development" if recent else self._client.regime

    def _refuse(self, summary: PlaylistSummary, error: ServiceError) -> str:
        """Remember that a playlist cannot be read, and that the app may be a restricted one."""
        reason = f"it could not be read: {error}"
        believed = self._refused.refused(summary.id, self._now, summary.snapshot_id, reason)
        own = summary.owner_id == self._user_id or summary.collaborative
        if believed and isinstance(error, ForbiddenError) and not own:
            self._note_regime("development", "refusal")
        return reason

    def _note_regime(self, regime: Regime, by: str) -> None:
        known = self._state.library.cursor(REGIME)
        if known is None or (known["regime"], known["by"]) != (regime, by):
            note = {"regime": regime, "by": by, "at": self._now.isoformat()}
            self._state.library.set_cursor(REGIME, note)

    def _finish(self, outcome: PlaylistsRead, ids: set[str]) -> None:
        playlists, library = self._state.playlists, self._state.library
        if playlists.unread() != outcome.unread:
            playlists.set_unread(outcome.unread)
        playlists.commit()
        regime = self._regime()
        if regime is not None and regime == self._client.regime:
            self._note_regime(regime, "answers")
        self._refused.keep_only(ids)
        self._keeper.forget_others(ids)
        library.commit()
