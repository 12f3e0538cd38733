"""The encoder is loaded when it is needed, and one that cannot be is left alone for a while."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from segue.errors import ServiceError, UnavailableError
from segued.enrich.encoder import LazyEncoder, encode_texts
from segued.inventory.reading import TEXTS

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
