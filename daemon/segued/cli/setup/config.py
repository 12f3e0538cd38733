"""`segue config` and `segue doctor`: whether the configuration and all it needs is in order."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import ConfigError, Problem, StoreError, UsageError
from segue.names import plural
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import print_json, stderr, stdout
from segued.config.secrets import is_secret, shown
from segued.config.toml.lines import show_path

if TYPE_CHECKING:
    from segued.config.load import Loaded
    from segued.config.schema import Settings
    from segued.doctor.local import Check


@click.group("config", help="Check and show the configuration.")
def command() -> None:
    """The group of commands about the configuration."""


@command.command(
    "check",
    help="Report every mistake in the configuration, and what it names that the library lacks.",
    short_help="Report every mistake in the configuration.",
)
@json_option
@pass_call
def check(call: Call, as_json: bool) -> int:
    """Say that the configuration is right, or everything that is not.

    With a library, which a sync made, its sources, seeds, pinned tracks and models are looked up.
    """
    try:
        settings = call.settings
        notes = _look_up(call)
    except ConfigError as error:
        if not as_json:
            raise
        print_json(problems_document(error))
        return error.exit_code
    for note in notes:
        stderr().print(f"note: {note}", soft_wrap=True, markup=False, highlight=False)
    if as_json:
        print_json({"schema": 1, "file": str(call.config_file), "ok": True, "problems": []})
    else:
        count = plural(len(settings.playlist), "playlist")
        stdout().print(f"{call.config_file} is right: {count}.", soft_wrap=True, markup=False)
    return 0


def _look_up(call: Call) -> tuple[str, ...]:
    """Look up what the recipes name, where there is a library; what stops none of them, in words.

    Raises ConfigError with everything for which a refresh would fail.
    """
    from segued.config.load import read_text
    from segued.inventory.outside import list_problems
    from segued.inventory.recipe_check import (
        check_recipes,
        check_unread,
        never_problems,
        problem_of,
    )
    from segued.refresh.guards import refused_places

    unread: tuple[str, ...] = ()
    never: tuple[Problem, ...] = ()
    text = read_text(call.config_file)
    if not (call.state_folder / "library.json").exists():
        found = check_unread(call.settings)
        if call.settings.playlists:
            unread = ("what the recipes name is looked up once `segue sync` has read your account",)
    else:
        try:
            with call.state() as state:
                found = check_recipes(call.settings, state, call.now())
                found += refused_places(call.settings, state, call.now())
                never = tuple(never_problems(call.settings, state, call.now(), text))
        except (UsageError, StoreError) as error:
            return (f"what the recipes name was not looked up: {error}",)
    problems = (
        *list_problems(call.settings.never, text),
        *never,
        *(problem_of(each, text) for each in found if each.stops),
    )
    if problems:
        raise ConfigError(str(call.config_file), tuple(dict.fromkeys(problems)))
    return (*(str(problem_of(each, text)) for each in found), *unread, *_of_sound(call.settings))


def _of_sound(settings: Settings) -> Iterator[str]:
    if settings.sound.enabled:
        from segued.doctor.services import sound_problems

        yield from (f"[sound]: {each.text}; {each.next_step}" for each in sound_problems(settings))


@command.command("show", help="Show every setting in force, defaults included.")
@json_option
@pass_call
def show(call: Call, as_json: bool) -> None:
    """Print the settings with every default filled in."""
    loaded = call.loaded
    if as_json:
        settings = in_force(loaded.settings)
        print_json({"schema": 1, "file": loaded.source, "settings": settings})
    else:
        click.echo(settings_text(loaded), nl=False)


@command.command("schema", help="Print the configuration's JSON Schema, for completion in editors.")
def schema() -> None:
    """Print the schema of the configuration."""
    from segued.config.schema import json_schema

    print_json(json_schema())


def problems_document(error: ConfigError) -> dict[str, object]:
    """The mistakes of a configuration as one JSON document."""
    problems = [
        {
            "path": problem.path,
            "line": problem.line,
            "message": problem.message,
            "suggestion": problem.suggestion,
        }
        for problem in error.problems
    ]
    return {"schema": 1, "file": error.source, "ok": False, "problems": problems}


def in_force(settings: Settings) -> dict[str, Any]:
    """The settings with every default filled in, as plain values; what is not set is left out.

    Secrets are hidden.
    """
    whole = settings.model_dump(by_alias=True, mode="json", exclude_none=True)
    for section in whole.values():
        for key in section if isinstance(section, dict) else ():
            if is_secret(key):
                section[key] = shown(section[key])
    for table, recipe in zip(whole["playlist"], settings.playlists, strict=True):
        # The one default that depends on another setting: a short list has a lower guard.
        table["write"]["min_tracks"] = recipe.write.min_tracks
        if not table["id"]:
            del table["id"]
    return whole


def settings_text(loaded: Loaded) -> str:
    """Settings in force as TOML; what the file leaves out is marked as the default it is."""

    whole = in_force(loaded.settings)
    said = loaded.settings.model_dump(by_alias=True, mode="json", exclude_unset=True)
    overridden = {show_path(path): name for path, name in loaded.origins.items()}
    lines = [f"# {loaded.source}", *_table("", whole, said, overridden)]
    return "\n".join(lines) + "\n"


def _table(
    heading: str,
    whole: Mapping[str, object],
    said: Mapping[str, object],
    overridden: Mapping[str, str],
) -> Iterator[str]:
    from segued.config.starter import toml_key, toml_value

    tables = {key: value for key, value in whole.items() if _is_table(key, value)}
    for key, value in whole.items():
        if key in tables or value == [] or value == {}:
            continue
        path = f"{heading}.{key}".lstrip(".")
        note = f"  # from {overridden[path]}" if path in overridden else ""
        default = "" if key in said else "  # default"
        yield f"{toml_key(key)} = {toml_value(value)}{note or default}"
    for key, value in tables.items():
        path = f"{heading}.{key}".lstrip(".")
        inner_said = said.get(key)
        if isinstance(value, dict):
            inner = list(_table(path, value, _mapping(inner_said), overridden))
            if inner:
                yield from ("", f"[{path}]", *inner)
        elif isinstance(value, list):
            for index, element in enumerate(value):
                known = inner_said[index] if isinstance(inner_said, list) else {}
                yield from ("", f"[[{path}]]", *_table(path, element, _mapping(known), overridden))


def _is_table(key: str, value: object) -> bool:
    if key == "from":
        return False
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


_MARKS = {"good": "[green]ok[/]  ", "warning": "[yellow]note[/]", "bad": "[red]BAD[/] "}


@click.command(
    "doctor",
    help="Look at everything Segue needs: login, services, encoder, learners, recipes, this"
    " machine. Changes nothing.",
)
@click.option("--offline", is_flag=True, help="Ask no service; look at this machine only.")
@json_option
@pass_call
def doctor(call: Call, offline: bool, as_json: bool) -> int:
    """Run every check; the exit code is that of the first that is bad."""
    console = stdout()
    checks = []
    for check in _checks(call, offline=offline):
        checks.append(check)
        if not as_json:
            _print(console, check)
    bad = [check for check in checks if check.outcome == "bad"]
    if as_json:
        documents = [asdict(check) for check in checks]
        print_json({"schema": 1, "ok": not bad, "offline": offline, "checks": documents})
    else:
        notes = sum(check.outcome == "warning" for check in checks)
        console.print(f"\n{_summary(len(bad), notes, offline=offline)}")
    return bad[0].exit_code if bad else 0


def _checks(call: Call, *, offline: bool) -> Iterator[Check]:
    from segued.doctor.examine import examine
    from segued.doctor.local import Check, config_permissions

    try:
        _ = call.settings
    except ConfigError as error:
        step = "correct what is named, until `segue config check` is content"
        if not call.config_file.exists():
            step = "segue init"
        yield Check("config", "bad", str(error), step, error.exit_code)
        return
    yield Check("config", "good", f"{call.config_file} is right")
    yield from config_permissions(call.config_file)
    try:
        with call.look() as run:
            yield from examine(run, offline=offline)
    except StoreError as error:
        yield Check("state", "bad", str(error), "", error.exit_code)


def _print(console: Console, check: Check) -> None:
    lines = _wrapped(console, f"{check.name}: {check.text}", 6)
    console.print(f"{_MARKS[check.outcome]}  {escape(lines)}", soft_wrap=True)
    if check.next_step:
        step = _wrapped(console, check.next_step, 10)
        console.print(f"        → {escape(step)}", soft_wrap=True)


def _wrapped(console: Console, text: str, indent: int) -> str:
    """A text in lines that begin under each other; no address or path is broken."""
    width = max(20, console.width - indent)
    lines = [
        line
        for part in text.splitlines()
        for line in textwrap.wrap(part, width, break_long_words=False, break_on_hyphens=False)
    ]
    return f"\n{' ' * indent}".join(lines)


def _summary(bad: int, notes: int, *, offline: bool) -> str:
    if bad:
        return f"{plural(bad, 'thing is', 'things are')} BAD. Begin with the first."
    aside = " as far as this machine tells" if offline else ""
    if notes:
        return f"Nothing is broken{aside}; {plural(notes, 'note')} above."
    return f"Everything is in place{aside}."
