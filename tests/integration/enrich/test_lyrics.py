"""Lyrics from the sandbox's LRCLIB and Genius, encoded by a tiny BERT that is loaded from disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from segued.inventory.reading import LYRICS, choice_of, known_key
from segued.sandbox.account.words import is_instrumental
from segued.sandbox.control.faults import Fault
from segued.store.tracks.lyrics import Vectors
from segued.sync.tracks import put_tracks

if TYPE_CHECKING:
    from conftest import House

GET, SEARCH = "/lrclib/api/get", "/lrclib/api/search"
GENIUS, PAGE = "/genius/search", "/genius/{page}"


@pytest.fixture
def heard(house: House, tiny_bert_folder: Path) -> House:
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    return house


def look(house: House, count: int = 12, **more):
    outcome = house.enrich(house.tracks(count), "lyrics", **more)
    assert outcome.lyrics is not None
    return outcome


def vectors(house: House):
    key = known_key(choice_of(house.settings), house.state)
    assert key is not None
    held = house.state.vectors.get(LYRICS, key)
    assert held is not None
    return held


def test_words_become_unit_vectors_and_are_dropped(heard: House) -> None:
    outcome = look(heard)
    assert outcome.complete
    records = heard.state.lyrics.records()
    assert len(records) == 12
    found = {track_id for track_id, record in records.items() if record.status == "found"}
    held = vectors(heard)
    assert set(held.track_ids) == found
    assert len(found) >= 5
    assert np.allclose(np.linalg.norm(held.matrix, axis=1), 1.0, atol=1e-5)
    assert all(record.text is None for record in records.values())


def test_what_is_instrumental_is_known_to_be(heard: House) -> None:
    look(heard, 60)
    by_id = heard.sandbox.world.catalogue.tracks
    marked = {
        i for i, record in heard.state.lyrics.records().items() if record.status == "instrumental"
    }
    assert marked
    assert all(is_instrumental(by_id[track_id]) for track_id in marked)


def test_words_are_kept_where_the_configuration_says_so(heard: House) -> None:
    heard.lyrics["keep_text"] = True
    look(heard)
    records = heard.state.lyrics.records().values()
    assert all(record.text for record in records if record.status == "found")


def test_a_second_look_asks_nobody_and_loads_nothing(heard: House) -> None:
    look(heard)
    heard.reopen()
    heard.sandbox.clear_requests()
    (weights,) = Path(heard.lyrics["encoder"]).glob("*.safetensors")
    before, stamps = weights.read_bytes(), weights.stat()
    try:  # loading these would fail, and yet they look the same from outside
        weights.write_bytes(bytes(len(before)))
        os.utime(weights, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
        outcome = look(heard)
    finally:
        weights.write_bytes(before)
    assert heard.sandbox.requests == []
    assert (outcome.complete, outcome.lyrics.encoded) == (True, 0)


def test_another_encoder_encodes_anew_and_never_mixes(heard: House, tmp_path: Path) -> None:
    look(heard)
    first = vectors(heard)
    other = tmp_path / "other"
    shutil.copytree(heard.lyrics["encoder"], other)
    config = (other / "config.json").read_text()
    (other / "config.json").write_text(
        config.replace('"hidden_act": "gelu"', '"hidden_act": "relu"')
    )
    heard.lyrics["encoder"] = str(other)
    heard.sandbox.clear_requests()
    outcome = look(heard)
    assert outcome.lyrics.encoded == len(first.track_ids)
    assert heard.asked[GET] > 0
    second = vectors(heard)
    assert set(second.track_ids) == set(first.track_ids)
    order = [second.rows()[track_id] for track_id in first.track_ids]
    assert not np.allclose(first.matrix, second.matrix[order])
    assert len(heard.state.vectors.keys(LYRICS)) == 2


def test_another_encoder_uses_the_words_that_were_kept(heard: House, tmp_path: Path) -> None:
    heard.lyrics["keep_text"] = True
    look(heard)
    other = tmp_path / "other"
    shutil.copytree(heard.lyrics["encoder"], other)
    text = (other / "config.json").read_text()
    (other / "config.json").write_text(text.replace('"hidden_act": "gelu"', '"hidden_act": "relu"'))
    heard.lyrics["encoder"] = str(other)
    heard.sandbox.clear_requests()
    assert look(heard).lyrics.encoded > 0
    assert heard.sandbox.requests == []


def test_an_encoder_that_is_moved_is_known_again_by_its_card(heard: House, tmp_path: Path) -> None:
    look(heard)
    copied = Path(heard.lyrics["encoder"])
    for path in copied.glob("*.safetensors"):
        path.touch()
    heard.sandbox.clear_requests()
    outcome = look(heard)
    assert (heard.sandbox.requests, outcome.lyrics.encoded) == ([], 0)


def test_an_encoder_that_cannot_be_loaded_costs_one_look_up_and_is_said(heard: House) -> None:
    heard.lyrics["encoder"] = str(heard.folder)  # a folder without a model
    outcome = look(heard)
    assert outcome.lyrics.problem is not None
    assert "does not hold a model" in outcome.lyrics.problem
    assert outcome.exit_code == 3
    assert not any(record.status == "found" for record in heard.state.lyrics.records().values())
    assert heard.asked[GET] <= 4


@pytest.mark.parametrize(
    "kind", ["not_json", "truncated", "cut_before", "error_before", "cloudflare", "rate_limit"]
)
def test_where_lrclib_fails_nothing_is_taken_for_none(heard: House, kind: str) -> None:
    more = {"status": 200} if kind == "not_json" else {}
    heard.sandbox.faults.add(
        *(Fault(kind, "GET", path, times=None, **more) for path in (GET, SEARCH))
    )
    outcome = look(heard)
    assert heard.state.lyrics.records() == {}
    assert outcome.waiting == 12
    assert list(outcome.failures) == ["lrclib"]
    assert outcome.exit_code == (5 if kind == "rate_limit" else 3)
    heard.sandbox.faults.clear()
    heard.later(days=1)
    assert look(heard).complete


def test_where_lrclib_fails_genius_goes_on(heard: House) -> None:
    heard.lyrics["genius_token"] = "env:GENIUS"
    heard.environ = {"GENIUS": "a-token"}
    heard.sandbox.faults.add(Fault("cloudflare", "GET", GET, times=None))
    outcome = look(heard)
    assert outcome.lyrics.found.get("genius", 0) >= 3
    assert "lrclib" not in outcome.lyrics.found
    assert "none" not in {record.status for record in heard.state.lyrics.records().values()}


def test_a_refused_page_of_genius_is_never_none(heard: House) -> None:
    heard.lyrics |= {"sources": ["genius"], "genius_token": "a-token"}
    heard.sandbox.faults.add(Fault("cloudflare", "GET", PAGE, times=None))
    outcome = look(heard)
    statuses = [record.status for record in heard.state.lyrics.records().values()]
    assert "found" not in statuses
    assert heard.asked[PAGE] == 1
    assert "genius" in outcome.failures
    assert outcome.waiting >= 12 - len(statuses)


def test_nobody_has_it_only_when_every_source_said_so(heard: House) -> None:
    heard.lyrics["genius_token"] = "a-token"
    look(heard, 40)
    for record in heard.state.lyrics.records().values():
        if record.status == "none":
            assert record.source == "lrclib+genius"
            assert record.ask_again_at is not None


def test_calls_keep_the_pause_that_is_asked_for(heard: House) -> None:
    import time

    heard.lyrics["interval_seconds"] = 0.1
    began = time.monotonic()
    look(heard, 4)
    calls = heard.asked[GET] + heard.asked[SEARCH]
    assert calls >= 4
    assert time.monotonic() - began >= 0.1 * (calls - 1)


def test_what_is_known_needs_no_torch(heard: House) -> None:
    look(heard)
    heard.state.close()
    code = f"""
import sys
from datetime import UTC, datetime
from dataclasses import replace
from pathlib import Path
from segued.config.load import settings_from
from segued.inventory.reading import choice_of, known_key, LYRICS
from segued.enrich import job as enrichment, outcome
from segued.refresh import job, planning
from segued.store.state import State
state = State.open(Path({str(heard.folder)!r}))
settings = settings_from({{"lyrics": {{"encoder": {heard.lyrics["encoder"]!r}}}}})
key = known_key(choice_of(settings), state)
assert state.vectors.get(LYRICS, key).track_ids
heavy = ("torch", "transformers", "sklearn", "polars")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_stored_notes_are_reported_from_lyrics_without_asking(heard: House) -> None:
    heard.lyrics["keep_text"] = True
    look(heard)
    records = heard.state.lyrics.records()
    sung = [i for i, record in records.items() if record.status == "found"][:2]
    older = {i: replace(records[i], text="纯音乐，请欣赏", rules=1) for i in sung[:1]}
    older |= {i: replace(records[i], text="(no lyrics yet)", rules=1) for i in sung[1:]}
    heard.state.lyrics.put(older)
    heard.sandbox.clear_requests()
    look(heard)
    again = heard.state.lyrics.records()
    assert again[sung[0]].status == "instrumental"
    assert again[sung[0]].text is None
    assert again[sung[1]].text not in (None, "(no lyrics yet)"), "it is asked about anew"
    assert heard.asked[GET] == 1


def test_one_text_of_several_songs_is_asked_about_again_and_reported(heard: House) -> None:
    put_tracks(heard.state.library, heard.tracks(12))
    look(heard)
    records = heard.state.lyrics.records()
    sung = [i for i, record in records.items() if record.status == "found"][:3]
    held = vectors(heard)
    one_text = np.repeat(held.matrix[:1], 3, axis=0)
    heard.state.vectors.put(LYRICS, records[sung[0]].encoder, Vectors(tuple(sung), one_text))
    heard.sandbox.clear_requests()
    outcome = look(heard)
    assert heard.sandbox.requests == [], "today's rules have judged them"
    assert [set(group) for group in outcome.lyrics.suspect] == [set(sung)]
    assert outcome.document()["lyrics"]["suspect"] == [sorted(sung)]
    heard.state.lyrics.put({i: replace(records[i], rules=1) for i in sung})
    outcome = look(heard)
    assert heard.asked[GET] == 3
    assert outcome.lyrics.suspect == ()
