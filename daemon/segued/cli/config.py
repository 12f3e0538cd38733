"""`segue config`: check the configuration, show what is in force, print its schema."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.group("config", help="Check and show the configuration.")
def command() -> None:
    """The group of commands about the configuration."""


@command.command("check", help="Find every mistake in the configuration at once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def check(call: Call, as_json: bool) -> int:
    """Say that the configuration is right, or everything that is not."""
    from segue.errors import ConfigError
    from segued.cli.output import plural, print_json, stdout

    try:
        settings = call.settings
    except ConfigError as error:
        if not as_json:
            raise
        from segued.cli.config_output import problems_document

        print_json(problems_document(error))
        return error.exit_code
    if as_json:
        print_json({"schema": 1, "file": str(call.config_file), "ok": True, "problems": []})
    else:
        count = plural(len(settings.playlist), "playlist")
        stdout().print(f"{call.config_file} is right: {count}.", soft_wrap=True)
    return 0


@command.command("show", help="Show every setting in force, and what the file does not say.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def show(call: Call, as_json: bool) -> None:
    """Print the settings with every default filled in."""
    from segued.cli.config_output import in_force, settings_text
    from segued.cli.output import print_json

    loaded = call.loaded
    if as_json:
        settings = in_force(loaded.settings)
        print_json({"schema": 1, "file": loaded.source, "settings": settings})
    else:
        click.echo(settings_text(loaded), nl=False)


@command.command("schema", help="Print the JSON Schema that gives editors completion.")
def schema() -> None:
    """Print the schema of the configuration."""
    from segued.cli.output import print_json
    from segued.config.jsonschema import json_schema

    print_json(json_schema())
