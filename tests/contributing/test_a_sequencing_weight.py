"""A sequencing weight is added as CONTRIBUTING.md says, in two files, and every part knows it."""

from __future__ import annotations

import json

USED = '''
import json

from segue.errors import ConfigError
from segue.music.features import AudioFeatures
from segue.sequencing.options import Weights
from segue.sequencing.problem import Settings
from segue.sequencing.sequence import sequence
from segue.sequencing.songs import songs_of
from segue.sequencing.transitions import explain
from segued.cli.sequence.command import command
from segued.config.load import check
from segued.config.schema import json_schema

text = """
[[playlist]]
name = "By Length"
from = "liked"
sequence.KEY = 3
"""
plain, own = (
    check(text.replace("KEY", key), "c", {}).settings.playlists[0].sequence.weights
    for key in ("duration", "length")
)
try:
    check(text.replace("KEY", "lenght"), "c", {})
except ConfigError as error:
    suggestion = error.problems[0].suggestion
minutes = [3, 9, 4, 8, 5, 7, 6]
songs = songs_of([AudioFeatures()] * 7, duration_ms=[60_000 * each for each in minutes])
order = sequence(songs, Settings(weights=own)).order
print(json.dumps({
    "default": Weights().length,
    "weights": [plain.length, own.length],
    "schema": "length" in json_schema()["$defs"]["SequenceSettings"]["properties"],
    "suggestion": suggestion,
    "order": sorted([minutes[row] for row in order], reverse=minutes[order[0]] > 6)
    == [minutes[row] for row in order],
    "term": explain(songs, order, own)[0].terms["length"],
    "help": "length (duration)" in str([vars(each).get("help") for each in command.params]),
}))
'''

BY_COMMAND = """
import sys
from segued.cli.main import main
sys.exit(main(["sequence", "tracks.csv", "--weight", "length=3", "--json"]))
"""


def test_a_sequencing_weight_takes_two_files_and_every_part_knows_it(walked) -> None:
    house = walked("A sequencing weight")
    assert len(set(house.touched)) == 2
    assert json.loads(house.python(USED)) == {
        "default": 0.0,
        "weights": [3.0, 3.0],
        "schema": True,
        "suggestion": 'Did you mean "length"?',
        "order": True,
        "term": 3.0,
        "help": True,
    }


def test_the_command_that_orders_a_file_takes_it(walked) -> None:
    house = walked("A sequencing weight")
    minutes = (3, 9, 4, 8, 5, 7, 6)
    rows = [f"Song {each},Ann,{60_000 * each}" for each in minutes]
    (house.folder / "tracks.csv").write_text("\n".join(["name,artist,duration_ms", *rows]) + "\n")
    found = json.loads(house.python(BY_COMMAND))
    placed = [minutes[row] for row in found["order"]]
    assert placed in (sorted(minutes), sorted(minutes, reverse=True))
