"""How help is shown: in the language of the call, with summaries in full, an example for each command, and the options
that every command takes told once. Shows nothing itself: it hands click a command that says so."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Iterable

import click

from remediate.cli.examples import EXAMPLES
from remediate.cli.speaking import in_own_words, language
from remediate.texts.language import Language

ROOT = "remediate"
COMMON = frozenset({"config", "json", "lang"})
"""Names of the options that every command takes; only the help of the whole names them."""
_ALSO = "With every command: --config FILE, --json and --lang; `remediate --help` says what they do."
_METAVARS = {"person": "NAME", "why": "TEXT", "by": "NAME"}
"""What an option that takes any text is told to take, by the name of its parameter."""
_DUTCH_WORDS = {
    "DATE": "DATUM",
    "DIRECTORY": "MAP",
    "FILE": "BESTAND",
    "FILES": "BESTANDEN",
    "FLOAT": "GETAL",
    "GROUP": "GROEP",
    "HH:MM": "UU:MM",
    "INTEGER": "GETAL",
    "JOB": "TAAK",
    "NAME": "NAAM",
    "NUMBER": "NUMMER",
    "OUTCOME": "UITKOMST",
    "PATH": "PAD",
    "RANGE": "BEREIK",
    "ROLE": "ROL",
    "STUDY": "ONDERZOEK",
    "TEXT": "TEKST",
    "TYPE": "SOORT",
    "OPTIONS": "OPTIES",
    "COMMAND": "COMMANDO",
    "ARGS": "ARGUMENTEN",
}
_WORD = re.compile(r"\b(?:HH:MM|[A-Z]{3,})\b")


def dressed(command: click.Command, path: str) -> click.Command:
    """A copy of a command that is called by `path`, such as `remediate ledger list`."""
    shown = copy.copy(command)
    shown._help_option = None  # click keeps it, in the language of its first call
    shown.help = in_own_words(inspect.cleandoc(command.help or ""))
    shown.short_help = summary(shown.help)
    shown.epilog = _epilog(path)
    shown.options_metavar = in_words_of(command.options_metavar or "")
    context = click.Context(command)
    shown.params = [_dressed_parameter(param, context, is_root=path == ROOT) for param in command.params]
    if isinstance(command, click.Group) and isinstance(shown, click.Group):
        shown.subcommand_metavar = in_words_of(command.subcommand_metavar)
        shown.commands = {name: dressed(child, f"{path} {name}") for name, child in command.commands.items()}
    return shown


def summary(text: str) -> str:
    """The first sentence of a help text, whole."""
    first = " ".join(text.partition("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) (?=[A-Z`])", first, maxsplit=1)[0]


def examples_of(path: str) -> tuple[str, ...]:
    """The command lines that show how a command is called, in the language of the call."""
    return tuple(example.in_(language()) for example in EXAMPLES.get(path.removeprefix(ROOT).strip(), ()))


def in_words_of(text: str) -> str:
    """A text with what stands for a value, such as FILE, in the language of the call."""
    if language() is Language.EN:
        return text
    return _WORD.sub(lambda match: _DUTCH_WORDS.get(match[0], match[0]), text)


def _epilog(path: str) -> str:
    lines = [f"  {example}" for example in examples_of(path)]
    parts = ["\n".join(("\b", f"{in_own_words('Examples')}:", *lines))] if lines else []
    return "\n\n".join([*parts, *(() if path == ROOT else (in_own_words(_ALSO),))])


def _dressed_parameter(param: click.Parameter, context: click.Context, *, is_root: bool) -> click.Parameter:
    shown = copy.copy(param)
    shown.type = copy.copy(param.type)
    shown.type.name = in_own_words(param.type.name)
    if isinstance(param, click.Argument):
        shown.metavar = in_words_of(param.make_metavar(context))
        return shown
    assert isinstance(param, click.Option)
    assert isinstance(shown, click.Option)
    shown.hidden = param.hidden or (param.name in COMMON and not is_root)
    shown.help = in_own_words(param.help or "")
    if param.is_flag or param.count:
        return shown
    if isinstance(param.type, click.Choice) and param.metavar:  # too many to stand in one column
        shown.help = f"{shown.help.rstrip('.')}: {_listed(param.type.choices)}."
    shown.metavar = in_words_of(_metavar(param, context))
    return shown


def _metavar(option: click.Option, context: click.Context) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.DateTime):
        return "DATE"
    if option.type is click.STRING:
        return _METAVARS.get(option.name or "", "TEXT")
    return option.make_metavar(context).removesuffix(" RANGE")


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))
