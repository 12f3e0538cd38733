"""JSON of a service, whatever stands in it: values that every part of Segue can hold and store.

orjson refuses what half the services of the world send now and then: NaN, a lone surrogate, a
number of 400 digits, a byte order mark. Such an answer is read again, leniently, with those values
left out, so that one odd field does not cost an answer. What is no JSON at all, or is nested
deeper than any answer of ours, is a ValueError.
"""

from __future__ import annotations

import json
import math
import re

import orjson

# The second half of a valid pair is taken with its first; "\\" takes its own next letter.
_ESCAPES = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
REPLACEMENT = "\\ufffd"


def decode(body: bytes) -> object:
    """The value a JSON body holds; raises ValueError where it is none.

    NaN, infinities and numbers too large for a double become None, lone surrogates and bytes
    that are not UTF-8 become U+FFFD.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        refused = error
    text = body.decode("utf-8-sig", errors="replace")
    text = _ESCAPES.sub(lambda m: REPLACEMENT if m["lone"] else m[0], text)
    try:
        return json.loads(
            text,
            strict=False,
            parse_constant=lambda _: None,
            parse_float=_finite,
            parse_int=_finite,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:
        raise refused from None


def _finite(digits: str) -> int | float | None:
    number = float(digits)
    if not math.isfinite(number):
        return None
    return int(digits) if digits.lstrip("-").isdigit() and abs(number) < 2**63 else number
