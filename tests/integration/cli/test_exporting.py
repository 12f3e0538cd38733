"""`segue export`, and playlists that are exported after each refresh."""

from __future__ import annotations

import json
import os
import subprocess
import wave
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Segue

from segue.errors import StoreError
from segue.exchange import read_list
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running
from segued.store.files.atomic import write_atomically


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
        for name in ("Twin: X", "twin/ x"):
            sandbox.human.create_playlist(name, [])
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


def test_playlists_of_one_name_have_files_of_their_own_in_every_export(
    exported: Segue, tmp_path: Path
) -> None:
    lists = json.loads(exported.run("list", "--json").stdout)["playlists"]
    twins = [each["id"] for each in lists if each["name"] in ("Twin: X", "twin/ x")]
    assert len(twins) == 2
    for identity in twins:
        assert exported.run("export", identity, "--folder", str(tmp_path)).returncode == 0
    names = {path.name.removesuffix(".m3u8").casefold() for path in tmp_path.iterdir()}
    assert names == {f"twin_ x ({identity})".casefold() for identity in twins}


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(exported: Segue) -> None:
    folder = exported.config.parent / "in the way" / "below"
    done = exported.run("export", "Blocked", "--folder", str(folder))
    assert done.returncode == 2
    assert str(folder) in done.stderr
    assert "name another folder" in done.stderr


def test_a_row_that_is_a_file_of_the_users_own_is_named_by_its_path(
    exported: Segue, tmp_path: Path
) -> None:
    mutagen = pytest.importorskip("mutagen", reason="the extra `audio` is not installed")
    music, out = tmp_path / "music", tmp_path / "out"
    music.mkdir()
    folder = exported.config.parent / "music"
    second = read_list((folder / "New_ A_B.csv").read_bytes(), "csv").songs[1]
    with wave.open(str(music / "own.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    file = mutagen.File(music / "own.wav")
    file.add_tags()
    file.tags.add(mutagen.id3.TSRC(text=second.isrc))
    file.save()
    own = f"features.audio_folder={music}"
    done = exported.run("--set", own, "export", "New: A/B", "--folder", str(out))
    assert done.returncode == 0, done.stderr
    lines = (out / "New_ A_B.m3u8").read_text().splitlines()
    assert [line for line in lines if line.endswith(".wav")] == [str(music / "own.wav")]
    assert read_list((out / "New_ A_B.m3u8").read_bytes(), "m3u8").songs[1].isrc == second.isrc


def test_what_a_killed_export_left_is_cleared_and_a_link_laid_there_is_not_followed(
    exported: Segue, tmp_path: Path
) -> None:
    folder, precious = tmp_path / "shared", tmp_path / "precious"
    folder.mkdir()
    precious.write_text("mine")
    dead = subprocess.Popen(["true"])
    dead.wait()
    (folder / f".New_ A_B.m3u8.{dead.pid}.tmp").write_text("half")
    (folder / f".Other.txt.{dead.pid}.tmp").write_text("not ours")
    (folder / "New_ A_B.m3u8").symlink_to(precious)
    path = folder / "aimed.m3u8"
    path.with_name(f".{path.name}.{os.getpid()}.tmp").symlink_to(precious)
    with pytest.raises(StoreError, match="cannot be written"):
        write_atomically(path, b"x")
    assert exported.run("export", "New: A/B", "--folder", str(folder)).returncode == 0
    assert precious.read_text() == "mine"
    assert not list(folder.glob(".New_*"))
    assert (folder / f".Other.txt.{dead.pid}.tmp").exists()
