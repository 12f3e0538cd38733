"""Lists of artists: how they are read, and what is said of damaged ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from segue.errors import DataError
from segued.config.load import check
from segued.inventory.outside import artists_in, list_problems, read_never
from segued.store.state import State

A, B, C = "4Z8W4fKeB5YxbusRsdQVPb", "0OdUWJ0sBjDrqHygGUXeCF", "AbcdefghijklmnopqrstuV"
TRACK = "11dFghVXANMlKmJXsNCbNl"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with closing(State.open(tmp_path / "state")) as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}\n",
        f"# machines\r\n\r\nspotify:artist:{A}\r\nhttps://open.spotify.com/artist/{B}?si=x\r\n",
        f"artist,id\nHAL,{A}\nMultivac,{B}\n",
        f"{A} # HAL\n{B}\tMultivac",
        f'[\n  {{"name": "HAL", "id": "{A}"}},\n  {{"name": "Multivac", "id": "{B}"}}\n]',
        f'["{A}", "{B}"]',
    ],
    ids=["ids", "links", "a table with a heading", "names beside", "rows of JSON", "JSON"],
)
def test_every_usual_way_to_write_a_list_is_read(text: str) -> None:
    assert artists_in(text) == ((A, B), 0)


def test_a_row_without_an_artist_costs_that_row_and_is_counted() -> None:
    text = f"{A}\nHAL 9000\nspotify:track:{TRACK}\ninternationalisations\n{B}\n"
    assert artists_in(text) == ((A, B), 3)


def test_an_id_of_letters_alone_is_an_id() -> None:
    assert artists_in(C)[0] == (C,)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"HAL 9000\nMultivac\n", "it holds no artist's id or link"),
        (b"<!doctype html><p>" + A.encode(), "it is a web page"),
        (b"\xff\xfe\x00bad", "byte 0 is not text in UTF-8"),
    ],
    ids=["empty", "names alone", "a web page", "no text"],
)
def test_a_damaged_file_is_a_clear_problem(
    content: bytes, why: str, tmp_path: Path, state: State
) -> None:
    file = tmp_path / "robots.txt"
    file.write_bytes(content)
    problem = read_never(section(file), state).problem
    assert problem == f"lists: {file} is no list of artists: {why}" or (
        problem.startswith(f"lists: {file} is no list of artists: {why}")
    )


def test_a_list_of_comments_alone_names_nobody() -> None:
    assert artists_in("# nobody yet\n") == ((), 0)


def test_a_web_page_is_no_list() -> None:
    with pytest.raises(DataError):
        artists_in("<html>")


def section(*lists: object):
    written = ", ".join(f'"{each}"' for each in lists)
    return check(f"[never]\nlists = [{written}]\n", "config.toml", {}).settings.never


def test_a_missing_file_is_a_problem_of_its_line_of_the_configuration(tmp_path: Path) -> None:
    text = f'[never]\nlists = [\n  "{tmp_path}/gone.txt",\n]\n'
    never = check(text, "config.toml", {}).settings.never
    (problem,) = list_problems(never, text)
    assert (problem.path, problem.line) == ("never.lists[0]", 3)
    assert problem.message == (
        f"{tmp_path}/gone.txt cannot be read: No such file or directory; "
        "put it back, or take it out of the list."
    )


def test_an_address_that_was_never_fetched_is_said_to_wait_for_a_sync(state: State) -> None:
    problem = read_never(section("https://lists.example/robots.csv"), state).problem
    assert problem == (
        "lists: https://lists.example/robots.csv was not fetched yet, run `segue sync`"
    )
