"""The recipes of the file: what each would hold now, and a preview of one that is edited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from segue.errors import Problem, SegueError
from segued.config.load import check, read_text
from segued.page.editing import NEW, TEMPLATE, Block, blocks, digest, problems_in, replaced
from segued.page.playlist import listing, rows_of_plan
from segued.refresh.planning import Planned, plan_all
from segued.run import Run

_NAME = re.compile(r"(?m)^\s*name\s*=\s*[\"'](.*?)[\"']")


def recipes_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """Every recipe of the file as it is on disk: its text, its mistakes, what it would hold."""
    file = Path(values["config_source"])
    text = read_text(file)
    found = blocks(text)
    problems = problems_in(text, str(file), run.environ)
    planned = () if problems else _planned(run, text, str(file))
    lines = [(block.start + 1, block.end) for block in found]
    elsewhere = [p for p in problems if not any(a <= (p.line or 0) <= b for a, b in lines)]
    return {
        "file": str(file),
        "digest": digest(text),
        "problems": [str(problem) for problem in elsewhere],
        "recipes": [
            {
                "index": number,
                "name": _name_of(block),
                "text": block.text.strip(),
                "problems": _within(problems, block.start, block.end),
                "holds": _holds(planned[number]) if number < len(planned) else None,
            }
            for number, block in enumerate(found)
        ],
    }


def editor_answer(_: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """One recipe's text, to be edited."""
    text = read_text(Path(values["config_source"]))
    index, found = int(values["index"]), blocks(text)
    if index == NEW:
        return {"index": NEW, "name": "", "text": TEMPLATE, "digest": digest(text)}
    if index >= len(found):
        return {"index": index, "name": "", "text": "", "digest": digest(text)}
    block = found[index]
    return {
        "index": index,
        "name": _name_of(block),
        "text": block.text.strip() + "\n",
        "digest": digest(text),
    }


def check_answer(run: Run, values: Mapping[str, Any]) -> dict[str, object]:
    """An edited recipe: its mistakes, else the plan of it. Nothing is written anywhere."""
    file = Path(values["config_source"])
    index, block = int(values["index"]), str(values["text"])
    try:
        text, start = replaced(read_text(file), index, block)
    except SegueError as error:
        return {"problems": [{"line": None, "text": str(error)}], "preview": None}
    problems = problems_in(text, str(file), run.environ)
    if problems:
        return {"problems": _within(problems, start, None), "preview": None}
    settings = check(text, str(file), run.environ).settings
    edited = Run(settings, run.state, run.environ, lambda: run.now)
    recipe = settings.playlists[index]
    try:
        planned = plan_all(edited, [recipe.id], offline=True)[0]
    except SegueError as error:
        return {"problems": [{"line": None, "text": str(error)}], "preview": None}
    if planned.error is not None:
        return {"problems": [{"line": None, "text": str(planned.error)}], "preview": None}
    plan = planned.plan
    return {
        "problems": [],
        "preview": {
            "list": listing(rows_of_plan(plan, run.state), planned.recipe, run.state),
            "notes": list(plan.notes),
            "guards": [guard.text for guard in plan.guards if guard.refused],
            "added": len(plan.diff.added),
            "removed": len(plan.diff.removed),
            "moved": plan.diff.moved,
        },
    }


def _planned(run: Run, text: str, source: str) -> Sequence[Planned]:
    """The plan of every recipe, in the order of the file."""
    settings = check(text, source, run.environ).settings
    fresh = Run(settings, run.state, run.environ, lambda: run.now)
    try:
        found = plan_all(fresh, offline=True)
    except SegueError:  # nothing was read yet
        return ()
    of = {planned.recipe.id: planned for planned in found}
    return [of[known.recipe.id] for known in fresh.recipes]


def _holds(planned: Planned) -> dict[str, object]:
    plan = planned.plan
    titles = [f"{item.title}, {item.artist}" for item in plan.after[:4]]
    return {
        "error": str(planned.error) if planned.error is not None else None,
        "id": planned.recipe.id,
        "tracks": len(plan.after),
        "length_ms": sum(item.duration_ms for item in plan.after),
        "titles": titles,
        "added": len(plan.diff.added),
        "removed": len(plan.diff.removed),
        "moved": plan.diff.moved,
        "refused": [guard.text for guard in plan.guards if guard.refused],
    }


def _within(problems: Sequence[Problem], start: int, end: int | None) -> list[dict[str, object]]:
    """The mistakes between two lines, each with its line counted from the first; all others of an
    edited text too, without one."""
    found: list[dict[str, object]] = []
    for problem in problems:
        inside = (problem.line or 0) > start and (end is None or (problem.line or 0) <= end)
        if inside or end is None:
            hint = f" {problem.suggestion}" if problem.suggestion else ""
            key = re.sub(r"^playlist\[\d+\]\.?", "", problem.path)
            found.append(
                {
                    "line": (problem.line or 0) - start if inside else None,
                    "text": f"{key}: {problem.message}{hint}"
                    if key
                    else f"{problem.message}{hint}",
                }
            )
    return found


def _name_of(block: Block) -> str:
    found = _NAME.search(block.text)
    return found[1] if found else "A recipe without a name"
