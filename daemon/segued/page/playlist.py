"""A playlist for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segued.run import Run


def playlist_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """The rows of a playlist."""
    return {"id": run.recipe(values["recipe"]).recipe.id}


plan_answer = versions_answer = playlist_answer
