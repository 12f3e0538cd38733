"""The table of benchmarks: rows as text, and the words around it stay."""

from __future__ import annotations

from bench import _report
from bench._report import Row
from bench.growth import is_judged


def test_a_row_says_what_it_stands_beside_and_how_much_longer_it_takes(
    monkeypatch, tmp_path
) -> None:
    row = Row("a plan", "10 tracks", "growth", 0.2, "a sort", 0.001, exponent=1.0, before=0.1)
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Before\n\n{_report.BEGIN}\nold\n{_report.END}\n\nafter\n")
    monkeypatch.setattr(_report, "PAGE", page)
    _report.write([row])
    text = page.read_text()
    assert text.startswith("# Before")
    assert text.endswith("after\n")
    assert "old" not in text
    cells = [cell.strip() for cell in text.splitlines()[6].strip("|").split("|")]
    command = "`python -m bench growth`"
    beside = ["a sort: 1.00 ms", "", "1.00", "2.00 times"]
    assert cells == ["a plan", "10 tracks", command, "0.20 s", *beside]


def test_growth_is_judged_between_two_sizes_that_no_cache_holds() -> None:
    assert is_judged((1_000, 10_000, 100_000))
    assert not is_judged((1_000, 10_000))
    assert not is_judged((100_000,))


def test_an_exponent_is_of_the_two_largest_sizes() -> None:
    assert round(_report.exponent((1, 10, 100), (5.0, 1.0, 10.0)), 6) == 1.0


def test_rows_of_other_benchmarks_stay_in_their_order(monkeypatch, tmp_path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"{_report.BEGIN}\n{_report.END}\n")
    monkeypatch.setattr(_report, "PAGE", page)
    order = ("growth", "first_sync", "learners")
    names = ("learners", "growth --only x", "growth --only y", "gone")
    rows = [Row(name, "", name, 1.0) for name in names]
    _report.write(rows, order)
    _report.write(
        [Row("new", "", "growth --only x", 2.0), Row("sync", "", "first_sync", 3.0)], order
    )
    lines = [line for line in page.read_text().splitlines() if "python -m bench" in line]
    assert [line.split("|")[1].strip() for line in lines] == [
        *("new", "growth --only y", "sync", "learners")
    ]


def test_an_exponent_that_a_peer_s_comes_near_is_at_the_bound_and_any_other_too_steep() -> None:
    def cell(ours: float, peer: float | None) -> str:
        return Row("a", "", "growth", 1.0, exponent=ours, peer_exponent=peer).cells()[6]

    assert cell(1.10, 1.2) == "1.10 (peer 1.20)"
    assert cell(1.12, 1.2) == "1.12, at the bound (peer 1.20)"
    assert cell(1.27, 1.2) == "1.27, too steep (peer 1.20)"
    assert cell(1.11, None) == "1.11, too steep"
