"""In which language a call is answered before its command has read the configuration: help, wrong calls, errors; and
with which configuration a command that it names would have to be typed.

Also gives click's own words in that language: click marks them for gettext, and here they are looked up.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path

import click
import yaml

from remediate.config.yaml_text import read_yaml
from remediate.texts.language import Language, Sentence

_CLICK = (click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.termui, click.types)
"""The modules of click that people read something of."""


_MAY_SAY_DUTCH = re.compile(r"language\W+nl\b")
_USUAL = "config.yaml"
"""The configuration of a command that names none."""
_COMMAND = re.compile(r"\bremediate (?=([a-z]+)\b(?!:))")
"""Not before a colon: that is whoever speaks, such as a job in the subject of its summary."""


class Spoken:
    """The language of one call, found when something is to be said, and its configuration as it was named."""

    def __init__(self, arguments: Sequence[str], commands: Collection[str] = ()) -> None:
        self._arguments = arguments
        self._commands = commands
        self.config = self._given("--config") or _USUAL

    def typed(self, text: str) -> str:
        """See `as_typed`."""
        if self.config == _USUAL:
            return text
        named = f"--config {shlex.quote(self.config)} "
        return _COMMAND.sub(lambda found: found[0] + (named if found[1] in self._commands else ""), text)

    @cached_property
    def language(self) -> Language:
        """What --lang says, else report.language of the configuration where it can be read, else English."""
        given = self._given("--lang")
        if given in set(Language):
            return Language(given)
        try:
            text = Path(self.config).read_text(encoding="utf-8")
            if not _MAY_SAY_DUTCH.search(text):  # to read YAML takes longer than many a command
                return Language.EN
            return Language(read_yaml(text)["report"]["language"])
        except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError):
            return Language.EN

    def _given(self, option: str) -> str:
        """The last value of an option in the arguments, however it is written."""
        found = ""
        for at, word in enumerate(self._arguments):
            if word.startswith(f"{option}="):
                found = word.partition("=")[2]
            elif word == option and at + 1 < len(self._arguments):
                found = self._arguments[at + 1]
        return found


_SPOKEN: ContextVar[Spoken] = ContextVar("spoken", default=Spoken(()))  # noqa: B039 - it holds no state


@contextmanager
def answering(arguments: Sequence[str], commands: Collection[str] = ()) -> Iterator[None]:
    """While one call is answered; `commands` are those of the program."""
    token = _SPOKEN.set(Spoken(arguments, commands))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def language() -> Language:
    """The language of the call that is being answered."""
    return _SPOKEN.get().language


def as_typed(text: str) -> str:
    """A text in which each command names the configuration of this call, so that it works as it stands; unchanged where
    the call named none."""
    return _SPOKEN.get().typed(text)


def typed(en: str, nl: str) -> Sentence:
    """The same in both languages, for a line that is no next step and ends in a command."""
    return Sentence(as_typed(en), as_typed(nl))


def configured_at(path: Path) -> None:
    """What this call made is the configuration of what is typed next."""
    _SPOKEN.get().config = str(path)


def in_own_words(text: str) -> str:
    """A text of help or of click in the language of the call; as it is where it is English, or not known."""
    if language() is Language.EN:
        return text
    from remediate.cli.dutch.words import TEXTS

    return TEXTS.get(" ".join(text.split()), text)


def _counted(one: str, many: str, number: int) -> str:
    return in_own_words(one if number == 1 else many)


for _module in _CLICK:
    for _name, _translate in (("_", in_own_words), ("ngettext", _counted)):
        if hasattr(_module, _name):
            setattr(_module, _name, _translate)
