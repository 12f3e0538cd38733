"""Parts of an evaluation worked on side by side give what they give one after the other."""

from functools import partial

from segue.progress import Fitting, side_by_side


def test_results_come_in_the_order_of_the_parts_with_any_number_of_workers() -> None:
    parts = [partial(pow, base, 2) for base in range(7)]
    for workers in (1, 2, 20):
        assert side_by_side(parts, Fitting(workers=workers), "squares") == [0, 1, 4, 9, 16, 25, 36]


def test_progress_is_reported_for_every_part() -> None:
    reported: list[tuple[str, int, int | None]] = []
    how = Fitting(progress=lambda stage, done, total: reported.append((stage, done, total)))
    side_by_side([partial(abs, -1)] * 3, how, "parts")
    assert reported == [("parts", done, 3) for done in range(4)]
