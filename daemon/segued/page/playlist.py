"""A playlist for the page: its rows beside their ribbon, its versions, what a plan changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.errors import UsageError
from segue.music.features import DISCO
from segue.music.track import Track
from segue.names import track_id_in
from segue.playlists.heard import HeardVersion, Sitting
from segue.playlists.order.columns import columns_of, settings_for
from segue.playlists.plan import Plan, PlannedItem
from segue.recipe.recipe import Recipe
from segue.sequencing.pictures.drawing import svg_shapes
from segue.sequencing.pictures.layout import Picture, picture_of
from segue.sequencing.pictures.ribbon import lanes_of, slice_of
from segued.refresh.planning import plan_all
from segued.refresh.undo import held
from segued.run import Run
from segued.status.coverage import read_heard_now
from segued.store.state import State
from segued.store.writes import WHY_KEPT

MOST_BARS = 60
"""So many bars a list's shape has at most; of a longer list every second or third track is one."""
MOST_DRAWN = 500
"""The longest part of a list that one page holds."""
MOST_SITTINGS = 6
"""So many sittings are drawn beside a list, the latest."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list; `item` is what a plan says of it, `track` None for what is no track."""

    uri: str
    title: str
    artist: str
    track: Track | None
    item: PlannedItem | None = None


def playlist_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """The list as it stands, with the reasons it was made with; before that as it would be."""
    known = run.recipe(values["recipe"])
    state, recipe = run.state, known.recipe
    binding = state.playlists.binding(recipe.id)
    playlist = state.playlists.of_recipe(recipe.id)
    plan = state.plans.get(recipe.id)
    rows: list[Row] = []
    if playlist is not None:
        items = {item.uri: item for item in plan.after} if plan else {}
        for entry in playlist.entries:
            artist = entry.track.artist_line if entry.track else f"({entry.kind})"
            item = items.get(entry.uri)
            rows.append(Row(entry.uri, entry.title or "?", artist, entry.track, item))
    bound = binding.playlist_id if binding else None
    versions = state.versions.list(bound) if bound else ()
    last = next(
        (entry for entry in state.runs.recent(50, recipe.id) if entry.kind == "refresh"), None
    )
    return {
        "made": playlist is not None,
        "recipe_id": recipe.id,
        "list": listing(rows, recipe, state),
        "heard": heard_beside(read_heard_now(state, playlist, versions[0]))
        if playlist is not None and versions
        else None,
        "notes": list(plan.notes) if plan else [],
        "length_ms": sum(row.track.duration_ms for row in rows if row.track),
        "held": bool(held(run, [known])),
        "paused_reason": binding.paused_reason if binding else None,
        "trouble": last.text or last.status
        if last is not None and last.status in ("failed", "refused")
        else None,
        "refreshed": plan.made_at if plan else None,
        "versions": [
            {
                "id": version.id,
                "taken_at": version.taken_at,
                "tracks": len(version.entries),
                "why": WHY_KEPT.get(version.why, ""),
            }
            for version in versions
        ],
        "schedule": run.settings.schedules[known.configured_id].words
        if known.configured_id in run.settings.schedules
        else None,
    }


def plan_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """What a refresh would make of a playlist by what was last read; nothing is written."""
    planned = plan_all(run, [values["recipe"]], offline=True)[0]
    if planned.error is not None:
        raise planned.error
    plan = planned.plan
    return {
        "status": plan.status,
        "list": listing(rows_of_plan(plan, run.state), planned.recipe, run.state),
        "changes": changes(run.state, plan.before, plan.uris),
        "guards": [{"refused": guard.refused, "text": guard.text} for guard in plan.guards],
        "notes": list(plan.notes),
        "moved": plan.diff.moved,
        "added": len(plan.diff.added),
        "removed": len(plan.diff.removed),
        "read": max(
            (entry.started_at for entry in run.state.runs.recent(50) if entry.kind == "sync"),
            default=None,
        ),
    }


def versions_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """A kept version beside the list as it stands: what going back to it would change."""
    recipe = run.recipe(values["recipe"]).recipe
    state = run.state
    binding = state.playlists.binding(recipe.id)
    if binding is None or binding.playlist_id is None:
        raise UsageError(f"{recipe.name} is bound to no playlist any more; refresh it first")
    version = state.versions.get(binding.playlist_id, values["version"])
    playlist = state.playlists.of_recipe(recipe.id)
    titles = {entry.uri: entry.title for entry in version.entries}
    return {
        "id": version.id,
        "taken_at": version.taken_at,
        "changes": changes(state, playlist.uris if playlist else (), version.uris, titles),
    }


def changes(
    state: State,
    before: Sequence[str],
    after: Sequence[str],
    titles: Mapping[str, str] | None = None,
) -> list[dict[str, object]]:
    """Two lists as one: rows that stay, come ("+") and go ("−"), with their old and new places."""
    old = {uri: place for place, uri in reversed(list(enumerate(before, 1)))}
    new = set(after)
    rows: list[dict[str, object]] = []
    gone = [(place, uri) for place, uri in enumerate(before, 1) if uri not in new]
    for place, uri in enumerate(after, 1):
        while gone and gone[0][0] <= place:
            rows.append(_change(state, gone.pop(0), None, titles))
        rows.append(_change(state, (old.get(uri), uri), place, titles))
    rows.extend(_change(state, each, None, titles) for each in gone)
    return rows


def _change(
    state: State,
    was: tuple[int | None, str],
    place: int | None,
    titles: Mapping[str, str] | None,
) -> dict[str, object]:
    before, uri = was
    track = state.library.track(track_id_in(uri) or "")
    title = (titles or {}).get(uri) or (track.title if track else uri)
    kind = "−" if place is None else "+" if before is None else ""
    moved = place - before if place is not None and before is not None else 0
    artist = track.artist_line if track else ""
    return {"kind": kind, "before": before, "after": place, "moved": moved, "title": title,
            "artist": artist}  # fmt: skip


def rows_of_plan(plan: Plan, state: State) -> list[Row]:
    """The rows of a plan, with what is known of their tracks."""
    playlist = state.playlists.playlist(plan.playlist_id) if plan.playlist_id else None
    there = {e.uri: e.track for e in playlist.entries} if playlist else {}
    rows = []
    for item in plan.after:
        track = state.library.track(track_id_in(item.uri) or "") or there.get(item.uri)
        rows.append(Row(item.uri, item.title, item.artist, track, item))
    return rows


def drawn_rows(rows: Sequence[Row], recipe: Recipe, state: State) -> Picture:
    """The picture of a list; what is no track is a row of which nothing is known."""
    tracks = [row.track or Track(f"row {n}", row.title) for n, row in enumerate(rows)]
    columns = columns_of(tracks, state.features.features(), DISCO)
    order = np.arange(len(tracks), dtype=np.int64)
    titles = [f"{row.title}, {row.artist}" for row in rows]
    return picture_of(columns.songs, order, settings_for(tracks, recipe.sequence), titles)


def shape_of(energy: Iterable[float | None], keys: Iterable[str]) -> list[dict[str, object]]:
    """A list at a glance: the energy (0 to 100, None unknown) and key of its tracks in order."""
    bars: list[dict[str, object]] = [
        {"energy": None if value is None else round(100 * value), "key": key}
        for value, key in zip(energy, keys, strict=True)
    ]
    return bars[:: -(-len(bars) // MOST_BARS)] if bars else []


def listing(rows: Sequence[Row], recipe: Recipe, state: State) -> dict[str, object]:
    """The rows of a list for the page, each with its slice, and the axes above them."""
    if not rows:
        return {"rows": [], "axes": [], "shape": [], "arc": False, "more": 0}
    picture = drawn_rows(rows, recipe, state)
    lanes = lanes_of(picture)
    return {
        "rows": [
            {
                "uri": row.uri,
                "title": row.title,
                "artist": row.artist,
                "length_ms": row.track.duration_ms if row.track else None,
                "key": picture.keys[n],
                "tempo": _known(picture.tempo[n]),
                "energy": _known(picture.energy[n]),
                "valence": _known(picture.valence[n]),
                "join": picture.joins[n],
                "slice": svg_shapes(slice_of(lanes, n)),
                "why": row.item.why if row.item else "",
                "reasons": [each.detail or each.text for each in row.item.reasons]
                if row.item
                else [],
                "step": row.item.transition.text if row.item and row.item.transition else "",
            }
            for n, row in enumerate(rows[:MOST_DRAWN])
        ],
        "axes": [
            {"name": lane.name, "unit": lane.unit, "low": lane.low, "high": lane.high}
            for lane in lanes
        ],
        "shape": shape_of(map(_known, picture.energy.tolist()), picture.keys),
        "arc": picture.arc is not None,
        "more": max(0, len(rows) - MOST_DRAWN),
    }


def heard_beside(heard: HeardVersion) -> dict[str, object] | None:
    """What was heard of a list, row by row; None where no play of it is known.

    `lanes` has for each of the latest sittings what its lane holds beside the row: a line "from"
    and "to" percent of the row's height, where the sitting kept the order and passed here, and a
    "mark" where the row was heard or skipped.
    """
    if not heard.sittings:
        return None
    drawn = heard.sittings[-MOST_SITTINGS:]
    rows = min(len(heard.listed.track_ids), MOST_DRAWN)
    return {
        "since": heard.listed.taken_at,
        "sittings": len(heard.sittings),
        "lanes": len(drawn),
        "plays": sum(heard.plays),
        "touched": sum(count > 0 for count in heard.plays),
        "skips": sum(heard.skips),
        "liked": len(heard.liked_after),
        "reached": [round(each.reached * len(heard.listed.track_ids))
                    for each in heard.sittings if each.reached is not None],
        "rows": [
            {
                "plays": heard.plays[row],
                "skips": heard.skips[row],
                "liked": row in heard.liked_after,
                "lanes": [_lane(sitting, row) for sitting in drawn],
            }
            for row in range(rows)
        ],
    }  # fmt: skip


def _lane(sitting: Sitting, row: int) -> dict[str, object]:
    here = [play for play in sitting.plays if play.row == row]
    heard = [play.row for play in sitting.plays]
    first, last = min(heard), max(heard)
    passed = sitting.shuffled is False and first <= row <= last and first < last
    skipped = bool(here) and all(play.skipped is True for play in here)
    return {
        "from": (50 if row == first else 0) if passed else None,
        "to": 50 if row == last else 100,
        "mark": ("skipped" if skipped else "played") if here else "",
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)
