from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.errors import StoreError
from segue.music.track import Album, Artist, Track
from segue.playlists.library import Saved
from segued.store.files.format import Decoded, decode, encode

TRACK = Track(
    "t" * 22, "T", (Artist("A", "a"), Artist("B")), Album("C", None, "1999"), 5, "I", True
)


def test_a_track_survives_the_way_there_and_back() -> None:
    assert decode(Track, encode(TRACK), Path("f"), "t") == TRACK


def test_times_come_back_aware() -> None:
    saved = Saved("t", datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC))
    assert decode(Saved, encode(saved), Path("f"), "t") == saved


@pytest.mark.parametrize(
    ("field", "value"), [("duration_ms", "5"), ("title", None), ("artists", {}), ("playable", 1)]
)
def test_a_wrong_document_names_file_id_and_field(field: str, value: object) -> None:
    document = {**encode(TRACK), field: value}
    with pytest.raises(StoreError, match=rf"library\.json: document 'track x' is wrong: {field}"):
        decode(Track, document, Path("library.json"), "track x")


def test_a_missing_field_is_named() -> None:
    document = encode(TRACK)
    del document["title"]
    with pytest.raises(StoreError, match="title: Field required"):
        decode(Track, document, Path("f"), "x")


def test_a_decoded_mapping_is_a_snapshot_that_builds_once() -> None:
    documents = {"a": {"n": 1}}
    built: list[str] = []

    def build(name: str, document: dict[str, object]) -> object:
        built.append(name)
        return (name, document["n"])

    mapping = Decoded(documents, build)
    documents["b"] = {"n": 2}
    assert list(mapping) == ["a"]
    assert mapping["a"] == mapping["a"] == ("a", 1)
    assert built == ["a"]
    assert "b" not in mapping
    assert mapping.get("b") is None


def test_values_prepared_together_are_those_built_one_by_one() -> None:
    documents = {name: {"n": number} for number, name in enumerate("abcd")}
    together: list[list[str]] = []

    def build(name: str, document: dict[str, object]) -> object:
        return (document["n"], "alone")

    def build_all(asked: Mapping[str, dict[str, object]]) -> list[object]:
        together.append(list(asked))
        return [(document["n"], "together") for document in asked.values()]

    mapping = Decoded(documents, build, build_all)
    assert mapping["b"] == (1, "alone")
    mapping.prepare(["d", "b", "nobody", "a"])
    mapping.prepare(["a"])
    assert together == [["d", "a"]]
    assert dict(mapping) == {
        "a": (0, "together"),
        "b": (1, "alone"),
        "c": (2, "alone"),
        "d": (3, "together"),
    }
