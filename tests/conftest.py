"""What every test shares: properties are checked without a time limit on each example."""

from __future__ import annotations

import os

from hypothesis import settings

os.environ.pop("COLUMNS", None)  # what is printed to a pipe is as wide as it says

settings.register_profile("segue", deadline=None)
settings.load_profile("segue")
