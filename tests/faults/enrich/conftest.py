"""The house of the integration tests, and a child that looks tracks up and is killed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).parents[2] / "integration" / "enrich" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("enrich_house", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
_HOUSE = importlib.util.module_from_spec(_SPEC)
sys.modules["enrich_house"] = _HOUSE  # dataclasses look their module up
_SPEC.loader.exec_module(_HOUSE)

catalogue = _HOUSE.catalogue
served = _HOUSE.served
house = _HOUSE.house
tiny_bert_folder = _HOUSE.tiny_bert_folder
