"""What changes by itself is drawn once for all who look."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from segued.page.view import Page
from segued.store.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_ten_pages_show_is_drawn_once(tmp_path: Path) -> None:
    drawn: list[int] = []

    def jobs() -> list[object]:
        drawn.append(1)
        return []

    state = State.open(tmp_path)
    backend = SimpleNamespace(
        environ={},
        clock=lambda: NOW,
        scheduler=SimpleNamespace(timetable={}, states=dict),
        state=state,
        jobs=jobs,
    )

    async def look() -> list[bytes]:
        page = Page(backend)  # type: ignore[arg-type]  # a service of which nothing runs
        return await asyncio.gather(*(page.live() for _ in range(10)))

    shown = asyncio.run(look())
    state.close()
    assert len(drawn) == 1
    assert len(set(shown)) == 1
    assert b"Nothing runs." in shown[0]
