"""Building: both halves, from a recipe and what is known of the account to a draft, and the plan:
what changes between the list on the account and the one that should be there. Judging: how a list
flows as it stands, by what orders Segue's own."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from segue.music.track import Recordings
from segue.names import plural
from segue.playlists.choose.choose import choose
from segue.playlists.gather.candidates import FindCandidates, find_candidates
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistEntry
from segue.playlists.order.columns import Report, columns_of, report, transitions
from segue.playlists.order.order import Draft, order
from segue.playlists.plan import Diff, Plan, Transition
from segue.playlists.score.models import Models
from segue.recipe.recipe import Recipe
from segue.recipe.sections import SequenceSettings


def build(
    recipe: Recipe,
    inventory: Inventory,
    models: Models,
    now: datetime,
    seed: int,
    find: FindCandidates = find_candidates,
) -> Draft:
    """Decide what a playlist should hold, in which order, and why: `choose`, then `order`.

    The same arguments give the same draft. Raises what the two halves raise.
    """
    recipe = recipe.model_copy(
        update={"sequence": recipe.sequence.model_copy(update=models.weights)}
    )
    members = choose(recipe, inventory, models, now, seed, find)
    return order(members, recipe, inventory, models.next_features)


def diff(before: Sequence[str], after: Sequence[str]) -> Diff:
    """Compare two lists of URIs, in which a URI may stand several times.

    `added` are in the order of `after`, `removed` in the order of `before`; of a repeated URI the
    last rows count as added or removed. `moved` is the number of kept rows less the length of the
    longest common subsequence: the fewest that have to move.
    """
    added, removed = _surplus(after, before), _surplus(before, after)
    kept = len(after) - len(added)
    return Diff(added=added, removed=removed, moved=kept - len(rows_that_stay(before, after)))


def make_plan(
    draft: Draft,
    before: Sequence[str],
    playlist_id: str | None,
    snapshot_id: str | None,
    run: str,
    earlier: Plan | None = None,
) -> Plan:
    """Turn a draft into a plan for a playlist as it was read.

    `before` are its URIs at `snapshot_id`; `playlist_id` is None for one yet to be created;
    `earlier` is the plan by which it was last made, where that is known. The
    status is "changed" or "unchanged"; guards are for those who write.
    """
    changes = diff(before, [item.uri for item in draft.items])
    return Plan(
        recipe_id=draft.recipe_id,
        name=draft.name,
        playlist_id=playlist_id,
        run=run,
        seed=draft.seed,
        made_at=draft.made_at,
        status="unchanged" if changes.empty else "changed",
        before=tuple(before),
        after=draft.items,
        diff=changes,
        snapshot_id=snapshot_id,
        report=draft.report,
        notes=(*draft.notes, *_moved_only(draft, changes, earlier)),
    )


_MEASURES = {
    "camelot_percent": "keys that go together {:.0f} to {:.0f} %",
    "tempo_percent": "tempos that go together {:.0f} to {:.0f} %",
    "objective": "cost {:.1f} to {:.1f}, less is better",
}


_LEARNED = {
    "all_features": "audio features",
    "tempo": "the tempo",
    "key": "the key",
    "lyrics": "lyrics",
}


def _moved_only(draft: Draft, changes: Diff, earlier: Plan | None) -> tuple[str, ...]:
    """Why a list is written that holds the same tracks, in words; nothing for any other change."""
    if not changes.moved or changes.added or changes.removed:
        return ()
    words = [*_known_since(draft, earlier), *_flows(draft)]
    why = "; ".join(words) or "the recipe puts them in another order than the account has"
    return (f"the same tracks in another order: {why}",)


def _known_since(draft: Draft, earlier: Plan | None) -> Iterator[str]:
    """What has become known of tracks since the list was last made."""
    if earlier is None:
        return
    then, now = earlier.report.get("unknown"), draft.report.get("unknown")
    if not isinstance(then, Mapping) or not isinstance(now, Mapping):
        return
    for key, what in _LEARNED.items():
        before, after = then.get(key, 0), now.get(key, 0)
        if isinstance(before, int) and isinstance(after, int) and after < before:
            yield f"{what} became known of {plural(before - after, 'track')}"


def _flows(draft: Draft) -> Iterator[str]:
    """How the order flows beside the one on the account."""
    before = draft.report.get("before")
    for key, words in _MEASURES.items():
        now, then = draft.report.get(key), before.get(key) if isinstance(before, Mapping) else None
        if isinstance(now, float | int) and isinstance(then, float | int):
            phrase = words.format(then, now)
            if phrase != words.format(then, then):
                yield phrase
            elif key == "objective" and now < then:
                yield f"by what is known now it costs {now:.3f} in place of {then:.3f}"


def _surplus(rows: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The rows beyond what `others` holds as often, in order; the last ones of a URI."""
    room = Counter(others)
    over: list[str] = []
    for uri in rows:
        if room[uri]:
            room[uri] -= 1
        else:
            over.append(uri)
    return tuple(over)


def rows_that_stay(before: Sequence[str], after: Sequence[str]) -> tuple[int, ...]:
    """Where in `after` the longest common subsequence stands (Hunt and Szymanski, 1977)."""
    places: dict[str, list[int]] = {}
    for index, uri in enumerate(before):
        places.setdefault(uri, []).append(index)
    ends: list[int] = []
    chains: list[_Chain] = []
    for row, uri in enumerate(after):
        for index in reversed(places.get(uri, ())):
            at = bisect_left(ends, index)
            ends[at : at + 1] = [index]
            chains[at : at + 1] = [_Chain(row, chains[at - 1] if at else None)]
    rows: list[int] = []
    link = chains[-1] if chains else None
    while link is not None:
        rows.append(link.row)
        link = link.earlier
    return tuple(reversed(rows))


@dataclass(frozen=True, slots=True)
class _Chain:
    """A row of a common subsequence, and the row before it."""

    row: int
    earlier: _Chain | None


Trouble = Literal["unplayable", "local", "episode", "unknown"]

WORDS: dict[Trouble, str] = {
    "unplayable": "cannot be played where you are",
    "local": "a local file, which only its own device can play",
    "episode": "an episode, not a song",
    "unknown": "a row Spotify does not name",
}
"""Why a row is no song to be played, in words."""


@dataclass(frozen=True, slots=True)
class Join:
    """How row `row` (from 1) follows the row before it, of tracks that stand side by side."""

    row: int
    before: PlaylistEntry
    after: PlaylistEntry
    transition: Transition

    @property
    def known(self) -> bool:
        """Whether it is known how their keys go together, or their tempos."""
        return self.transition.key != 0 or self.transition.tempo != 0


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows (from 1) of one song: `same` where all are one track, else other releases of it."""

    rows: tuple[int, ...]
    entries: tuple[PlaylistEntry, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is found of a playlist. `joins` are all of them: the worst first, and last those of
    which neither how the keys go together is known nor how the tempos do."""

    joins: tuple[Join, ...] = ()
    copies: tuple[Copies, ...] = ()
    unplayable: tuple[tuple[int, PlaylistEntry, Trouble], ...] = ()
    report: Report = field(default_factory=dict)

    @property
    def known(self) -> tuple[Join, ...]:
        """The joins of which something is known, the worst first."""
        return tuple(join for join in self.joins if join.known)

    @property
    def clashes(self) -> tuple[Join, ...]:
        """The joins at which key or tempo clash, the worst first."""
        return tuple(j for j in self.joins if j.transition.key < 0 or j.transition.tempo < 0)


def judge(
    playlist: Playlist, inventory: Inventory, wanted: SequenceSettings, seed: int
) -> Judgement:
    """Judge a list by the weights and the arc of `wanted`; `seed` shuffles for the comparison.

    Rows that are no tracks part their neighbours: what is heard across them is nobody's choice.
    """
    entries = playlist.entries
    rows = [row for row, entry in enumerate(entries) if entry.track is not None]
    tracks = [entry.track for entry in entries if entry.track is not None]
    columns = columns_of(tracks, inventory.features, inventory.scaling)
    # Pins and bans say what a recipe asked for; a judgement is of what is there.
    plain = wanted.model_copy(
        update={"first": None, "last": None, "at": {}, "apart": (), "keep_together": ()}
    )
    order = list(range(len(tracks)))
    passages = transitions(columns, order, plain)
    joins = [
        Join(row + 1, entries[row - 1], entries[row], passage)
        for place, (row, passage) in enumerate(zip(rows, passages, strict=True))
        if passage is not None and rows[place - 1] == row - 1
    ]
    nothing = columns_of((), inventory.features, inventory.scaling)
    return Judgement(
        tuple(sorted(joins, key=lambda join: (not join.known, -join.transition.cost, join.row))),
        _copies(entries),
        tuple(
            (row, entry, trouble)
            for row, entry in enumerate(entries, 1)
            if (trouble := _trouble(entry)) is not None
        ),
        report(columns, order, nothing, plain, seed) if tracks else {},
    )


def _copies(entries: Sequence[PlaylistEntry]) -> tuple[Copies, ...]:
    known = Recordings()
    groups: dict[str, list[int]] = {}
    for row, entry in enumerate(entries):
        if entry.track is None:
            if entry.uri:
                groups.setdefault(entry.uri, []).append(row)
            continue
        original = known.original_of(entry.track)
        if original is None:
            known.add(entry.track)
        groups.setdefault((original or entry.track).uri, []).append(row)
    return tuple(
        Copies(
            tuple(row + 1 for row in rows),
            tuple(entries[row] for row in rows),
            len({entries[row].uri for row in rows}) == 1,
        )
        for rows in groups.values()
        if len(rows) > 1
    )


def _trouble(entry: PlaylistEntry) -> Trouble | None:
    if entry.kind == "track":
        if entry.track is None:
            return "unknown"
        return "unplayable" if entry.track.playable is False else None
    return entry.kind
