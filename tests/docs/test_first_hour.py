"""The first hour goes as docs/first-hour.md tells it, but for the installation."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools import browser
from tools.first_hour import BEGIN, END, PAGE, TAKEN, first_hour, written
from tools.transcript import Transcript

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(bool(browser.missing()), reason=browser.missing() or "-"),
]


def test_the_first_hour_ends_with_an_undo_by_its_button(tmp_path: Path) -> None:
    transcript = Transcript()
    text = first_hour(tmp_path, transcript, quick=True)
    begun = [command.partition("“")[0] for command in transcript.commands]
    assert begun[0] == "segue sandbox serve &"
    assert begun[1].startswith("segue init")
    assert begun[5].startswith("segue refresh ")
    assert [begun[place] for place in (2, 3, 4, 6, 7, 8, 9, 10)] == [
        "segue plan -q",
        "segue refresh",
        "(length = 20 is written for ",
        "segued &",
        "segue page --no-browser",
        "(Chromium opens the page; it shows ",
        "(the button ",
        "segue status",
    ]
    assert f"{len(TAKEN)} written" in text
    assert str(tmp_path) not in text
    assert "token=…" in text


def test_the_page_holds_a_transcript_of_every_step() -> None:
    page = PAGE.read_text(encoding="utf-8")
    transcript = page.partition(BEGIN)[2].partition(END)[0]
    for step in ("pip install", "segue init", "segue refresh", "segued &", "Chromium", "undo"):
        assert step in transcript
    assert "All of it took" in transcript
    assert written(page, transcript.strip("\n") + "\n") == page
