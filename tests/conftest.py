"""What every test shares: properties are checked without a time limit on each example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("segue", deadline=None)
settings.load_profile("segue")
