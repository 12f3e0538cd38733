"""A plan as people read it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from segue.playlists.plan import Diff, GuardFinding, Plan, PlannedItem, Reason, Transition
from segued.cli.playlists.plan import next_after_refusal
from segued.cli.playlists.planned import print_explanation, print_line, print_plan


def uri(number: int) -> str:
    return f"spotify:track:{number:022d}"


ITEMS = tuple(
    PlannedItem(
        uri(number),
        f"[Song] number {number} with quite a long title indeed",
        "Somebody and the Orchestra feat. Guest",
        180_000 + 1_000 * number,
        (Reason("playlist", "in your playlist “Gym”"), Reason("recency", "liked 3 days ago", 0.5)),
        Transition(0.4, 1, 1, "8A to 9A, 122 to 124 BPM") if number else None,
    )
    for number in range(3)
)
PLAN = Plan(
    recipe_id="mix",
    name="Mix [1]",
    playlist_id=None,
    run="r",
    seed=1,
    made_at=datetime(2026, 11, 22, tzinfo=UTC),
    status="changed",
    before=(uri(1), uri(9)),
    after=ITEMS,
    diff=Diff((uri(0), uri(2)), (uri(9),), 1),
    report={
        "tracks": 3,
        "camelot_percent": 50.0,
        "tempo_percent": None,
        "unknown": {"all_features": 1},
        "before": {"camelot_percent": 25.0},
        "random": {"camelot_percent_mean": 19.04, "camelot_percent_sd": 6.26},
    },
)


def shown(plan: Plan, width: int = 80, *, verbose: bool = False) -> str:
    console = Console(width=width, record=True, file=io.StringIO(), highlight=False)
    print_plan(console, plan, lambda _: "Old [Song], Someone", verbose=verbose)
    return console.export_text()


@pytest.mark.parametrize("width", [40, 60, 80, 140, 200])
def test_every_line_fits_the_terminal(width: int) -> None:
    assert max(len(line) for line in shown(PLAN, width).splitlines()) <= width


@pytest.mark.parametrize("width", [60, 80, 140, 200])
def test_every_track_has_one_line_with_its_length(width: int) -> None:
    text = shown(PLAN, width)
    assert sum("3:0" in line for line in text.splitlines()) == 3


def test_new_tracks_are_marked_and_removed_ones_named() -> None:
    lines = shown(PLAN).splitlines()
    marked = [line for line in lines if line.startswith("+")]
    assert [line.split()[1] for line in marked] == ["1", "3"]
    assert "− Old [Song], Someone" in lines


@pytest.mark.parametrize("width", [80, 200])
def test_tracks_that_have_to_move_are_marked_and_no_others(width: int) -> None:
    order = (uri(1), uri(2), uri(0))
    text = shown(replace(PLAN, before=order, diff=Diff((), (), 1)), width)
    rows = [line for line in text.splitlines() if "3:0" in line]
    assert [row[0] for row in rows] == ["~", " ", " "]


def test_the_headline_counts_what_changes() -> None:
    assert shown(PLAN).splitlines()[0] == "Mix [1]  3 tracks, 9 min; +2, −1, 1 moved"


def test_the_heaviest_reason_is_shown() -> None:
    assert "liked 3 days" in shown(PLAN)
    assert "Gym" not in shown(PLAN)


def test_measures_stand_beside_before_and_chance_and_unknown_ones_are_left_out() -> None:
    text = shown(PLAN)
    (line,) = [line for line in text.splitlines() if line.startswith("Keys")]
    assert line.rstrip().endswith("19.0 ± 6.3 %")
    assert "50 %" in line
    assert "25 %" in line
    assert "Tempos" not in text
    assert "unknown for 1 of 3 tracks" in text


def test_nothing_to_change_is_one_line() -> None:
    same = replace(PLAN, status="unchanged", diff=Diff())
    assert shown(same).splitlines() == ["Mix [1]  nothing to change; 3 tracks, 9 min"]


def test_nothing_to_change_is_shown_whole_when_asked() -> None:
    same = replace(PLAN, status="unchanged", diff=Diff())
    assert "liked 3 days" in shown(same, verbose=True)


def test_a_refusal_names_its_guard() -> None:
    finding = GuardFinding("min_tracks", True, "3 tracks are fewer than 5")
    text = shown(replace(PLAN, status="refused", guards=(finding,)))
    assert "refused, nothing is written (+2, −1, 1 moved was planned)" in text
    assert "refused min_tracks: 3 tracks are fewer than 5" in text


@pytest.mark.parametrize("width", [80, 120, 160, 180, 240])
def test_no_title_is_cut_that_fits_before_the_length(width: int) -> None:
    text = shown(PLAN, width)
    assert all(item.title in text for item in ITEMS)


def test_the_line_that_tells_a_row_apart_stands_whole_from_80_columns_on() -> None:
    line = "goes on from “When the Postca…”, “Sleep, Sleep” and “The Village Song”!!"
    assert len(line) == 72
    whole = replace(PLAN, after=tuple(replace(item, why=line) for item in ITEMS))
    assert [shown(whole, width).count(line) for width in (80, 120, 150, 180, 240)] == [3] * 5


def test_after_a_refusal_what_lets_it_through_once_is_named_first() -> None:
    shrinks = GuardFinding("max_shrink", True, "by 60%")
    few = GuardFinding("min_tracks", False, "3 tracks (set aside)")
    same = GuardFinding("same_name", False, "another of the name")
    refused = replace(PLAN, status="refused", guards=(same, shrinks, few))
    assert next_after_refusal(refused) == [
        "segue refresh 'Mix [1]' --allow max_shrink --allow min_tracks",
        "segue plan 'Mix [1]'",
    ]


@pytest.mark.parametrize(
    ("guard", "first"),
    [
        ("paused", "segue refresh --resume 'Mix [1]'"),
        ("would_empty", "segue status"),
        ("conflict", "segue status"),
    ],
)
def test_after_a_refusal_that_nothing_sets_aside_no_flag_is_named(guard: str, first: str) -> None:
    findings = (GuardFinding(guard, True, "no"), GuardFinding("max_shrink", True, "by 60%"))
    found = next_after_refusal(replace(PLAN, status="refused", guards=findings))
    assert found[0] == first
    assert "--allow" not in " ".join(found)


def test_a_list_of_one_line_names_the_guard_that_refused_it() -> None:
    finding = GuardFinding("min_tracks", True, "3 tracks are fewer than 5")
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    for plan in (PLAN, replace(PLAN, status="refused", guards=(finding,), notes=("a", "b"))):
        print_line(console, plan)
    assert console.export_text().splitlines() == [
        "Mix [1]  3 tracks, 9 min; +2, −1, 1 moved",
        (
            "Mix [1]  refused, nothing is written (+2, −1, 1 moved was planned): min_tracks; "
            "`segue plan` says why"
        ),
    ]


def test_many_removed_tracks_are_counted() -> None:
    many = replace(PLAN, diff=Diff((), tuple(uri(number) for number in range(20)), 0))
    assert "− and 8 more" in shown(many)


def test_an_explanation_tells_every_transition_and_every_reason() -> None:
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    print_explanation(console, PLAN)
    text = console.export_text()
    assert text.count("↓ 8A to 9A, 122 to 124 BPM") == 2
    assert text.count("liked 3 days ago") == 3
    assert text.count("in your playlist “Gym”") == 3
    assert max(len(line) for line in text.splitlines()) <= 80


def test_what_two_scores_say_alike_is_shown_once() -> None:
    seed = (Reason("similar", "is the seed", 0.7), Reason("association", "is the seed", 0.3))
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    print_explanation(console, replace(PLAN, after=(replace(ITEMS[0], reasons=seed),)))
    assert console.export_text().count("is the seed") == 1
