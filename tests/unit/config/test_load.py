"""Reading a configuration: every mistake at once, each with its place and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.errors import ConfigError, Problem
from segued.config.load import check, load, settings_from

ONE = '[[playlist]]\nname = "A"\nfrom = "liked"\n'


def problems(text: str, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        check(text, "config.toml", environ or {})
    return caught.value.problems


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_an_empty_file_is_a_configuration() -> None:
    settings = check("", "config.toml", {}).settings
    assert settings.playlists == ()
    assert settings.spotify.api_url == "https://api.spotify.com/v1"


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        ("timezon = 'UTC'", "timezon", 1, 'Did you mean "timezone"'),
        ("\nlength = 3", "length", 2, "It belongs in [[playlist]]"),
        (ONE + "description = 'x'", "playlist[0].description", 4, "belongs in [playlist.write]"),
        (ONE + "taste = 1.0", "playlist[0].taste", 4, "It belongs in [playlist.score]"),
        (ONE + "embedding = 1", "playlist[0].embedding", 4, "It belongs in [playlist.score]"),
        (ONE + "where.arc = 'ramp'", "playlist[0].where.arc", 4, "in [playlist.sequence]"),
        (ONE + "score.nextstep = 1", "playlist[0].score.nextstep", 4, 'method = "beam"'),
        (ONE + "score.order = 1", "playlist[0].score.order", 4, 'learn = "order"'),
        (
            ONE + "sequence = { learn = 'order', method = 'beam' }",
            "playlist[0].sequence.learn",
            4,
            "only search learns",
        ),
        (ONE + "score = { similar = 1, embedding = 1 }", "playlist[0].score.embedding", 4, "one"),
        ("[spotfy]\nclient_id = ''", "spotfy", 1, 'Did you mean "spotify"'),
        ("[spotify]\ntimeout_seconds = '5'", "spotify.timeout_seconds", 2, "without quotes"),
        ("[spotify]\nclient_id = 12", "spotify.client_id", 2, 'Write "12"'),
        ("[spotify]\nredirect_port = 70000", "spotify.redirect_port", 2, "at most 65535"),
        ("[spotify]\napi_url = 'spotify.com'", "spotify.api_url", 2, "https://"),
        ("timezone = 'Berlin'", "timezone", 1, '"Europe/Berlin"'),
        ("[playlist]\nname = 'A'\nfrom = 'liked'", "playlist", 1, "[[playlist]]"),
        ("[[playlist]]\nfrom = 'liked'", "playlist[0].name", 1, "name ="),
        ("[[playlist]]\nname = 'A'", "playlist[0].from", 1, 'from = "liked"'),
        ("[[playlist]]\nname = ''\nfrom = 'liked'", "playlist[0].name", 2, "must not be empty"),
        (ONE + "id = 'Slow Sunday'", "playlist[0].id", 4, "slow-sunday"),
        (ONE + "length = -3", "playlist[0].length", 4, "at least 1, not -3"),
        (ONE + "length = '30'", "playlist[0].length", 4, "Write 30 without quotes"),
        (ONE + "length = 30.5", "playlist[0].length", 4, "whole number"),
        (ONE + "length = true", "playlist[0].length", 4, "whole number"),
        (ONE + "unique_recordings = 'yes'", "playlist[0].unique_recordings", 4, "true or false"),
        (ONE + "freshness = -0.1", "playlist[0].freshness", 4, "at least 0"),
        (ONE + "freshness = nan", "playlist[0].freshness", 4, "finite"),
        (ONE + "duration = 90", "playlist[0].duration", 4, "Say the unit"),
        (ONE + "length = 3\nduration = '1h'", "playlist[0].duration", 5, "Keep one"),
        (ONE + "schedule = '@dayly'", "playlist[0].schedule", 4, "@daily"),
        (ONE + "schedule = '0 7 31 2 *'", "playlist[0].schedule", 4, "never be due"),
        (ONE + "schedule = 7", "playlist[0].schedule", 4, "text in quotes"),
        (ONE + "on = 'mon 07:00'", "playlist[0].on", 4, 'Write ["mon 07:00"]'),
        (ONE + "on = ['mon 7']", "playlist[0].on", 4, "mon 07:00"),
        (ONE + "on = ['mon 07:00']\nschedule = '@daily'", "playlist[0].on", 4, "Keep one"),
        (ONE + "timezone = 'Mars'", "playlist[0].timezone", 4, "is not a timezone"),
        (ONE + "where.energy = '0.5..3'", "playlist[0].where.energy", 4, "between 0 and 1"),
        (ONE + "where.energy = '0.9..0.1'", "playlist[0].where.energy", 4, "smaller end first"),
        (ONE + "where.tempo = '-5..'", "playlist[0].where.tempo", 4, "beats a minute"),
        (ONE + "where.year = '99..'", "playlist[0].where.year", 4, "a year lies between"),
        (ONE + "where.plays = '-1..'", "playlist[0].where.plays", 4, "a count lies between"),
        (ONE + "where.title = '('", "playlist[0].where.title", 4, "regular expression"),
        (ONE + "where.artist = 3", "playlist[0].where.artist", 4, "list of texts"),
        (ONE + "where.artist = ['']", "playlist[0].where.artist", 4, "matches nothing"),
        (ONE + "where.enrgy = '0..1'", "playlist[0].where.enrgy", 4, 'Did you mean "energy"'),
        (ONE + "where.any = [{ yeer = 1 }]", "playlist[0].where.any[0].yeer", 4, '"year"'),
        (ONE + "where.unknown_features = 'skip'", "playlist[0].where.unknown_features", 4, "keep"),
        (ONE + "score.recensy = 1", "playlist[0].score.recensy", 4, 'Did you mean "recency"'),
        (ONE + "score.recency = '1'", "playlist[0].score.recency", 4, "Write 1 without quotes"),
        (ONE + "sequence.method = 'gredy'", "playlist[0].sequence.method", 4, '"greedy"'),
        (ONE + "sequence.flow = -1", "playlist[0].sequence.flow", 4, "at least 0"),
        (ONE + "write.mode = 'apend'", "playlist[0].write.mode", 4, 'Did you mean "append"'),
        (ONE + "write.max_shrink = 50", "playlist[0].write.max_shrink", 4, "at most 1"),
        (ONE + "write.playlist_id = 'Gym'", "playlist[0].write.playlist_id", 4, "Copy link"),
        (ONE + "write.adopt = true", "playlist[0].write.adopt", 4, "Add playlist_id"),
        (ONE + "write.rotate = 3", "playlist[0].write.rotate", 4, 'mode = "rotate"'),
        (ONE + "length = 3\nwrite.min_tracks = 4", "playlist[0].write.min_tracks", 5, "at most 3"),
        (
            ONE + "[playlist.where]\nplayed_within = '1 day'\nnot_played_within = '2 days'",
            "playlist[0].where.not_played_within",
            6,
            "shorter time",
        ),
        (ONE.replace('"liked"', '"likd"'), "playlist[0].from", 3, 'Did you mean "liked"'),
        (ONE.replace('"liked"', '["liked",\n"albms"]'), "playlist[0].from[1]", 4, '"albums"'),
        (ONE.replace('"liked"', '"recipe:B"'), "playlist[0].from", 3, "no recipe called 'B'"),
        (ONE.replace('"liked"', '"recipe:A"'), "playlist[0].from", 3, "in a circle: A → A"),
    ],
)
def test_a_mistake_names_its_place_and_a_way_out(
    text: str, path: str, line: int, words: str
) -> None:
    found = only(text)
    assert (found.path, found.line) == (path, line)
    assert words in f"{found.message} {found.suggestion}"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name = Slow Sunday\n", 1, "in quotes"),
        ("a = 1\na = 2\n", 2, "already given"),
        ("[spotify]\n[spotify]\n", 2, "already written"),
        ("[playlist\n", 1, "']'"),
        ("a = 1\nb = [1, 2\n", 3, "ends with ]"),
        ("just words\n", 1, "KEY = VALUE"),
    ],
)
def test_a_mistake_of_syntax_has_line_and_words(text: str, line: int, words: str) -> None:
    found = only(text)
    assert found.line == line
    assert "column" in found.path or "end of the file" in found.path
    assert words in f"{found.message} {found.suggestion}"


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file() -> None:
    text = ONE + "lenght = 3\nfreshness = 7\n" + ONE + "write.adopt = true\n[spotify]\nx = 1\n"
    lines = [(problem.line, problem.path) for problem in problems(text)]
    assert lines == [
        (4, "playlist[0].lenght"),
        (5, "playlist[0].freshness"),
        (7, "playlist[1].name"),
        (9, "playlist[1].write.adopt"),
        (11, "spotify.x"),
    ]


def test_two_playlists_of_one_name_are_refused_whatever_the_case() -> None:
    found = only(ONE + ONE.replace('"A"', '"a"'))
    assert (found.path, found.line) == ("playlist[1].name", 5)


def test_two_playlists_of_one_id_are_refused() -> None:
    found = only(ONE + 'id = "x"\n' + ONE.replace('"A"', '"B"') + 'id = "x"\n')
    assert (found.path, found.line) == ("playlist[1].id", 8)


def test_an_id_made_from_a_name_counts_as_well() -> None:
    found = only(ONE + ONE.replace('"A"', '"B"') + 'id = "a"\n')
    assert "already has the id 'a'" in found.message


def test_two_recipes_may_not_write_to_one_playlist() -> None:
    link = "https://open.spotify.com/playlist/37i9dQZF1DX4WYpdgoIcn6?si=1"
    text = ONE + f'write.playlist_id = "{link}"\n' + ONE.replace('"A"', '"B"')
    found = only(text + 'write.playlist_id = "37i9dQZF1DX4WYpdgoIcn6"\n')
    assert (found.path, found.line) == ("playlist[1].write.playlist_id", 8)


def test_a_circle_of_recipes_is_named_once() -> None:
    text = "".join(
        f'[[playlist]]\nname = "{name}"\nfrom = "recipe:{other}"\n'
        for name, other in (("A", "B"), ("B", "C"), ("C", "a"), ("D", "A"))
    )
    assert "A → B → C → A" in only(text).message


def test_a_missing_file_names_init() -> None:
    with pytest.raises(ConfigError, match="segue init"):
        load(Path("nowhere.toml"), {})


def test_a_file_that_is_not_utf_8_says_so(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigError, match="UTF-8"):
        load(file, {})


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + ONE.encode())
    assert load(file, {}).settings.playlist[0].name == "A"


def test_plain_data_goes_through_the_same_checks() -> None:
    with pytest.raises(ConfigError, match="Keep one"):
        settings_from({"playlist": [{"name": "A", "from": "liked", "length": 1, "duration": "1h"}]})


@pytest.mark.parametrize(
    ("line", "home"),
    [
        ("min_tracks = 3", "[playlist.write]"),
        ('tempo = "100.."', "[playlist.where]"),
        ('arc = "ramp"', "[playlist.sequence]"),
        ('api_url = "https://x.example"', "[spotify]"),
    ],
)
def test_a_key_at_a_wrong_level_is_pointed_to_its_place(line: str, home: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"{ONE}{line}\n", "config.toml", {})
    (problem,) = caught.value.problems
    assert problem.suggestion is not None
    assert home in problem.suggestion


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "[" * 60 + "]" * 60,
        "a = " + "{ b = " * 5000,
        ".".join(["a"] * 5000) + " = 1",
        "[" + ".".join(["playlist"] * 3000) + "]",
    ],
)
def test_what_lies_too_deep_is_a_mistake_of_the_file(text: str) -> None:
    with pytest.raises(ConfigError):
        check(text, "config.toml", {})


def test_a_value_of_the_environment_may_lie_deep_too() -> None:
    with pytest.raises(ConfigError):
        check("", "config.toml", {"SEGUE_SPOTIFY__TIMEOUT_SECONDS": "[" * 100_000})


@pytest.mark.parametrize("key", ["name", "write.description"])
@pytest.mark.parametrize("letter", ["\\u001b", "\\u009b", "\\u0000", "\\u007f", "\\u2028"])
def test_a_control_character_in_a_name_or_text_is_a_mistake(key: str, letter: str) -> None:
    name = "" if key == "name" else 'name = "a"\n'
    text = f'[[playlist]]\nfrom = "liked"\n{name}{key} = "a{letter}b"'
    with pytest.raises(ConfigError, match="control character"):
        check(text, "config.toml", {})


@pytest.mark.parametrize("text", ["two\\nlines", "  two lines\\n", "two\\r\\n\\tlines"])
def test_a_text_of_several_lines_becomes_one(text: str) -> None:
    found = check(
        f'[[playlist]]\nfrom = "liked"\nname = "a\\n"\nwrite.description = "{text}"', "c", {}
    )
    (playlist,) = found.settings.playlists
    assert playlist.name == "a"
    assert playlist.write.description == "two lines"


@pytest.mark.parametrize(("key", "most"), [("name", 100), ("write.description", 240)])
def test_a_name_or_text_longer_than_spotify_keeps_is_a_mistake(key: str, most: int) -> None:
    name = "" if key == "name" else 'name = "a"\n'
    with pytest.raises(ConfigError, match=str(most)):
        check(f'[[playlist]]\nfrom = "liked"\n{name}{key} = "{"x" * (most + 1)}"', "c", {})


@pytest.mark.parametrize("name", ["embedding", "similar"])
def test_a_score_may_be_written_by_its_learners_name(name: str) -> None:
    settings = check(ONE + f"score = {{ {name} = 2.0 }}", "config.toml", {}).settings
    assert settings.playlists[0].score == {"similar": 2.0}
