"""Secrets: where they are read from, and a value that never prints itself.

A secret is written in the configuration as `"env:NAME"`, `"file:PATH"`, `"credential:NAME"`, or
as the text itself. Only the value's `reveal()` gives the text away.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import final

from segue.errors import UsageError
from segued.config.paths import credentials_folder
from segued.config.redaction import remember_secret


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
    return key.endswith(("_token", "_secret", "_password", "apprise_urls"))


def shown(value: object) -> object:
    """What may be shown of a setting that holds a secret: where it is read from, else `***`."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    text = str(value)
    return text if not text or text.startswith(("env:", "file:", "credential:")) else "***"


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
        return _from_file(Path(place).expanduser())
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
