"""The gate where other machines may ask, and the health that monitors read."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from segued.config.load import settings_from
from segued.page.access import ATTEMPTS, Keys, SignIn
from segued.page.app import healthz
from segued.page.guard import Door, Gate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _client(
    listen: str, password: str = "", names: tuple[str, ...] = (), **more: Any
) -> TestClient:
    async def anything(_: Any) -> Response:
        return PlainTextResponse("inside")

    app = Starlette(routes=[Route("/{path:path}", anything, methods=["GET", "POST"])])
    door = Door(listen, names, password, lambda: Keys(b"k" * 32), lambda: NOW, SignIn(Path()))
    gate = Gate(app, door, lambda code, text: PlainTextResponse(text, code))
    return TestClient(gate, base_url="http://192.0.2.7:8899", **more)


def test_an_address_of_other_machines_needs_a_password_in_the_configuration() -> None:
    from segue.errors import ConfigError

    with pytest.raises(ConfigError, match="page_password"):
        settings_from({"service": {"listen": "0.0.0.0"}})
    with pytest.raises(ConfigError, match="IP address"):
        settings_from({"service": {"listen": "example.org"}})
    found = settings_from({"service": {"listen": "0.0.0.0", "page_password": "file:/p"}})
    assert found.service.listen == "0.0.0.0"
    assert settings_from({"service": {"listen": "::1"}}).service.listen == "::1"


def test_an_address_is_answered_only_where_others_may_ask() -> None:
    assert _client("127.0.0.1").get("/static/page.css").status_code == 403
    assert _client("0.0.0.0", "word").get("/static/page.css").text == "inside"


@pytest.mark.parametrize("host", ["evil.example", "page.example.evil"])
def test_a_name_has_to_be_named(host: str) -> None:
    client = _client("0.0.0.0", "word", ("page.example",))
    assert client.get("/static/x", headers={"Host": host}).status_code == 403
    assert client.get("/static/x", headers={"Host": "page.example"}).text == "inside"


def test_monitors_on_other_machines_give_the_password() -> None:
    client = _client("0.0.0.0", "word", client=("192.0.2.9", 1))
    assert client.get("/metrics").status_code == 401

    def given(word: str) -> int:
        text = base64.b64encode(f"prometheus:{word}".encode()).decode()
        return client.get("/metrics", headers={"Authorization": f"Basic {text}"}).status_code

    assert given("word") == 200
    assert [given("wrong") for _ in range(ATTEMPTS)] == [401] * ATTEMPTS
    assert given("word") == 401, "after ten wrong ones none is looked at"


def test_monitors_on_this_machine_need_none() -> None:
    client = _client("0.0.0.0", "word", client=("127.0.0.1", 1))
    assert client.get("/healthz").text == "inside"


@pytest.mark.parametrize(("ok", "code"), [(True, 200), (False, 503)])
def test_the_status_code_tells_the_health(ok: bool, code: int) -> None:
    app = Starlette(routes=[Route("/healthz", healthz)])

    backend = SimpleNamespace(health=lambda: {"ok": ok})
    app.state.page = SimpleNamespace(backend=backend)
    assert TestClient(app).get("/healthz").status_code == code


def test_another_loopback_address_is_answered_under_itself() -> None:
    found = _client("127.0.0.5").get("/static/x", headers={"Host": "127.0.0.5:8899"})
    assert found.text == "inside"
