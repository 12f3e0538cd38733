"""Where Segue keeps its things: the configuration file, its state and its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import platformdirs

CONFIG_NAME = "config.toml"
SCHEMA_NAME = "segue.schema.json"


def config_file(environ: Mapping[str, str]) -> Path:
    """The configuration file: `$SEGUE_CONFIG`, else `config.toml` in the user's config folder."""
    named = environ.get("SEGUE_CONFIG")
    if named:
        return Path(named).expanduser()
    return Path(platformdirs.user_config_dir("segue")) / CONFIG_NAME


def state_folder(environ: Mapping[str, str]) -> Path:
    """The folder of Segue's state: `$STATE_DIRECTORY`, else the platform's state folder.

    systemd may name several folders separated by colons; the first is ours.
    """
    named = environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(named) if named else Path(platformdirs.user_state_dir("segue"))


def credentials_folder(environ: Mapping[str, str]) -> Path | None:
    """The folder into which systemd's LoadCredential puts secrets, if there is one."""
    named = environ.get("CREDENTIALS_DIRECTORY")
    return Path(named) if named else None
