"""The loop on listeners made up: what each cares for is known, since it is planted, and what
listening gains by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from segue.evaluation.tables import OURS, Row, Table
from segue.metrics import mean_interval
from segue.music.features import ABSTRACT, AudioFeatures, tempo_compatible
from segue.music.keys import camelot_compatible
from segue.music.track import Album, Artist, Track
from segue.playlists.choose.choose import choose
from segue.playlists.experiment import judged
from segue.playlists.heard import Listed, heard_versions, unreached
from segue.playlists.inventory import Inventory
from segue.playlists.library import Play, Saved
from segue.playlists.order.order import list_rows
from segue.playlists.score.models import NO_MODELS
from segue.progress import Fitting, side_by_side
from segue.recipe.recipe import Experiment, Recipe, Variant, seed_for
from segue.recipe.references import drawn
from segue.recipe.sections import SequenceSettings
from segue.recipe.sources import Liked
from segue.recipe.values import Label

_CONTEXT = "spotify:playlist:made-up"
_ROWS = 25
Kind = Literal["order", "novelty", "neither"]
KINDS: tuple[Kind, ...] = get_args(Kind)

START = datetime(2026, 1, 5, 18, tzinfo=UTC)
"""When the first sitting begins: a Monday evening."""
STALE_DAYS = 14.0
"""A track heard less long ago is stale to who cares for novelty."""
_FEWEST, _MOST = 8, 24
"""A sitting lasts for so many tracks where nothing annoys."""


def made_up_account(seed: int, tracks: int = 240) -> Inventory:
    """An account of liked tracks whose sounds, keys and tempi are drawn without any structure."""
    rng = np.random.default_rng([seed, 1])
    known, features = {}, {}
    for number in range(tracks):
        artist = int(rng.integers(0, tracks // 4))
        track_id = f"{number:022d}"
        by = (Artist(f"Artist {artist}", f"{artist:022d}"),)
        album = Album(f"Album {number}", f"{number:022d}", "2020-01-01")
        known[track_id] = Track(track_id, f"Song {number}", by, album, 210_000)
        shares = rng.beta(2, 2, len(ABSTRACT)).tolist()
        shares[ABSTRACT.index("loudness")] = float(rng.normal(-8, 3))
        features[track_id] = AudioFeatures(
            **dict(zip(ABSTRACT, shares, strict=True)),
            key=int(rng.integers(0, 12)),
            mode=int(rng.integers(0, 2)),
            tempo=float(rng.uniform(75, 160)),
        )
    liked = tuple(Saved(i, START - timedelta(days=90 + n)) for n, i in enumerate(known))
    return Inventory(user_id="listener", tracks=known, features=features, liked=liked)


@dataclass(eq=False)
class Listener:
    """Somebody who hears lists from their beginning and leaves when annoyed too often.

    What annoys `order` is a passage where neither key nor tempo go together, `novelty` a track
    heard within `STALE_DAYS`, `neither` nothing of the kind. At each annoyance they leave with the
    chance `care`; else after as many tracks as the day allows, which drifts over the weeks. Tracks
    they like less are skipped now and then, within half a minute as often as not. The chances of
    a sitting are those of its day, whatever was heard before: two lives can be compared day by day.
    """

    kind: Kind
    account: Inventory
    seed: int
    care: float = 0.4
    heard_at: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._days = np.random.default_rng([self.seed, 2, KINDS.index(self.kind)])
        liking = self._days.normal(0, 1, len(self.account.tracks))
        self._liking = dict(zip(self.account.tracks, liking, strict=True))
        self._drift = 0.0

    def sitting(self, track_ids: Sequence[str], began: datetime, context: str) -> tuple[Play, ...]:
        """The plays of one sitting with a list, as Spotify tells them: none under 30 seconds."""
        self._drift = 0.9 * self._drift + float(self._days.normal(0, 0.15))
        patience = max(int(self._days.integers(_FEWEST, _MOST + 1) * np.exp(self._drift)), 1)
        chance = np.random.default_rng(self._days.integers(2**63)).random((len(track_ids), 3))
        annoying = self.annoyances(track_ids, began)
        plays, moment = list[Play](), began
        rows = zip(track_ids, annoying.tolist(), chance.tolist(), strict=True)
        for track_id, annoyed, (skips, lasts, leaves) in islice(rows, patience):
            skipped = skips < 0.25 / (1 + np.exp(2 * self._liking[track_id]))
            ms_played = int(5_000 + 50_000 * lasts) if skipped else 210_000
            moment += timedelta(milliseconds=ms_played)
            if ms_played >= 30_000:
                plays.append(Play(track_id, moment, ms_played, bool(skipped), context))
            if not skipped:
                self.heard_at[track_id] = moment
            if annoyed and leaves < self.care:
                break
        return tuple(plays)

    def annoyances(self, track_ids: Sequence[str], now: datetime) -> NDArray[np.bool_]:
        """Which rows of a list annoy: (n,)."""
        if self.kind == "order":
            return clashes(track_ids, self.account)
        if self.kind == "novelty":
            stale = timedelta(days=STALE_DAYS)
            known = (self.heard_at.get(track_id) for track_id in track_ids)
            return np.array([at is not None and now - at < stale for at in known], dtype=np.bool_)
        return np.zeros(len(track_ids), dtype=np.bool_)


def clashes(track_ids: Sequence[str], account: Inventory) -> NDArray[np.bool_]:
    """Which rows come after one whose key and tempo both do not go with theirs: (n,)."""
    sounds = [account.features[track_id] for track_id in track_ids]
    key, mode, tempo = (np.array([getattr(s, n) for s in sounds]) for n in ("key", "mode", "tempo"))
    out = np.zeros(len(sounds), dtype=np.bool_)
    mixes = camelot_compatible(key[:-1], mode[:-1], key[1:], mode[1:])
    out[1:] = ~(mixes | tempo_compatible(tempo[:-1], tempo[1:]))
    return out


def made_up_recipe(of: str) -> Recipe:
    """The recipe of the simulation: best first and in no order, with an experiment."""
    better = {
        "order": {"sequence": SequenceSettings(method="search")},
        "score": {"score": {"novelty": 1.0}},
    }
    settings = {"id": "made-up", "name": "Made up", "from": Liked(), "length": _ROWS}
    settings |= {"freshness": 0.0, "sequence": SequenceSettings(method="none")}
    experiment = Experiment(b=Variant.model_validate(better[of]))
    return Recipe.model_validate(settings | {"experiment": experiment})


def plain_recipe() -> Recipe:
    """The recipe of the simulation as it stays without the loop."""
    return _settled(made_up_recipe("order"))


def _settled(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"experiment": Experiment()})


def made_up_list(recipe: Recipe, account: Inventory, now: datetime, seed: int) -> tuple[str, ...]:
    """The ids of a list's tracks in order. What is said of a list beside its rows is not made."""
    members = choose(recipe, account, NO_MODELS, now, seed)
    listing = list_rows(recipe, account, members)
    return tuple(listing.columns.tracks[row].id for row in listing.order)


LISTENERS = 12
LOOP_WEEKS = 26
_PHASE_WEEKS = 10
_MEASURED_WEEKS = 6
_REMEMBERED = 30
_WITHOUT = "the same recipe without the loop"
_FRESHNESS = 0.5
_BY_HEARD, _ALIKE = "stepping back by what was heard", "all of a list stepping back alike"


def evaluate_loop(how: Fitting, *, listeners: int = LISTENERS) -> Table:
    """What a sitting comes to in the last six of 26 weeks, with the loop and without.

    With it, a recipe tries an order for up to ten weeks, then a score for up to ten more, and
    keeps what a verdict names; the listening goes through what Spotify would say of it. Beside it a
    recipe whose earlier tracks step back (`freshness`), all alike or by what was heard of them.
    Values are means over listeners of the share of a list that is heard.
    """
    parts = [partial(_of_one_account, how.seed + number) for number in range(listeners)]
    found = side_by_side(parts, how, "listeners of each kind")
    rng = np.random.default_rng(how.seed)
    rows, notes = [], []
    for place, kind in enumerate(KINDS):
        mine = [each[place] for each in found]
        named = "cares for neither" if kind == "neither" else f"cares for {kind}"
        ours, theirs, heard, alike = np.array([rewards for rewards, _ in mine]).T
        methods = {OURS: ours, _WITHOUT: theirs, _BY_HEARD: heard, _ALIKE: alike}
        for method, values in methods.items():
            interval = {"heard": mean_interval(values, rng=rng)}
            rows.append(Row(method, {"heard": float(values.mean())}, interval, split=named))
        gains = []
        for gained in (ours - theirs, heard - alike):
            low, high = mean_interval(gained, rng=rng)
            gains.append(f"{gained.mean():+.3f} ({low:+.3f} to {high:+.3f})")
        taken = ", ".join(f"{sum(n in kept for _, kept in mine)} {n}" for n in ("order", "score"))
        notes.append(f"{named}: {gains[0]}; kept by verdict, of {listeners}: {taken}")
        notes.append(f"{named}: {_BY_HEARD}, {gains[1]} to all alike")
    return Table(
        "loop: the share of a list heard in a sitting, in weeks 21 to 26",
        "listeners made up",
        listeners,
        tuple(rows),
        tuple(notes),
        headline="cares for order",
    )


_Lived = tuple[list[float], list[str]]
"""A listener's half year four times, in the order of the rows: what a sitting came to in each; and
what the loop kept."""


def _of_one_account(seed: int) -> list[_Lived]:
    account, made = made_up_account(seed), Made({})
    return [_both_ways(partial(Listener, kind, account, seed), made) for kind in KINDS]


def _both_ways(listener: Callable[[], Listener], made: Made) -> _Lived:
    without, with_loop = Life(listener(), made), Life(listener(), made)
    without.weeks(0, LOOP_WEEKS, plain_recipe())
    recipe, kept, week = plain_recipe(), list[str](), 0
    for of in ("order", "score"):
        tried = recipe.model_copy(update={"experiment": made_up_recipe(of).experiment})
        for _ in range(_PHASE_WEEKS):
            with_loop.weeks(week, week + 1, tried)
            week += 1
            winner = with_loop.verdict()
            if winner is not None:
                if winner == "b":
                    kept.append(of)
                    recipe = _settled(tried.tried("b"))
                break
        with_loop.tried.clear()
    with_loop.weeks(week, LOOP_WEEKS, recipe)
    fresh = plain_recipe().model_copy(update={"freshness": _FRESHNESS})
    lives = [Life(listener(), made, by_heard=way) for way in (True, False)]
    for life in lives:
        life.weeks(0, LOOP_WEEKS, fresh)
    return [life.reward() for life in (with_loop, without, *lives)], kept


Made = dict[tuple[str, datetime, tuple[tuple[str, ...], ...], frozenset[str]], tuple[str, ...]]
"""Lists of one account that were made already, by all that they depend on."""


class Life:
    """Days of a listener with one recipe, a list and a sitting each. `made` may be shared by lives
    with one account, most of whose lists are the same."""

    def __init__(self, listener: Listener, made: Made, *, by_heard: bool = False) -> None:
        self._listener, self._made, self._by_heard = listener, made, by_heard
        self._plays: list[Play] = []
        self._heard: list[float] = []
        self.lists: list[Listed] = []
        self.tried: dict[str, Label] = {}

    def weeks(self, first: int, last: int, recipe: Recipe) -> None:
        """Live from one week to another."""
        for day in range(7 * first, 7 * last):
            now = START + timedelta(days=day)
            period = now.isoformat()
            of_trial = recipe.experiment.differs
            variant = drawn(f"{self._listener.seed}", str(recipe.experiment), period)
            varied = recipe.tried(variant) if of_trial else recipe
            ids = self._list(_settled(varied), now)
            plays = self._listener.sitting(ids, now + timedelta(minutes=5), _CONTEXT)
            self._plays += plays
            self._heard.append(len({play.track_id for play in plays}) / len(ids))
            self.lists.append(Listed(period, now, ids))
            if of_trial:
                self.tried[period] = variant

    def _list(self, recipe: Recipe, now: datetime) -> tuple[str, ...]:
        """The day's list. A score reads the plays, `freshness` the lists of earlier days."""
        account, seed = self._listener.account, seed_for(recipe.id, now)
        if recipe.score:
            return made_up_list(recipe, replace(account, plays=tuple(self._plays)), now, seed)
        lists = self.lists[-_REMEMBERED:] if recipe.freshness else []
        earlier, behind = tuple(listed.track_ids for listed in lists[::-1]), frozenset[str]()
        if lists and self._by_heard:
            recent = [play for play in self._plays if play.played_at >= lists[0].taken_at]
            behind = unreached(heard_versions(lists, recent, _CONTEXT, None, {}))
        depends = (recipe.model_dump_json(), now, earlier, behind)
        if depends not in self._made:
            known = replace(account, made={recipe.id: earlier}, unreached={recipe.id: behind})
            self._made[depends] = made_up_list(recipe, known, now, seed)
        return self._made[depends]

    def verdict(self) -> Label | None:
        """What the experiment under way has found by the plays that are known."""
        heard = heard_versions(self.lists, self._plays, _CONTEXT, None, {})
        return judged(heard, self.tried).winner

    def reward(self) -> float:
        """The share of a list heard in a sitting, over the last weeks."""
        return float(np.mean(self._heard[-7 * _MEASURED_WEEKS :]))
