"""The built wheel, installed on its own: commands and shared data are there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone; what it depends on is borrowed from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps"]
    options = ["--no-index", "--disable-pip-version-check", "--quiet", str(wheel)]
    subprocess.run([*install, *options], check=True, capture_output=True, env=_clean())
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    borrowed = sysconfig.get_path("purelib")
    # A path in a .pth file is only added, its own .pth files are not read: the checkout this
    # environment may be an editable installation of does not come along.
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    return folder


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def run(environment: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(environment / "bin" / command[0]), *command[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**_clean(), "HOME": str(folder), "STATE_DIRECTORY": str(folder / "state")},
    )


def test_the_installed_command_shows_its_help_from_another_folder(
    environment: Path, tmp_path: Path
) -> None:
    done = run(environment, tmp_path, "segue", "--help")
    assert done.returncode == 0, done.stderr
    assert "Segue keeps your Spotify playlists alive." in done.stdout


def test_the_installed_package_is_the_wheels_own(environment: Path, tmp_path: Path) -> None:
    code = "import segue, segued; print(segue.__file__); print(segued.__file__)"
    done = run(environment, tmp_path, "python", "-c", code)
    assert all(line.startswith(str(environment)) for line in done.stdout.split()), done.stdout


def test_the_installed_command_does_its_work_from_another_folder(
    environment: Path, tmp_path: Path
) -> None:
    made = run(environment, tmp_path, "segue", "--config", "c.toml", "init", "--yes")
    assert made.returncode == 0, made.stderr
    checked = run(environment, tmp_path, "segue", "config", "check", "--config", "c.toml")
    assert checked.returncode == 0, checked.stderr


def test_the_example_is_installed_as_shared_data(environment: Path) -> None:
    example = environment / "share" / "segue" / "config.example.toml"
    assert example.read_text() == (ROOT / "config.example.toml").read_text()
    assert (environment / "share" / "segue" / "systemd").is_dir()


def test_the_wheel_holds_the_two_packages_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.startswith("segue-")} == {"segue", "segued"}
    assert any(name.endswith("segue/py.typed") for name in names)
