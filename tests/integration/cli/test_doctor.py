"""`segue doctor` looks at what it says is in place."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Segue
from tests.integration.soloist import soloist
from tests.sounds import saved_musicnn

from segued.cli.call import Call
from segued.cli.main import main
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.providers.similar import LASTFM_KEY
from segued.sandbox.server import Sandbox, running

FOREIGN = "37i9dQZEVXcQ9COmYvdajy"
CONFIG = """
[spotify]
client_id = "sandbox-client"
api_url = "{api}"
accounts_url = "{accounts}"
redirect_port = 0
[features]
reccobeats_url = "{reccobeats}"
interval_seconds = 0.0
[lyrics]
lrclib_url = "{lrclib}"
interval_seconds = 0.0
encoder = "{encoder}"
[tags]
musicbrainz_url = "{musicbrainz}"
listenbrainz_url = "{listenbrainz}"
interval_seconds = 0.0
[learn]
enabled = false
[[playlist]]
name = "Newest"
from = "liked"
length = 5
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    settings = SandboxSettings(
        tracks=80, artists=60, likes=20, playlists=3, play_days=2, dated=True
    )
    with running(settings) as served:
        yield served


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Segue:
    """A login and a library; the encoder is a folder that is there."""
    segue = Segue(tmp_path_factory.mktemp("doctor"))
    encoder = segue.folder / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    text = CONFIG.format(
        api=sandbox.api_url,
        accounts=sandbox.accounts_url,
        reccobeats=sandbox.reccobeats_url,
        lrclib=sandbox.lrclib_url,
        musicbrainz=sandbox.musicbrainz_url,
        listenbrainz=sandbox.listenbrainz_url,
        encoder=encoder,
    )
    segue.config.write_text(text)
    segue.login()
    assert segue.run("sync").returncode == 0
    return segue


def looked_at(account: Segue, *more: str, **environ: str) -> tuple[int, dict[str, list[str]], str]:
    """The exit code, the names by outcome, and all that is said of what is bad."""
    done = account.run("doctor", "--json", *more, **environ)
    checks = json.loads(done.stdout)["checks"]
    by: dict[str, list[str]] = {"good": [], "warning": [], "bad": []}
    for check in checks:
        by[check["outcome"]].append(check["name"])
    said = " ".join(f"{c['text']} {c['next_step']}" for c in checks if c["outcome"] == "bad")
    return done.returncode, by, said


def test_everything_is_looked_at_and_in_place(account: Segue) -> None:
    code, found, said = looked_at(account)
    assert (code, found["bad"], found["warning"]) == (0, [], []), said
    wanted = {"config", "state", "permissions", "disk", "timezone", "app", "login", "Web API"}
    wanted |= {"clock", "accounts", "account", "table", "reccobeats", "lrclib", "genius"}
    wanted |= {"musicbrainz", "listenbrainz", "lastfm"}
    wanted |= {"encoder", "learners", "playlists", "recipes", "service"}
    assert set(found["good"]) == wanted
    shown = account.run("doctor")
    assert "Everything is in place." in shown.stdout
    assert account.run("doctor", "--offline").stdout.rstrip().endswith("this machine tells.")


def test_services_that_recipes_and_never_name_are_asked_too(
    account: Segue, sandbox: Sandbox, tmp_path: Path
) -> None:
    text = account.config.read_text()
    address = f"{sandbox.accounts_url}/lists/machine-artists.csv"
    more = tmp_path / "more.toml"
    more.write_text(
        text
        + '[[playlist]]\nname = "New"\nfrom = ["similar:reccobeats", "similar:lastfm"]\n'
        + f'[never]\nlists = ["{address}", "{sandbox.accounts_url}/nothing"]\n'
    )
    _, found, _ = looked_at(account, "--config", str(more))
    assert {"similar:reccobeats", address} <= set(found["good"])
    assert "similar:lastfm" in found["warning"], "it has no key"
    assert f"{sandbox.accounts_url}/nothing" in found["bad"]


@pytest.mark.parametrize(("user", "how"), [("segue-listener", "good"), ("nobody", "bad")])
def test_whether_listens_can_be_read_is_said(
    account: Segue, sandbox: Sandbox, tmp_path: Path, user: str, how: str
) -> None:
    more = tmp_path / "more.toml"
    tags = f'[tags]\nlastfm_key = "{LASTFM_KEY}"\nlastfm_url = "{sandbox.lastfm_url}"\n'
    text = account.config.read_text().replace("[tags]\n", tags)
    names = f'[scrobbles]\nlistenbrainz_user = "{user}"\nlastfm_user = "{user}"\n'
    more.write_text(text + names)
    _, found, _ = looked_at(account, "--config", str(more))
    assert {"scrobbles:listenbrainz", "scrobbles:lastfm"} <= set(found[how])


def test_similar_songs_of_lastfm_without_a_key_are_found_by_line_before_a_run(
    account: Segue, tmp_path: Path
) -> None:
    more = tmp_path / "more.toml"
    recipe = '[[playlist]]\nname = "New"\nfrom = ["liked", "similar:lastfm"]\n'
    more.write_text(account.config.read_text() + recipe)
    before = (tmp_path / "unread", account.folder)
    for state in before:
        where = {"STATE_DIRECTORY": str(state)} if state is before[0] else {}
        done = account.run("config", "check", "--json", "--config", str(more), **where)
        (problem,) = json.loads(done.stdout)["problems"]
        assert done.returncode == 2
        assert problem["path"] == "playlist[1].from[1]"
        assert "set lastfm_key in [tags]" in problem["message"]
    _, found, said = looked_at(account, "--config", str(more))
    assert "recipes" in found["bad"]
    assert "set lastfm_key in [tags]" in said
    more.write_text(more.read_text() + 'missing = "skip"\n')
    done = account.run("config", "check", "--config", str(more))
    assert (done.returncode, "set lastfm_key in [tags]" in done.stderr) == (0, True)


def test_a_playlist_of_never_that_is_not_there_is_found_by_the_check_by_its_line(
    account: Segue, tmp_path: Path
) -> None:
    more = tmp_path / "more.toml"
    more.write_text(account.config.read_text() + '[never]\nplaylists = [\n"No Such List"]\n')
    done = account.run("config", "check", "--json", "--config", str(more))
    (problem,) = json.loads(done.stdout)["problems"]
    assert done.returncode == 2
    assert problem["path"] == "never.playlists[0]"
    assert problem["line"] == len(more.read_text().splitlines())
    assert "you have no playlist called “No Such List”" in problem["message"]


def test_offline_asks_nobody(account: Segue, sandbox: Sandbox) -> None:
    sandbox.clear_requests()
    code, found, _ = looked_at(account, "--offline")
    assert (code, found["bad"], sandbox.requests) == (0, [], [])
    assert "reccobeats" not in found["good"]


@pytest.mark.parametrize("path", ["", "/v2", "/v1/me", "/reccobeats"])
def test_a_wrong_base_address_is_found_with_and_without_a_login(
    account: Segue, sandbox: Sandbox, tmp_path: Path, path: str
) -> None:
    wrong = {"SEGUE_SPOTIFY__API_URL": sandbox.accounts_url + path}
    code, found, said = looked_at(account, **wrong)
    assert code != 0
    assert "Web API" in found["bad"]
    assert "[spotify] api_url" in said
    _, without, _ = looked_at(account, STATE_DIRECTORY=str(tmp_path), **wrong)
    assert "Web API" in without["bad"]


def test_addresses_that_nobody_answers_at_are_named(account: Segue) -> None:
    nobody = "http://127.0.0.1:9"
    code, found, said = looked_at(
        account,
        SEGUE_SPOTIFY__ACCOUNTS_URL=nobody,
        SEGUE_FEATURES__RECCOBEATS_URL=nobody,
        SEGUE_LYRICS__LRCLIB_URL=nobody,
    )
    assert code != 0
    assert set(found["bad"]) == {"accounts", "reccobeats", "lrclib"}
    assert "accounts_url" in said


def test_a_provider_at_a_wrong_address_is_named(account: Segue, sandbox: Sandbox) -> None:
    _, found, said = looked_at(
        account,
        SEGUE_FEATURES__RECCOBEATS_URL=sandbox.lrclib_url,
        SEGUE_LYRICS__LRCLIB_URL=sandbox.reccobeats_url,
        SEGUE_TAGS__MUSICBRAINZ_URL=sandbox.reccobeats_url,
        SEGUE_TAGS__LISTENBRAINZ_URL=sandbox.reccobeats_url,
    )
    assert set(found["bad"]) == {"reccobeats", "lrclib", "musicbrainz", "listenbrainz"}
    assert "[features]" in said
    assert "[lyrics]" in said


def test_a_login_of_another_app_is_bad(account: Segue) -> None:
    code, found, said = looked_at(account, SEGUE_SPOTIFY__CLIENT_ID="0" * 32)
    assert (code, found["bad"]) == (4, ["login"])
    assert "another app" in said


def test_nobody_logged_in_is_bad_and_what_to_do_is_said(account: Segue, tmp_path: Path) -> None:
    code, found, said = looked_at(account, STATE_DIRECTORY=str(tmp_path))
    assert (code, found["bad"]) == (4, ["login"])
    assert "segue auth login" in said


def test_an_encoder_that_is_not_there_is_bad(account: Segue, tmp_path: Path) -> None:
    _, found, _ = looked_at(account, SEGUE_LYRICS__ENCODER=str(tmp_path / "none"))
    assert found["bad"] == ["encoder"]


SEEDED = 'name = "B"\nfrom = "liked"\nlength = 5\nseeds = ["Nosuch - Nobody"]'
ADOPTING = 'name = "C"\nfrom = "liked"\nwrite = {{ playlist_id = "{}", adopt = true }}'


@pytest.mark.parametrize(
    ("recipe", "name", "words"),
    [
        ('name = "A"\nfrom = "playlist:Nowhere"', "recipes", "no playlist called “Nowhere”"),
        (SEEDED, "recipes", "Nosuch"),
        (ADOPTING.format(FOREIGN), "playlists", FOREIGN),
    ],
)
def test_what_a_recipe_cannot_have_is_bad(
    account: Segue, tmp_path: Path, recipe: str, name: str, words: str
) -> None:
    text = account.config.read_text() + f"\n[[playlist]]\n{recipe}\n"
    (tmp_path / "config.toml").write_text(text)
    here = {"SEGUE_CONFIG": str(tmp_path / "config.toml")}
    assert account.run("sync", **here).returncode == 0
    code, found, said = looked_at(account, **here)
    assert code == 3, said
    assert name in found["bad"]
    assert words in said


def test_it_says_whether_soloist_is_heard(account: Segue, tmp_path: Path) -> None:
    pytest.importorskip("websockets", reason="the extra ears is not installed")
    with soloist("listener", tmp_path):
        _, found, _ = looked_at(account, SEGUE_EARS__SOLOIST=str(tmp_path))
        assert "ears" in found["good"]
    code, found, _ = looked_at(account, SEGUE_EARS__SOLOIST=str(tmp_path))
    assert (code, found["warning"]) == (0, ["ears"])


def test_a_schedule_that_nobody_keeps_is_said(account: Segue) -> None:
    text = account.config.read_text()
    account.config.write_text(text + 'schedule = "@daily"\n')
    done = account.run("doctor", "--offline")
    account.config.write_text(text)
    assert done.returncode == 0
    assert "segue service install" in done.stdout
    assert "1 note above" in done.stdout
    assert "in place" not in done.stdout


def test_a_state_that_others_may_read_is_said(account: Segue) -> None:
    login = account.folder / "state" / "auth.json"
    login.chmod(0o644)
    _, found, _ = looked_at(account, "--offline")
    login.chmod(0o600)
    assert found["warning"] == ["permissions"]


def test_a_clock_that_is_off_is_said(account: Segue, capsysbinary: pytest.CaptureFixture) -> None:
    environ = {"PATH": os.environ["PATH"], **account.environ}
    for hours, outcome in ((0, "good"), (2, "warning")):
        now = Call().now() + timedelta(hours=hours)
        main(["doctor", "--json"], Call(environ=environ, clock=lambda now=now: now))
        checks = json.loads(capsysbinary.readouterr().out)["checks"]
        assert [c["outcome"] for c in checks if c["name"] == "clock"] == [outcome]


def test_a_list_that_another_recipe_keeps_is_found_before_a_run(
    account: Segue, tmp_path: Path
) -> None:
    account = Segue(shutil.copytree(account.folder, tmp_path / "own"))  # others find no refresh
    assert account.run("refresh").returncode == 0
    rows = json.loads(account.run("list", "--kept", "--json").stdout)["playlists"]
    made = next(row["id"] for row in rows if row["name"] == "Newest")
    more = tmp_path / "more.toml"
    recipe = (
        f'[[playlist]]\nname = "Mine"\nfrom = "liked"\n[playlist.write]\nplaylist_id = "{made}"\n'
    )
    for adopting in ("", "adopt = true\n"):
        more.write_text(account.config.read_text() + recipe + adopting)
        done = account.run("config", "check", "--json", "--config", str(more))
        (problem,) = json.loads(done.stdout)["problems"]
        assert (done.returncode, problem["path"]) == (2, "playlist[1].write.playlist_id")
        assert "is what the recipe 'Newest' keeps" in problem["message"]
    _, found, said = looked_at(account, "--config", str(more))
    assert "playlists" in found["bad"]
    assert "is what the recipe 'Newest' keeps" in said


def test_words_that_musicnn_does_not_know_are_told_before_anything_is_heard(
    account: Segue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("librosa", reason="the extra `audio` is not installed")
    saved_musicnn(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    more = """
[[playlist]]
name = "Rain"
from = "liked"
score = { like_sound = { "rainy piano" = 1.0, "sad jazz" = 1.0 } }
[sound]
enabled = true
model = "musicnn"
"""
    text = account.config.read_text()
    folder = f'[features]\naudio_folder = "{tmp_path}"\n'
    account.config.write_text(text.replace("[features]\n", folder) + more)
    try:
        code, found, said = looked_at(account, "--offline")
        checked = account.run("config", "check")
    finally:
        account.config.write_text(text)
    assert (code, found["bad"]) == (2, ["sound"])
    for told in (said, " ".join((checked.stdout + checked.stderr).split())):
        assert "“rainy piano” has none of them" in told
        assert "“sad jazz”" not in told
    assert checked.returncode == 0
