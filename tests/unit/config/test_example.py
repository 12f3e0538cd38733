"""The example configuration: complete, right, and equal to the defaults."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel
from tools.config_example import example

from segue.recipe.sections import Where
from segued.config.load import check, settings_from
from segued.config.schema import Settings, json_schema
from segued.config.starter import PAGE_PORT, STARTERS, starter_text
from segued.config.toml.lines import TomlLines
from segued.config.toml.problems import keys_of, own_keys, section_at, sections

TEXT = (Path(__file__).parents[3] / "config.example.toml").read_text(encoding="utf-8")
OPTIONAL = [index for index, line in enumerate(TEXT.splitlines()) if re.match(r"#[a-z]", line)]
REQUIRED = {("playlist", "name"), ("playlist", "from"), ("playlist", "id")}


def switched_on(*indices: int) -> str:
    lines = TEXT.splitlines()
    for index in indices:
        lines[index] = lines[index].removeprefix("#")
    return "\n".join(lines) + "\n"


def switched_on_in(text: str) -> str:
    return re.sub(r"(?m)^#(?=[a-z])", "", text)


def names(path: tuple[str | int, ...]) -> tuple[str, ...]:
    return tuple(part for part in path if isinstance(part, str))


def every_option() -> Iterator[tuple[str, ...]]:
    for heading, section in sections(Settings):
        table = tuple(part for part in heading.strip("[]").split(".") if part)
        for key, info in own_keys(section).items():
            inner = section_at(Settings, (*table, key))
            if inner is None or (inner is Where and section is Where):
                yield (*table, key)
            assert info.description, f"{heading} {key} says nothing of itself"


def test_the_example_is_a_right_configuration() -> None:
    assert check(TEXT, "config.example.toml", {}).settings.playlists[0].name == "Slow Sunday"


def test_every_option_is_in_the_example() -> None:
    shown = {names(path) for path in TomlLines(switched_on(*OPTIONAL)).lines}
    missing = set(every_option()) - shown - {("playlist", "score")}
    assert not missing


@pytest.mark.parametrize("index", OPTIONAL)
def test_every_example_of_an_option_works(index: int) -> None:
    text = switched_on(index)
    if "adopt" in TEXT.splitlines()[index]:
        text = switched_on(index, index - 2)
    if "rotate" in TEXT.splitlines()[index]:
        text = text.replace('mode = "replace"', 'mode = "rotate"')
    check(text, "config.example.toml", {})


def test_every_option_that_is_switched_on_shows_its_default() -> None:
    def compare(section: BaseModel, defaults: BaseModel | None, table: tuple[str, ...]) -> None:
        for key, info in keys_of(type(section)).items():
            name = next(n for n, i in type(section).model_fields.items() if i is info)
            value = getattr(section, name)
            if isinstance(value, BaseModel):
                compare(value, type(value)(), (*table, key))
            elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
                for item in value:
                    compare(item, None, (*table, key))
            elif (*table, key) not in REQUIRED:
                assert value == info.get_default(call_default_factory=True), (*table, key)

    compare(check(TEXT, "config.example.toml", {}).settings, None, ())


def test_the_example_is_what_the_schema_makes_of_it() -> None:
    assert example(TEXT) == TEXT, "run tools/config_example.py"


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("status_port = 0", "status_port = 0"),
        ('log = "auto"', 'log = "auto"'),
        ('top_tracks_every = "1 day"', 'top_tracks_every = "1 day"'),
        ('#title = "remaster|live"', '#title = "…"'),
        ('#plays = "3.."', '#plays = "1..9"'),
        ("#explicit = false", "#explicit = true"),
    ],
)
def test_an_option_without_a_line_gets_one_in_its_section(line: str, made: str) -> None:
    lacking = TEXT.replace(f"{line}\n", "", 1)
    key = made.split(" = ")[0].removeprefix("#")
    whole = example(lacking)
    assert made in whole.splitlines()
    index = whole.splitlines().index(made)
    assert whole.splitlines()[index - 1].startswith("# ")
    assert {names(p) for p in TomlLines(switched_on_in(whole)).lines} == {
        names(p) for p in TomlLines(switched_on(*OPTIONAL)).lines
    }, key


def test_a_default_that_changed_is_written_anew() -> None:
    assert example(TEXT.replace("status_port = 0", "status_port = 99")) == TEXT


def test_no_option_without_a_default_is_switched_on() -> None:
    for path in TomlLines(TEXT).lines:
        section = section_at(Settings, path[:-1])
        info = keys_of(section).get(str(path[-1])) if section else None
        if info is not None and names(path) not in REQUIRED and not isinstance(path[-1], int):
            assert info.get_default(call_default_factory=True) is not None, path


def test_the_first_line_names_the_schema() -> None:
    assert TEXT.startswith("#:schema segue.schema.json\n")
    assert starter_text(Settings()).startswith("#:schema segue.schema.json\n")


def test_every_line_has_a_comment_near_it() -> None:
    lines = TEXT.splitlines()
    for index, line in enumerate(lines):
        if line.startswith(("[", "# ", "#:")) or not line:
            continue
        above = next(text for text in reversed(lines[:index]) if not re.match(r"#?[a-z]", text))
        assert above.startswith(("# ", "[")), line


@pytest.mark.parametrize("text", [TEXT, switched_on(*OPTIONAL), starter_text(Settings())])
def test_the_json_schema_accepts_what_is_right(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(tomllib.loads(text), json_schema())


@pytest.mark.parametrize(
    "text",
    ["timezon = 'UTC'", "[[playlist]]\nname = 'A'", "[spotify]\nredirect_port = 'x'"],
)
def test_the_json_schema_refuses_what_is_wrong(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), json_schema())


def test_the_first_configuration_is_right_and_its_ids_are_given() -> None:
    settings = check(starter_text(Settings()), "config.toml", {}).settings
    assert {section.id for section in settings.playlist} == {starter.id for starter in STARTERS}


def test_the_first_configuration_keeps_what_was_asked() -> None:
    section = {"client_id": "0" * 32, "api_url": "http://127.0.0.1:1/v1", "redirect_port": 0}
    features = {"reccobeats_url": "http://127.0.0.1:1/r", "interval_seconds": 0.0}
    lyrics = {"lrclib_url": "http://127.0.0.1:1/l"}
    zone = "Asia/Tokyo"
    wanted = settings_from(
        {"spotify": section, "features": features, "lyrics": lyrics, "timezone": zone}
        | {"service": {"status_port": PAGE_PORT}}
    )
    found = check(starter_text(wanted, ()), "c", {}).settings
    assert found.model_dump() == wanted.model_dump()
