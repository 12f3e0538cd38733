"""Where Segue keeps its things; secrets as values that never print themselves; addresses that are
safe to ask."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import final
from urllib.parse import urlsplit

import platformdirs

from segue.errors import UsageError


@final
class SecretText:
    """A secret that shows as `***` wherever it is printed, formatted or logged."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        remember_secret(text)

    def reveal(self) -> str:
        """The secret itself: for the one call that needs it, never for a message."""
        return self._text

    def __repr__(self) -> str:
        return "SecretText('***')"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("SecretText", self._text))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is never pickled; pass the place it is read from instead")


def is_secret(key: str) -> bool:
    """Whether a setting of this name holds a secret."""
    return key.endswith(("_token", "_key", "_secret", "_password", "apprise_urls"))


def shown(value: object) -> object:
    """What may be shown of a setting that holds a secret: where it is read from, else `***`."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    text = str(value)
    return text if not text or text.startswith(("env:", "file:", "credential:")) else "***"


def expanded(name: str | Path) -> Path:
    """A path as people write it. Raises UsageError where there is no such home as its ~ names."""
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"{name}: this machine knows no home that ~ could stand for; write the path from / on"
        ) from error


def read_secret(reference: str, environ: Mapping[str, str]) -> SecretText:
    """The secret a reference names.

    Raises UsageError where the place does not hold one; the message names the place, never the
    text.
    """
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        if place not in environ:
            raise UsageError(f"the environment variable {place} is not set; a secret is read there")
        return SecretText(environ[place])
    if kind == "file" and place:
        return _from_file(expanded(place))
    if kind == "credential" and place:
        folder = credentials_folder(environ)
        if folder is None:
            raise UsageError(
                f"the secret {place!r} is to come from systemd, but CREDENTIALS_DIRECTORY is not"
                f" set; start Segue as a unit with LoadCredential={place}:PATH"
            )
        if Path(place).name != place:
            raise UsageError(f"a credential is named without folders, not {place!r}")
        return _from_file(folder / place)
    return SecretText(reference)


def _from_file(path: Path) -> SecretText:
    try:
        return SecretText(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise UsageError(f"a secret cannot be read from {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the secret in {path} is not text in UTF-8") from error


_SECRETS = re.compile(
    r"(?i)(\bbearer\s+|\bbasic\s+|[\"']?\b(?:access_token|refresh_token|code_verifier|client_secret"
    r"|code|password|api_key)[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[A-Za-z0-9._~+/=-]{8,}"
)

_CONTROL_CODES = (
    *(code for code in range(0x20) if chr(code) not in "\n\t"),
    *range(0x7F, 0xA0),
    *range(0x2028, 0x202F),  # line and paragraph separators, bidirectional overrides
    *range(0x2066, 0x206A),  # bidirectional isolates
)
_CONTROLS = dict.fromkeys(_CONTROL_CODES, "\ufffd")
_ESCAPED = {code: f"\\u{code:04x}" for code in _CONTROL_CODES if code >= 0x20}

_SHORTEST_SECRET = 8
"""What is shorter would take ordinary words out of messages."""
_known: set[str] = set()


def remember_secret(text: str) -> None:
    """Take this value out of every text from now on, in whatever sentence it stands."""
    if len(text) >= _SHORTEST_SECRET:
        _known.add(text)


def printable(text: str) -> str:
    """The text as it may be shown: without control characters, tokens, codes and passwords.

    Secrets are those this process holds (`remember_secret`) and what stands where secrets stand.
    Of control characters only line breaks and tabs stay; the others, which could colour, hide or
    reorder what a terminal shows, become U+FFFD.
    """
    return without_controls(_redacted(text))


def without_controls(text: str) -> str:
    """The text with U+FFFD for what could colour, hide or reorder what is shown beside it."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)


def printable_json(text: str) -> str:
    """A JSON document as `printable` would have it, its control characters escaped."""
    return _redacted(text).translate(_ESCAPED)


def _redacted(text: str) -> str:
    text = _SECRETS.sub(r"\1***", text)  # first: a part taken out would hide the rest from it
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


class Redacting(logging.Formatter):
    """A formatter that writes no secret, whichever library logged it; tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, secrets taken out."""
        return printable(super().format(record))


def quiet_libraries(level: int) -> None:
    """Keep debug logs of libraries that hold whole requests out of ours."""
    for noisy in ("urllib3", "spotipy", "asyncio", "matplotlib", "apscheduler", "apprise"):
        logging.getLogger(noisy).setLevel(max(level, logging.INFO))


CONFIG_NAME = "config.toml"
SCHEMA_NAME = "segue.schema.json"


def config_file(environ: Mapping[str, str]) -> Path:
    """The configuration file: `$SEGUE_CONFIG`, else `config.toml` in the user's config folder."""
    named = environ.get("SEGUE_CONFIG")
    if named:
        return expanded(named)
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


def url(value: str) -> str:
    """An address that may be asked. Raises ValueError with what is wrong."""
    if "@" in value:
        raise ValueError("an address holds no user and password; they would be sent and logged")
    if not re.fullmatch(r"https?://([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?(/[^\s?#\\]*)?", value):
        raise ValueError(f"{value!r} is not an address that starts with https:// or http://")
    host = urlsplit(value).hostname or ""
    if value.startswith("http://") and not is_loopback(host):
        raise ValueError(
            f"{value!r} would send everything in the clear; only this machine itself "
            "(127.0.0.1, localhost) is asked by http://, every other by https://"
        )
    return value.rstrip("/")


def is_loopback_url(url: str) -> bool:
    """Whether an address leads to this machine itself."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ip(value: str) -> str:
    """An IP address. Raises ValueError where it is none."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError(
            f"{value!r} is not an IP address, like 127.0.0.1, or 0.0.0.0 for every one"
        ) from None
