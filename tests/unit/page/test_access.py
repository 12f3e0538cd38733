"""Links, cookies, form tokens and passwords of the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from segued.page.access import ATTEMPTS, FILE, LINK_TIME, LINKS_FILE, SESSION_TIME, Keys, SignIn

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_secret_is_kept_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    keys = Keys.kept_in(tmp_path)
    assert Keys.kept_in(tmp_path) == keys
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_link_opens_the_page_once(tmp_path: Path) -> None:
    keys, sign_in = Keys.kept_in(tmp_path), SignIn(tmp_path)
    link = keys.link(NOW)
    assert sign_in.by_link(keys, link, NOW)
    assert not sign_in.by_link(keys, link, NOW)
    assert not SignIn(tmp_path).by_link(keys, link, NOW), "a restart of the service forgets nothing"
    assert SignIn(tmp_path).by_link(keys, keys.link(NOW), NOW)


def test_a_link_is_remembered_no_longer_than_it_is_good(tmp_path: Path) -> None:
    keys, sign_in = Keys.kept_in(tmp_path), SignIn(tmp_path)
    sizes = []
    for minutes in (0, 5, 20, 40):
        now = NOW + timedelta(minutes=minutes)
        assert sign_in.by_link(keys, keys.link(now), now)
        sizes.append((tmp_path / LINKS_FILE).stat().st_size)
    assert sizes[1] > sizes[0]
    assert sizes[2] < sizes[1]
    assert sizes[3] == sizes[2]


def test_a_link_is_good_for_ten_minutes(tmp_path: Path) -> None:
    keys = Keys.kept_in(tmp_path)
    link = keys.link(NOW)
    assert keys.is_link(link, NOW + LINK_TIME - timedelta(seconds=1))
    assert not keys.is_link(link, NOW + LINK_TIME)


def test_a_session_is_good_for_a_month(tmp_path: Path) -> None:
    keys = Keys.kept_in(tmp_path)
    cookie = keys.session(NOW)
    assert keys.is_session(cookie, NOW + SESSION_TIME - timedelta(seconds=1))
    assert not keys.is_session(cookie, NOW + SESSION_TIME)


def test_a_link_is_no_session_and_a_changed_one_neither(tmp_path: Path) -> None:
    keys = Keys.kept_in(tmp_path)
    cookie, link = keys.session(NOW), keys.link(NOW)
    assert not keys.is_session(link, NOW)
    assert not keys.is_link(cookie, NOW)
    later = str(int(cookie.split(".")[0]) + 1)
    assert not keys.is_session(".".join([later, *cookie.split(".")[1:]]), NOW)
    for wrong in ("", ".", "..", "é.é.é", "9" * 5000):
        assert not keys.is_session(wrong, NOW)


def test_another_secret_voids_all_that_was_handed_out(tmp_path: Path) -> None:
    keys = Keys.kept_in(tmp_path)
    cookie = keys.session(NOW)
    renewed = Keys.renewed(tmp_path)
    assert Keys.kept_in(tmp_path) == renewed
    assert not renewed.is_session(cookie, NOW)


def test_a_form_token_is_good_for_its_own_session_only(tmp_path: Path) -> None:
    keys = Keys.kept_in(tmp_path)
    first, other = keys.session(NOW), keys.session(NOW)
    assert keys.is_form_token(keys.form_token(first), first)
    assert not keys.is_form_token(keys.form_token(first), other)


def test_after_ten_wrong_passwords_none_is_looked_at_for_a_minute(tmp_path: Path) -> None:
    sign_in = SignIn(tmp_path)
    for _ in range(ATTEMPTS):
        assert sign_in.by_password("guess", "right", NOW) is False
    assert sign_in.by_password("right", "right", NOW) is None
    assert sign_in.by_password("right", "right", NOW + timedelta(seconds=61)) is True
