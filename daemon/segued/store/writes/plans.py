"""The plan each recipe was last refreshed by, so that its playlist can be explained."""

from __future__ import annotations

from pathlib import Path

from segue.errors import DataError
from segue.playlists.plan import Plan, plan_document, plan_from_document
from segued.store.files.atomic import (
    file_name,
    private_folder,
    read_with_last_good,
    write_atomically,
)
from segued.store.files.format import Format

FORMAT = Format()


class PlanStore:
    """One file a recipe. Every change is on disk at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, plan: Plan) -> None:
        """Remember a plan in place of the recipe's last."""
        content = FORMAT.pack({"plan": plan_document(plan)})
        write_atomically(self._path(plan.recipe_id), content, keep_previous=False)

    def get(self, recipe_id: str) -> Plan | None:
        """The plan a recipe was last refreshed by, or None. Raises StoreError for a wrong file."""
        path = self._path(recipe_id)
        plan, _ = read_with_last_good(path, lambda data: _parse(data, path))
        return plan

    def _path(self, recipe_id: str) -> Path:
        return private_folder(self._folder) / file_name(recipe_id)


def _parse(data: bytes, path: Path) -> Plan:
    content, _ = FORMAT.parse(data, path)
    try:
        return plan_from_document(content["plan"])
    except (DataError, KeyError) as error:
        raise ValueError(f"no plan this Segue can read in it: {error}") from error
