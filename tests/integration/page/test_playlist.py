"""A playlist's page: its flow, its versions, and the buttons."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def _writes(served: Any) -> int:
    return sum(
        each.method != "GET" and "items" in each.endpoint for each in served.sandbox.requests
    )


def _ids(served: Any) -> list[str]:
    text = served.session().get(f"{served.base}/playlists/mornings", timeout=60).text
    return re.findall(r'<span class="title">(.*?)</span>', text)


@pytest.fixture
def page(served: Any, chromium: Any) -> Any:
    chromium.size(1280, 900)
    chromium.open(served.link())
    chromium.open(f"{served.base}/playlists/mornings")
    return chromium


def test_every_track_stands_beside_its_own_slice_of_the_ribbon(served: Any, page: Any) -> None:
    rows = page.run(
        "return [...document.querySelectorAll('.flow > li')].map(li => {"
        "const a = li.getBoundingClientRect(), b = li.querySelector('svg').getBoundingClientRect();"
        "return [a.top - b.top, a.bottom - b.bottom, li.querySelectorAll('path').length]})"
    )
    assert len(rows) == 20
    assert all(abs(top) < 1 and abs(bottom) < 1 for top, bottom, _ in rows)
    assert sum(paths for _, _, paths in rows) > 100


def test_what_was_heard_stands_beside_the_rows_it_was_heard_of(served: Any, page: Any) -> None:
    said = page.run(
        "return [...document.querySelectorAll('.flow .heard')].map(span => [span.textContent,"
        "span.querySelectorAll('.way').length, span.querySelectorAll('.dot').length,"
        "span.querySelectorAll('.skipped').length])"
    )
    assert said[0] == ["heard 2 times", 1, 2, 0]
    assert said[2] == ["heard 1 time", 1, 1, 0], "the sitting in order passed it over"
    assert said[3] == ["heard 1 time, skipped 1 time", 1, 1, 1]
    assert said[9] == ["heard 1 time", 0, 1, 0], "what was shuffled has no way"
    assert said[10] == ["not known to have been heard", 0, 0, 0]
    assert "2 sittings, 12 plays of 10 of 20 tracks, 1 skip" in page.text("main")
    assert "Sittings in order went as far as row 6." in page.text("main")


def test_reasons_unfold_by_click_and_by_keyboard_and_the_ribbon_stays_beside(page: Any) -> None:
    page.click(".flow summary")
    page.until(lambda: page.run("return document.querySelector('.reasons').offsetHeight > 0"))
    tall, wide = page.run(
        "const li = document.querySelector('.flow > li');"
        "return [li.offsetHeight, li.querySelector('svg').getBoundingClientRect().height]"
    )
    assert abs(tall - wide) < 1
    page.run("document.querySelectorAll('.flow summary')[1].focus()")
    page.press("Enter")
    page.until(lambda: page.run("return document.querySelectorAll('details[open]').length") == 2)


def test_a_plan_writes_nothing(served: Any, page: Any) -> None:
    before = len(served.sandbox.requests)
    page.click('form[action$="/plan"] button')
    page.until(lambda: "nothing has been written" in page.text("main"))
    assert len(served.sandbox.requests) == before


def test_a_version_is_shown_beside_the_list_and_undo_brings_it_back(
    written: Any, chromium: Any
) -> None:
    chromium.size(1280, 900)
    chromium.open(written.link())
    chromium.open(f"{written.base}/playlists/mornings")
    assert "Undo" in chromium.text(".buttons")
    before, writes = _ids(written), _writes(written)
    first = chromium.run(
        "return [...document.querySelectorAll('.rows.short a')].map(a => a.href)"
        ".find(href => href.endsWith('/v1'))"
    )
    chromium.open(first)
    assert "added" not in chromium.run("return document.querySelector('.diff').innerHTML")
    assert chromium.run("return document.querySelectorAll('.diff .removed').length") == 8
    chromium.click(".buttons button")
    chromium.until(lambda: "The earlier version is back" in chromium.text("main"))
    assert _writes(written) > writes
    assert set(_ids(written)) < set(before)
    assert len(_ids(written)) == 12
    assert "An undo holds this list" in chromium.text("main")


def test_what_went_wrong_is_said_in_words(served: Any, page: Any) -> None:
    playlist = served.state().playlists.binding("mornings").playlist_id
    answer = served.post(served.session(), "/playlists/mornings/undo", version="v99")
    assert answer.ok
    assert playlist
    page.open(f"{served.base}/playlists/mornings")
    page.until(lambda: "Undo did not go through" in page.text("main"))
    assert "v99" in page.text(".trouble")


def test_only_the_button_refreshes(written: Any, chromium: Any) -> None:
    chromium.open(written.link())
    chromium.open(f"{written.base}/playlists/evenings")
    assert "It has not been made yet" in chromium.text("main")
    chromium.click('form[action$="/refresh"] button')
    chromium.until(lambda: "The playlist was written" in chromium.text("main"))
    assert "10 tracks" in chromium.text("main")


def test_pause_and_resume(served: Any, page: Any) -> None:
    page.click('form[action$="/pause"] button')
    page.until(lambda: "Paused" in page.text(".said"))
    assert served.state().schedules.get("refresh:mornings").paused_at is not None
    page.click('form[action$="/resume"] button')
    page.until(lambda: served.state().schedules.get("refresh:mornings").paused_at is None)
    page.until(lambda: page.text(".said").startswith("Its schedule goes on."))


def test_no_such_playlist_is_said(served: Any) -> None:
    answer = served.session().get(f"{served.base}/playlists/none", timeout=120)
    assert answer.status_code == 404
    assert "no playlist of this id" in answer.text
