"""A year of one plan over all playlists: whether every like returns in time, and none stands in
two lists in one week.

The account is made up: likes of some years by some artists, one more every few days, and lists of
one weekday each, half of which take only songs of some years. Each list is chosen by the library's
own `choose`, day after day, and remembered as a refresh remembers it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from segue.music.track import Album, Artist, Track
from segue.names import track_ids_in
from segue.playlists.choose.choose import choose
from segue.playlists.choose.shares import taker
from segue.playlists.coverage import WEEK, Dealt, Stood, Term, deal
from segue.playlists.gather.candidates import find_candidates
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary, Saved
from segue.playlists.score.models import NO_MODELS
from segue.recipe.recipe import Recipe, seed_for

BEGAN = datetime(2026, 1, 5, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Size:
    """How large the account is, and what it asks for."""

    likes: int = 2000
    lists: int = 12
    length: int = 30
    within: timedelta = timedelta(days=180)
    days: int = 364
    seed: int = 1


@dataclass
class Found:
    """What came of it: the longest a like was in no list, how many were longer than asked, how
    often a song stood in two lists within a week, and the time spent on plans alone."""

    likes: int
    longest: timedelta = timedelta()
    late: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    twice: int = 0
    dealing: float = 0.0
    plans: int = 0
    own_choice: float = 0.0
    """The share of the places of all lists that their recipes filled by their own score."""


def recipes(size: Size) -> list[Recipe]:
    """The lists: every second takes songs of some years only, and each a score of its own."""
    spans = ["1960..1989", "1990..1999", "2000..2009", "2010..2026", "1980..2005", "..1995"]
    scores = [{"novelty": 1}, {"recency": 1}, {"plays": 1}]
    return [
        Recipe.model_validate(
            {
                "name": f"List {number}",
                "from": "liked",
                "where": {"year": spans[number // 2 % len(spans)]} if number % 2 else {},
                "length": size.length,
                "max_per_artist": 4,
                "score": scores[number % len(scores)],
            }
        ).settled()
        for number in range(size.lists)
    ]


class Account:
    """An account with its lists, which refreshes them day by day."""

    def __init__(self, size: Size) -> None:
        self.size, self.now = size, BEGAN
        draw = random.Random(size.seed)
        self.recipes = recipes(size)
        artists = [Artist(f"Artist {n}", f"a{n}") for n in range(max(size.likes // 8, 4))]
        self.tracks: dict[str, Track] = {}
        self.liked: list[Saved] = []
        later = size.days // 5
        for number in range(size.likes + later):
            artist = artists[int(len(artists) * draw.random() ** 2)]
            year = draw.randint(1962, 2025)
            album = Album(f"Album {number // 3}", f"b{number // 3}", f"{year}-03-01")
            track = Track(f"t{number}", f"Song {number}", (artist,), album, duration_ms=200_000)
            self.tracks[track.id] = track
            ago = draw.uniform(1, 3000) if number < size.likes else -5.0 * (number - size.likes + 1)
            self.liked.append(Saved(track.id, BEGAN - timedelta(days=ago)))
        self.lists: dict[str, tuple[str, ...]] = {}
        self.made: dict[str, list[tuple[str, ...]]] = {each.id: [] for each in self.recipes}
        self.given: dict[str, tuple[datetime, tuple[str, ...]]] = {}
        self.stood: dict[str, Stood] = {}
        self.seen = {saved.track_id: max(BEGAN, saved.added_at) for saved in self.liked}
        self.until: dict[str, dict[str, datetime]] = {}

    def period(self, number: int) -> datetime:
        """When the period of a list began that it is now in: its own day of the week."""
        start = BEGAN + (number % 7) * DAY
        weeks = (self.now - start) // WEEK
        return start + weeks * WEEK

    def inventory(self) -> Inventory:
        """What is known of the account now."""
        lists = {
            name: Playlist(
                PlaylistSummary(name, name, "me", "s"),
                tuple(PlaylistEntry(f"spotify:track:{i}", "track", i, self.tracks[i]) for i in ids),
            )
            for name, ids in self.lists.items()
        }
        return Inventory(
            user_id="me",
            tracks=self.tracks,
            liked=tuple(saved for saved in self.liked if saved.added_at <= self.now),
            playlists=lists,
            recipe_playlists={name: name for name in lists},
            made={name: tuple(versions[:30]) for name, versions in self.made.items()},
        )

    def dealt(self, inventory: Inventory) -> Dealt:
        """The plan over all lists, as it stands now."""
        takers = []
        for number, recipe in enumerate(self.recipes):
            start = self.period(number)
            found = find_candidates(recipe, inventory, self.now)
            given = self.given.get(recipe.id)
            held = given[1] if given is not None and given[0] == start else None
            weeks = self.size.within // WEEK + 1
            starts = [start + week * WEEK for week in range(weeks)]
            takers.append(taker(recipe, found, inventory, starts, held))
        liked = {saved.track_id: saved.added_at for saved in inventory.liked}
        term = Term(BEGAN, self.size.within)
        return deal(liked, self.tracks, takers, self.stood, term, self.now)

    def refresh(self, found: Found) -> None:
        """Make the lists that are due today."""
        due = [n for n in range(len(self.recipes)) if self.now - self.period(n) < DAY]
        due = [n for n in due if self.now >= BEGAN + (n % 7) * DAY]
        if not due:
            return
        inventory = self.inventory()
        began = time.perf_counter()
        dealt = self.dealt(inventory)
        found.dealing += time.perf_counter() - began
        found.plans += 1
        planned: dict[str, tuple[str, ...]] = {}
        for number in due:
            recipe = self.recipes[number]
            known = Inventory(
                **{**vars(inventory), "coverage": dealt.coverage, "planned": dict(planned)}
            )
            seed = seed_for(recipe.id, self.period(number))
            planned[recipe.id] = choose(recipe, known, NO_MODELS, self.now, seed).track_ids
        for number in due:
            recipe_id = self.recipes[number].id
            self._keep(recipe_id, planned[recipe_id], found)
            own = [i for i in planned[recipe_id] if i in dealt.coverage.due[recipe_id]]
            self.given[recipe_id] = (self.period(number), tuple(own))
            found.own_choice += len(planned[recipe_id]) - len(own)

    def _keep(self, recipe_id: str, ids: Sequence[str], found: Found) -> None:
        before = self.lists.get(recipe_id, ())
        for track_id in before:
            if track_id not in ids:
                self.stood[track_id] = Stood(recipe_id, self.now)
                self.until.setdefault(track_id, {})[recipe_id] = self.now
                self.seen[track_id] = self.now
        for track_id in ids:
            others = (each for each in self.lists if each != recipe_id)
            there = any(track_id in self.lists[each] for each in others)
            left = self.until.get(track_id, {})
            near = any(self.now - at < WEEK for each, at in left.items() if each != recipe_id)
            found.twice += there or near
            if track_id not in before:
                self._missed(track_id, found)
        self.lists[recipe_id] = tuple(track_ids_in(ids)) or tuple(ids)
        self.made[recipe_id].insert(0, tuple(f"spotify:track:{i}" for i in ids))

    def _missed(self, track_id: str, found: Found) -> None:
        gap = self.now - self.seen[track_id]
        found.longest = max(found.longest, gap)
        if gap > self.size.within:
            found.late.add(track_id)

    def end(self, found: Found) -> None:
        """Count what is in no list now, as far as it is overdue, and what no list ever had."""
        held = {i for ids in self.lists.values() for i in ids}
        for saved in self.liked:
            if saved.added_at <= self.now and saved.track_id not in held:
                self._missed(saved.track_id, found)
                if (
                    saved.track_id not in self.stood
                    and self.now - saved.added_at > self.size.within
                ):
                    found.never.add(saved.track_id)


def simulate(size: Size) -> Found:
    """Live through the days of an account."""
    account, found = Account(size), Found(size.likes)
    for day in range(size.days):
        account.now = BEGAN + day * DAY
        account.refresh(found)
    account.end(found)
    places = sum(len(ids) for made in account.made.values() for ids in made)
    found.own_choice /= max(places, 1)
    return found


def table(found: Found, size: Size) -> Mapping[str, str]:
    """What came of it, in words."""
    return {
        "likes, lists, days": f"{size.likes:,}, {size.lists}, {size.days}",
        "asked within": f"{size.within.days} days",
        "longest in no list": f"{found.longest.days} days",
        "late": str(len(found.late)),
        "in no list ever": str(len(found.never)),
        "in two lists within a week": str(found.twice),
        "places filled by the recipes' own score": f"{found.own_choice:.0%}",
        "a plan takes": f"{1000 * found.dealing / max(found.plans, 1):.0f} ms",
    }


def main() -> None:
    """Print the year of 2,000 likes in 12 lists."""
    size = Size()
    for name, value in table(simulate(size), size).items():
        print(f"{name:<42}{value}")
