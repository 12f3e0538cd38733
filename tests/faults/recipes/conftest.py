"""The house of the integration tests, with recipes that name what is not there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).parents[2] / "integration" / "runs" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("refresh_house", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_HOUSE = importlib.util.module_from_spec(_SPEC)
sys.modules["refresh_house"] = _HOUSE  # dataclasses look their module up
_SPEC.loader.exec_module(_HOUSE)

small = _HOUSE.small
house = _HOUSE.house
