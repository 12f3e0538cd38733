"""/healthz and /metrics."""

from __future__ import annotations

import http.client

import pytest

from segued.status.metrics import StatusServer


@pytest.mark.parametrize(("ok", "code"), [(True, 200), (False, 503)])
def test_health_is_told_by_its_status_code(ok: bool, code: int) -> None:
    server = StatusServer(0, lambda: {"ok": ok}, lambda: (b"", "text/plain"))
    try:
        asked = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        asked.request("GET", "/healthz")
        assert asked.getresponse().status == code
        asked.close()
    finally:
        server.close()
