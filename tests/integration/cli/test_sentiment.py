"""`segue learn sentiment` and `segue evaluate sentiment` on a small table, whole."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from segued.providers.encoders.loading import PACKAGED, packaged_folder

if TYPE_CHECKING:
    from conftest import Segue

_PATH = Path(__file__).parents[2] / "unit" / "lyrics" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("tiny_encoders", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_ENCODERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_ENCODERS)
tiny_bert_folder = _ENCODERS.tiny_bert_folder

pytestmark = pytest.mark.skipif(packaged_folder() is None, reason="no packaged encoder here")

GLAD = ["a lovely day", "this is wonderful", "I am so happy", "great fun with friends"]
SAD = ["a dreadful day", "this is terrible", "I am so sad", "bitter tears alone"]
PLAIN = ["the bus leaves at nine", "a table of wood", "we walked to the shop", "page ten"]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    rng = random.Random(2)
    rows = ["text,label"]
    for i in range(240):
        label, words = rng.choice([("positive", GLAD), ("negative", SAD), ("neutral", PLAIN)])
        rows.append(f"{rng.choice(words)} number {i},{label}")
    path = tmp_path_factory.mktemp("data") / "moods.csv"
    path.write_text("\n".join(rows))
    return path


def test_a_head_is_learned_kept_and_measured_beside_baselines(segue: Segue, table: Path) -> None:
    arguments = ("--data", str(table), "--encoder", PACKAGED, "--json")
    learned = segue.run("learn", "sentiment", *arguments)
    assert learned.returncode == 0, learned.stderr
    card = json.loads(learned.stdout)["card"]
    assert card["encoder"]["name"] == PACKAGED
    assert card["data"]["moods"] + card["held_out"]["moods"]["n"] == 240
    measured = segue.run("evaluate", "sentiment", *arguments)
    assert measured.returncode == 0, measured.stderr
    rows = {row["method"]: row for row in json.loads(measured.stdout)["rows"]}
    assert {"segue", "tfidf joint", "tfidf per set"} <= set(rows)
    assert rows["segue"]["size"] == card["held_out"]["moods"]["n"]
    assert rows["segue"]["macro_f1"] == pytest.approx(
        card["held_out"]["moods"]["macro_f1"], abs=1e-3
    )
    low, high = rows["segue"]["macro_f1_ci"]
    assert low <= rows["segue"]["macro_f1"] <= high


def test_a_table_that_is_for_measuring_alone_is_measured_with_the_head_that_comes_along(
    segue: Segue, tmp_path: Path
) -> None:
    lines = [f"{text},{label}" for label, words in (("positive", GLAD), ("negative", SAD))
             for text in words]  # fmt: skip
    (tmp_path / "verse_test.csv").write_text("\n".join(["text,label", *lines]))
    arguments = ("--data", str(tmp_path / "verse_test.csv"), "--encoder", PACKAGED, "--json")
    measured = segue.run("evaluate", "sentiment", *arguments)
    assert measured.returncode == 0, measured.stderr
    rows = {row["method"]: row for row in json.loads(measured.stdout)["rows"]}
    assert "tfidf joint" not in rows, "it has nothing to learn from"
    assert rows["segue"]["macro_recall"] == 1.0


def test_an_encoder_without_a_head_says_what_to_do(
    segue: Segue, table: Path, tiny_bert_folder: Path
) -> None:
    arguments = ("--data", str(table), "--encoder", str(tiny_bert_folder))
    refused = segue.run("evaluate", "sentiment", *arguments)
    assert refused.returncode == 2
    assert "segue learn sentiment" in refused.stderr


def test_an_encoder_is_fine_tuned_saved_and_gets_a_head(
    segue: Segue, table: Path, tiny_bert_folder: Path
) -> None:
    folder = segue.folder / "tuned"
    arguments = ("--data", str(table), "--encoder", str(tiny_bert_folder), "--fine-tune")
    done = segue.run("learn", "sentiment", *arguments, "--output", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["card"]["encoder"]["name"] == str(folder)
    assert (folder / "model.safetensors").is_file()
    again = segue.run("learn", "sentiment", *arguments, "--output", str(folder))
    assert again.returncode == 2
    assert "--output" in again.stderr


def test_a_table_that_cannot_be_used_is_named(segue: Segue, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    refused = segue.run("learn", "sentiment", "--data", str(bad), "--encoder", PACKAGED)
    assert refused.returncode == 2
    assert "bad.csv" in refused.stderr
