"""What the page shows of the whole: the map of the library, and the recipes of the file.

The map says where each track is, what colours it, and the playlists' ways through it; a recipe,
what it would hold now, or while it is edited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segue.errors import Problem, SegueError, UsageError
from segue.models.embedding.learner import EmbeddingScorer
from segue.music.features import UNKNOWN, AudioFeatures, abstract_matrix
from segue.music.keys import camelot, camelot_numbers
from segue.music.track import Track
from segue.names import track_id_in
from segue.sequencing.pictures.layout import principal_components
from segued.config.load import check, read_text
from segued.page.editing import NEW, TEMPLATE, Block, blocks, digest, problems_in, replaced
from segued.page.playlist import listing, rows_of_plan
from segued.refresh.planning import Planned, plan_all
from segued.run import Run
from segued.store.tracks.lyrics import LyricRecord

SIDE = 4096
"""Places on the map are whole numbers below this, so that they are short on their way."""

_SPREAD = 0.5
"""How far tracks that lie close are moved apart, 0 as they lie to 1 evenly; none pass another."""

_OUTLIERS = 0.5
"""The share of tracks, in per cent, at each end of an axis that may stand at its very border."""


def map_answer(run: Run, _: Mapping[str, Any]) -> dict[str, object]:
    """Every known track: its place, mood, key, energy and playlist; and each playlist's way."""
    tracks = list(run.state.library.tracks().values())
    known = run.state.features.features()
    features = [known.get(track.id, UNKNOWN) for track in tracks]
    places, by = _places(run, tracks, features)
    moods = run.state.lyrics.records()
    rows = {track.id: row for row, track in enumerate(tracks)}
    playlist = [-1] * len(tracks)
    ways = []
    for number, recipe in enumerate(run.recipes):
        way = [rows[i] for i in _listed(run, recipe.recipe.id) if i in rows]
        ways.append({"name": recipe.recipe.name, "rows": way})
        for row in way:
            playlist[row] = number if playlist[row] < 0 else playlist[row]
    hours = camelot_numbers([f.key for f in features], [f.mode for f in features])
    return {
        "by": by,
        "side": SIDE,
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "key": [
            int(h) * 2 - (f.mode == 1) if h else 0 for h, f in zip(hours, features, strict=True)
        ],
        "energy": [_hundredth(f.energy) for f in features],
        "mood": [_mood(moods.get(t.id), f.valence) for t, f in zip(tracks, features, strict=True)],
        "playlist": playlist,
        "ways": ways,
    }


def names_answer(run: Run, _: Mapping[str, Any]) -> dict[str, object]:
    """The name of every track of the map, in its order, and the ids."""
    tracks = run.state.library.tracks().values()
    return {
        "names": [f"{track.title} – {track.artist_line}" for track in tracks],
        "ids": [track.id for track in tracks],
    }


def track_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """One track: what is known of it, where it is played, and why it is there."""
    state = run.state
    track = state.library.track(values["track"])
    if track is None:
        raise UsageError("this track is no longer stored; read the account again")
    features = state.features.features().get(track.id, UNKNOWN)
    lists = []
    for known in run.recipes:
        if track.id not in _listed(run, known.recipe.id):
            continue
        plan = state.plans.get(known.recipe.id)
        items = [i for i in plan.after if track_id_in(i.uri) == track.id] if plan else []
        reasons = [each.detail or each.text for item in items[:1] for each in item.reasons]
        lists.append({"id": known.configured_id, "name": known.recipe.name, "reasons": reasons})
    return {
        "title": track.title,
        "artist": track.artist_line,
        "album": track.album.name if track.album else "",
        "key": camelot(features.key, features.mode),
        "tempo": round(features.tempo) if features.tempo > 0 else None,
        "values": [
            {"name": name, "value": value}
            for name in ("energy", "valence", "danceability", "acousticness")
            if (value := _hundredth(getattr(features, name))) >= 0
        ],
        "liked": any(saved.track_id == track.id for saved in state.library.liked()),
        "lists": lists,
    }


def _listed(run: Run, recipe_id: str) -> list[str]:
    playlist = run.state.playlists.of_recipe(recipe_id)
    entries = playlist.entries if playlist else ()
    return [entry.track.id for entry in entries if entry.track is not None]


def _places(
    run: Run, tracks: Sequence[Track], features: Sequence[AudioFeatures]
) -> tuple[NDArray[np.int64], str]:
    """A place (n, 2) for every track, and by what. Tracks of which nothing is known stand at −1."""
    scorer = run.models("embedding")
    if isinstance(scorer, EmbeddingScorer):
        row_of = {track_id: row for row, track_id in enumerate(scorer.vocabulary.ids)}
        rows = np.array([row_of.get(track.id, -1) for track in tracks], dtype=np.int64)
        there = np.array(
            [row >= 0 and bool(scorer.known[row]) for row in rows.tolist()], dtype=np.bool_
        )
        vectors = scorer.vectors[rows[there]]
        by = "what Segue learned: near each other is what sounds and reads alike"
    else:
        matrix = abstract_matrix(features)
        there = np.asarray(np.isfinite(matrix).any(axis=1))
        spread = np.nanstd(matrix[there], axis=0) if there.any() else np.ones(matrix.shape[1])
        vectors = np.asarray(matrix[there] / np.where(spread > 0, spread, 1.0), dtype=np.float32)
        by = (
            f"their audio features, since no embedding is learned: {scorer}"
            if isinstance(scorer, str)
            else "their audio features, since the embedding did no better on this library"
        )
    places = np.full((len(tracks), 2), -1, dtype=np.int64)
    if there.any():
        flat = principal_components(vectors, 2)
        low, high = np.percentile(flat, [_OUTLIERS, 100 - _OUTLIERS], axis=0)
        scaled = (flat - low) / np.where(high > low, high - low, 1.0)
        ranks = flat.argsort(axis=0).argsort(axis=0) / max(1, len(flat) - 1)
        scaled = (1 - _SPREAD) * scaled + _SPREAD * ranks
        places[there] = np.clip(scaled * (SIDE - 1), 0, SIDE - 1).astype(np.int64)
    return places, by


def _mood(lyrics: LyricRecord | None, sound: float) -> int:
    """What the words say, else how it sounds: 0 dark to 100 bright, −1 unknown."""
    if lyrics is not None and lyrics.valence is not None:
        return _hundredth(lyrics.valence, signed=True)
    return _hundredth(sound)


def _hundredth(value: float | None, *, signed: bool = False) -> int:
    """A value from 0 to 1 (or −1 to 1) as a whole number from 0 to 100; −1 where unknown."""
    if value is None or value != value:
        return -1
    return round(100 * min(1.0, max(0.0, (value + 1) / 2 if signed else value)))


_NAME = re.compile(r"(?m)^\s*name\s*=\s*[\"'](.*?)[\"']")


def recipes_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """Every recipe of the file as it is on disk: its text, its mistakes, what it would hold."""
    file = Path(values["config_source"])
    text = read_text(file)
    found = blocks(text)
    problems = problems_in(text, str(file), run.environ)
    planned = () if problems else _planned(run, text, str(file))
    lines = [(block.start + 1, block.end) for block in found]
    elsewhere = [p for p in problems if not any(a <= (p.line or 0) <= b for a, b in lines)]
    return {
        "file": str(file),
        "digest": digest(text),
        "problems": [str(problem) for problem in elsewhere],
        "recipes": [
            {
                "index": number,
                "name": _name_of(block),
                "text": block.text.strip(),
                "problems": _within(problems, block.start, block.end),
                "holds": _holds(planned[number]) if number < len(planned) else None,
            }
            for number, block in enumerate(found)
        ],
    }


def editor_answer(_: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """One recipe's text, to be edited."""
    text = read_text(Path(values["config_source"]))
    index, found = int(values["index"]), blocks(text)
    if index == NEW:
        return {"index": NEW, "name": "", "text": TEMPLATE, "digest": digest(text)}
    if index >= len(found):
        return {"index": index, "name": "", "text": "", "digest": digest(text)}
    block = found[index]
    return {
        "index": index,
        "name": _name_of(block),
        "text": block.text.strip() + "\n",
        "digest": digest(text),
    }


def check_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """An edited recipe: its mistakes, else the plan of it. Nothing is written anywhere."""
    file = Path(values["config_source"])
    index, block = int(values["index"]), str(values["text"])
    try:
        text, start = replaced(read_text(file), index, block)
    except SegueError as error:
        return {"problems": [{"line": None, "text": str(error)}], "preview": None}
    problems = problems_in(text, str(file), run.environ)
    if problems:
        return {"problems": _within(problems, start, None), "preview": None}
    settings = check(text, str(file), run.environ).settings
    edited = Run(settings, run.state, run.environ, lambda: run.now)
    recipe = settings.playlists[index]
    try:
        planned = plan_all(edited, [recipe.id], offline=True)[0]
    except SegueError as error:
        return {"problems": [{"line": None, "text": str(error)}], "preview": None}
    if planned.error is not None:
        return {"problems": [{"line": None, "text": str(planned.error)}], "preview": None}
    plan = planned.plan
    return {
        "problems": [],
        "preview": {
            "list": listing(rows_of_plan(plan, run.state), planned.recipe, run.state),
            "notes": list(plan.notes),
            "guards": [guard.text for guard in plan.guards if guard.refused],
            "added": len(plan.diff.added),
            "removed": len(plan.diff.removed),
            "moved": plan.diff.moved,
        },
    }


def _planned(run: Run, text: str, source: str) -> Sequence[Planned]:
    """The plan of every recipe, in the order of the file."""
    settings = check(text, source, run.environ).settings
    fresh = Run(settings, run.state, run.environ, lambda: run.now)
    try:
        found = plan_all(fresh, offline=True)
    except SegueError:  # nothing was read yet
        return ()
    of = {planned.recipe.id: planned for planned in found}
    return [of[known.recipe.id] for known in fresh.recipes]


def _holds(planned: Planned) -> dict[str, object]:
    plan = planned.plan
    titles = [f"{item.title}, {item.artist}" for item in plan.after[:4]]
    return {
        "error": str(planned.error) if planned.error is not None else None,
        "id": planned.recipe.id,
        "tracks": len(plan.after),
        "length_ms": sum(item.duration_ms for item in plan.after),
        "titles": titles,
        "added": len(plan.diff.added),
        "removed": len(plan.diff.removed),
        "moved": plan.diff.moved,
        "refused": [guard.text for guard in plan.guards if guard.refused],
    }


def _within(problems: Sequence[Problem], start: int, end: int | None) -> list[dict[str, object]]:
    """The mistakes between two lines, each with its line counted from the first; all others of an
    edited text too, without one."""
    found: list[dict[str, object]] = []
    for problem in problems:
        inside = (problem.line or 0) > start and (end is None or (problem.line or 0) <= end)
        if inside or end is None:
            hint = f" {problem.suggestion}" if problem.suggestion else ""
            key = re.sub(r"^playlist\[\d+\]\.?", "", problem.path)
            found.append(
                {
                    "line": (problem.line or 0) - start if inside else None,
                    "text": f"{key}: {problem.message}{hint}"
                    if key
                    else f"{problem.message}{hint}",
                }
            )
    return found


def _name_of(block: Block) -> str:
    found = _NAME.search(block.text)
    return found[1] if found else "A recipe without a name"
