from __future__ import annotations

import base64

from segued.refresh.write.reading import edits_between, version_count


def snapshot(count: int) -> str:
    return base64.b64encode(count.to_bytes(4, "big") + bytes(20)).decode()


def test_a_snapshot_counts_versions() -> None:
    assert version_count(snapshot(7)) == 7
    assert version_count("AAAAB8C+GjVHq8v8vzStbL6AUYzo1cDV") == 7


def test_what_looks_otherwise_counts_nothing() -> None:
    assert [version_count(text) for text in (None, "", "abc", "MTAsZGVhZGJlZWY=")] == [None] * 4
    assert version_count(snapshot(0x66FF21F0)) is None


def test_versions_beyond_our_writes_are_somebody_elses() -> None:
    assert edits_between(snapshot(5), snapshot(8), 2) == 1
    assert edits_between(snapshot(5), snapshot(7), 2) == 0


def test_a_count_that_makes_no_sense_tells_nothing() -> None:
    assert edits_between(snapshot(5), snapshot(3), 1) is None
    assert edits_between(snapshot(5), snapshot(500), 1) is None
    assert edits_between("odd", snapshot(3), 1) is None
