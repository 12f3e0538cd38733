"""Paths that a configuration names: pipes, devices, folders, and homes that nobody has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segue.errors import ConfigError, DataError, UsageError
from segued.config.load import check
from segued.config.schema import Settings
from segued.config.secrets import expanded
from segued.inventory.outside import never_files, read_never
from segued.refresh.job import send_cover
from segued.run import Run
from segued.store.files.atomic import file_mark, read_file
from segued.store.playlists import Binding
from segued.store.state import State

HEAD = """
timezone = "UTC"
[spotify]
client_id = "sandbox-client"
api_url = "http://127.0.0.1:1/v1"
accounts_url = "http://127.0.0.1:1"
"""
RECIPE = '[[playlist]]\nname = "All"\nid = "all"\nfrom = "liked"\n'
NOBODY = "~nobody-of-this-name/music"


def settings(text: str) -> Settings:
    return check(HEAD + text, "config.toml", {}).settings


@pytest.fixture
def state(tmp_path: Path):
    found = State.open(tmp_path / "state")
    found.playlists.bind(Binding("all", "AAAAAAAAAAAAAAAAAAAAA1", "All", "x"))
    found.playlists.commit()
    yield found
    found.close()


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_pipe_a_device_or_a_folder_is_no_file_and_is_never_waited_for(pipe: Path) -> None:
    for path in (pipe, Path("/dev/zero"), pipe.parent):
        with pytest.raises(DataError, match="it is no file"):
            read_file(path, 1000)


def test_a_list_that_is_a_pipe_fails_what_it_keeps_out_and_nothing_else(state, pipe: Path) -> None:
    section = settings(f'{RECIPE}[never]\nlists = ["{pipe}"]\n').never
    assert "it is no file" in read_never(section, state).problem


def test_a_cover_that_is_a_pipe_is_a_note(state, pipe: Path) -> None:
    recipe = settings(f'{RECIPE}write.cover = "{pipe}"\n').playlists[0]
    with Run(settings(RECIPE), state, {}, lambda: None) as run:  # type: ignore[arg-type,return-value]
        (note,) = send_cover(run, recipe)
    assert f"{pipe}: it is no file" in note


def test_no_file_is_looked_for_in_a_folder_that_stands_where_a_file_should(tmp_path: Path) -> None:
    before = file_mark(tmp_path)
    (tmp_path / "new").write_text("x")
    assert file_mark(tmp_path) == before
    section = settings(f'{RECIPE}[never]\nlists = ["{tmp_path}"]\n').never
    assert never_files(section) == {str(tmp_path): before}


def test_a_home_that_nobody_has_is_no_mistake_in_segue() -> None:
    with pytest.raises(UsageError, match="knows no home"):
        expanded(NOBODY)


@pytest.mark.parametrize(
    "line",
    [
        'write.cover = "/a\\u0000b"',
        'export.folder = "/a\\u0000b"',
        'name = "a\\u0000b"',
        'write.description = "a\\u0000"',
    ],
)
def test_the_character_at_which_names_of_files_end_is_a_mistake_with_its_line(line: str) -> None:
    recipe = RECIPE.replace('name = "All"\n', "") if line.startswith("name") else RECIPE
    with pytest.raises(ConfigError) as caught:
        settings(f"{recipe}{line}\n")
    assert any("u0000" in str(problem) and problem.line for problem in caught.value.problems)
