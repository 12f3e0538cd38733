"""Writes the tables of docs/config.md from the configuration's schema: run it after a change."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from segue.models.learners import SCORE_OF
from segue.playlists.score.score import SCORES
from segue.recipe.sections import PLAIN_NAMES
from segue.recipe.sources import SOURCES
from segued.config.schema import Settings
from segued.config.starter import toml_value
from segued.config.toml.problems import own_keys, section_at, sections

PAGE = Path(__file__).parents[1] / "docs" / "config.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def tables() -> str:
    """Every table: sources, then each section with its keys, defaults and meanings."""
    return "\n".join([*_sources(), *_sections()])


def page(text: str) -> str:
    """The page with its tables made anew."""
    whole = re.compile(rf"{BEGIN}.*{END}", re.DOTALL)
    return whole.sub(lambda _: f"{BEGIN}\n\n{tables()}\n{END}", text)


def _sources() -> Iterator[str]:
    yield from ("### Sources (`from`)", "", "| written | draws on |", "|---|---|")
    yield from (f'| `"{spec.example}"` | {spec.description} |' for spec in SOURCES)
    yield "| `[a, b]` | any of these |"
    yield "| `{ any = [], all = [], minus = [] }` | in any, in every one, in none |"
    yield "| `{ shares = [[a, 60], [b, 40]] }` | parts of the list, in percent |"
    yield ""


def _sections() -> Iterator[str]:
    seen: set[type[BaseModel]] = set()
    for heading, section in sections(Settings):
        if section in seen:
            continue
        seen.add(section)
        table = tuple(part for part in heading.strip("[]").split(".") if part)
        rows = [
            f"| `{key}` | {_default(section, info)} | {_meaning(key, info)} |"
            for key, info in own_keys(section).items()
            if section_at(Settings, (*table, key)) in (None, section)
        ]
        if rows:
            title = f"`{heading}`" if heading else "The top of the file"
            yield from (f"### {title}", "", "| key | default | |", "|---|---|---|", *rows, "")


def _default(section: type[BaseModel], info: FieldInfo) -> str:
    value = info.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value is None or value in ((), [], {}, ""):
        return ""
    name = next(name for name, field in section.model_fields.items() if field is info)
    made = section.model_construct(**{name: value}).model_dump(mode="json", include={name})
    return f"`{toml_value(made[name])}`"


def _meaning(key: str, info: FieldInfo) -> str:
    said = (info.description or "").replace("|", "\\|")
    if key == "score":
        learner = {score: name for name, score in SCORE_OF.items() if score != name}
        also = {name: f" (also `{learner[name]}`)" if name in learner else "" for name in SCORES}
        return f"{said}: {', '.join(f'`{name}`{more}' for name, more in also.items())}"
    plain = next((name for name, other in PLAIN_NAMES.items() if other == key), None)
    return f"{said}; also written `{plain}`" if plain and "weight" in said + key else said


def main() -> int:
    """Write the page where it has to be written."""
    before = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page(before), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
