"""A plan as a document."""

from __future__ import annotations

import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DataError
from segue.playlists.build import make_plan
from segue.playlists.plan import (
    Diff,
    GuardFinding,
    Plan,
    PlannedItem,
    Reason,
    Transition,
    plan_document,
    plan_from_document,
)
from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked

text = st.text(max_size=12)
number = st.floats(allow_nan=False, allow_infinity=False)
uris = st.lists(text, max_size=4).map(tuple)
values = number | st.integers(-(2**53), 2**53) | text | st.booleans() | st.none()
items = st.builds(
    PlannedItem,
    uri=text,
    title=text,
    artist=text,
    duration_ms=st.integers(0, 10**9),
    reasons=st.lists(st.builds(Reason, text, text, number), max_size=3).map(tuple),
    transition=st.none() | st.builds(Transition, number, number, number, text),
)
plans = st.builds(
    Plan,
    recipe_id=text,
    name=text,
    playlist_id=st.none() | text,
    run=text,
    seed=st.integers(0, 2**63 - 1),
    made_at=st.datetimes(timezones=st.just(UTC)),
    status=st.sampled_from(["changed", "unchanged", "refused", "failed"]),
    before=uris,
    after=st.lists(items, max_size=4).map(tuple),
    diff=st.builds(Diff, uris, uris, st.integers(0, 99)),
    snapshot_id=st.none() | text,
    guards=st.lists(st.builds(GuardFinding, text, st.booleans(), text), max_size=2).map(tuple),
    report=st.dictionaries(text, values | st.dictionaries(text, values, max_size=3), max_size=3),
    notes=uris,
)


@given(plans)
def test_a_plan_survives_its_document(plan: Plan) -> None:
    assert plan_from_document(json.loads(json.dumps(plan_document(plan)))) == plan


def test_the_document_has_the_keys_that_programs_read(lab) -> None:
    draft = lab.build(Recipe(id="r", name="R", source=Liked()), lab.inventory(["t1", "t2"]))
    document = plan_document(make_plan(draft, (), None, None, "run-1"))
    assert {
        "name",
        "id",
        "run",
        "seed",
        "status",
        "before",
        "after",
        "diff",
        "guards",
        "report",
    } <= (document.keys())
    assert document["after"][0].keys() == {
        "uri", "title", "artist", "duration_ms", "reasons", "transition", "why",
    }  # fmt: skip
    assert document["after"][0]["transition"] is None
    assert document["after"][1]["transition"].keys() == {"cost", "key", "tempo", "text"}
    assert document["diff"].keys() == {"added", "removed", "moved"}


def test_what_json_cannot_say_is_given_as_unknown(lab) -> None:
    draft = lab.build(Recipe(id="r", name="R", source=Liked()), lab.inventory(["t1"]))
    plan = make_plan(draft, (), None, None, "run")
    odd = Plan(**{f: getattr(plan, f) for f in plan.__slots__} | {"report": {"a": float("nan")}})
    assert plan_document(odd)["report"] == {"a": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", "seven"), ("status", "done"), ("made_at", "today"), ("diff", None), ("after", [{}])],
)
def test_a_broken_document_is_refused(lab, field: str, value: object) -> None:
    draft = lab.build(Recipe(id="r", name="R", source=Liked()), lab.inventory(["t1"]))
    document = plan_document(make_plan(draft, (), None, None, "run"))
    with pytest.raises(DataError, match="plan again"):
        plan_from_document(document | {field: value})
