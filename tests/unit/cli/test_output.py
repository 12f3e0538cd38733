"""Times, counts and lengths as people read them."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.progress import Task, TaskID

from segue.names import plural
from segued.cli.output import (
    CleanConsole,
    Count,
    ago,
    by_reason,
    clock_length,
    play_length,
    span,
    stdout,
    table,
)
from segued.cli.playlists.plan import paged

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=90), "1 hour ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=3, hours=5), "3 days ago"),
        (-timedelta(seconds=5), "in a moment"),
        (-timedelta(hours=2), "in 2 hours"),
    ],
)
def test_a_moment_is_shown_by_its_distance(delta: timedelta, words: str) -> None:
    assert ago(NOW - delta, NOW) == words


def test_a_span_is_shown_in_one_unit() -> None:
    assert span(86400 * 2) == "2 days"


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [(0, "0:00"), (59_600, "1:00"), (185_000, "3:05"), (3_600_000, "60:00")],
)
def test_a_track_is_as_long_as_its_clock_says(duration_ms: int, words: str) -> None:
    assert clock_length(duration_ms) == words


@pytest.mark.parametrize(
    ("duration_ms", "words"), [(6_720_000, "1 h 52 min"), (59 * 60_000, "59 min"), (0, "0 min")]
)
def test_a_list_plays_for_hours_and_minutes(duration_ms: int, words: str) -> None:
    assert play_length(duration_ms) == words


def test_a_count_agrees_with_its_noun() -> None:
    assert [plural(1, "like"), plural(1204, "like")] == ["1 like", "1,204 likes"]


def test_a_reason_is_shown_once_for_all_it_holds_of() -> None:
    things = {
        "playlist A (ZBriuOyLRwf66dWEepTRSV)": "not yours",
        "playlist B": "gone",
        "playlist C": "not yours",
    }
    assert list(by_reason(things)) == ["playlist A, playlist C: not yours", "playlist B: gone"]


def test_many_things_of_one_reason_are_counted() -> None:
    (line,) = by_reason({f"p{number}": "gone" for number in range(9)})
    assert line == "p0, p1, p2, p3 and 5 more: gone"


@pytest.mark.parametrize("text", ["[/x]", "a [/bold] b", "[bold]x[/]", "[green]✓[/] [/no]"])
def test_no_text_ends_a_table_or_a_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = table("Name")
    drawn.add_row(text)
    stdout().print(drawn)
    stdout().print(text)
    assert capsys.readouterr().out.strip()


def test_no_control_character_of_a_text_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = table("Name")
    drawn.add_row("a\x1b]0;owned\x07\x9b1mb")
    stdout().print(drawn)
    shown = capsys.readouterr().out
    assert "owned" in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)


@pytest.mark.parametrize(("columns", "width"), [("200", 200), ("40", 40), ("", 80), ("wide", 80)])
def test_a_pipe_is_as_wide_as_columns_says(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert stdout().width == width


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("lines", "pages"), [(3, False), (60, True)])
def test_what_is_longer_than_the_terminal_is_shown_in_a_pager(
    lines: int, pages: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen, file = Terminal(), tmp_path / "paged"
    monkeypatch.setattr("sys.stdin", screen)
    monkeypatch.setenv("PAGER", f"dd of={file} status=none")
    monkeypatch.setenv("TERM", "xterm")
    with paged(CleanConsole(screen, width=80, height=24)) as console:
        for number in range(lines):
            console.print(f"row {number}")
    assert file.exists() == pages
    shown = file.read_text() if pages else screen.getvalue()
    assert shown.splitlines() == [f"row {number}" for number in range(lines)]


def test_a_pipe_is_never_paged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", f"dd of={tmp_path / 'paged'} status=none")
    out = io.StringIO()
    with paged(CleanConsole(out, width=80, height=24)) as console:
        console.print("row\n" * 60)
    assert out.getvalue().count("row") == 60
    assert not (tmp_path / "paged").exists()


@pytest.mark.parametrize(("total", "shown"), [(None, "12"), (1500, "12/1,500")])
def test_a_bar_without_an_end_shows_no_question_mark(total: int | None, shown: str) -> None:
    task = Task(TaskID(1), "likes", total, 12, _get_time=lambda: 0.0, _lock=threading.RLock())
    assert Count().render(task).plain == shown
