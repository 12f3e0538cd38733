"""`segue completion`: scripts for shells, and what they are answered while somebody types.

Commands and the user's own names are answered from the table of commands, the configuration and
the list of playlists as text, so that nothing heavy is imported between two key strokes. What else
can be completed (options, files) click finds out from the command itself.
"""

from __future__ import annotations

import contextlib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
)

from segued.cli.commands import COMMANDS
from segued.cli.commands import COMPLETION as VARIABLE
from segued.config.secrets import config_file, state_folder

Items = list[CompletionItem[str]]

_GLOBAL = ("--config", "--set", "--seed")
_RUNS = ("--allow", "--wait", "--to", "--limit", "--count", "--days")
_SHOWN = ("--whose", "--version", "--picture", "--view", "--format", "--folder", "--worst")
_WITH_VALUE = frozenset((*_GLOBAL, *_RUNS, *_SHOWN))
"""The options that take a value, of the commands whose words are completed here."""


# Without the quoting, a name with a blank would be two words, and one with a star many.
_BASH = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_WORDS="$(IFS=$'\\n'; printf '%%s' "${COMP_WORDS[*]}")" COMP_CWORD=$COMP_CWORD \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_FISH = """\
function %(complete_func)s
    set -l words (commandline -cp | string collect)
    set -l word (commandline -t | string collect)
    set -l answer (env %(complete_var)s=fish_complete COMP_WORDS=$words COMP_CWORD=$word \\
        %(prog_name)s 2>/dev/null)
    for line in $answer
        set -l parts (string split -m 1 , -- $line)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""
_QUOTES = ("'", '"')


class _Bash(BashComplete):
    """Bash puts an answer in as it stands, so it is quoted here, unless a quote is open already."""

    source_template = _BASH

    def source(self) -> str:
        return ShellComplete.source(self)

    def format_completion(self, item: CompletionItem[str]) -> str:
        words = os.environ.get("COMP_WORDS", "").split("\n")
        word = words[-1] if len(words) > int(os.environ.get("COMP_CWORD", "0")) else ""
        value = item.value if word.startswith(_QUOTES) else _escaped(item.value)
        return f"{item.type},{value}"


class _Fish(FishComplete):
    source_template = _FISH


SHELLS: Mapping[str, type[ShellComplete]] = {"bash": _Bash, "zsh": ZshComplete, "fish": _Fish}
WHERE = {
    "bash": 'eval "$(segue completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(segue completion zsh)"   in ~/.zshrc, after compinit',
    "fish": "segue completion fish > ~/.config/fish/completions/segue.fish",
}


@click.command(
    "completion",
    help="Print the script by which a shell completes commands, recipes and playlists.\n\n\b\n"
    + "\n".join(WHERE.values()),
)
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
def command(shell: str) -> None:
    """Print the script of a shell."""
    click.echo(_made(SHELLS[shell], click.Group("segue")).source(), nl=False)


def respond(root: click.Group, environ: Mapping[str, str]) -> int:
    """Answer a shell that asks, and say nothing whatever goes wrong: somebody is typing."""
    shell, _, what = environ[VARIABLE].partition("_")
    kind = SHELLS.get(shell)
    if kind is None or what not in ("source", "complete"):
        return 1
    with contextlib.suppress(Exception), contextlib.redirect_stderr(None):
        asked = _made(kind, root)
        if what == "source":
            click.echo(asked.source(), nl=False)
            return 0
        args, incomplete = asked.get_completion_args()
        items = completions(args, incomplete, environ)
        if items is None:
            items = asked.get_completions(args, incomplete)
        click.echo("\n".join(asked.format_completion(item) for item in items))
    return 0


def _made(kind: type[ShellComplete], root: click.Group) -> ShellComplete:
    return kind(root, {}, "segue", VARIABLE)


def completions(args: Sequence[str], incomplete: str, environ: Mapping[str, str]) -> Items | None:
    """What may follow these words, or None where only the command itself knows."""
    words, options = _parted(args)
    if incomplete.startswith("-") or (args and args[-1] in _WITH_VALUE):
        return None
    if not words:
        return [
            CompletionItem(name, help=entry.summary)
            for name, entry in COMMANDS.items()
            if name.startswith(incomplete)
        ]
    entry = COMMANDS.get(words[0])
    given = words[1:]
    if entry is None:
        return []
    if entry.commands:
        return _beginning(incomplete, entry.commands) if not given else None
    if not entry.names or (entry.names == "recipe" and given):
        return None
    if entry.names == "playlists":
        names = playlist_names(state_folder(environ))
    else:
        file = options.get("--config")
        names = recipe_names(Path(file).expanduser() if file else config_file(environ))
    return _beginning(incomplete, (name for name in names if name not in given))


def _parted(args: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The words of a command line that are no options, and the values of those."""
    words, options = [], {}
    rest = iter(args)
    for arg in rest:
        if arg in _WITH_VALUE:
            options[arg] = next(rest, "")
        elif not arg.startswith("-"):
            words.append(arg)
        elif "=" in arg:
            name, _, options[name] = arg.partition("=")
    return words, options


def _beginning(incomplete: str, names: Iterable[str]) -> Items:
    from segue.names import name_key

    start = name_key(incomplete)
    found = dict.fromkeys(name for name in names if name_key(name).startswith(start))
    return [CompletionItem(name) for name in found]


def recipe_names(file: Path) -> tuple[str, ...]:
    """The names of the recipes of a configuration; none where it cannot be read."""
    return _names(lambda: tomllib.loads(file.read_bytes().decode("utf-8-sig"))["playlist"])


def playlist_names(folder: Path) -> tuple[str, ...]:
    """The names of the account's playlists as last read; none where nothing was."""
    import orjson

    path = folder / "playlists.json"
    return _names(lambda: orjson.loads(path.read_bytes())["tables"]["summaries"].values())


def _names(read: Callable[[], Iterable[Mapping[str, object]]]) -> tuple[str, ...]:
    try:
        names = (str(each.get("name", "")) for each in read())
        return tuple(name for name in names if name and name.isprintable())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def _escaped(value: str) -> str:
    """A value as one word of a shell, blanks behind backslashes as shells complete them."""
    plain = "-_./@%+,"
    return "".join(c if c.isalnum() or c in plain or ord(c) > 127 else f"\\{c}" for c in value)
