"""The map is true: every module that a page of docs names, and every file of the architecture."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
NAME = re.compile(
    r"`(segued?(?:\.\w+)+)(?:\(\))?`|\bfrom (segued?(?:\.\w+)+) import|-m (segued?(?:\.\w+)+)"
)
WRITTEN_BY_THE_READER = {
    "segued.providers.lyrics.sheets",
    "segue.models.era",
    "segue.evaluation.era",
}
FILES = {"segue.schema.json", "segue.fish", "segue.genius_token"}
"""Files whose names look like modules'."""


def _named() -> set[str]:
    texts = (page.read_text(encoding="utf-8") for page in PAGES)
    return {name for text in texts for found in NAME.findall(text) for name in found if name}


@pytest.mark.parametrize("name", sorted(_named() - WRITTEN_BY_THE_READER - FILES))
def test_every_module_named_exists(name: str) -> None:
    """A module, or what a module holds."""
    module, _, inner = name.rpartition(".")
    assert hasattr(import_module(module), inner) or find_spec(name) is not None


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", TEXT))))
def test_every_file_named_exists(path: str) -> None:
    assert (ROOT / path).exists()
