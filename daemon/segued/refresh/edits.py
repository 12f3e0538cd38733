"""What somebody did to a playlist by hand since Segue last wrote it, and how it is kept beside a
write of ours; and the playlist a recipe writes into, looked up in one place: before a plan is made
and again after the last read before a write."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.plan import GuardFinding
from segue.recipe.recipe import Recipe
from segued.inventory.identity import mark_in, marked, unmarked
from segued.refresh.guards import Location, check, fought_over, locate
from segued.refresh.write.operations import without_late
from segued.store.playlists import Binding, list_digest

EXCHANGES, FEW = 3, 3
"""Much of a list replaced after so many writes in a row is no person's doing; fewer tracks than
`FEW` do not count."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Edits by hand that a recipe respects.

    `kept_in` and `kept_out` are every URI that was ever added or removed by hand and not undone
    since; `added` and `removed` those of them that are new. `reordered`: the rows Segue wrote
    stand in another order, which holds until the recipe next changes its members. `hidden` are
    rows Segue wrote that stand there as null, as far as anybody can tell. `exchanges` counts the
    last writes in a row after which others exchanged much of the list, `mostly` says that it is
    half of it now.
    """

    kept_in: tuple[str, ...] = ()
    kept_out: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reordered: bool = False
    hidden: tuple[str, ...] = ()
    exchanges: int = 0
    mostly: bool = False

    @property
    def text(self) -> str | None:
        """What is new, in words, or None."""
        said = [
            f"{count} {word}"
            for count, word in (
                (len(self.added), "added by hand and kept"),
                (len(self.removed), "removed by hand and left out"),
                (int(self.reordered), "new order by hand"),
            )
            if count
        ]
        if self.exchanges >= EXCHANGES:
            said.append(
                f"much of it exchanged after each of the last {self.exchanges} writes: if not by "
                "you, by another installation of Segue, or another program, that keeps it too"
            )
        return ", ".join(said) or None


def find_edits(binding: Binding | None, playlist: Playlist | None, *, respect: bool) -> Edits:
    """Compare the account's list with what Segue last wrote there.

    Nothing is known to be an edit before Segue's first write, nor in a playlist found by its mark
    after the state was lost. With `respect` False there are no edits to keep, only hidden rows.
    """
    if binding is None:
        return Edits()
    found = _found(binding, playlist)
    if respect:
        return found
    return replace(found, kept_in=(), kept_out=(), added=(), removed=(), reordered=False)


def _found(binding: Binding, playlist: Playlist | None) -> Edits:
    known = Edits(kept_in=binding.kept_in, kept_out=binding.kept_out)
    if playlist is None or not playlist.complete or binding.written is None:
        return known
    if binding.last is not None and list_digest(playlist.uris) in binding.last.unconfirmed:
        return known  # a write that was given up shows after all
    written = nearest(binding.own, playlist.uris)
    rows = without_late(playlist.uris, written, binding.late)
    found = compare(written, rows, binding.kept_in, binding.kept_out)
    # Every edit makes a new version: whatever this one shows, nobody has edited it.
    untouched = binding.snapshot_id and playlist.summary.snapshot_id == binding.snapshot_id
    if untouched:
        return replace(known, hidden=found.hidden)
    exchanged = min(len(found.added), len(found.removed))
    again = exchanged >= FEW and len(written) <= 5 * exchanged
    exchanges = binding.exchanges + 1 if again else 0
    return replace(found, exchanges=exchanges, mostly=again and len(written) <= 2 * exchanged)


def compare(
    written: tuple[str, ...],
    found: tuple[str, ...],
    kept_in: tuple[str, ...] = (),
    kept_out: tuple[str, ...] = (),
) -> Edits:
    """The edits that lead from one list to another, on top of what was kept before.

    A row that has become null may be any of those that are missing: as long as there are enough
    of them, nothing counts as removed, and what is missing is hidden.
    """
    there, ours = set(found), set(written)
    added = tuple(dict.fromkeys(uri for uri in found if uri and uri not in ours))
    removed = tuple(dict.fromkeys(uri for uri in written if uri and uri not in there))
    hidden: tuple[str, ...] = ()
    if len(removed) <= found.count("") - written.count(""):
        removed, hidden = (), removed
    stayed_in = tuple(uri for uri in kept_in if uri not in removed and uri not in added)
    stayed_out = tuple(uri for uri in kept_out if uri not in added and uri not in removed)
    common = [uri for uri in found if uri in ours]
    return Edits(
        kept_in=(*stayed_in, *added),
        kept_out=(*stayed_out, *removed),
        added=added,
        removed=removed,
        reordered=common != [uri for uri in written if uri in there],
        hidden=hidden,
    )


def with_hidden(
    rows: tuple[str, ...], written: tuple[str, ...] | None, found: tuple[str, ...]
) -> tuple[str, ...]:
    """The rows of a write with the tracks that its null rows hide, so that these are known again.

    `written` and `found` are what Segue had left there before that write and what it then showed.
    """
    if written is None:
        return rows
    hidden = iter(compare(written, found).hidden)
    return tuple(uri or next(hidden, "") for uri in rows)


def same_but_null(rows: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists may be one: a null row, in either, may be the track the other has there."""
    pairs = zip(rows, others, strict=False)
    return len(rows) == len(others) and all(a == b or not (a and b) for a, b in pairs)


def allow_again(binding: Binding, uris: Collection[str]) -> Binding:
    """Let tracks come back that were removed by hand, or that Spotify would not take.

    They leave the lists that edits are compared with, too: what is missing there was not removed.
    """
    own = (binding.written, binding.sent)
    written, sent = (rows and tuple(uri for uri in rows if uri not in uris) for rows in own)
    return replace(
        binding,
        kept_out=tuple(uri for uri in binding.kept_out if uri not in uris),
        written=written,
        sent=sent,
        dead=tuple(uri for uri in binding.dead if uri not in uris),
        bans=tuple(ban for ban in binding.bans if ban.uri not in uris),
    )


def resume(binding: Binding) -> Binding:
    """End a pause: what was bound is let go, so that the next refresh makes a new playlist."""
    return replace(
        binding, playlist_id=None, paused_reason=None, written=None, sent=None, snapshot_id=None
    )


def merge(
    wanted: tuple[str, ...],
    expected: Sequence[tuple[str, ...]],
    found: Playlist,
    *,
    cut_off_from: Collection[str] | None = None,
) -> tuple[str, ...]:
    """The wanted list with the edits that lead from what our writes alone would have left there
    (the nearest of `expected`) to what was found: additions behind the row they follow, removals
    out, order as wanted. Every row of `found` that could not be added back is in it.

    `cut_off_from` is the list before a write that was cut off nobody knows where: what is missing
    may just not have been written yet, and what was there before is no addition.
    """
    base = nearest(expected, found.uris)
    edits = compare(base, found.uris)
    fixed = Counter(entry.uri for entry in found.entries if not entry.can_be_added_back)
    gone = set(edits.removed) - set(fixed) if cut_off_from is None else set()
    merged = [uri for uri in wanted if uri not in gone]
    extra = set(edits.added) - set(merged) - set(cut_off_from or ())
    for place, uri in enumerate(found.uris):
        if uri in extra or (uri in fixed and merged.count(uri) < fixed[uri]):
            before = found.uris[place - 1] if place else None
            merged.insert(merged.index(before) + 1 if before in merged else place, uri)
            extra.discard(uri)
    return tuple(merged)


def nearest(states: Sequence[tuple[str, ...]], uris: tuple[str, ...]) -> tuple[str, ...]:
    """The state whose members differ least from the list's; the later one on a tie."""
    members = Counter(uris)

    def distance(state: tuple[str, ...]) -> int:
        there = Counter(state)
        return (members - there).total() + (there - members).total()

    return min(reversed(states), key=distance)


@dataclass(frozen=True, slots=True)
class Target:
    """A recipe's playlist: `playlist` is None where there is none yet or it cannot be read."""

    recipe: Recipe
    binding: Binding | None
    location: Location
    playlist: Playlist | None
    edits: Edits

    @property
    def uris(self) -> tuple[str, ...]:
        """What stands there, none where nothing does."""
        return self.playlist.uris if self.playlist is not None else ()

    def check(self, after: Sequence[str], waived: Collection[str]) -> tuple[GuardFinding, ...]:
        """What the guards say about making it `after`."""
        return check(self.recipe.write, self.location, self.playlist, after, waived=waived)


def find_target(
    recipe: Recipe,
    binding: Binding | None,
    summaries: Sequence[PlaylistSummary],
    user_id: str,
    read: Callable[[PlaylistSummary], Playlist | None],
    *,
    learn_edits: bool = True,
) -> Target:
    """Find a recipe's playlist among the account's and `read` it.

    Without `learn_edits` only the edits by hand that are known already count.
    """
    location = locate(recipe, binding, summaries, user_id)
    playlist = read(location.summary) if location.summary is not None else None
    compared = playlist if learn_edits else None
    edits = find_edits(binding, compared, respect=recipe.write.respect_edits)
    if edits.mostly and edits.exchanges >= EXCHANGES:
        location = replace(location, kind="paused", text=fought_over(recipe))
    return Target(recipe, binding, location, playlist, edits)


@dataclass(frozen=True, slots=True)
class Details:
    """What to change; None leaves it as it is."""

    name: str | None = None
    description: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return self.name is None and self.description is None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the account is to show: a recipe's name and description with names filled in."""

    name: str
    text: str


def changed_details(
    recipe: Recipe, shown: Shown, binding: Binding | None, summary: PlaylistSummary, *, rows: bool
) -> Details:
    """What the recipe wants otherwise than it stands there; `rows` says whether the list changes.

    Only a recipe that was itself renamed or re-described since the last write changes them, or one
    that has names filled in, with its rows or, where that did not work, after them: a name or text
    given by hand on the account stays. The mark is put back where it is missing.
    """
    name, text = summary.name, unmarked(summary.description)
    if binding is not None:
        due, owed = rows or binding.owed is not None, binding.owed or ()
        if binding.name != recipe.name or (due and name in (binding.shown_name, *owed)):
            name = shown.name
        changed = binding.description not in (None, recipe.write.description)
        if changed or (due and text in (binding.shown_text, *owed)):
            text = unmarked(marked(shown.text, recipe.id))
    current = mark_in(summary.description) == recipe.id and text == unmarked(summary.description)
    return Details(
        name if name != summary.name else None, None if current else marked(text, recipe.id)
    )


def holds(name: str) -> str:
    """How long a list that was taken back stays so, in words."""
    resume = f"segue resume {shlex.quote(name)}"
    return f"it stays as it is until the next period begins or `{resume}` is called"
