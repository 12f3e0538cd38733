"""The login as the service sees it: whether it lives, and when its end is announced."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from segued.notify.notifier import Notifier, login_notice
from segued.schedule.policy import Login
from segued.spotify.login.lifetime import days_left, ends_at
from segued.store.auth import AuthStore

log = logging.getLogger(__name__)

_LOOK = timedelta(hours=1)


def login_of(auth: AuthStore, now: datetime) -> Login:
    """The login as it stands: dead where it was ended, or is older than Spotify allows."""
    token = auth.token()
    if token is None:
        return Login(alive=False)
    alive = token.refresh_token is not None and now < ends_at(token)
    return Login(alive, token.authorized_at.isoformat())


class LoginWatch:
    """Announces that a login will end, some days before: in the log, and to people."""

    def __init__(self, auth: AuthStore) -> None:
        self._auth = auth
        self._last_look: datetime | None = None

    def look(self, notifier: Notifier, now: datetime) -> None:
        """Announce what is to be announced; looks once an hour, however often it is called."""
        if self._last_look is not None and timedelta() <= now - self._last_look < _LOOK:
            return
        self._last_look = now
        token = self._auth.token()
        if token is None or not login_of(self._auth, now).alive:
            return
        notice = login_notice(days_left(token, now), token.authorized_at)
        if notice is None:
            return
        if notifier.first_time(notice, now):
            log.warning("%s. %s", notice.title, notice.text)
        notifier.tell((notice,), now)
