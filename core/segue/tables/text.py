"""The text of a file somebody gives: unpacked, decoded, with one kind of line end, as records."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from segue.errors import DataError

LARGEST_BYTES = 512 * 1024 * 1024
"""How large a table may be once it is unpacked."""

_GZIP, _ZIP, _OLD_OFFICE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PARQUET = b"PAR1"
_CHUNK = 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked where it is a gzip. Raises DataError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise DataError(_too_large(path))
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    return _unpacked(data, path) if data.startswith(_GZIP) else data


def is_parquet(data: bytes) -> bool:
    """Whether these are the bytes of a Parquet file."""
    return data.startswith(_PARQUET)


def decoded(data: bytes, path: Path) -> str:
    """The text of UTF-8 or UTF-16, lines ending in a line feed.

    Without a byte order mark UTF-16 is known by its zero bytes. Carriage returns inside a line
    of a file whose lines end in line feeds stay. Raises DataError for any other encoding.
    """
    if data.startswith((_ZIP, _OLD_OFFICE)):
        raise DataError(
            f"{path}: is a workbook or an archive, not a table; save the sheet as CSV (UTF-8), or "
            "unpack the archive, and give that file"
        )
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}: line {line} is not {_NAMES[encoding]}; save it as UTF-8 and give that file"
        ) from error
    if "\0" in text:
        raise DataError(f"{path}: is no text (zero bytes in it); save it as UTF-8, as CSV")
    return _with_line_feeds(text)


_NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-8-sig"  # which refuses it: nobody's tables are UTF-32
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = data[:512]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) // 5 and min(even, odd) < len(start) // 50 + 1:
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8-sig"


def _with_line_feeds(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return text.replace("\r", "\n") if text.count("\r") > text.count("\n") else text


def _unpacked(data: bytes, path: Path) -> bytes:
    """What a gzip of one or several members holds, within `LARGEST_BYTES`."""
    parts: list[bytes] = []
    size = 0
    try:
        while data:
            unpacker = zlib.decompressobj(wbits=31)
            while not unpacker.eof:
                part = unpacker.decompress(data, _CHUNK)
                data = unpacker.unconsumed_tail
                size += len(part)
                if size > LARGEST_BYTES:
                    raise DataError(_too_large(path))
                if not part and not data and not unpacker.eof:
                    raise DataError(f"{path}: the gzip was cut short; fetch the file again")
                parts.append(part)
            data = unpacker.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise DataError(f"{path}: cannot be unpacked ({error}); fetch the file again") from error
    return b"".join(parts)


def _too_large(path: Path) -> str:
    return (
        f"{path}: is larger than {LARGEST_BYTES // 1024**2} MiB of text, too large for a table of "
        "tracks; split it and give the parts"
    )


# Rows of text that stand for one record each, and the fields in them.
#
# Strictly quoted rows are what polars reads. Others are mended first: people's tables come with
# blanks before quotes, quotes inside fields that nobody doubled, and rows that are too short.


QUOTE = '"'
_MOST_LINES = 20
"""How many lines a quoted field may span; beyond that its quote was no quote."""
_MOST_FAILURES = 100
"""After this many quotes that no later line closed, quotes in this file are plain characters."""
_WIDEST_PATTERN = 500


def fields_of(line: str, delimiter: str, *, all_quoted: bool = False) -> list[str]:
    """The fields of a record, without their quotes and the blanks around them.

    A quote opens a field only at its beginning and closes it only before a delimiter or the end;
    one that is never closed is an ordinary character. With `all_quoted` a quote closes a field
    only where another quoted one follows.
    """
    if QUOTE not in line:
        return [field.strip() for field in line.split(delimiter)]
    return [field for field, _ in _scanned(line, delimiter, all_quoted)]


def records(
    lines: Sequence[str], delimiter: str, width: int
) -> Iterator[tuple[str, list[str] | None]]:
    """The records among lines: each as it is written, and its fields where it had to be mended.

    Fields are None where the record is strictly quoted and has `width` fields. A mended one may
    have another number of fields. Records without any value are passed over.
    """
    nothing = f"{delimiter}{QUOTE} \t"
    strict = _strict(delimiter, width)
    at = failures = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip(nothing):
            continue
        if QUOTE not in line:
            plain = line.count(delimiter) == width - 1
            yield line, None if plain else fields_of(line, delimiter)
        elif strict is not None and strict.fullmatch(line):
            yield line, None
        else:
            following = lines[at : at + _MOST_LINES] if failures < _MOST_FAILURES else ()
            line, fields, more = _mended(line, following, delimiter, width)
            failures += more is None
            at += more or 0
            yield line, fields


def quoted(fields: Sequence[str], delimiter: str) -> str:
    """A record of these fields, strictly quoted."""
    return delimiter.join(f'"{field.replace(QUOTE, QUOTE * 2)}"' for field in fields)


def _mended(
    line: str, following: Sequence[str], delimiter: str, width: int
) -> tuple[str, list[str], int | None]:
    """A record that is not strictly quoted: its text, its fields, how many more lines it took.

    The number is None where a quote was opened and no line closed it.
    """
    scanned = list(_scanned(line, delimiter, all_quoted=False))
    opened = any(is_open for _, is_open in scanned)
    if opened:
        whole = line
        for more, follows in enumerate(following, 1):
            whole = f"{whole}\n{follows}"
            longer = list(_scanned(whole, delimiter, all_quoted=False))
            if len(longer) == width and not any(is_open for _, is_open in longer):
                return whole, [field for field, _ in longer], more
    fields = [field for field, _ in scanned]
    tried = (
        fields_of(line.replace('\\"', QUOTE * 2), delimiter),
        fields,
        fields_of(line, delimiter, all_quoted=True),
    )
    found = next((each for each in tried if len(each) == width), fields)
    return line, found, None if opened else 0


def _scanned(line: str, delimiter: str, all_quoted: bool) -> Iterator[tuple[str, bool]]:
    """Each field, and whether it began with a quote that nothing closed."""
    at, end = 0, len(line)
    while True:
        begin = at
        while begin < end and line[begin] == " ":
            begin += 1
        opened = begin < end and line[begin] == QUOTE
        closed = _closing(line, begin, delimiter, all_quoted) if opened else None
        if closed is None:
            stop = line.find(delimiter, at)
            stop = end if stop < 0 else stop
            yield line[at:stop].strip(), opened
        else:
            stop = line.find(delimiter, closed)
            stop = end if stop < 0 else stop
            yield line[begin + 1 : closed].replace(QUOTE * 2, QUOTE).strip(), False
        if stop >= end:
            return
        at = stop + 1


def _closing(line: str, opening: int, delimiter: str, all_quoted: bool) -> int | None:
    """Where the quote stands that closes the field opened at `opening`."""
    at = opening + 1
    while (at := line.find(QUOTE, at)) >= 0:
        if line.startswith(QUOTE, at + 1):
            at += 2
            continue
        follows = line[at + 1 : at + 64].lstrip(" ")
        if not follows and not line[at + 1 :].strip():
            return at
        if follows.startswith(delimiter) and (
            not all_quoted or follows[1:].lstrip(" ").startswith(QUOTE)
        ):
            return at
        at += 1
    return None


def _strict(delimiter: str, width: int) -> re.Pattern[str] | None:
    if width > _WIDEST_PATTERN:
        return None
    field = f'(?>"(?:[^"]|"")*+"|[^"{re.escape(delimiter)}]*+)'
    return re.compile(f"{field}(?:{re.escape(delimiter)}{field}){{{width - 1}}}")
