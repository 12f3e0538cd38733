"""Where the wall clock and the zone of this machine are read: everything else is given its time."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
READERS = {
    "daemon/segued/cli/call.py",
    "daemon/segued/page/child.py",
    "daemon/segued/sandbox/account/world.py",
    "daemon/segued/service/main.py",
    "daemon/segued/service/process.py",
    "daemon/segued/spotify/client.py",
    "daemon/segued/worker/child.py",
}
OF_A_MOMENT = {"daemon/segued/config/schedule/zone.py", "daemon/segued/doctor/local.py"}
"""These show a given moment by the zone of this machine."""


def read_in(source: str) -> set[str]:
    """The calls of a module that ask this machine for its time or its zone."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        asked, of = node.func.attr, ast.unparse(node.func.value).rpartition(".")[2]
        if (of, asked) in {
            *(("datetime", name) for name in ("now", "today", "utcnow")),
            ("date", "today"),
            *(("time", name) for name in ("time", "time_ns", "localtime", "gmtime")),
        }:
            found.add("clock")
        if asked == "astimezone" and not node.args:
            found.add("zone")
    return found


def test_only_where_a_process_begins_is_the_clock_read() -> None:
    read: dict[str, set[str]] = {"clock": set(), "zone": set()}
    for room in ("core", "daemon"):
        for path in (ROOT / room).rglob("*.py"):
            for what in read_in(path.read_text(encoding="utf-8")):
                read[what].add(str(path.relative_to(ROOT)))
    assert read == {"clock": READERS, "zone": OF_A_MOMENT}
