"""Flag over environment over file over default."""

from __future__ import annotations

import pytest

from segue.errors import ConfigError
from segued.config.load import Loaded, check, flags

FILE = "[spotify]\ntimeout_seconds = 7\n"


def loaded(environ: dict[str, str], *sets: str) -> Loaded:
    return check(FILE, "config.toml", environ, flags(sets))


def test_the_file_wins_over_the_default() -> None:
    assert loaded({}).settings.spotify.timeout_seconds == 7


def test_the_environment_wins_over_the_file() -> None:
    environ = {"SEGUE_SPOTIFY__TIMEOUT_SECONDS": "8.5"}
    assert loaded(environ).settings.spotify.timeout_seconds == 8.5


def test_a_flag_wins_over_the_environment() -> None:
    environ = {"SEGUE_SPOTIFY__TIMEOUT_SECONDS": "8"}
    found = loaded(environ, "spotify.timeout_seconds=9")
    assert found.settings.spotify.timeout_seconds == 9
    assert found.origins == {("spotify", "timeout_seconds"): "--set spotify.timeout_seconds"}


@pytest.mark.parametrize("text", ["1e5", "true", "0123", '"quoted"', "abc"])
def test_a_setting_that_is_text_is_taken_as_it_stands(text: str) -> None:
    assert loaded({"SEGUE_FEATURES__AUDIO_FOLDER": text}).settings.features.audio_folder == text


def test_a_setting_at_the_top_can_be_given() -> None:
    assert loaded({"SEGUE_TIMEZONE": "Asia/Tokyo"}).settings.timezone == "Asia/Tokyo"


def test_a_length_of_time_can_be_given() -> None:
    found = loaded({"SEGUE_SYNC__TOP_TRACKS_EVERY": "2 days"})
    assert found.settings.sync.top_tracks_every == 2 * 86400


def test_other_variables_are_left_alone() -> None:
    assert loaded({"PATH": "/bin", "SEGUE_CONFIG": "x", "SEGUED_X": "1"}).origins == {}


def test_an_unknown_variable_is_an_error_with_a_near_name() -> None:
    with pytest.raises(ConfigError, match='"SEGUE_SPOTIFY__API_URL"'):
        loaded({"SEGUE_SPOTIFY__APIURL": "https://x"})


def test_a_wrong_value_names_the_variable_and_no_line() -> None:
    with pytest.raises(ConfigError) as caught:
        loaded({"SEGUE_SPOTIFY__REDIRECT_PORT": "many"})
    (problem,) = caught.value.problems
    assert problem.path == "SEGUE_SPOTIFY__REDIRECT_PORT (spotify.redirect_port)"
    assert problem.line is None


@pytest.mark.parametrize("name", ["SEGUE_SPOTIFY", "SEGUE_PLAYLIST__NAME", "SEGUE_"])
def test_a_section_or_a_playlist_is_no_variable(name: str) -> None:
    with pytest.raises(ConfigError, match="names no setting"):
        loaded({name: "x"})


def test_a_flag_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="KEY=VALUE"):
        flags(["spotify.client_id"])
