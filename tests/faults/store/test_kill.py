"""A real process in a tight write loop, killed at random moments."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segued.store.files.storage import Documents

WRITE = """
import sys
from pathlib import Path
from segued.store.files.storage import Documents
file = Documents(Path(sys.argv[1]))
table = file.documents("t")
unit = table.find("unit")["n"] if table.find("unit") else 0
while True:
    unit += 1
    # Every document of a unit carries its number: a mixed file cannot look whole.
    many = {f"d{number}": {"n": unit, "text": "x" * 200} for number in range(400)}
    table.put({"unit": {"n": unit}, **many})
    file.commit()
    print(unit, flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_at_most_the_uncommitted_unit(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    moments = random.Random(7)
    committed = 0
    for _ in range(25):
        command = [sys.executable, "-c", WRITE, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            said = [child.stdout.readline()]
            time.sleep(moments.uniform(0, 0.05))
            child.send_signal(signal.SIGKILL)
            said += child.stdout.read().splitlines()
        committed = max([committed, *(int(line) for line in said if line.strip())])
        file = Documents(path)
        numbers = {document["n"] for document in file.documents("t").raw().values()}
        assert len(numbers) == 1
        # The one more: killed after the rename, before it could say so.
        assert numbers <= {committed, committed + 1}
        assert file.file.warning is None
        committed = max(numbers)
