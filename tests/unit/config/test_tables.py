"""The tables of docs/config.md are those of the schema."""

from __future__ import annotations

from tools.config_tables import PAGE, page, tables

from segue.recipe.sections import Where


def test_the_page_shows_the_schema_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "run tools/config_tables.py"


def test_every_filter_is_in_the_tables() -> None:
    written = {info.alias or name for name, info in Where.model_fields.items()}
    shown = tables()
    missing = {key for key in written if f"| `{key}` |" not in shown and f".{key}]`" not in shown}
    assert not missing
