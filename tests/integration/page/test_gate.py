"""Who is let in: Host, links, sessions, origins, tokens of forms."""

from __future__ import annotations

from typing import Any

import pytest
import requests

PATHS = ("/", "/events", "/playlists/mornings", "/library", "/library/map.json", "/recipes")
CHANGES = ("/sync", "/pause", "/playlists/mornings/refresh", "/recipes/check", "/recipes/save")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_shown_to_who_is_not_signed_in(served: Any, path: str) -> None:
    answer = requests.get(served.base + path, timeout=120)
    assert answer.status_code == 401
    assert "Mornings" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "169.254.1.1", ""])
def test_a_request_for_another_host_is_refused(served: Any, host: str) -> None:
    session = served.session()
    for path in ("/", "/metrics", "/static/page.css", "/open?token=x"):
        answer = session.get(served.base + path, headers={"Host": host}, timeout=120)
        assert answer.status_code == 403, path


@pytest.mark.parametrize("host", ["localhost", "[::1]"])
def test_the_names_of_this_machine_are_known(served: Any, host: str) -> None:
    answer = requests.get(
        f"{served.base}/healthz", headers={"Host": f"{host}:{served.port}"}, timeout=120
    )
    assert answer.json()["ok"]


def test_a_link_signs_one_browser_in(served: Any) -> None:
    link = served.link()
    first = requests.get(link, timeout=120, allow_redirects=False)
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert requests.get(link, timeout=120).status_code == 401


@pytest.mark.parametrize("path", CHANGES)
def test_no_change_without_the_form_s_token(served: Any, path: str) -> None:
    before = list(served.sandbox.requests)
    session = served.session()
    answer = session.post(served.base + path, headers={"Origin": served.base}, timeout=120)
    assert answer.status_code == 403
    assert served.post(session, path, form_token="0" * 64).status_code == 403
    assert served.sandbox.requests == before


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_change_from_another_origin(served: Any, path: str, said: dict[str, str]) -> None:
    session = served.session()
    cookie = next(iter(session.cookies)).value
    from segued.page.access import Keys

    token = Keys.kept_in(served.folder / "state").form_token(cookie)
    answer = session.post(
        served.base + path,
        data={"form_token": token},
        headers={"Origin": served.base, **said},
        timeout=120,
    )
    assert answer.status_code == 403


def test_a_change_needs_an_origin(served: Any) -> None:
    session = served.session()
    assert session.post(f"{served.base}/sync", timeout=120).status_code == 403


def test_no_get_changes_anything(served: Any) -> None:
    session = served.session()
    for path in CHANGES:
        assert session.get(served.base + path, timeout=120).status_code in (404, 405), path


def test_a_long_body_is_not_read(served: Any) -> None:
    answer = served.post(served.session(), "/recipes/check", text="x" * 300_000)
    assert answer.status_code == 413


def test_every_answer_forbids_what_the_page_does_not_need(served: Any) -> None:
    session = served.session()
    for path in ("/", "/sign-in", "/static/page.js", "/nothing"):
        headers = session.get(served.base + path, timeout=120).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_no_page_names_an_address_elsewhere(served: Any) -> None:
    session = served.session()
    for path in PATHS:
        if path != "/events":
            text = session.get(served.base + path, timeout=60).text
            for start in ('src="http', 'href="http', "url(http", 'src="//', 'href="//'):
                assert start not in text, path


def test_metrics_and_health_need_no_session_on_this_machine(served: Any) -> None:
    assert requests.get(f"{served.base}/healthz", timeout=120).json()["ok"]
    assert "segue_login_days_left" in requests.get(f"{served.base}/metrics", timeout=120).text
