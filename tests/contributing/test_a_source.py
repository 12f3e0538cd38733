"""A source is added as CONTRIBUTING.md says, in at most three files, and every part knows it."""

from __future__ import annotations

import json

USED = """
import json
from datetime import UTC, datetime

from segue.errors import MissingError
from segue.music.track import Track
from segue.playlists.build import build
from segue.playlists.inventory import Inventory
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segue.playlists.score.models import NO_MODELS
from segue.recipe.source_text import read_source, write_source
from segued.config.load import check

now = datetime(2026, 11, 20, tzinfo=UTC)
tracks = {i: Track(id=i, title=i.upper(), duration_ms=1000) for i in "abc"}


def playlist(name, rows, owner="me"):
    entries = (PlaylistEntry(tracks[i].uri, "track", i, tracks[i]) for i in rows)
    return Playlist(PlaylistSummary(name, name, owner, "s"), tuple(entries))


lists = [playlist("Gym", "a"), playlist("Run", "ab"), playlist("Theirs", "c", "other")]
inventory = Inventory("me", tracks=tracks, playlists={p.summary.id: p for p in lists})
(recipe,) = check('[[playlist]]\\nname = "All"\\nfrom = "mine"', "c", {}).settings.playlists
draft = build(recipe, inventory, NO_MODELS, now, 1)
unread = Inventory("me", summaries=tuple(p.summary for p in lists), unread={"Gym": "503"})
try:
    build(recipe, unread, NO_MODELS, now, 1)
    failed = ""
except MissingError as error:
    failed = str(error)
print(json.dumps({
    "chosen": sorted(draft.track_ids),
    "stage": draft.stages[0].text,
    "reasons": {item.title: item.reasons[0].text for item in draft.items},
    "written": write_source(read_source(["mine", "liked"])[0]),
    "failed": failed,
}))
"""


def test_a_source_takes_at_most_three_files_and_every_part_knows_it(walked) -> None:
    house = walked("A source")
    assert len(set(house.touched)) <= 3
    found = json.loads(house.python(USED))
    assert found["chosen"] == ["a", "b"]
    assert found["stage"] == "2 in your playlists"
    assert found["reasons"]["A"] == "in your playlists “Gym” and “Run”"
    assert found["written"] == {"any": ["mine", "liked"]}
    assert "“Gym” could not be read: 503" in found["failed"]
