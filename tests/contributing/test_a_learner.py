"""A learner is added as CONTRIBUTING.md says, in at most three files, and every part knows it."""

from __future__ import annotations

import json

USED = '''
import json
from datetime import UTC, datetime

import numpy as np

from segue.models.data import TrainingData, track_table
from segue.models.learners import LEARNERS
from segue.models.saving import unpack
from segue.models.scorer import Query
from segue.models.data import Vocabulary
from segue.progress import silent
from segued.cli.evaluate import command as evaluate
from segued.config.load import check
from segued.learn.job import train_one

rng = np.random.default_rng(0)
years = rng.uniform(1970, 2025, 120).astype(np.float32)
by_year = np.argsort(years).astype(np.int32)
lists = tuple(by_year[start : start + 8] for start in range(0, 112, 8))
data = TrainingData(
    vocabulary=Vocabulary(f"t{row}" for row in range(120)),
    tracks=track_table(120, released=years),
    playlists=lists,
)
text = """
[learn]
enabled = true
learners = ["era"]
[[playlist]]
name = "Then"
from = "liked"
seeds = ["A - B"]
[playlist.score]
era = 1
"""
settings = check(text, "c", {}).settings
one, packed = train_one(
    "era", data, settings.learn, seed=0, now=datetime(2026, 1, 1, tzinfo=UTC), progress=silent
)
scorer, _ = unpack(packed, LEARNERS["era"].scorer(), "era")
query = Query(seeds=by_year[:1])
best = np.argsort(-scorer.score(query))[1:6]
chance = TrainingData(
    vocabulary=data.vocabulary,
    tracks=data.tracks,
    playlists=tuple(rng.permutation(120)[:8].astype(np.int32) for _ in range(14)),
)
lost, _ = train_one(
    "era", chance, settings.learn, seed=0, now=datetime(2026, 1, 1, tzinfo=UTC), progress=silent
)
print(json.dumps({
    "score": dict(settings.playlists[0].score),
    "used": one.used,
    "nearest": sorted(best.tolist()) == sorted(by_year[1:6].tolist()),
    "evidence": [piece.row == int(by_year[0]) for piece in scorer.evidence(query, best)[0]],
    "stands_in": lost.stands_in,
    "commands": evaluate.list_commands(None),
    "table": evaluate.get_command(None, "era").name,
}))
'''

EVALUATED = """
from segued.cli.main import main
import sys
sys.exit(main(["evaluate", "era", "--data", "lists.csv"]))
"""


def test_a_learner_takes_three_files_and_every_part_knows_it(walked) -> None:
    house = walked("A learner")
    assert len(house.touched) <= 3
    found = json.loads(house.python(USED))
    assert found["score"] == {"era": 1.0}
    assert found["used"]
    assert found["nearest"]
    assert found["evidence"] == [True]
    assert found["stands_in"] == "popularity"
    assert "era" in found["commands"]
    assert found["table"] == "era"


def test_its_evaluation_is_a_command(walked) -> None:
    house = walked("A learner")
    rows = ["playlist_id,track_name,artist_name,release_date"]
    for number in range(12):
        songs = [(number, place) for place in range(6)] + [(max(number - 1, 0), 6 - number % 3)]
        rows += [f"p{number},Song {a}-{b},Artist {a},{1975 + 4 * a}" for a, b in songs]
    (house.folder / "lists.csv").write_text("\n".join(rows) + "\n")
    printed = house.python(EVALUATED)
    assert "era: the others of a playlist from its first track" in printed
    assert printed.strip().splitlines()[-1].startswith("In plain words: ")
