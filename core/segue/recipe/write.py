"""The `[playlist.write]` section: what a refresh may do to the playlist on the account."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from segue.recipe.section import Section, option
from segue.recipe.types import Count, Description, PlaylistId, Share


class WritePolicy(Section):
    """What a refresh may do to the playlist on the account."""

    mode: Literal["replace", "append", "rotate"] = option(
        "replace", "make the list anew, add at the end, or exchange the oldest"
    )
    rotate: Count = option(10, "how many tracks mode = rotate exchanges")
    playlist_id: PlaylistId | None = option(None, "write to this existing playlist, by id or link")
    adopt: bool = option(False, "take over a playlist that Segue did not create")
    public: bool = option(False, "show a newly created playlist on your profile")
    description: Description = option("", "the playlist's description")
    min_tracks: Annotated[int, Field(ge=0, le=10_000)] = option(
        5, "refuse to leave fewer tracks than this"
    )
    max_shrink: Share = option(0.5, "refuse to take away more than this share of the last version")
    respect_edits: bool = option(True, "keep what you add by hand, leave out what you remove")
