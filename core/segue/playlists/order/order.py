"""Ordering: the second half of a build, from a playlist's members to the list as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from segue.playlists.choose.choose import Members
from segue.playlists.filter.apply import Stage
from segue.playlists.inventory import Inventory
from segue.playlists.order.columns import Columns, columns_of, settings_for
from segue.playlists.order.items import items_of
from segue.playlists.order.listing import list_rows
from segue.playlists.plan import PlannedItem, ReportValue
from segue.recipe.recipe import Recipe
from segue.recipe.sequence import SequenceSettings
from segue.sequencing.methods.greedy import NextFeatures
from segue.sequencing.problem import MOST_TRACKS, problem_of
from segue.sequencing.report import measures_of
from segue.sequencing.report import report as order_report
from segue.spotify_ids import track_ids_in


@dataclass(frozen=True, slots=True)
class Draft:
    """What a recipe makes of an inventory, before it is compared with the account.

    `stages` count the candidates from the sources through each filter; `scores` are those of the
    chosen tracks by id, each the sum of its reasons' weights.
    """

    recipe_id: str
    name: str
    seed: int
    made_at: datetime
    items: tuple[PlannedItem, ...]
    report: Report = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def track_ids(self) -> tuple[str, ...]:
        """The ids of the planned tracks in order: what a recipe that draws on this one sees."""
        return tuple(track_ids_in(item.uri for item in self.items))


def order(
    members: Members,
    recipe: Recipe,
    inventory: Inventory,
    next_features: NextFeatures | None = None,
) -> Draft:
    """Put a playlist's members in order, and say of each why it is there and how it follows.

    Pure, as `choose` is; the members' seed shuffles for the report. `next_features` is a model's
    ŷ for the beam. Raises RecipeError where pins contradict each other.
    """
    listing = list_rows(recipe, inventory, members, next_features)
    notes = [*members.notes, *listing.notes]
    if not members.tracks:
        notes.append(_nothing(members.stages))
    stood = members.kept.tracks
    lyrics = inventory.lyric_space.of_tracks(track.id for track in stood)
    before = columns_of(stood, inventory.features, inventory.scaling, lyrics)
    scored = members.scored
    values = dict(zip(scored.track_ids, scored.scores.tolist(), strict=True))
    return Draft(
        recipe_id=recipe.id,
        name=recipe.name,
        seed=members.seed,
        made_at=members.facts.now,
        items=items_of(listing, recipe, members),
        report=report(listing.columns, listing.order, before, recipe.sequence, members.seed),
        notes=tuple(notes),
        stages=members.stages,
        scores={track.id: values[track.id] for track in members.tracks if track.id in values},
    )


def _nothing(stages: Sequence[Stage]) -> str:
    """Why nothing could be chosen: the counts up to the first stage that left none."""
    texts = []
    for stage in stages:
        texts.append(stage.text)
        if stage.left == 0:
            break
    return f"nothing to choose from: {' → '.join(texts)}"


Report = dict[str, ReportValue | Mapping[str, ReportValue]]


def report(
    columns: Columns, order: list[int], before: Columns, wanted: SequenceSettings, seed: int
) -> Report:
    """Report on an order of `columns`, see `segue.sequencing.report.report`.

    `before` is the list as it stands on the account, in its order, measured in its own right.
    A list too long to be ordered at once is counted, not measured.
    """
    if len(columns) > MOST_TRACKS:
        return {
            "tracks": len(columns),
            "duration_ms": int(columns.songs.duration_ms.sum()),
            "unknown": dict(columns.songs.unknown()),
        }
    settings = settings_for(columns.tracks, wanted)
    songs = columns.songs
    found: Report = dict(
        order_report(songs, problem_of(songs, settings), settings, order, seed=seed)
    )
    if 1 < len(before) <= MOST_TRACKS:
        settled = settings_for(before.tracks, wanted)
        problem = problem_of(before.songs, settled)
        found["before"] = measures_of(before.songs, problem, settled, range(len(before)))
    return found
