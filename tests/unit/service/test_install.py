"""Putting units in place."""

from __future__ import annotations

import re
import shutil
import subprocess
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


ODD = ("my home", "100% me", "cash$HOME", "o'brien", 'quo"te', "back\\slash", "tab\tx", "é\nx")


@pytest.mark.parametrize("name", ODD)
def test_any_path_reaches_the_service_as_it_is(
    environ: dict[str, str], name: str, tmp_path: Path
) -> None:
    folder = tmp_path / name
    own = {**environ, "HOME": str(folder), "STATE_DIRECTORY": str(folder / "state")}
    for unit in units("user", own, folder / "segue.toml"):
        if unit.path.suffix != ".service":
            continue
        lines = dict(line.split("=", 1) for line in unit.text.splitlines() if "=" in line)
        words = _words_of_systemd(lines["ExecStart"].replace("$$", "$"))
        assert words[1:3] == ["--config", str(folder / "segue.toml")]
        assert _words_of_systemd(lines["Environment"]) == [f"STATE_DIRECTORY={folder / 'state'}"]
        analyzer = shutil.which("systemd-analyze", path="/usr/bin:/bin")
        if analyzer and "@" not in unit.path.name:
            unit.path.parent.mkdir(parents=True, exist_ok=True)
            unit.path.write_text(unit.text)
            done = subprocess.run(
                [analyzer, "--user", "verify", unit.path],
                env={
                    "HOME": str(folder),
                    "XDG_RUNTIME_DIR": str(tmp_path),
                    "PATH": "/usr/bin:/bin",
                },
                capture_output=True,
                text=True,
                check=False,
            )
            assert "quoting" not in done.stderr
            assert "fatal" not in done.stderr


def _words_of_systemd(text: str) -> list[str]:
    """The words of a unit's line, as systemd.syntax(7) has it."""
    words = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', text)
    plain = [word[1:-1] if word.startswith('"') else word for word in words]
    letters = {"\\\\": "\\", '\\"': '"'}
    return [
        re.sub(
            r"\\x([0-9a-f]{2})|\\.",
            lambda found: chr(int(found[1], 16)) if found[1] else letters[found[0]],
            word,
        ).replace("%%", "%")
        for word in plain
    ]


def test_the_refresh_of_a_timer_takes_the_same_configuration(environ: dict[str, str]) -> None:
    refresh = units("user", environ, Path("/etc/my.toml"))[1]
    assert refresh.path.name == "segue-refresh@.service"
    assert "/segue --config /etc/my.toml refresh --wait 600 %i\n" in refresh.text


def test_a_state_folder_of_its_own_is_the_service_s_too(environ: dict[str, str]) -> None:
    found = units("user", {**environ, "STATE_DIRECTORY": "/srv/my music"}, None)
    services = [unit.text for unit in found if unit.path.suffix == ".service"]
    assert len(services) == 2
    for text in services:
        assert '[Service]\nEnvironment="STATE_DIRECTORY=/srv/my music"\n' in text


def test_a_refresh_by_the_machine_s_timers_runs_as_the_system_service_does(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.service.install._reachable", lambda _: None)
    found = {unit.path.name: unit.text for unit in units("system", environ, None)}
    lines = found["segued.conf"].splitlines()
    assert {"User=segued", "StateDirectory=segue", "ProtectSystem=strict"} <= set(lines)
    assert "Environment=SEGUE_CONFIG=/etc/segue/config.toml" in lines
    settings = {line for line in found["segued.service"].splitlines() if "=" in line}
    others = {"Type=notify", "NotifyAccess=main", "WatchdogSec=180", "KillMode=mixed"}
    assert not others & set(lines)
    assert {line for line in settings if line.startswith(("Protect", "Private"))} <= set(lines)


def test_the_name_of_a_timer_reaches_segue_as_it_is(environ: dict[str, str]) -> None:
    """%I would make `slow/sunday` of `slow-sunday`."""
    assert all("%I" not in unit.text for unit in units("user", environ, None))


def test_the_timers_are_put_beside_the_service(environ: dict[str, str]) -> None:
    names = {unit.path.name for unit in units("user", environ, None)}
    assert names == {"segued.service", "segue-refresh@.service", "segue-refresh@.timer"}


def test_what_cannot_be_done_is_said_as_a_command(environ: dict[str, str]) -> None:
    said = install("user", units("user", environ, None), start=True)
    begin = [step for step in said if step.text.endswith("enable --now segued.service")]
    assert [step.done for step in begin] == [False]


def test_an_uninstall_leaves_nothing_of_an_install(environ: dict[str, str]) -> None:
    install("user", units("user", environ, None), start=False)
    folder = unit_folder("user", environ)
    assert list(folder.iterdir())
    uninstall("user", environ)
    assert list(folder.iterdir()) == []


def test_a_system_service_is_not_started_without_its_configuration_and_leaves_nothing(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "system"
    monkeypatch.setattr("segued.service.install._SYSTEM_FOLDER", folder)
    monkeypatch.setattr("segued.service.install.SYSTEM_CONFIG", tmp_path / "none.toml")
    monkeypatch.setattr("segued.service.install._reachable", lambda _: None)
    steps = install("system", units("system", environ, None), start=True)
    said = "\n".join(step.text for step in steps)
    assert "for it has no configuration: install -D -m 640 -g segued" in said
    assert "enable --now segued.service" in said
    assert (folder / "segue-refresh@.service.d" / "segued.conf").exists()
    uninstall("system", environ)
    assert list(folder.iterdir()) == []


def test_a_system_service_out_of_a_home_folder_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)
    monkeypatch.setattr(sys, "executable", "/home/robin/.venv/bin/python")
    with pytest.raises(UsageError, match="nobody's home"):
        units("system", environ, None)
