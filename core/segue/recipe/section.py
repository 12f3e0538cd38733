"""What every section of a recipe, and of the configuration around it, is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

MISTAKES = "mistakes"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong inside a value: the path within it, what is wrong, what would be right."""

    path: tuple[str | int, ...]
    message: str
    suggestion: str | None = None


class Section(BaseModel):
    """A table of the configuration: unknown keys are refused, types are not bent."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_by_name=True
    )


def option(default: object, description: str) -> Any:
    """An option with its default, and what it is for in a few words.

    Any, since what a field is declared as decides its type.
    """
    return Field(default=default, description=description)


def refuse(*mistakes: Mistake) -> PydanticCustomError:
    """The error with which a validator reports mistakes inside one value, each with its path."""
    return PydanticCustomError(MISTAKES, "mistakes inside", {MISTAKES: mistakes})
