"""The desk of the integration tests, beside a hostile service."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).parents[2] / "integration" / "refresh" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("writing_desk", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_DESK = importlib.util.module_from_spec(_SPEC)
sys.modules["writing_desk"] = _DESK  # dataclasses look their module up
_SPEC.loader.exec_module(_DESK)

sandbox = _DESK.sandbox
desk = _DESK.desk
