"""A recipe: what somebody wants a playlist to be. Sources, filters, size, score, order, writing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Annotated, Literal

from pydantic import Field

from segue.recipe.section import Section, option
from segue.recipe.seeds import PLAYLIST
from segue.recipe.sequence import SequenceSettings
from segue.recipe.sources import FromPlaylist, single_sources
from segue.recipe.types import Count, Name, Score, Seconds, Seeds, Share, SourceValue
from segue.recipe.where import Where
from segue.recipe.write import WritePolicy

_LONGEST_ID = 40


class Recipe(Section):
    """What somebody wants a playlist to be.

    `id` is stable while `name` may change. Of `length` (tracks) and `duration` (seconds) at most
    one is set; with neither, everything that passes the filter is taken. `score` weighs the
    scorers by name; `seeds` are what its models start from: "title - artist", a track's URI, or
    "playlist:" and a name. `freshness` (0..1) is how strongly tracks of earlier periods' versions
    step back. `missing` says what becomes of a recipe that names what cannot be found.
    """

    name: Name = Field(description="the playlist's name on your account")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = option(
        "", "stays the same when the name changes; made from the name by default"
    )
    source: SourceValue = Field(alias="from", description="where the tracks come from")
    where: Where = Field(default_factory=Where, description="which of them")
    seeds: Seeds = option((), "songs or playlists that models start from")
    length: Count | None = option(None, "how many tracks")
    duration: Seconds | None = option(None, "how long it plays, instead of length")
    max_per_artist: Count | None = option(None, "at most this many by one artist")
    max_per_album: Count | None = option(None, "at most this many from one album")
    unique_recordings: bool = option(True, "one recording once, even when it is on two albums")
    freshness: Share = option(
        0.25, "how far tracks of earlier versions step back: 0 not at all, 1 wholly"
    )
    missing: Literal["fail", "skip"] = option(
        "fail",
        "where a source, seed or track cannot be found: fail leaves the playlist as it is, "
        "skip goes on without",
    )
    score: dict[str, Score] = Field(
        default_factory=dict,
        description="what makes a track come first, by weight; a negative one turns it round",
    )
    sequence: SequenceSettings = Field(default_factory=SequenceSettings, description="the order")
    write: WritePolicy = Field(default_factory=WritePolicy, description="the writing")

    @property
    def duration_ms(self) -> int | None:
        """How long it is to play, in milliseconds."""
        return None if self.duration is None else round(self.duration * 1000)

    @property
    def playlists_named(self) -> tuple[str, ...]:
        """The playlists it names in sources, filters and seeds: by name, id or link."""
        sources = (s.reference for s in single_sources(self.source) if isinstance(s, FromPlaylist))
        parts = self.where.every()
        filters = (name for part in parts for name in (*part.in_playlist, *part.not_in_playlist))
        seeds = (s.removeprefix(PLAYLIST).strip() for s in self.seeds if s.startswith(PLAYLIST))
        return tuple(dict.fromkeys((*sources, *filters, *seeds)))

    def settled(self) -> Recipe:
        """The recipe with its id, and the defaults that depend on what else it says."""
        write = self.write
        if self.length is not None and "min_tracks" not in write.model_fields_set:
            # The default guard must not stand in the way of a playlist that is meant to be short.
            fewest = min(write.min_tracks, self.length)
            write = write.model_copy(update={"min_tracks": fewest})
        values = {name: getattr(self, name) for name in Recipe.model_fields}
        own = {"id": self.id or recipe_id_for(self.name), "write": write}
        return Recipe.model_construct(**values | own)


def recipe_id_for(name: str) -> str:
    """The id of a recipe that was given none, made from its name: "Slow Sunday" → "slow-sunday".

    A name that loses something on the way to plain letters gets a short hash, so that two
    different names do not meet in one id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.casefold())
    slug = "-".join(words)
    lossless = re.fullmatch(r"[A-Za-z0-9 _.,'&!-]+", name) is not None
    if lossless and 0 < len(slug) <= _LONGEST_ID:
        return slug
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    head = slug[: _LONGEST_ID - 9].strip("-")
    return f"{head}-{digest}" if head else digest
