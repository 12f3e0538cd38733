"""The container file, as far as it can be checked without building it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segued.config.load import PREFIX, settings_in
from segued.config.schema import Settings
from segued.config.secrets import config_file, state_folder
from segued.config.toml.problems import field_at

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Containerfile").read_text()
LINES = re.sub(r"\\\n\s*", "", TEXT).splitlines()


def after(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def environ() -> dict[str, str]:
    return dict(part.split("=", 1) for line in after("ENV") for part in line.split())


@pytest.mark.parametrize(
    "path",
    [part for line in after("COPY") if "--from" not in line for part in line.split()[:-1]],
)
def test_what_is_copied_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_state_models_and_configuration_lie_in_the_volumes() -> None:
    volumes = after("VOLUME")[0]
    assert f'"{state_folder(environ())}"' in volumes
    assert f'"{environ()["HF_HOME"]}"' in volumes
    assert f":{config_file(environ())}:ro" in TEXT


def test_its_variables_name_settings() -> None:
    named = settings_in(environ())
    assert {PREFIX + "SERVICE__STATUS_PORT"} == set(named)
    assert all(field_at(Settings, path) is not None for path, _ in named.values())


def test_the_health_check_asks_the_port_that_is_served() -> None:
    port = environ()[PREFIX + "SERVICE__STATUS_PORT"]
    assert f"http://127.0.0.1:{port}/healthz" in TEXT


def test_the_process_is_not_root_and_owns_what_it_writes() -> None:
    assert after("USER") == ["segued"]
    assert re.search(r"install -d -o segued -g segued -m 0700 /state /models", TEXT)
