"""What may be shown: no secret this process holds, no control character."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from segued.config.secrets import SecretText, printable, printable_json, remember_secret
from segued.store.access import AuthStore, TokenDocument


@pytest.mark.parametrize("wording", ["{}", "Bearer {}", "'{}' is wrong", "a{}b", "x={}&y"])
def test_a_known_secret_is_taken_out_of_any_sentence(wording: str) -> None:
    remember_secret("canary-of-no-known-form")
    assert "canary" not in printable(wording.format("canary-of-no-known-form"))
    assert "canary" not in printable_json(f'{{"a": "{wording.format("canary-of-no-known-form")}"}}')


def test_what_is_read_as_a_secret_is_known_from_then_on() -> None:
    SecretText("canary-read-as-secret")
    assert printable("it says canary-read-as-secret") == "it says ***"


def test_the_tokens_of_a_login_are_known_when_it_is_read(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    token = TokenDocument("canary-access", "canary-refresh", moment, "", moment)
    AuthStore(tmp_path / "auth.json").set_token(token)
    AuthStore(tmp_path / "auth.json").token()
    assert printable("canary-access canary-refresh") == "*** ***"


def test_a_known_part_of_a_secret_leaves_nothing_of_the_rest() -> None:
    remember_secret("known-part")
    assert printable("Bearer BQD-known-part-BQD") == "Bearer ***"


def test_a_text_too_short_to_be_a_secret_changes_no_message() -> None:
    remember_secret("words")
    assert printable("a few words") == "a few words"


CONTROLS = ["\x1b[31m", "\x9b1m", "\x07", "\x7f", "\r", "\x00", "\u202e", "\u2066", "\u2028"]


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_character_is_shown(control: str) -> None:
    shown = printable(f"a{control}b\n\tc")
    assert control[0] not in shown
    assert shown.endswith("b\n\tc")


@pytest.mark.parametrize("control", CONTROLS)
def test_json_keeps_a_control_character_escaped(control: str) -> None:
    text = printable_json(orjson.dumps({"name": control}).decode())
    assert control[0] not in text
    assert orjson.loads(text) == {"name": control}


def test_letters_of_other_alphabets_are_shown_as_they_are() -> None:
    text = "Sigur Rós, שלום, 日本, e\u0301, 👩‍🎤"
    assert printable(text) == text
