"""No secret goes into a log."""

from __future__ import annotations

import io
import logging

import pytest

from segued.config.secrets import Redacting, printable

TOKEN = "BQDx1-abc_DEF.456789"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f"{{'Authorization': 'Bearer {TOKEN}'}}",
        f'{{"access_token": "{TOKEN}", "scope": "a b"}}',
        f"{{'refresh_token': '{TOKEN}'}}",
        f"POST /api/token grant_type=refresh_token&refresh_token={TOKEN}&client_id=x",
        f"http://127.0.0.1:8888/callback?code={TOKEN}&state=ab",
        f"code_verifier={TOKEN}",
        f"Authorization: Basic {TOKEN}",
    ],
)
def test_a_secret_is_taken_out(text: str) -> None:
    assert TOKEN not in printable(text)
    assert "***" in printable(text)


@pytest.mark.parametrize(
    "text", ["exit code: 5", "bearer of news", "status code = 429", "no token is stored"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_arguments_and_tracebacks_are_redacted_too() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Redacting("%(message)s"))
    logger = logging.Logger("any.library")
    logger.addHandler(handler)
    try:
        raise RuntimeError(f"Bearer {TOKEN}")
    except RuntimeError:
        logger.exception("sent %s", {"Authorization": f"Bearer {TOKEN}"})
    assert "RuntimeError" in stream.getvalue()
    assert TOKEN not in stream.getvalue()
