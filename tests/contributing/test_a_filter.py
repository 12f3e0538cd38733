"""A filter is added as CONTRIBUTING.md says, in two files, and every part knows it."""

from __future__ import annotations

import json

USED = '''
import json
from datetime import UTC, datetime

from segue.errors import ConfigError
from segue.music.track import Track
from segue.playlists.build import build
from segue.playlists.inventory import Inventory
from segue.playlists.library import Saved
from segue.playlists.score.models import NO_MODELS
from segued.config.load import check
from segued.config.schema import json_schema

now = datetime(2026, 11, 20, tzinfo=UTC)
titles = {"a": "Rain", "b": "Rain on the Window", "c": "Late Rain"}
inventory = Inventory(
    "me",
    tracks={i: Track(id=i, title=title, duration_ms=1000) for i, title in titles.items()},
    liked=tuple(Saved(i, now) for i in titles),
)
text = """
[[playlist]]
name = "Short Titles"
from = "liked"
where.title_words = "..2"
"""
(recipe,) = check(text, "c", {}).settings.playlists
draft = build(recipe, inventory, NO_MODELS, now, 1)
try:
    check(text.replace("title_words", "title_word"), "c", {})
except ConfigError as error:
    suggestion = error.problems[0].suggestion
print(json.dumps({
    "chosen": sorted(draft.track_ids),
    "stage": draft.stages[1].text,
    "schema": "title_words" in json_schema()["$defs"]["Where"]["properties"],
    "suggestion": suggestion,
}))
'''


def test_a_filter_takes_two_files_and_every_part_knows_it(walked) -> None:
    house = walked("A filter")
    assert len(set(house.touched)) == 2
    found = json.loads(house.python(USED))
    assert found["chosen"] == ["a", "c"]
    assert found["stage"] == "2 with title words ≤ 2"
    assert found["schema"]
    assert found["suggestion"] == 'Did you mean "title_words"?'
