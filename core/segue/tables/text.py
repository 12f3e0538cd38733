"""The text of a file somebody gives: unpacked, decoded, with one kind of line end."""

from __future__ import annotations

import codecs
import zlib
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
