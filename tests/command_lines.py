"""Parses a command line as the program would, without running it: files need not be there."""

from __future__ import annotations

import shlex

import click

from remediate.cli.help import ROOT, dressed
from remediate.cli.main import remediate


def parse(line: str, path: str = "") -> None:
    """Raises click's error for a line that cannot be called, AssertionError for one that calls another command."""
    program, *words = shlex.split(line, comments=True)
    assert program == ROOT
    context = dressed(remediate, ROOT).make_context(ROOT, words)
    called: list[str] = []
    while isinstance(context.command, click.Group) and (rest := [*context._protected_args, *context.args]):
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        if not rest and isinstance(command, click.Group):  # only named, as in "see remediate ledger"
            return
        context = _without_files(command).make_context(name, rest, parent=context)
        called.append(str(name))
    assert " ".join(called).startswith(path), f"{line} calls {called}, not {path}"


def _without_files(command: click.Command) -> click.Command:
    """The command, with files that need not exist, and with what it needs said."""
    for param in command.params:
        param.required = False
        if isinstance(param.type, click.Path):
            param.type.exists = False
    return command
