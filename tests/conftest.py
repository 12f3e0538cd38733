"""What every test shares: properties are checked without a time limit on each example."""

from __future__ import annotations

import logging
import os

import pytest
from hypothesis import settings

os.environ.pop("COLUMNS", None)  # what is printed to a pipe is as wide as it says

settings.register_profile("segue", deadline=None)
settings.load_profile("segue")


@pytest.fixture(autouse=True)
def _log_level_of_a_new_process() -> None:
    """A command that an earlier test ran in this process may have asked for less output."""
    logging.getLogger().setLevel(logging.WARNING)
