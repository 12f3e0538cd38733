from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import orjson
import pytest
from tinydb import where

from segue.errors import NewerSchemaError, StoreError
from segued.store.files import storage
from segued.store.files.atomic import last_good
from segued.store.files.format import Document, Format, sealed, unsealed
from segued.store.files.storage import Documents


def put(path: Path, **documents: int) -> Documents:
    file = Documents(path)
    file.documents("t").put({name: {"n": value} for name, value in documents.items()})
    file.commit()
    return file


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_documents_come_back_after_a_commit(tmp_path: Path) -> None:
    put(tmp_path / "a.json", x=1)
    assert Documents(tmp_path / "a.json").documents("t").find("x") == {"n": 1}


def test_what_was_not_committed_is_not_on_disk(tmp_path: Path) -> None:
    file = put(tmp_path / "a.json", x=1)
    file.documents("t").put({"y": {"n": 2}})
    assert Documents(tmp_path / "a.json").documents("t").find("y") is None


def test_ids_are_strings_in_every_tinydb_operation(tmp_path: Path) -> None:
    table = put(tmp_path / "a.json", x=1, y=2).documents("t")
    found = table.search(where("n") == 2)
    assert [document.doc_id for document in found] == ["y"]
    assert table.get(doc_id="x") == {"n": 1}
    table.update({"n": 3}, where("n") == 2)
    table.remove(doc_ids=["x"])
    assert table.raw() == {"y": {"n": 3}}


def test_a_query_sees_a_change_made_after_it_was_cached(tmp_path: Path) -> None:
    table = put(tmp_path / "a.json", x=1).documents("t")
    assert len(table.search(where("n") > 0)) == 1
    table.put({"y": {"n": 2}})
    assert len(table.search(where("n") > 0)) == 2


def test_a_table_written_in_pieces_is_whole_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_WHOLE", 0)
    monkeypatch.setattr(storage, "_AT_ONCE", 2)
    documents = {name: number for number, name in enumerate("edcba")}
    put(tmp_path / "a.json", **documents)
    found = Documents(tmp_path / "a.json").documents("t").raw()
    assert list(found.items()) == [(name, {"n": number}) for name, number in documents.items()]


def test_a_file_that_becomes_shorter_ends_where_its_content_does(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    file = put(path, x=1, y=2)
    file.documents("t").drop(["y"])
    file.commit()
    put(tmp_path / "b.json", x=1)
    assert path.read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_commit_without_changes_does_not_write(tmp_path: Path) -> None:
    file = put(tmp_path / "a.json", x=1)
    before = (tmp_path / "a.json").stat().st_ino
    file.commit()
    assert (tmp_path / "a.json").stat().st_ino == before


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    content = orjson.dumps({"schema": 2, "tables": {}})
    path.write_bytes(content)
    with pytest.raises(NewerSchemaError, match=r"a\.json.*schema 2"):
        Documents(path)
    assert path.read_bytes() == content


def test_an_older_schema_is_migrated_step_by_step(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    put(path, x=1)

    def add_one(document: Document) -> Document:
        rows = document["tables"]["t"].items()
        return {"tables": {"t": {name: {"n": old["n"] + 1} for name, old in rows}}}

    def double(document: Document) -> Document:
        rows = document["tables"]["t"].items()
        return {"tables": {"t": {name: {"n": old["n"] * 2} for name, old in rows}}}

    form = Format(3, {1: add_one, 2: double})
    file = Documents(path, form)
    assert file.documents("t").find("x") == {"n": 4}
    file.commit()
    written = orjson.loads(path.read_bytes())
    assert (written["schema"], written["tables"]) == (3, {"t": {"x": {"n": 4}}})
    assert Documents(path, form).documents("t").find("x") == {"n": 4}


def test_a_schema_too_old_to_migrate_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    put(path, x=1)
    with pytest.raises(StoreError, match="schema 1 is older"):
        Documents(path, Format(3, {2: lambda document: document}))


def test_a_file_without_a_checksum_is_read_and_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"schema":1,"tables":{"t":{"x":{"n":1}}}}')
    file = Documents(path)
    assert file.documents("t").find("x") == {"n": 1}
    file.documents("t").put({"y": {"n": 2}})
    file.commit()
    assert path.read_bytes().startswith(b'{"checksum":"')
    assert Documents(path).documents("t").find("y") == {"n": 2}


def test_a_flipped_bit_never_takes_the_checksum_off(tmp_path: Path) -> None:
    form, binary = Format(), bytes(range(200))
    packed, seal = form.pack({"n": 1}), sealed(binary)
    for bit in range(8 * len(packed)):
        with contextlib.suppress(ValueError):
            assert form.parse(flipped(packed, bit), tmp_path)[0] == {"schema": 1, "n": 1}
    for bit in range(8 * len(seal)):
        with pytest.raises(ValueError, match="checksum"):
            unsealed(flipped(seal, bit))


def test_files_with_the_earlier_sha256_are_read_and_their_damage_is_found(tmp_path: Path) -> None:
    body = b'"schema":1,"n":1}'
    packed = b'{"checksum":"' + hashlib.sha256(body).hexdigest().encode() + b'",' + body
    assert Format().parse(packed, tmp_path)[0] == {"schema": 1, "n": 1}
    for bit in range(8 * (len(packed) - len(body))):
        with contextlib.suppress(ValueError):
            assert Format().parse(flipped(packed, bit), tmp_path)[0] == {"schema": 1, "n": 1}
    with pytest.raises(ValueError, match="checksum"):
        Format().parse(packed.replace(b'"n":1', b'"n":2'), tmp_path)


def test_every_flipped_bit_is_restored_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    put(path, x=1)
    file = Documents(path)
    file.documents("t").put({"x": {"n": 2}})
    file.commit()
    whole, before = path.read_bytes(), last_good(path).read_bytes()
    form, restored = Format(), 0
    for place in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            try:
                document, _ = form.parse(bytes(flipped), path)
            except ValueError:
                restored += 1
                continue
            assert document["tables"] == {"t": {"x": {"n": 2}}}
    assert restored > 0.9 * 8 * len(whole)
    path.write_bytes(whole.replace(b'"n":2', b'"n":3'))
    last_good(path).write_bytes(before)
    fresh = Documents(path)
    assert fresh.documents("t").find("x") == {"n": 1}
    assert fresh.file.warning is not None


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"[]", b'{"schema":1}', b'{"schema":1,"tables":{"t":[]}}', b"\xff"]
)
def test_a_broken_file_is_restored_with_a_warning(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "a.json"
    file = put(path, x=1)
    file.documents("t").put({"y": {"n": 2}})
    file.commit()
    path.write_bytes(broken)
    restored = Documents(path)
    assert restored.documents("t").raw() == {"x": {"n": 1}}
    assert restored.file.warning is not None
    assert "last good copy" in restored.file.warning


def test_two_writers_do_not_lose_each_others_work_silently(tmp_path: Path) -> None:
    first = put(tmp_path / "a.json", x=1)
    second = Documents(tmp_path / "a.json")
    first.documents("t").put({"y": {"n": 2}})
    first.commit()
    second.documents("t").put({"z": {"n": 3}})
    with pytest.raises(StoreError, match="another process wrote it"):
        second.commit()


def test_units_of_two_processes_add_up(tmp_path: Path) -> None:
    first, second = Documents(tmp_path / "a.json"), Documents(tmp_path / "a.json")
    for turn in range(3):
        for file, name in ((first, "a"), (second, "b")):
            with file.unit():
                file.documents("t").put({f"{name}{turn}": {"n": turn}})
    first.file.refresh()
    assert sorted(first.documents("t").raw()) == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_an_error_inside_a_unit_leaves_no_trace(tmp_path: Path) -> None:
    file = put(tmp_path / "a.json", x=1)

    def fail() -> None:
        with file.unit():
            file.documents("t").put({"y": {"n": 2}})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert file.documents("t").raw() == {"x": {"n": 1}}
