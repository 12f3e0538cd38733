"""Learning on a schedule: a job like the others, and gone with the job when that is killed."""

from __future__ import annotations

import os
import signal
from typing import Any

import psutil
import pytest

LOOKS_OFTEN = "1000000"
LEARN = """
[learn]
enabled = true
learners = [{learners}]
effort = {effort}
"""


@pytest.fixture
def learner(home: Any) -> Any:
    """A home in which everything was read, and learning is due at the next start."""

    def prepare(learners: str, effort: float) -> Any:
        home.write_config(more=LEARN.format(learners=learners, effort=effort), recipes="")
        assert home.once(SEGUE_LEARN__ENABLED="false") == 0
        home.make_due("learn")
        return home.serve(WATCHDOG_USEC=LOOKS_OFTEN)

    home.prepare = prepare
    return home


def test_learning_is_begun_when_it_is_due_and_is_in_the_history(learner: Any) -> None:
    process = learner.prepare('"taste"', 0.1)
    learner.wait_until(lambda: state_of(learner).last_ended is not None)
    assert learner.stop(process) == 0
    kind, status, reason = learner.runs()[-1]
    assert (kind, status) == ("learn", "done")
    assert reason.startswith("caught up")
    assert state_of(learner).last_success is not None
    with learner.state() as state:
        learned = state.models.learned()
    assert learned is not None
    assert [learner.name for learner in learned.learners] == ["taste"]


def test_a_killed_learning_is_a_failed_run_and_leaves_no_process(learner: Any) -> None:
    process = learner.prepare('"association", "continuation"', 1.0)
    service = psutil.Process(process.pid)
    learner.wait_until(service.children)
    (job,) = service.children()
    os.kill(job.pid, signal.SIGKILL)
    learner.wait_until(lambda: state_of(learner).last_ended is not None)
    assert not service.children(recursive=True)
    assert learner.stop(process) == 0
    assert learner.runs()[-1][:2] == ("learn", "failed")
    assert "SIGKILL" in state_of(learner).last_text
    assert "perhaps memory ran out" in state_of(learner).last_text


def state_of(home: Any) -> Any:
    with home.state() as state:
        return state.schedules.get("learn")
