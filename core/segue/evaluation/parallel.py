"""Independent parts of an evaluation, side by side where there are processor cores for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from segue.progress import Fitting, silent

Result = TypeVar("Result")


def side_by_side(parts: Sequence[Callable[[], Result]], how: Fitting, stage: str) -> list[Result]:
    """The result of every part, in their order, `how.workers` of them at a time.

    With more than one worker the parts and their results cross process borders. No part may
    depend on another, so the results are the same with any number of workers.
    """
    results: list[Result] = []
    how.progress(stage, 0, len(parts))
    if how.workers > 1 and len(parts) > 1:
        from joblib import Parallel, delayed

        pool = Parallel(n_jobs=min(how.workers, len(parts)), return_as="generator")
        found = pool(delayed(part)() for part in parts)
    else:
        found = (part() for part in parts)
    for result in found:
        results.append(result)
        how.progress(stage, len(results), len(parts))
    return results


def alone(how: Fitting) -> Fitting:
    """How one part is worked on: in one process, and silently."""
    return replace(how, progress=silent, workers=1)
