"""Values as people's tables write them: decimal commas, percent, minutes and seconds, key names.

Every function takes the text of a column (nulls and empty text where a cell is blank) and gives
the values beside a mask of what was said but could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from segue.music.keys import UNKNOWN, key_in, mode_in

_NOTHING = ("nan", "null", "none", "na", "n/a", "-", "–", "—", "?", "unknown", "unbekannt")
_AMOUNT = re.compile(
    r"([+\-\u2212]?)\s*(\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)(e[+-]?\d+)?\s*(?:%|bpm|db|ms)?",
    re.IGNORECASE,
)
_GROUPS = {sign: re.compile(rf"\d{{1,3}}(?:\{sign}\d{{3}})+") for sign in ",."}
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:[.,]\d+)?)")
_SPELT = re.compile(
    r"(?:pt)?\s*(?:(\d+)\s*h[a-z]*\.?)?\s*(?:(\d+)\s*m(?!s)[a-z]*\.?)?\s*(?:(\d+(?:[.,]\d+)?)\s*s[a-z]*\.?)?",
    re.IGNORECASE,
)
_MILLISECONDS = re.compile(r"(?<![a-z])ms(?![a-z])|msec|milli|мс|ミリ秒|毫秒|مللي", re.IGNORECASE)
_SECONDS = re.compile(r"(?<![a-z])(?:s|secs?|seconds?|sek|sekunden|segundos|secondes)(?![a-z])|秒",
                      re.IGNORECASE)  # fmt: skip
_MINUTES = re.compile(r"(?<![a-z])(?:mins?|minutes?|minuten|minutos)(?![a-z])", re.IGNORECASE)
_LONGEST_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a column says: (n,) Float64, null where unknown; `wrong` (n,) where it was not read."""

    values: pl.Series
    wrong: pl.Series

    @property
    def known(self) -> bool:
        """Whether anything is."""
        return self.values.null_count() < len(self.values)

    def times(self, factor: float) -> Read:
        """The same with every value multiplied."""
        return Read(self.values * factor, self.wrong)


def stripped(column: pl.Series) -> pl.Series:
    """A column as text without blanks around it and control characters in it, null where empty.

    Lists are joined by commas.
    """
    if isinstance(column.dtype, pl.List):
        column = column.cast(pl.List(pl.String)).list.join(", ")
    text = column.cast(pl.String, strict=False).str.replace_all(r"\p{Cc}+", " ").str.strip_chars()
    return text.set(text == "", None)


def numbers(column: pl.Series, *, grouped: bool = False) -> Read:
    """Numbers, written with a point or a comma, with or without a unit. What is not finite is null.

    With `grouped` a single group of three digits after a comma are thousands ("217,533").
    """
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return Read(_finite(column.cast(pl.Float64)), _nowhere(column))
    text = _given(column)
    found = text.cast(pl.Float64, strict=False)
    odd = text.is_not_null() & found.is_null()
    if odd.any():
        found = found.fill_null(_by_text(text, odd, lambda value: _number(value, grouped)))
    return Read(_finite(found), text.is_not_null() & found.is_null())


def fractions(column: pl.Series) -> tuple[Read, bool | None]:
    """Values of 0 to 1 as they are written, and whether they are percent; None where undecided.

    Percent are columns with a percent sign, and those of which most values that are not 0 are
    over 1 and one is over 10. Whole numbers up to 1 may be either, and so may those up to 10.
    """
    read = numbers(column)
    if column.dtype == pl.String and column.str.contains("%", literal=True).any():
        return read, True
    values = read.values.drop_nulls()
    above = values.filter(values != 0)
    largest = max(above.to_list(), default=0.0)
    if largest <= 1:
        return read, None if bool((values == values.round()).all()) else False
    if int((above > 1).sum()) * 2 < len(above):
        return read, False
    return read, True if largest > 10 else None


def durations(column: pl.Series, heading: str) -> Read:
    """Durations in milliseconds: from h:mm:ss and m:ss, else by the heading and their size.

    The median of a column shows whether a heading is right: nobody's tracks last 3 s or 10 h.
    A number without a unit is milliseconds from 10,000, seconds from 20; below that it is unread.
    """
    if column.dtype != pl.String:
        if isinstance(column.dtype, pl.Duration):
            column = column.dt.total_milliseconds()
            heading = "ms"
        elif isinstance(column.dtype, pl.Time):
            column = column.cast(pl.Int64) / 1e6
            heading = "ms"
    spelt = pl.Series([None] * len(column), dtype=pl.Float64)
    if column.dtype == pl.String:
        text = _given(column)
        spelt = _by_text(text, text.str.contains("[:A-Za-z]"), _spelt_ms)
        column = text.set(spelt.is_not_null(), None)
    plain = numbers(column, grouped=True)
    factor = _unit(plain.values, heading)
    counted = plain.values * factor if factor else plain.values.clear(len(column))
    found = spelt.fill_null(counted)
    found = found.set((found <= 0) | (found > _LONGEST_MS), None).round()
    return Read(found, plain.wrong | (plain.values.is_not_null() & found.is_null()))


def tempi(column: pl.Series) -> Read:
    """Tempi in beats a minute; 0 and less is unknown."""
    read = numbers(column)
    return Read(read.values.set(read.values <= 0, None), read.wrong)


def keys(column: pl.Series) -> tuple[Read, Read]:
    """Pitch classes and modes, from numbers or from names (see `segue.music.keys`).

    In a column that marks minor keys a note without a mark is major.
    """
    text = _given(_whole_text(column))
    distinct = {value: key_in(value) for value in text.drop_nulls().unique().to_list()}
    marks_minor = any(mode == 0 for _, mode in distinct.values())
    noted = {value for value in distinct if not value.lstrip("-").replace(".", "").isdigit()}
    modes = {
        value: 1 if mode < 0 and marks_minor and value in noted and pitch >= 0 else mode
        for value, (pitch, mode) in distinct.items()
    }
    pitch = _mapped(text, {value: pitch for value, (pitch, _) in distinct.items()})
    mode = _mapped(text, modes)
    silent = text.str.contains(r"^-\d+(\.0+)?$").fill_null(value=True)
    wrong = ~silent & text.replace_strict(
        {value: key == UNKNOWN for value, key in distinct.items()}, default=False,
        return_dtype=pl.Boolean,
    )  # fmt: skip
    return Read(pitch, wrong), Read(mode, _nowhere(mode))


def modes(column: pl.Series) -> Read:
    """Modes, 1 major and 0 minor, from numbers or from words."""
    text = _given(_whole_text(column))
    found = _mapped(text, {v: mode_in(v) for v in text.drop_nulls().unique().to_list()})
    silent = text.str.contains(r"^-\d+(\.0+)?$").fill_null(value=True)
    return Read(found, ~silent & found.is_null())


def _whole_text(column: pl.Series) -> pl.Series:
    """A column as text; numbers without the decimals a float would have."""
    if column.dtype.is_float():
        return column.round().cast(pl.Int64, strict=False).cast(pl.String)
    if column.dtype == pl.Boolean:
        return column.cast(pl.Int8).cast(pl.String)
    return column if column.dtype == pl.String else column.cast(pl.String, strict=False)


def _given(column: pl.Series) -> pl.Series:
    text = stripped(column)
    return text.set(text.str.to_lowercase().is_in(_NOTHING).fill_null(value=False), None)


def _mapped(text: pl.Series, meaning: dict[str, int]) -> pl.Series:
    known = {value: float(number) for value, number in meaning.items() if number >= 0}
    return text.replace_strict(known, default=None, return_dtype=pl.Float64)


def _by_text(text: pl.Series, where: pl.Series, read: Callable[[str], float | None]) -> pl.Series:
    distinct = text.filter(where.fill_null(value=False)).unique().drop_nulls().to_list()
    return text.replace_strict(
        {value: read(value) for value in distinct}, default=None, return_dtype=pl.Float64
    )


def _nowhere(column: pl.Series) -> pl.Series:
    return pl.repeat(False, len(column), dtype=pl.Boolean, eager=True)


def _finite(values: pl.Series) -> pl.Series:
    return values.set(values.is_infinite() | values.is_nan(), None)


def _number(text: str, grouped: bool) -> float | None:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    sign, amount, power = found.groups()
    digits = re.sub(r"['’\s\u00a0\u202f]", "", amount)
    last = max(digits.rfind(","), digits.rfind("."))
    if last >= 0:
        decimal, other = digits[last], "," if digits[last] == "." else "."
        whole, _, rest = digits.rpartition(decimal)
        if decimal in whole:  # it stands twice, so it parts thousands
            if not _GROUPS[decimal].fullmatch(digits):
                return None
            digits = digits.replace(decimal, "")
        elif grouped and decimal == "," and _GROUPS[","].fullmatch(digits):
            digits = digits.replace(",", "")
        else:
            if other in whole and not _GROUPS[other].fullmatch(whole):
                return None
            digits = f"{whole.replace(other, '')}.{rest}"
    value = float(f"{digits}{power or ''}")
    return -value if sign in ("-", "\u2212") else value


def _spelt_ms(text: str) -> float | None:
    found = _CLOCK.fullmatch(text) or _SPELT.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
    if found.re is _CLOCK and (seconds >= 60 or (hours and minutes >= 60)):
        return None
    return 1000 * (3600 * hours + 60 * minutes + seconds)


def _unit(values: pl.Series, heading: str) -> float | None:
    """How many milliseconds one of these is; None where that is unclear."""
    median = values.filter(values > 0).median()
    size = float(median) if isinstance(median, int | float) else 0.0
    if _MILLISECONDS.search(heading) and size < 3_600 and size >= 20:
        return 1000.0
    if _MILLISECONDS.search(heading):
        return 1.0
    if _SECONDS.search(heading) and size <= 36_000:
        return 1000.0
    if _MINUTES.search(heading) and size <= 100:
        return 60_000.0
    if size >= 10_000:
        return 1.0
    return 1000.0 if size >= 20 else None
