from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from segue.errors import NewerSchemaError, StoreError
from segue.models.saving import ModelCard

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def card_document() -> dict[str, object]:
    return orjson.loads(
        ModelCard(name="taste", seed=1, trained_at=NOW, data={"tracks": 3}).to_json()
    )


def test_a_card_reads_back():
    card = ModelCard(name="taste", seed=1, trained_at=NOW, data={"tracks": 3})
    assert ModelCard.from_json(card.to_json(), "taste.json") == card.sealed()


def test_a_card_of_a_newer_segue_is_refused_as_such():
    newer = card_document() | {"schema_version": 99, "something_new": 1}
    with pytest.raises(NewerSchemaError, match=r"taste\.json"):
        ModelCard.from_json(orjson.dumps(newer), "taste.json")


def test_a_broken_card_says_where_and_what_to_do():
    with pytest.raises(StoreError, match=r"taste\.json.*segue learn"):
        ModelCard.from_json(b'{"name": "ta', "taste.json")


@pytest.mark.parametrize("bit", range(0, 64, 7))
def test_a_card_with_one_flipped_bit_is_refused(bit):
    content = bytearray(
        ModelCard(name="taste", seed=1, trained_at=NOW, data={"tracks": 3}).to_json()
    )
    place = content.index(b'"data"') + bit // 8 * 3
    content[place] ^= 1 << bit % 8
    with pytest.raises(StoreError, match=r"segue learn|newer Segue"):
        ModelCard.from_json(bytes(content), "taste.json")


def test_a_card_of_the_first_schema_has_no_checksum_and_is_read():
    old = card_document() | {"schema_version": 1}
    del old["checksum"], old["stands_in"]
    assert ModelCard.from_json(orjson.dumps(old), "taste.json").name == "taste"
