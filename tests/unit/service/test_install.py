"""Putting units in place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from segue.errors import UsageError
from segued.service.install import install, uninstall, unit_folder, units


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("PATH", str(tmp_path))  # there is no systemctl
    return {"HOME": str(tmp_path)}


def test_the_programs_of_this_installation_are_started(environ: dict[str, str]) -> None:
    first = units("user", environ, None)[0]
    assert f"ExecStart={Path(sys.executable).parent}/segued\n" in first.text


def test_another_configuration_is_named_and_quoted(environ: dict[str, str]) -> None:
    first = units("user", environ, Path("/my files/100%.toml"))[0]
    assert '--config "/my files/100%%.toml"\n' in first.text


def test_the_timers_are_put_beside_the_service(environ: dict[str, str]) -> None:
    names = {unit.path.name for unit in units("user", environ, None)}
    assert names == {"segued.service", "segue-refresh@.service", "segue-refresh@.timer"}


def test_what_cannot_be_done_is_said_as_a_command(environ: dict[str, str]) -> None:
    said = install("user", units("user", environ, None), start=True)
    assert any(line.endswith("systemctl --user enable --now segued.service") for line in said)


def test_an_uninstall_leaves_nothing_of_an_install(environ: dict[str, str]) -> None:
    install("user", units("user", environ, None), start=False)
    folder = unit_folder("user", environ)
    assert list(folder.iterdir())
    uninstall("user", environ)
    assert list(folder.iterdir()) == []


def test_a_system_service_out_of_a_home_folder_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)
    monkeypatch.setattr(sys, "executable", "/home/robin/.venv/bin/python")
    with pytest.raises(UsageError, match="nobody's home"):
        units("system", environ, None)
