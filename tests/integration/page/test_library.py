"""The map of the library."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def library(served: Any, chromium: Any) -> Any:
    chromium.size(1280, 900)
    chromium.open(served.link())
    chromium.open(f"{served.base}/library")
    chromium.until(lambda: chromium.run("return document.getElementById('map').dataset.ready"))
    return chromium


def test_it_says_what_the_two_dimensions_are(library: Any) -> None:
    assert "no embedding is learned" in library.text("#by")


def test_hover_names_a_track_and_a_click_tells_why_it_plays(library: Any) -> None:
    x, y, name = library.run(
        "const {map, screenX, screenY} = segueMap, box = document.getElementById('map')"
        ".getBoundingClientRect(); const row = map.data.ways[0].rows.find(r => map.data.x[r] >= 0);"
        "return [box.left + screenX(row), box.top + screenY(row), map.names[row]]"
    )
    library.move(round(x), round(y))
    library.until(lambda: library.text("#tip") != "")
    library.type("#find", name.split(" – ")[0])
    library.until(lambda: name in library.text("#found"))
    library.click("#found button")
    library.until(lambda: name.split(" – ")[0] in library.text("#track"))
    library.move(round(x), round(y), click=True)
    library.until(lambda: "energy" in library.text("#track"))


def test_a_playlist_s_way_is_drawn_through(library: Any) -> None:
    inked = (
        "const c = document.getElementById('over');"
        "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
    )
    assert not library.run(inked)
    library.run(
        "const s = document.getElementById('way'); s.value = '0';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert library.run(inked)


@pytest.mark.parametrize("what", ["mood", "energy", "key", "playlist"])
def test_every_colouring_has_its_legend(library: Any, what: str) -> None:
    library.run(
        "const s = document.getElementById('colour'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('change'))",
        what,
    )
    assert library.run("return document.querySelectorAll('#key .swatch').length") >= 3
    assert library.run("return new Set(segueMap.map.colours).size") > 1


def test_the_arrow_keys_move_it(library: Any) -> None:
    before = library.run("return segueMap.map.left")
    library.run("document.getElementById('map').focus()")
    library.ask(
        "POST",
        "/actions",
        {"actions": [{"type": "key", "id": "k", "actions": [
            {"type": "keyDown", "value": "\ue014"}, {"type": "keyUp", "value": "\ue014"}]}]},
    )  # fmt: skip
    assert library.run("return segueMap.map.left") < before
