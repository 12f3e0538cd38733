"""Trials of new songs: what stays and what leaves, and which engine brings in the next.

Which engine fills a free place is drawn by Thompson sampling: for each engine a chance of staying
is drawn from a Beta distribution with one hit and one miss more than its songs had, and the highest
fills the place (Thompson 1933; Chapelle and Li, “An empirical evaluation of Thompson sampling”,
2011). Beside that each keeps a floor, so that an engine which began badly is heard again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from segue.metrics import Interval, share_interval
from segue.names import plural
from segue.playlists.inventory import SHORTEST_PLAY_MS, Inventory
from segue.playlists.plan import Reason
from segue.recipe.recipe import Recipe
from segue.recipe.references import KeepIf, Newcomer, read_keep_if

AGAIN = 2
"""Played so often since it came in, a song was played again."""
FLOOR = 0.1
"""The share of places that each engine keeps, whatever its songs came to."""
STAYS_OUT = timedelta(days=365)
"""For how long a song that left does not come back."""
_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Hearing:
    """When tracks were heard and when skipped, by id; and when they were liked."""

    heard: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    skipped: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    liked_at: Mapping[str, datetime] = field(default_factory=dict)


def hearing_of(track_ids: Iterable[str], inventory: Inventory) -> Hearing:
    """What is known of the listening to some tracks; skipped and very short plays do not count."""
    wanted = frozenset(track_ids)
    heard: dict[str, list[datetime]] = {}
    skipped: dict[str, list[datetime]] = {}
    for play in inventory.plays:
        if play.track_id in wanted:
            short = play.ms_played is not None and play.ms_played < SHORTEST_PLAY_MS
            into = skipped if play.skipped or short else heard
            into.setdefault(play.track_id, []).append(play.played_at)
    times = inventory.heard_at
    of_these = np.isin(times.track, [r for r, i in enumerate(times.track_ids) if i in wanted])
    rows, moments = times.track[of_these].tolist(), times.played_at[of_these].tolist()
    for row, moment in zip(rows, moments, strict=True):
        heard.setdefault(times.track_ids[row], []).append(datetime.fromtimestamp(moment, tz=UTC))
    liked = {saved.track_id: saved.added_at for saved in inventory.liked}
    return Hearing(heard, skipped, {i: liked[i] for i in wanted if i in liked})


def judged(song: Newcomer, rule: KeepIf, hearing: Hearing, now: datetime) -> Newcomer:
    """A newcomer as it stands now: still on trial, kept, or left.

    It stays once it was liked, or played twice since it came in, where the rule says so. It leaves
    when its time is up, or once it was skipped twice and more often than heard.
    """
    if song.outcome != "trying":
        return song
    end = min(song.since + rule.span, now)
    heard, skipped = (
        sorted(at for at in moments.get(song.track_id, ()) if song.since <= at <= end)
        for moments in (hearing.heard, hearing.skipped)
    )
    liked = hearing.liked_at.get(song.track_id)
    reached = [heard[AGAIN - 1]] if rule.again and len(heard) >= AGAIN else []
    reached += [max(liked, song.since)] if liked is not None and liked <= end else []
    if reached:
        return replace(song, outcome="kept", ended_at=min(reached))
    if len(skipped) >= AGAIN and len(skipped) > len(heard):
        return replace(song, outcome="left", ended_at=skipped[-1])
    if now >= song.since + rule.span:
        return replace(song, outcome="left", ended_at=song.since + rule.span)
    return song


def record_of(songs: Iterable[Newcomer]) -> dict[str, tuple[int, int]]:
    """How many songs of each engine stayed and left."""
    kept, left = Counter[str](), Counter[str]()
    for song in songs:
        kept[song.brought_by] += song.outcome == "kept"
        left[song.brought_by] += song.outcome == "left"
    return {engine: (kept[engine], left[engine]) for engine in dict.fromkeys((*kept, *left))}


def draw_engine(
    engines: Sequence[str], record: Mapping[str, tuple[int, int]], rng: np.random.Generator
) -> str:
    """The engine that fills the next place."""
    if rng.random() < FLOOR * len(engines):
        return engines[int(rng.integers(len(engines)))]
    return engines[int(np.argmax(_drawn(engines, record, rng, 1)[0]))]


def _drawn(
    engines: Sequence[str],
    record: Mapping[str, tuple[int, int]],
    rng: np.random.Generator,
    times: int,
) -> NDArray[np.float64]:
    """Chances of staying, drawn for each engine: (times, n_engines)."""
    hits = np.array([record.get(engine, (0, 0)) for engine in engines], dtype=np.float64)
    return rng.beta(1 + hits[:, 0], 1 + hits[:, 1], size=(times, len(engines)))


def shares_of(
    engines: Sequence[str], record: Mapping[str, tuple[int, int]], rng: np.random.Generator
) -> dict[str, float]:
    """The share of the next places that each engine can expect, which come to 1."""
    if not engines:
        return {}
    best = np.argmax(_drawn(engines, record, rng, _DRAWS), axis=1)
    wins = np.bincount(best, minlength=len(engines)) / _DRAWS
    free = max(1 - FLOOR * len(engines), 0.0)
    floor = (1 - free) / len(engines)
    return {engine: floor + free * float(wins[row]) for row, engine in enumerate(engines)}


def stands_now(
    recipes: Iterable[Recipe], inventory: Inventory, now: datetime
) -> tuple[Newcomer, ...]:
    """The newcomers of all recipes, those that are gone too, as they stand now."""
    rules = {each.id: each.discover.rule for each in recipes if each.discover is not None}
    found: list[Newcomer] = []
    for recipe_id, songs in inventory.outside.newcomers.items():
        hearing = hearing_of((song.track_id for song in songs), inventory)
        rule = rules.get(recipe_id)
        found += songs if rule is None else (judged(each, rule, hearing, now) for each in songs)
    return tuple(found)


def stays_out(songs: Iterable[Newcomer], now: datetime) -> frozenset[str]:
    """The ids of songs that left, and do not come back yet."""
    return frozenset(
        song.track_id
        for song in songs
        if song.outcome == "left" and song.ended_at is not None and now < song.ended_at + STAYS_OUT
    )


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What became of an engine's songs: how many are on trial, stayed and left; the `rate` that
    stayed of those that did either, with its 95 % interval; and its share of the next places."""

    engine: str
    trying: int
    stayed: int
    left: int
    rate: float | None
    interval: Interval
    share: float


def reported(songs: Sequence[Newcomer]) -> tuple[EngineReport, ...]:
    """A report for each engine that brought in a song, by name."""
    record = record_of(songs)
    trying = Counter(song.brought_by for song in songs if song.outcome == "trying")
    shares = shares_of(tuple(record), record, np.random.default_rng(0))
    return tuple(
        EngineReport(
            engine,
            trying[engine],
            kept,
            left,
            kept / (kept + left) if kept + left else None,
            share_interval(kept, kept + left),
            shares[engine],
        )
        for engine, (kept, left) in sorted(record.items())
    )


def notes_on(
    recipe: Recipe, songs: Sequence[Newcomer], came: Sequence[Newcomer]
) -> tuple[str, ...]:
    """How many songs of a list are on trial, stayed and left: nothing where none is tried."""
    wanted = recipe.discover
    if wanted is None:
        return ()
    counts = Counter(song.outcome for song in songs)
    new = f", {len(came):,} of them new" if came else ""
    now = f"on trial: {counts['trying']:,} of {plural(wanted.new, 'song')}{new}"
    past = f"so far {counts['kept']:,} stayed and {counts['left']:,} left"
    return (f"{now}; {past}",)


def reasons_of(songs: Sequence[Newcomer], recipe: Recipe, now: datetime) -> dict[str, Reason]:
    """What is said of each newcomer, by the days of the zone of `now`: "on trial since 3 Nov, 2 of
    21 days"."""
    if recipe.discover is None:
        return {}
    days = round(recipe.discover.rule.span / timedelta(days=1))
    found: dict[str, Reason] = {}
    for song in songs:
        began = song.since.astimezone(now.tzinfo)
        day = f"{began.day} {began:%b}"
        if song.outcome == "trying":
            gone = (now - song.since).days
            text = f"on trial since {day}, {gone} of {plural(days, 'day')}"
        else:
            text = f"stayed after its trial, which began on {day}"
        found[song.track_id] = Reason("trial", text, detail=f"brought in by {song.brought_by}")
    return found


PLACES = 10
_MADE_UP_RULE = read_keep_if("played again within 21 days")
_START = datetime(2026, 1, 5, 18, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lived:
    """What became of one listener's list: the share of the next places that each engine can expect
    after each week, and how many songs came in and stayed."""

    shares: tuple[Mapping[str, float], ...]
    came: int
    stayed: int


def live(
    chances: Mapping[str, float], seed: int, weeks: int = 12, *, shifting: bool = True
) -> Lived:
    """A list with ten places on trial, refreshed each day; without `shifting` engines take turns.

    Of each engine's songs so many as `chances` says are heard twice within their three weeks, at
    days drawn at random; of the others half are heard once.
    """
    rng = np.random.default_rng(seed)
    engines = tuple(chances)
    songs: list[Newcomer] = []
    heard: dict[str, Sequence[datetime]] = {}
    shares: list[Mapping[str, float]] = []
    for day in range(7 * weeks + 1):
        now = _START + timedelta(days=day)
        hearing = Hearing(heard)
        songs = [judged(song, _MADE_UP_RULE, hearing, now) for song in songs]
        record = record_of(songs) if shifting else {}
        if day and day % 7 == 0:
            shares.append(shares_of(engines, record, np.random.default_rng([seed, day])))
        for _ in range(PLACES - sum(song.outcome == "trying" for song in songs)):
            turn = engines[len(songs) % len(engines)]
            engine = draw_engine(engines, record, rng) if shifting else turn
            track_id = f"{len(songs):022d}"
            songs.append(Newcomer(track_id, engine, now))
            heard[track_id] = _plays(rng, now, likes=bool(rng.random() < chances[engine]))
    return Lived(tuple(shares), len(songs), sum(song.outcome == "kept" for song in songs))


def _plays(rng: np.random.Generator, since: datetime, *, likes: bool) -> tuple[datetime, ...]:
    first, second = np.sort(rng.uniform(0.1, 20.0, 2)).tolist()
    if not likes:
        return (since + timedelta(days=first),) if rng.random() < 0.5 else ()
    return since + timedelta(days=first), since + timedelta(days=second)
