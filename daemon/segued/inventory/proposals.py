"""What `segue init` proposes: recipes that fit a library, each with how much of it they draw on."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from segue.errors import ConfigError, RecipeError
from segue.music.track import Track
from segue.names import name_key
from segue.playlists.gather.candidates import find_candidates
from segue.playlists.inventory import Inventory, namesakes, own_playlists
from segue.playlists.library import Playlist
from segued.config.load import settings_from
from segued.config.starter import STARTERS, Starter, playlist_text, toml_value

PROPOSED = 5
FEWEST = 15
"""Of fewer tracks a playlist is proposed only where nothing else is."""
UNHEARD_DAYS = 60
_LONGEST = 30
_SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recipe to begin with. `count` is how many tracks it can choose from, `why` says so."""

    starter: Starter
    count: int

    @property
    def why(self) -> str:
        """How it fits the library: "312 liked songs not played for 60 days"."""
        return self.starter.summary


def proposals(
    inventory: Inventory, now: datetime, most: int = PROPOSED, fewest: int = FEWEST
) -> tuple[Proposal, ...]:
    """The recipes that fit a library best: those with enough to choose from, then the fullest.

    A name that one of the user's own playlists bears gets an addition.
    """
    found = [
        proposal
        for idea in _ideas(inventory, now)
        if (proposal := _counted(idea, inventory, now)) is not None
    ]
    ample = [each for each in found if each.count >= fewest]
    scant = sorted((each for each in found if each.count < fewest), key=lambda each: -each.count)
    return tuple([*ample, *scant][:most])


def _counted(idea: Starter, inventory: Inventory, now: datetime) -> Proposal | None:
    name = idea.name if not namesakes(idea.name, inventory) else f"{idea.name} by Segue"

    def starter(count: int) -> Starter:
        length = max(_SHORTEST, min(_LONGEST, count - count % 5))
        summary = idea.summary.replace("{count}", f"{count:,}")
        body = idea.body.replace("{length}", str(length))
        return Starter(idea.id, name, summary, body)

    try:
        document = tomllib.loads(playlist_text(starter(_LONGEST)))
        (recipe,) = settings_from(document, "segue init").playlists
        count = len(find_candidates(recipe, inventory, now).passed)
    except (ConfigError, RecipeError):  # an odd name, or a source that could not be read
        return None
    return Proposal(starter(count), count) if count >= _SHORTEST else None


def _ideas(inventory: Inventory, now: datetime) -> Iterator[Starter]:
    """Every idea, the most telling first; `{count}` and `{length}` are filled in when counted."""
    yield Starter(
        "long-unheard",
        "Long Unheard",
        f"{{count}} liked songs not played for {UNHEARD_DAYS} days{_known_since(inventory, now)}",
        f"""\
from = "liked"
length = {{length}}
max_per_artist = 2
freshness = 0.5                  # tracks of earlier days step back
schedule = "@daily"

[playlist.where]
not_added_within = "{UNHEARD_DAYS} days"
not_played_within = "{UNHEARD_DAYS} days"

[playlist.score]
novelty = 1                      # the longest unheard first in line
""",
    )
    yield _shipped("lately", "{count} songs you play these weeks, eased into one another")
    yield Starter(
        "loose-ends",
        "Loose Ends",
        "{count} liked songs that are in none of your playlists",
        """\
from = "liked"
length = {length}
max_per_artist = 2
freshness = 1.0                  # what was in it steps back until the rest had its turn
schedule = "@weekly"

[playlist.where]
not_in_playlist = ["*"]          # a star stands for all of your own

[playlist.score]
recency = 1                      # newest likes first in line
""",
    )
    for idea in (_artist(inventory), _decade(inventory, now)):
        if idea is not None:
            yield idea
    yield _shipped("fresh-favourites", "{count} songs you liked in the last 90 days")
    yield Starter(
        "old-flames",
        "Old Flames",
        "{count} of your songs of the year that are not among those of the last four weeks",
        """\
from = { any = ["top:long"], minus = ["top:short"] }
length = {length}
max_per_artist = 2
schedule = "@weekly"

[playlist.score]
novelty = 1                      # the longest unheard first in line
""",
    )
    yield Starter(
        "deep-cuts",
        "Deep Cuts",
        "{count} songs on albums you saved that you have not liked yet",
        """\
from = { any = ["albums"], minus = ["liked"] }
length = {length}
max_per_album = 2
freshness = 1.0                  # what was in it steps back until the rest had its turn
schedule = "@weekly"

[playlist.score]
novelty = 1                      # the longest unheard first in line
""",
    )
    largest = _largest_playlist(inventory)
    if largest is not None:
        yield largest


def _shipped(identifier: str, summary: str) -> Starter:
    """A playlist of every first configuration, as long as the library lets it be."""
    starter = next(each for each in STARTERS if each.id == identifier)
    body = re.sub(r"(?m)^length = \d+$", "length = {length}", starter.body)
    return replace(starter, summary=summary, body=body)


def _known_since(inventory: Inventory, now: datetime) -> str:
    """Since when plays are known, where that is too short a time to tell what was not played."""
    if inventory.heard:
        return ""
    first = min((play.played_at for play in inventory.plays), default=None)
    if first is None:
        return ", as far as Segue knows: it has seen no plays yet"
    if now - first >= timedelta(days=UNHEARD_DAYS):
        return ""
    return f", as far as Segue knows: it has seen plays since {first:%-d %b %Y}"


def _artist(inventory: Inventory) -> Starter | None:
    """The artist of the most liked songs."""
    names = Counter(track.artist for track in _liked(inventory) if track.artist)
    if not names:
        return None
    name, _ = names.most_common(1)[0]
    return Starter(
        "one-artist",
        f"{name} on Repeat",
        f"{{count}} liked songs by {name}, of whom you like the most",
        f"""\
from = "liked"
length = {{length}}
freshness = 0.5                  # tracks of earlier weeks step back
schedule = "@weekly"

[playlist.where]
artist = [{toml_value(name)}]

[playlist.score]
plays = 1                        # the most played first in line
""",
    )


def _decade(inventory: Inventory, now: datetime) -> Starter | None:
    """The decade before this one that has the most liked songs."""
    albums = (track.album for track in _liked(inventory))
    years = (album.release_year for album in albums if album is not None)
    this = now.year // 10
    decades = Counter(year // 10 for year in years if year and year // 10 < this)
    if not decades:
        return None
    decade = decades.most_common(1)[0][0] * 10
    return Starter(
        "one-decade",
        f"Back to the {decade}s",
        f"{{count}} liked songs from the {decade}s",
        f"""\
from = "liked"
length = {{length}}
max_per_artist = 2
freshness = 0.5                  # tracks of earlier weeks step back
schedule = "@weekly"

[playlist.where]
year = "{decade}..{decade + 9}"

[playlist.score]
novelty = 1                      # the longest unheard first in line
""",
    )


def _largest_playlist(inventory: Inventory) -> Starter | None:
    """The largest playlist of the user's own, to be put into another order."""
    own = [found for found in own_playlists(inventory) if isinstance(found, Playlist)]
    if not own:
        return None
    largest = max(own, key=lambda playlist: len(playlist.entries))
    name = largest.summary.name.strip()
    same = [each for each in own if name_key(each.summary.name) == name_key(name)]
    reference = name if name and len(same) == 1 else largest.summary.id
    return Starter(
        "better-order",
        f"{name or 'A Playlist'}, in Order",
        f"{{count}} songs of your playlist {name}, so that each leads to the next",
        f"""\
from = {toml_value(f"playlist:{reference}")}
length = {{length}}
freshness = 0.5                  # tracks of earlier weeks step back
schedule = "@weekly"

[playlist.score]
plays = 1                        # the most played first in line
novelty = 0.5
""",
    )


def _liked(inventory: Inventory) -> Iterator[Track]:
    for saved in inventory.liked:
        track = inventory.tracks.get(saved.track_id)
        if track is not None:
            yield track
