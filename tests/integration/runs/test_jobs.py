"""What a job of the service or the page leaves in the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segue.progress import silent
from segued.store.state import State
from segued.worker.child import StopSwitch
from segued.worker.jobs import run
from segued.worker.messages import Request

if TYPE_CHECKING:
    from conftest import House


@pytest.mark.parametrize("version", [None, "v99"])
def test_an_undo_is_one_line_that_names_its_playlist(house: House, version: str | None) -> None:
    for _ in range(2):
        house.refresh()
        house.tomorrow()
    asked = Request("undo", ("mornings",), "from the page", house.text, "c", version=version)
    environ = {"STATE_DIRECTORY": str(house.folder)}
    run(asked, environ, lambda: house.now, StopSwitch(), silent)
    state = State.open(house.folder)
    try:
        lines = [line for line in state.runs.recent(20) if line.kind == "undo"]
    finally:
        state.close()
    assert [line.recipe_id for line in lines] == ["mornings"]
