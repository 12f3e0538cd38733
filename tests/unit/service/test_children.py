"""Processes of jobs that do not come to anything."""

from __future__ import annotations

import os
from pathlib import Path

from segued.service.children import Children
from segued.worker.messages import Request

REQUEST = Request("refresh", ("mornings", "evenings"), "due", "", "config.toml")


def test_a_process_that_cannot_be_started_is_a_failed_run_of_each() -> None:
    too_much = {"WORDS": "x" * 10_000_000}  # more than a process is given
    outcome = Children(too_much).run(REQUEST, 60)
    assert [(result.name, result.step) for result in outcome.results] == [
        ("mornings", "died"),
        ("evenings", "died"),
    ]
    assert "could not be started (Argument list too long)" in outcome.results[0].text


def test_a_process_that_ends_without_a_word_is_a_failed_run(tmp_path: Path) -> None:
    (tmp_path / "segued.py").write_text("")  # in the way of the real one
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    (result, _) = Children(environ).run(REQUEST, 60).results
    assert result.step == "died"
    assert "without a word (exit code 1)" in result.text


def test_nothing_is_started_once_the_service_ends() -> None:
    children = Children(os.environ)
    children.stop()
    assert [result.step for result in children.run(REQUEST, 60).results] == ["stopped", "stopped"]
