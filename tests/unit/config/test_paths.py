"""Where Segue keeps its things."""

from __future__ import annotations

from pathlib import Path

from segued.config.secrets import config_file, credentials_folder, state_folder


def test_the_configuration_is_where_the_environment_says() -> None:
    assert config_file({"SEGUE_CONFIG": "/a/b.toml"}) == Path("/a/b.toml")


def test_the_configuration_is_in_the_users_folder_otherwise() -> None:
    assert config_file({}).parts[-2:] == ("segue", "config.toml")


def test_the_state_is_where_systemd_says() -> None:
    assert state_folder({"STATE_DIRECTORY": "/var/lib/segued:/other"}) == Path("/var/lib/segued")


def test_the_state_is_in_the_users_folder_otherwise() -> None:
    assert state_folder({}).name == "segue"


def test_credentials_are_where_systemd_says_or_nowhere() -> None:
    assert credentials_folder({"CREDENTIALS_DIRECTORY": "/run/c"}) == Path("/run/c")
    assert credentials_folder({}) is None
