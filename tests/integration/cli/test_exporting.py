"""`segue export`, and playlists that are exported after each refresh."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Segue

from segue.exchange import read_list
from segued.sandbox.server import running
from segued.sandbox.settings import SandboxSettings


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Segue:
    """An account of which one recipe is exported by its refresh and another cannot be."""
    segue = Segue(tmp_path_factory.mktemp("exports"))
    folder = segue.config.parent / "music"
    (segue.config.parent / "in the way").write_text("a file")
    settings = SandboxSettings(tracks=80, artists=20, likes=20, playlists=5, play_days=2)
    with running(settings) as sandbox:
        segue.config.write_text(
            f'[spotify]\nclient_id = "sandbox-client"\napi_url = "{sandbox.api_url}"\n'
            f'accounts_url = "{sandbox.accounts_url}"\nredirect_port = 0\n'
            "[enrich]\nbefore_refresh_features = 0\nbefore_refresh_tracks = 0\n"
            '[[playlist]]\nname = "New: A/B"\nfrom = "liked"\nlength = 6\n'
            f'export = {{ folder = "{folder}", formats = ["m3u8", "csv"] }}\n'
            '[[playlist]]\nname = "Blocked"\nfrom = "liked"\nlength = 5\n'
            f'export = {{ folder = "{segue.config.parent / "in the way"}" }}\n'
        )
        segue.login()
        done = segue.run("refresh")
        (segue.config.parent / "said").write_text(f"{done.returncode}\n{done.stdout}")
    return segue


def songs(path: Path, kind: str) -> list[str]:
    return [song.uri for song in read_list(path.read_bytes(), kind).songs]


def test_a_refresh_writes_the_files_that_its_recipe_names(exported: Segue) -> None:
    folder = exported.config.parent / "music"
    assert {path.name for path in folder.iterdir()} == {"New_ A_B.m3u8", "New_ A_B.csv"}
    shown = json.loads(exported.run("show", "New: A/B", "--json").stdout)
    wanted = [row["uri"] for row in shown["items"]]
    assert len(wanted) == 6
    assert (
        songs(folder / "New_ A_B.m3u8", "m3u8") == songs(folder / "New_ A_B.csv", "csv") == wanted
    )


def test_a_folder_that_cannot_be_written_is_said_and_the_playlist_is_written_all_the_same(
    exported: Segue,
) -> None:
    code, _, said = (exported.config.parent / "said").read_text().partition("\n")
    assert code == "3"
    assert "Blocked was not exported" in said
    assert "2 written" in said


def test_every_playlist_is_exported_in_every_format(exported: Segue, tmp_path: Path) -> None:
    formats = [word for kind in ("m3u8", "jspf", "xspf", "csv") for word in ("--format", kind)]
    done = exported.run("export", "--all", *formats, "--folder", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["exports"]
    lists = json.loads(exported.run("list", "--json").stdout)["playlists"]
    assert len(rows) == 4 * sum(each["unread"] is None for each in lists)
    assert all(len(songs(Path(r["path"]), Path(r["path"]).suffix[1:])) == r["songs"] for r in rows)
    again = exported.run("export", "--all", *formats, "--folder", str(tmp_path), "--json")
    assert not any(row["changed"] for row in json.loads(again.stdout)["exports"])


def test_a_playlist_that_is_not_there_is_named_and_nothing_is_written(
    exported: Segue, tmp_path: Path
) -> None:
    done = exported.run("export", "Blockd", "--folder", str(tmp_path))
    assert done.returncode == 3
    assert "Blocked" in done.stderr
    assert not list(tmp_path.iterdir())
    assert exported.run("export").returncode == 2
