from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors import NewerSchemaError, StoreError
from segued.store.writes import Intent, Journal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
INTENT = Intent("i", "refresh", "r", None, "N", "d", False, "f", "run", NOW, ("a",), ("b",), "s")


def test_an_intent_is_open_until_it_is_done(tmp_path: Path) -> None:
    Journal(tmp_path).intend(INTENT)
    assert Journal(tmp_path).open_intents() == (INTENT,)
    Journal(tmp_path).done("i")
    assert Journal(tmp_path).open_intents() == ()


def test_an_intent_can_be_extended(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.intend(INTENT)
    journal.intend(replace(INTENT, playlist_id="p"))
    assert [intent.playlist_id for intent in journal.open_intents()] == ["p"]


def test_intents_are_oldest_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.intend(replace(INTENT, id="a", started_at=NOW + timedelta(seconds=1)))
    journal.intend(INTENT)
    assert [intent.id for intent in journal.open_intents()] == ["i", "a"]


def test_done_without_an_intent_is_no_matter(tmp_path: Path) -> None:
    Journal(tmp_path / "none").done("x")


def test_a_broken_intent_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "i.json").write_bytes(b"{}")
    with pytest.raises(StoreError, match=r"i\.json"):
        Journal(tmp_path).open_intents()


def test_an_intent_of_a_newer_segue_is_refused(tmp_path: Path) -> None:
    (tmp_path / "i.json").write_bytes(b'{"schema":2,"intent":{}}')
    with pytest.raises(NewerSchemaError):
        Journal(tmp_path).open_intents()
