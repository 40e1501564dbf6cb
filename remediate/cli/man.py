"""Manual pages out of the help of every command, one a page: `python -m remediate.cli.man FOLDER [LANGUAGE]`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from remediate import __version__
from remediate.cli.help import ROOT, dressed
from remediate.cli.main import remediate
from remediate.cli.speaking import answering
from remediate.texts.language import Language

_WIDTH = 78


def pages(language: Language) -> Iterator[tuple[str, str]]:
    """The name of each page's file, such as `remediate-ledger-list.1`, with its text in troff."""
    with answering(["--lang", language.value]):
        yield from _pages(dressed(remediate, ROOT), ROOT, None)


def _pages(command: click.Command, path: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent, terminal_width=_WIDTH)
    name = path.replace(" ", "-")
    head, body = f'.TH "{name.upper()}" "1" "" "remediate {__version__}"', _escaped(command.get_help(context))
    yield (
        f"{name}.1",
        f"{head}\n.SH NAME\n{name} \\- {_escaped(command.short_help or '')}\n.SH HELP\n.nf\n{body}\n.fi\n",
    )
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                yield from _pages(found, f"{path} {child}", context)


def _escaped(text: str) -> str:
    """Text that troff shows as it is: a dash that can be typed, no line that begins with a command of its own."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", plain, flags=re.MULTILINE)


def main(folder: str, language: str = Language.EN.value) -> None:
    """Write every page into a folder."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name, text in pages(Language(language)):
        (place / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
