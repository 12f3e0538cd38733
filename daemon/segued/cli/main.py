"""`segue`: the command, and the one place where every error ends."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click
from click.exceptions import NoArgsIsHelpError

from segue.errors import SegueError
from segued.cli.call import Call, DeclinedError, begin_logging, global_options
from segued.cli.commands import COMMANDS, COMPLETION, LazyGroup
from segued.config.secrets import printable

_EPILOG = "New here? `segue demo` needs no account; `segue init` writes your configuration."
GARBAGE = 500_000
"""New objects between two looks for cycles among them: what a command reads stays until its end,
and Python's 700 took a sixth of a plan's time to find none."""


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"segue {version('segue')}")
        ctx.exit()


def root() -> click.Group:
    """The command with its options and the table of commands behind it."""
    version = click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_version,
        help="Show the version and exit.",
    )
    return LazyGroup(
        COMMANDS,
        name="segue",
        help="Segue keeps your Spotify playlists alive.",
        epilog=_EPILOG,
        params=[*global_options(), version],
        callback=_begin,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    )


@click.pass_context
def _begin(ctx: click.Context) -> None:
    begin_logging(ctx.ensure_object(Call))


def main(arguments: Sequence[str] | None = None, call: Call | None = None) -> int:
    """Run a command and give its exit code; see `segue.errors` for what the codes mean.

    `call` carries the clock and the environment where they are not the process's own.
    """
    gc.set_threshold(GARBAGE)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else every package is read
    call = call or Call()
    with clean_streams():
        if COMPLETION in call.environ:
            from segued.cli.completion import respond

            return respond(root(), call.environ)
        code = _ended(arguments, call)
    if arguments is None:  # the process ends now, without one more look through all it holds
        gc.freeze()
    return code


def _ended(arguments: Sequence[str] | None, call: Call) -> int:
    try:
        result = root().main(
            args=None if arguments is None else list(arguments),
            prog_name="segue",
            standalone_mode=False,
            obj=call,
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return 2
    except DeclinedError as error:
        _say(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        _say(_usage(error))
        return 2
    except (KeyboardInterrupt, click.Abort):
        _say("stopped; what was done so far is kept")
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; what is left of it must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SegueError as error:
        if call.verbose:
            _trace()
        _say(str(error))
        if "--json" in (sys.argv[1:] if arguments is None else arguments):
            _say_as_json(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the one boundary: a bug must end with words
        _unexpected(error, call)
        return 1


def _usage(error: click.ClickException) -> str:
    text = error.format_message()
    ctx = getattr(error, "ctx", None)
    return f"{text}\nTry: {ctx.command_path} --help" if ctx is not None else text


def _say_as_json(error: SegueError) -> None:
    """The one JSON document of a command that could not do its work at all."""
    from segued.cli.output import print_json

    document = {
        "kind": type(error).__name__,
        "text": str(error),
        "exit_code": error.exit_code,
        "retry_at": getattr(error, "retry_at", None),
    }
    print_json({"schema": 1, "error": document})


def _unexpected(error: Exception, call: Call) -> None:
    if call.verbose:
        _trace()
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, {Path(frames[-1].filename).name}" if frames else ""
    line = f":{frames[-1].lineno}" if frames else ""
    again = "" if call.verbose else " Please report it, with the output of --verbose."
    _say(
        f"unexpected error: {type(error).__name__}: {error}\n"
        f"({type(error).__name__}{place}{line}). This is a bug in Segue.{again}"
        " Nothing is left half written: the next run completes an unfinished write."
    )


def _trace() -> None:
    sys.stderr.write(traceback.format_exc())


def _say(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"segue: {text}\n")


class CleanStream:
    """A text stream that lets no control character and no secret through."""

    def __init__(self, unfiltered: TextIO) -> None:
        self.unfiltered = unfiltered

    def write(self, text: str) -> int:
        """Write what may be printed of a text."""
        self.unfiltered.write(printable(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write what may be printed of each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # Any: whatever the stream has
        return getattr(self.unfiltered, name)


@contextmanager
def clean_streams() -> Iterator[None]:
    """Let everything printed meanwhile pass the border, in letters the terminal knows."""
    stdout, stderr = sys.stdout, sys.stderr
    for stream in (stdout, stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a title is no reason to fail
    sys.stdout, sys.stderr = CleanStream(stdout), CleanStream(stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr


if __name__ == "__main__":
    sys.exit(main())
