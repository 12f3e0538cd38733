"""From nothing to a login: init, config, auth, doctor."""

from __future__ import annotations

import json
import tomllib

import pytest
import requests

from segued.sandbox.server import Sandbox

APP = "0123456789abcdef0123456789ABCDEF"


def test_without_a_configuration_init_is_named(segue) -> None:
    for command in (("status",), ("schedule",), ("config", "check"), ("sync",)):
        done = segue.run(*command)
        assert done.returncode == 2
        assert "segue init" in done.stderr
        assert done.stdout == ""


def test_init_writes_a_right_configuration_and_the_schema_beside_it(segue) -> None:
    done = segue.run("init", "--client-id", APP)
    assert (done.returncode, done.stdout) == (0, "")
    assert tomllib.loads(segue.config.read_text())["spotify"]["client_id"] == APP
    assert segue.config.stat().st_mode & 0o077 == 0
    assert "$schema" in json.loads((segue.folder / "segue.schema.json").read_text())
    assert segue.run("config", "check").returncode == 0


@pytest.mark.parametrize("wrong", ["abc", "notanid", APP[:-1], APP + "0", "My App", APP[:-1] + "g"])
def test_a_client_id_that_is_none_is_refused_with_where_to_find_it(segue, wrong: str) -> None:
    done = segue.run("init", "--client-id", wrong)
    assert done.returncode == 2
    assert "32 hexadecimal digits" in done.stderr
    assert "https://developer.spotify.com/dashboard" in done.stderr
    assert not segue.config.exists()
    segue.config.write_text(f'[spotify]\nclient_id = "{wrong}"\n')
    (problem,) = json.loads(segue.run("config", "check", "--json").stdout)["problems"]
    assert (problem["path"], problem["line"]) == ("spotify.client_id", 2)


def test_init_keeps_a_configuration_that_is_there(segue) -> None:
    segue.config.write_text("# mine\n")
    done = segue.run("init")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert segue.config.read_text() == "# mine\n"
    assert segue.run("init", "--force").returncode == 0


def test_init_dry_writes_nothing(segue) -> None:
    assert segue.run("init", "--dry-run").returncode == 0
    assert not segue.config.exists()


def test_init_refuses_an_address_that_is_none(segue) -> None:
    done = segue.run("init", "--api-url", "spotify")
    assert done.returncode == 2
    assert "https://" in done.stderr
    assert not segue.config.exists()


def test_all_mistakes_are_printed_as_one_json_document(segue) -> None:
    segue.config.write_text('timezon = "UTC"\n[[playlist]]\nname = "A"\nlength = -1\n')
    done = segue.run("config", "check", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (2, False)
    assert [(problem["line"], problem["path"]) for problem in document["problems"]] == [
        (1, "timezon"),
        (2, "playlist[0].from"),
        (4, "playlist[0].length"),
    ]


def test_config_show_is_toml_with_every_default(segue) -> None:
    segue.run("init")
    done = segue.run("config", "show", "--set", "spotify.timeout_seconds=5")
    shown = tomllib.loads(done.stdout)
    assert shown["spotify"]["timeout_seconds"] == 5
    assert shown["playlist"][0]["write"]["max_shrink"] == 0.5
    assert "timeout_seconds = 5.0  # from --set spotify.timeout_seconds" in done.stdout
    assert "max_shrink = 0.5  # default" in done.stdout


def test_what_config_show_prints_is_a_configuration(segue) -> None:
    segue.run("init")
    with segue.config.open("a") as file:
        file.write(
            '\n[[playlist]]\nname = "Three"\nfrom = ["liked", { all = ["plays"] }]\nlength = 3\n'
        )
    shown = segue.run("config", "show").stdout
    segue.config.write_text(shown)
    done = segue.run("config", "show")
    assert tomllib.loads(done.stdout) == tomllib.loads(shown)


def test_config_schema_is_one_json_document(segue) -> None:
    assert "properties" in json.loads(segue.run("config", "schema").stdout)


def test_a_login_needs_a_client_id_and_says_where_to_get_one(segue) -> None:
    segue.run("init")
    done = segue.run("auth", "login", "--no-browser")
    assert done.returncode == 2
    assert "developer.spotify.com" in done.stderr


def test_a_script_logs_in_by_one_get_of_the_printed_address(connected, sandbox: Sandbox) -> None:
    process = connected.start("auth", "login", "--no-browser", "--timeout", "120")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    requests.get(address, timeout=120)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, ""), err
    assert address.startswith(sandbox.accounts_url)
    status = json.loads(connected.run("auth", "status", "--json").stdout)
    assert status["logged_in"] is True
    assert status["days_left"] > 170


def test_a_logout_forgets_the_login(connected) -> None:
    connected.login()
    assert connected.run("auth", "logout").returncode == 0
    done = connected.run("auth", "status")
    assert done.returncode == 4
    assert "segue auth login" in done.stdout


def test_no_token_is_printed_however_much_is_asked(connected) -> None:
    connected.login()
    stored = json.loads((connected.folder / "state" / "auth.json").read_text())
    tokens = [text for text in _texts(stored) if len(text) > 40 and " " not in text]
    assert tokens
    for command in (
        ("sync", "-vv"),
        ("status", "--json"),
        ("auth", "status", "--json"),
        ("doctor", "--offline"),
    ):
        done = connected.run(*command)
        assert not any(token in done.stdout + done.stderr for token in tokens)


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def test_what_a_recipe_names_and_nobody_has_is_found_before_a_run(connected) -> None:
    connected.login()
    assert connected.run("sync").returncode == 0
    whole = connected.config.read_text()
    recipe = '\n[[playlist]]\nname = "Late Lines"\nlength = 10\nfrom = [\n"liked",\n"{}",\n]\n'
    connected.config.write_text(whole + recipe.format("playlist:Nowhere At All"))
    checked = json.loads(connected.run("config", "check", "--json").stdout)
    (problem,) = checked["problems"]
    assert checked["ok"] is False
    lines = connected.config.read_text().splitlines()
    assert "Nowhere At All" in lines[problem["line"] - 1]
    why = "you have no playlist called “Nowhere At All”"
    assert why in problem["message"]
    done = connected.run("config", "check")
    assert done.returncode == 2
    assert why in done.stderr
    doctor = connected.run("doctor", "--offline", "--json")
    assert doctor.returncode == 3
    assert any(why in check["text"] for check in json.loads(doctor.stdout)["checks"])
    refreshed = connected.run("refresh", "Late Lines", "--json")
    assert refreshed.returncode == 3
    (plan,) = json.loads(refreshed.stdout)["playlists"]
    (note,) = plan["notes"]
    assert why in note
    (run,) = json.loads(connected.run("history", "--json", "late-lines").stdout)["runs"]
    assert run["text"] == note
    connected.config.write_text(whole + recipe.format("plays"))
    assert connected.run("config", "check").returncode == 0


def test_a_name_that_the_account_has_already_is_said_before_a_run(
    connected, sandbox: Sandbox
) -> None:
    mine = sandbox.human.create_playlist("Long unheard", [])
    connected.login()
    assert connected.run("sync").returncode == 0
    done = connected.run("config", "check")
    assert done.returncode == 0
    assert f'playlist_id = "{mine}" and adopt = true' in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        'from = "playlist:https://open.spotify.com/playlist/37i9dQZEVXcQ9COmYvdajy?si=1"',
        'from = { any = ["liked"], minus = ["playlist:spotify:playlist:37i9dQZF1DX4WYpdgoIcn6"] }',
        'from = "liked"\nwhere = { not_in_playlist = "37i9dQZF1E8NDfGVAq3DCz" }',
        'from = "liked"\nseeds = ["playlist:37i9dQZEVXcQ9COmYvdajy"]\nscore = { similar = 1 }',
    ],
)
def test_a_list_that_no_app_may_read_is_refused_before_the_account_was_read(
    segue, line: str
) -> None:
    app = f'[spotify]\nclient_id = "{APP}"\n[learn]\nenabled = true\n'
    segue.config.write_text(f'{app}[[playlist]]\nname = "A"\n{line}\n')
    done = segue.run("config", "check", "--json")
    (problem,) = json.loads(done.stdout)["problems"]
    assert done.returncode == 2
    assert "Spotify lets no app read the playlists it makes" in problem["message"]
    assert problem["path"].startswith("playlist[0].")


def test_before_the_account_was_read_names_are_not_said_to_be_right(segue) -> None:
    app = f'[spotify]\nclient_id = "{APP}"\n'
    segue.config.write_text(f'{app}[[playlist]]\nname = "A"\nfrom = "playlist:Anything"\n')
    done = segue.run("config", "check")
    assert done.returncode == 0
    assert "looked up once `segue sync` has read your account" in done.stderr
