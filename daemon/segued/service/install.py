"""Putting systemd's units in place, and taking them away again."""

from __future__ import annotations

import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from segue.errors import UsageError
from segued.store.files.atomic import write_atomically

Scope = Literal["user", "system"]

UNIT = "segued.service"
USER = "segued"
SYSTEM_STATE = Path("/var/lib/segue")
SYSTEM_CONFIG = Path("/etc/segue/config.toml")
_SYSTEM_FOLDER = Path("/etc/systemd/system")
_SHIPPED = "/usr/local/bin/"
_TIMERS = ("segue-refresh@.service", "segue-refresh@.timer")
_DROP_IN = "segue-refresh@.service.d/segued.conf"
_NAMES = (UNIT, *_TIMERS, _DROP_IN)
_BEGINS = "# A fixed user"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "%": "%%"}
_PLAIN = re.compile(r"[\w./%$=:@+-]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is put in place."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, or what is still to do and by which command."""

    text: str
    done: bool = True

    def __str__(self) -> str:
        return self.text


def units(scope: Scope, environ: Mapping[str, str], config: Path | None) -> tuple[Unit, ...]:
    """The units of a scope, with the programs of this installation in them.

    A unit of a user has the state folder of `environ` and a `config` of its own; the system's are
    fixed. Raises UsageError where the shipped units cannot be found or the programs could not be
    run.
    """
    source = _source()
    programs = Path(sys.executable).parent
    if not (programs / "segued").exists():
        raise UsageError(f"there is no segued in {programs}; install Segue with pip or pipx first")
    if scope == "system":
        _reachable(programs)
    folder = unit_folder(scope, environ)
    first = source / ("user" if scope == "user" else ".") / UNIT
    files = {UNIT: first, **{name: source / name for name in _TIMERS}}
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    state = environ.get("STATE_DIRECTORY") if scope == "user" else None
    rendered = {name: _rendered(text, programs, config, state) for name, text in texts.items()}
    if scope == "system":
        rendered[_DROP_IN] = _drop_in(texts[UNIT])
    return tuple(Unit(folder / name, text) for name, text in rendered.items())


def unit_folder(scope: Scope, environ: Mapping[str, str]) -> Path:
    """Where units of a scope are put."""
    if scope == "system":
        return _SYSTEM_FOLDER
    home = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "~")) / ".config")
    return Path(home).expanduser() / "systemd" / "user"


def install(scope: Scope, wanted: Sequence[Unit], *, start: bool) -> tuple[Step, ...]:
    """Write units, make systemd read them and start the service, step by step.

    What could not be done is named as the command that does it. Raises UsageError where the
    folder cannot be written.
    """
    said: list[Step] = []
    for unit in wanted:
        try:
            unit.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_ours(unit.path.parent, error) from error
        write_atomically(unit.path, unit.text.encode(), keep_previous=False)
        unit.path.chmod(0o644)
        said.append(Step(f"wrote {unit.path}"))
    if scope == "system":
        said.extend(_make_user())
    said.extend(_systemctl(scope, "daemon-reload"))
    begin = _command(scope, "enable", "--now", UNIT)
    if start and scope == "system" and not SYSTEM_CONFIG.exists():
        write = f"install -D -m 640 -g {USER} config.toml {SYSTEM_CONFIG}"
        words = f"still to do, for it has no configuration: {write}; {' '.join(begin)}"
        said.append(Step(words, done=False))
    elif start:
        said.extend(_tried(begin))
    if scope == "user":
        said.append(Step("to let it run also while you are not logged in: loginctl enable-linger"))
    return tuple(said)


def uninstall(scope: Scope, environ: Mapping[str, str]) -> tuple[Step, ...]:
    """Stop the service and remove its units; the state and the configuration stay."""
    folder = unit_folder(scope, environ)
    present = [folder / name for name in _NAMES if (folder / name).exists()]
    if not present:
        return (Step(f"no unit of Segue is in {folder}"),)
    said = list(_systemctl(scope, "disable", "--now", UNIT))
    for path in present:
        try:
            path.unlink()
            if path.parent != folder and not any(path.parent.iterdir()):
                path.parent.rmdir()
        except OSError as error:
            raise _not_ours(path, error) from error
        said.append(Step(f"removed {path}"))
    said.extend(_systemctl(scope, "daemon-reload"))
    last = "the state and the configuration stay; `segue purge` deletes what is stored"
    return (*said, Step(last))


def manager_says(scope: Scope) -> str:
    """What systemd knows of the service, in a word: "active", "inactive", "unknown" …"""
    done = _call(scope, "is-active", UNIT)
    return (done.stdout.strip() if done is not None else "") or "unknown"


def how_to_start(environ: Mapping[str, str], state_folder: Path) -> str:
    """That no service runs for a state folder, and the command that changes it."""
    said = "No service is running; "
    system, user = ((unit_folder(scope, environ) / UNIT).exists() for scope in ("system", "user"))
    if system and state_folder == SYSTEM_STATE:
        return f"{said}`sudo systemctl start {UNIT}` starts it."
    if user:
        return f"{said}`systemctl --user start {UNIT}` starts it."
    if system:
        return f"{said}that of the whole machine has a state of its own:\n  {as_its_user('status')}"
    return f"{said}`segue service install` sets one up."


def as_its_user(arguments: str) -> str:
    """The command by which `segue` reaches the state of the system service."""
    places = f"STATE_DIRECTORY={SYSTEM_STATE} SEGUE_CONFIG={SYSTEM_CONFIG}"
    return f"sudo -u {USER} env {places} segue {arguments}"


def _source() -> Path:
    places = (
        Path(__file__).parents[3] / "systemd",  # a working copy: what was installed may be older
        Path(sys.prefix) / "share" / "segue" / "systemd",
    )
    found = next((place for place in places if (place / UNIT).is_file()), None)
    if found is None:
        raise UsageError(f"the units of Segue are not in {places[-1]}; install Segue anew")
    return found


def _rendered(text: str, programs: Path, config: Path | None, state: str | None) -> str:
    lines = []
    for line in text.splitlines():
        if line.startswith("ExecStart=" + _SHIPPED):
            program, _, rest = line.removeprefix("ExecStart=" + _SHIPPED).partition(" ")
            own = (f"--config {_argument(config)}",) if config is not None else ()
            line = " ".join((f"ExecStart={_quoted(programs / program)}", *own, rest)).rstrip()
        lines.append(line)
        if line == "[Service]" and state is not None:
            lines.append(f"Environment={_quoted(f'STATE_DIRECTORY={Path(state).absolute()}')}")
    return "\n".join(lines) + "\n"


def _drop_in(system_unit: str) -> str:
    """What makes a refresh by a timer run as the system service does: user, state, hardening."""
    same = system_unit[system_unit.index(_BEGINS) : system_unit.index("[Install]")].rstrip()
    return (
        "# As segued.service has it, for refreshes by timers of the whole machine.\n"
        f"[Service]\nEnvironment=SEGUE_CONFIG={SYSTEM_CONFIG}\n{same}\n"
    )


def _quoted(text: str | Path) -> str:
    """A text as one word of a unit, whatever stands in it (systemd.syntax(7))."""
    escaped = "".join(
        f"\\x{ord(c):02x}" if ord(c) < 0x20 or ord(c) == 0x7F else _ESCAPES.get(c, c)
        for c in str(text)
    )
    return escaped if _PLAIN.fullmatch(escaped) else f'"{escaped}"'


def _argument(text: str | Path) -> str:
    """A text as an argument of a command, in which variables would be replaced."""
    return _quoted(text).replace("$", "$$")


def _reachable(programs: Path) -> None:
    """The unit sees nobody's home folder."""
    real = str(programs.resolve())
    if real.startswith(("/home/", "/root/", "/run/user/")):
        raise UsageError(
            f"the system service cannot reach {programs}: it sees nobody's home folder. Install "
            "Segue outside of it, for example `sudo pipx install --global segue`, or use the user "
            "service: `segue service install`"
        )


def _make_user() -> tuple[Step, ...]:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        command = (
            *("useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin"),
            *("--home-dir", str(SYSTEM_STATE), "--no-create-home", USER),
        )
        return _tried(command)
    return ()


def _systemctl(scope: Scope, *arguments: str) -> tuple[Step, ...]:
    return _tried(_command(scope, *arguments))


def _tried(command: Sequence[str]) -> tuple[Step, ...]:
    """Run a command; where that does not work, say it for a person to run."""
    shown = " ".join(command)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return (Step(f"still to do, for {command[0]} is not here: {shown}", done=False),)
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or ["it did not say why"]
        words = f"still to do, for it did not work ({why[0]}): {shown}"
        return (Step(words, done=False),)
    return (Step(f"ran {shown}"),)


def _call(scope: Scope, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    if shutil.which("systemctl") is None:
        return None
    command = _command(scope, *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _command(scope: Scope, *arguments: str) -> tuple[str, ...]:
    return ("systemctl", *(("--user",) if scope == "user" else ()), *arguments)


def _not_ours(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be written ({error.strerror}); --system needs root, use sudo")
