"""How logs are written."""

from __future__ import annotations

import logging
import sys

import orjson
import pytest

from segued.worker.messages import JournalFormatter, JsonFormatter, style_for


def record(text: str, level: int = logging.WARNING, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("segued", level, "file", 1, text, (), None)
    made.__dict__.update(extra)
    return made


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (10, 7)],
)
def test_a_level_is_a_priority_of_the_journal(level: int, priority: int) -> None:
    assert JournalFormatter("%(message)s").format(record("a", level)) == f"<{priority}>a"


def test_every_line_of_a_message_has_its_priority() -> None:
    assert JournalFormatter("%(message)s").format(record("a\nb")) == "<4>a\n<4>b"


def test_json_is_one_object_a_line_with_what_was_given() -> None:
    line = JsonFormatter().format(record("a\nb", segue={"schedule": "sync"}))
    assert "\n" not in line
    assert orjson.loads(line)["schedule"] == "sync"
    assert orjson.loads(line)["message"] == "a\nb"


def test_no_secret_is_in_json_nor_in_a_traceback() -> None:
    try:
        raise ValueError("access_token=BQDsecretsecretsecret")
    except ValueError:
        found = record("Bearer BQDsecretsecretsecret", exc_info=sys.exc_info())
    assert "BQDsecret" not in JsonFormatter().format(found)


def test_auto_is_the_journal_under_systemd_and_text_elsewhere() -> None:
    assert style_for("auto", {"JOURNAL_STREAM": "8:1"}) == "journal"
    assert style_for("auto", {}) == "text"
    assert style_for("json", {"JOURNAL_STREAM": "8:1"}) == "json"
