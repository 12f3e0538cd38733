"""JSON with values that no other part of Segue could hold."""

from __future__ import annotations

import json
import math
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.web.transport import decode


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": NaN, "b": 1}', {"a": None, "b": 1}),
        (b'{"a": -Infinity}', {"a": None}),
        (b'{"a": 1e400}', {"a": None}),
        (b'{"a": %s, "b": 1}' % (b"9" * 5000), {"a": None, "b": 1}),
        (b'{"a": "x\\ud800y"}', {"a": "x\ufffdy"}),
        (b'{"a": "\\udc00\\ud83d\\ude00"}', {"a": "\ufffd\U0001f600"}),
        (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
        (b'{"a": NaN, "b": "\\\\\\ud800"}', {"a": None, "b": "\\\ufffd"}),
        (b'{"a": "\xed\xa0\x80"}', {"a": "\ufffd\ufffd\ufffd"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": NaN, "b": 3, "c": 1.5, "d": -2}', {"a": None, "b": 3, "c": 1.5, "d": -2}),
    ],
)
def test_an_odd_value_costs_itself_and_nothing_else(body: bytes, value: object) -> None:
    assert decode(body) == value


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b'{"a": 1', b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_no_json_or_too_deep_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(body)


def _finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    if isinstance(value, list):
        return all(map(_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@given(_VALUES)
def test_whatever_is_decoded_can_be_stored(value: object) -> None:
    decoded = decode(json.dumps(value).encode())
    assert _finite(decoded)
    orjson.dumps(decoded)


@given(st.binary())
def test_any_bytes_are_a_value_or_a_value_error(body: bytes) -> None:
    with suppress(ValueError):
        orjson.dumps(decode(body))
