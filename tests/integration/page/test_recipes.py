"""The recipes: what each would hold, mistakes where they are, an editor that writes on save."""

from __future__ import annotations

import signal
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def editor(served: Any, chromium: Any) -> Any:
    chromium.size(1280, 900)
    chromium.open(served.link())
    chromium.open(f"{served.base}/recipes/2")
    return chromium


def _retype(browser: Any, old: str, new: str) -> None:
    browser.run(
        "const t = document.getElementById('text'); t.focus();"
        "const at = t.value.indexOf(arguments[0]);"
        "t.setSelectionRange(at, at + arguments[0].length)",
        old,
    )
    browser.ask("POST", f"/element/{browser.find('#text')}/value", {"text": new})


def test_each_recipe_is_shown_with_what_it_would_hold(served: Any, editor: Any) -> None:
    editor.open(f"{served.base}/recipes")
    said = editor.text("main")
    for words in ("Mornings", "Evenings", 'arc = "ramp"', "Noons", "11 tracks"):
        assert words in said


def test_typing_shows_the_plan_and_the_mistakes_and_writes_nothing(
    served: Any, editor: Any
) -> None:
    text, asked = served.config.read_text(), len(served.sandbox.requests)
    _retype(editor, "length = 11", "length = 7")
    editor.until(lambda: "It would hold 7 tracks" in editor.text("#check"))
    _retype(editor, "length = 7", "lenght = 7")
    editor.until(lambda: "lenght" in editor.text("#check .trouble"))
    assert "Line 5" in editor.text("#check .trouble")
    assert served.config.read_text() == text
    assert len(served.sandbox.requests) == asked


def test_a_mistake_is_not_saved_and_what_was_typed_stays(served: Any, editor: Any) -> None:
    text = served.config.read_text()
    _retype(editor, 'from = "liked"', 'from = "lkied"')
    editor.click("#editor button.main")
    editor.until(lambda: "was not saved" in editor.text("main"))
    assert "lkied" in editor.run("return document.getElementById('text').value")
    assert served.config.read_text() == text


def test_saving_writes_this_recipe_alone_and_the_service_takes_it_over(
    served: Any, editor: Any
) -> None:
    text, asked = served.config.read_text(), len(served.sandbox.requests)
    _retype(editor, "length = 11", "length = 9")
    try:
        editor.click("#editor button.main")
        editor.until(lambda: "Saved." in editor.text("main"))
        assert served.config.read_text() == text.replace("length = 11", "length = 9")
        served.until(lambda: "taken over" in served.log)
        assert len(served.sandbox.requests) == asked, "the account was asked, or written to"
    finally:
        served.config.write_text(text)
        served.process.send_signal(signal.SIGHUP)


def test_mistakes_made_in_the_file_stand_beside_their_recipe(served: Any, editor: Any) -> None:
    text = served.config.read_text()
    try:
        served.config.write_text(text.replace('arc = "ramp"', 'arc = "rmap"'))
        editor.open(f"{served.base}/recipes")
        editor.until(lambda: "sequence.arc" in editor.text(".recipe .trouble"))
    finally:
        served.config.write_text(text)
