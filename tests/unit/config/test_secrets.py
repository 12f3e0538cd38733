"""Secrets are read from where they are kept, and never shown."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import pytest

from segue.errors import ConfigError, UsageError
from segued.cli.setup.config import settings_text
from segued.config.load import check
from segued.config.secrets import SecretText, read_secret

WORD = "s3cr3t-w0rd"


def test_a_secret_shows_nowhere() -> None:
    secret = SecretText(WORD)
    assert WORD not in f"{secret!r} {secret} {[secret]} {secret!s:>20}"
    assert secret.reveal() == WORD
    record = logging.LogRecord("x", 20, "", 1, "%s", (secret,), None)
    assert WORD not in record.getMessage()


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(SecretText(WORD))


def test_a_secret_comes_from_the_environment() -> None:
    assert read_secret("env:TOKEN", {"TOKEN": WORD}).reveal() == WORD


def test_a_secret_comes_from_a_file_without_its_last_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{WORD}\n")
    assert read_secret(f"file:{tmp_path / 'token'}", {}).reveal() == WORD


def test_a_secret_comes_from_systemds_credentials(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(WORD)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read_secret("credential:token", environ).reveal() == WORD


def test_a_credential_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without folders"):
        read_secret("credential:../token", {"CREDENTIALS_DIRECTORY": str(tmp_path)})


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:TOKEN", "TOKEN is not set"),
        ("file:/nowhere/token", "/nowhere/token"),
        ("credential:token", "LoadCredential=token"),
    ],
)
def test_a_missing_secret_names_its_place(reference: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_secret(reference, {})


def test_a_text_is_a_secret_itself() -> None:
    assert read_secret(WORD, {}) == SecretText(WORD)


SECRETS = [
    ("lyrics", "genius_token"),
    ("tags", "lastfm_key"),
    ("service", "page_password"),
]
"""Every setting that `read_secret` reads, but for the addresses of messages, which are a list."""
every_secret = pytest.mark.parametrize(("section", "key"), SECRETS)


@every_secret
def test_a_secret_in_the_configuration_is_not_shown(section: str, key: str) -> None:
    loaded = check(f'[{section}]\n{key} = "{WORD}"\n', "config.toml", {})
    assert WORD not in settings_text(loaded)
    assert f'{key} = "***"' in settings_text(loaded)


def test_the_place_a_secret_is_read_from_is_shown() -> None:
    loaded = check('[lyrics]\ngenius_token = "env:TOKEN"\n', "config.toml", {})
    assert 'genius_token = "env:TOKEN"' in settings_text(loaded)


@every_secret
def test_a_mistake_about_a_secret_does_not_repeat_it(section: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"[{section}]\n{key} = 123456789\n", "config.toml", {})
    assert "123456789" not in str(caught.value)
