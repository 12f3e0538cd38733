"""`cover` in [playlist.write]: sent where the login allows it, and only when it is another."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import pytest
import requests
from PIL import Image
from tests.integration.cli.conftest import Segue

from segued.config.load import load
from segued.sandbox.control.faults import Fault
from segued.sandbox.server import Sandbox
from segued.spotify.client import utc_now
from segued.spotify.login import auth
from segued.store.state import State


def covers_sent(sandbox: Sandbox) -> int:
    return sum(
        request[0] == "PUT" and request[1].endswith("/images") for request in sandbox.requests
    )


def cover(sandbox: Sandbox) -> bytes | None:
    (record,) = (r for r in sandbox.world.account.playlists.values() if r.name == "Ten")
    return record.cover


def log_in_again(segue: Segue) -> None:
    """As `segue auth login` does, with all that the configuration asks for."""
    settings = load(segue.config, {}).settings
    state = State.open(segue.folder / "state")
    person = auth.Person(_open, lambda _: None, more_scopes=settings.more_scopes)
    auth.login(settings.spotify, state.auth, utc_now, person, timeout_seconds=120)
    state.close()


def _open(address: str) -> None:
    threading.Thread(target=requests.get, args=(address,), kwargs={"timeout": 120}).start()


def write_config(segue: Segue, wanted: str, length: int = 10) -> None:
    head = segue.config.read_text().split("[[playlist]]")[0]
    body = f'[[playlist]]\nname = "Ten"\nid = "ten"\nfrom = "liked"\nlength = {length}\n'
    segue.config.write_text(f"{head}{body}write.cover = {json.dumps(wanted)}\n")


@pytest.fixture
def asking(connected: Segue) -> Segue:
    """A recipe with a cover, and a login from before anybody asked for one."""
    write_config(connected, "flow")
    connected.login()
    return connected


@pytest.fixture
def allowed(asking: Segue) -> Segue:
    log_in_again(asking)
    return asking


def test_a_login_that_does_not_allow_covers_keeps_no_list_from_being_written(
    asking: Segue, sandbox: Sandbox
) -> None:
    done = asking.run("refresh")
    assert done.returncode == 0, done.stderr
    assert "its cover waits for a login that allows it" in " ".join(done.stdout.split())
    assert covers_sent(sandbox) == 0
    assert "ugc-image-upload" in asking.run("doctor", "--offline").stdout
    log_in_again(asking)
    assert "ugc-image-upload" not in asking.run("doctor", "--offline").stdout
    assert asking.run("refresh").returncode == 0
    assert covers_sent(sandbox) == 1


def test_the_scope_is_asked_for_only_where_a_recipe_has_a_cover(connected: Segue) -> None:
    assert load(connected.config, {}).settings.more_scopes == ()
    write_config(connected, "flow")
    assert load(connected.config, {}).settings.more_scopes == ("ugc-image-upload",)


def test_a_cover_is_drawn_with_the_list_and_again_only_when_the_list_is_another(
    allowed: Segue, sandbox: Sandbox
) -> None:
    allowed.run("plan")
    assert covers_sent(sandbox) == 0, "a plan sends nothing"
    assert allowed.run("refresh").returncode == 0
    first = cover(sandbox)
    assert first is not None
    assert Image.open(io.BytesIO(first)).size == (640, 640)
    for _ in range(2):
        assert allowed.run("refresh").returncode == 0
    assert covers_sent(sandbox) == 1
    write_config(allowed, "flow", length=12)
    assert allowed.run("refresh").returncode == 0
    assert covers_sent(sandbox) == 2


def test_a_file_is_sent_and_again_when_it_was_changed(
    allowed: Segue, sandbox: Sandbox, tmp_path: Path
) -> None:
    picture = tmp_path / "cover.png"
    Image.new("RGB", (900, 900), "teal").save(picture)
    write_config(allowed, str(picture))
    for _ in range(3):
        assert allowed.run("refresh").returncode == 0
    assert covers_sent(sandbox) == 1
    Image.new("RGB", (900, 900), "orange").save(picture)
    assert allowed.run("refresh").returncode == 0
    assert covers_sent(sandbox) == 2
    sent = cover(sandbox)
    assert sent is not None
    red, green, blue = Image.open(io.BytesIO(sent)).getpixel((5, 5))
    assert red > green > blue


@pytest.mark.parametrize("content", [None, b"no image at all"])
def test_a_file_that_cannot_be_used_is_said_and_the_list_is_written(
    allowed: Segue, sandbox: Sandbox, tmp_path: Path, content: bytes | None
) -> None:
    picture = tmp_path / "cover.jpg"
    if content is not None:
        picture.write_bytes(content)
    write_config(allowed, str(picture))
    done = allowed.run("refresh")
    assert done.returncode == 0
    assert "1 written" in done.stdout
    said = "".join(done.stdout.split())
    assert "itscoverisnotchangedyet" in said
    assert "cover.jpg" in said
    assert covers_sent(sandbox) == 0
    Image.new("RGB", (300, 300), "teal").save(picture)
    assert allowed.run("refresh").returncode == 0
    assert covers_sent(sandbox) == 1


def test_a_cover_that_spotify_does_not_take_now_is_sent_by_the_next_refresh(
    allowed: Segue, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Fault("error_before", "PUT", "/playlists/{id}/images", status=500))
    done = allowed.run("refresh")
    assert done.returncode == 0
    assert "its cover is not changed yet" in " ".join(done.stdout.split())
    assert cover(sandbox) is None
    assert allowed.run("refresh").returncode == 0
    assert cover(sandbox) is not None


def test_a_cover_by_a_path_from_nowhere_is_refused(connected: Segue) -> None:
    write_config(connected, "cover.jpg")
    done = connected.run("config", "check")
    assert done.returncode == 2
    assert "by its whole path" in " ".join(done.stderr.split() + done.stdout.split())
