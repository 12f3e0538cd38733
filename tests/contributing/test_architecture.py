"""The map is true: every module and file that the architecture names is there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(segued?(?:\.\w+)+)`", TEXT))))
def test_every_module_named_exists(name: str) -> None:
    assert find_spec(name) is not None


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", TEXT))))
def test_every_file_named_exists(path: str) -> None:
    assert (ROOT / path).exists()
