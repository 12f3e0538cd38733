"""How a login is shown."""

from __future__ import annotations

from segued.cli.output import local_time, plural
from segued.spotify.login.auth import LoginStatus


def login_document(status: LoginStatus) -> dict[str, object]:
    """A login as part of a JSON document."""
    return {
        "logged_in": status.logged_in,
        "authorized_at": status.authorized_at,
        "ends_at": status.ends_at,
        "days_left": status.days_left,
        "missing_scopes": list(status.missing_scopes),
        "suspect": status.suspect,
    }


def login_text(status: LoginStatus) -> str:
    """A login in words, with what to do where something is to be done."""
    if status.authorized_at is None:
        return "Not logged in. Run `segue auth login`."
    if not status.logged_in:
        why = "Spotify called it dead" if status.suspect else "six months have gone by"
        return f"The login has ended ({why}). Run `segue auth login`; nothing else is lost."
    assert status.ends_at is not None
    days = plural(status.days_left or 0, "day")
    text = f"Logged in for {days} more, until {local_time(status.ends_at)}."
    if status.missing_scopes:
        missing = ", ".join(status.missing_scopes)
        text += f"\nIt lacks permissions: {missing}. Run `segue auth login` again."
    elif (status.days_left or 0) <= 30:
        text += "\nRenew it in time with `segue auth login`."
    return text
