"""What a service says is shown on a page as text that can hide or reorder nothing beside it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segued.page.view import environment

TEMPLATES = environment(lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))


@pytest.mark.parametrize("control", ["\0", "\x1b", "\x9b", "\u202e", "\u2066"])
def test_what_could_hide_or_reorder_other_text_is_not_shown(control: str) -> None:
    shown = TEMPLATES.from_string("<td>{{ title }}</td>").render(title=f"a{control}b")
    assert shown == "<td>a\ufffdb</td>"


def test_a_title_is_no_markup_and_keeps_its_own_direction() -> None:
    title = "<b>שלום\u200f</b>"
    shown = TEMPLATES.from_string("{{ title }}").render(title=title)
    assert shown == "&lt;b&gt;שלום\u200f&lt;/b&gt;"


def test_a_recipe_to_be_edited_stays_as_it_was_typed() -> None:
    text = 'name = "a\u202eb"\n'
    assert TEMPLATES.loader is not None
    source, _, _ = TEMPLATES.loader.get_source(TEMPLATES, "editor_body.html")
    (area,) = (line for line in source.splitlines() if "<textarea" in line)
    assert "a\u202eb" in TEMPLATES.from_string(area).render(text=text)
