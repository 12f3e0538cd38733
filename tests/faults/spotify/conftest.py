"""The fixtures of the integration tests of this room, for services that misbehave."""

from __future__ import annotations

import runpy
from pathlib import Path

_SHARED = runpy.run_path(str(Path(__file__).parents[2] / "integration" / "spotify" / "conftest.py"))
account = _SHARED["account"]
open_account = _SHARED["open_account"]
