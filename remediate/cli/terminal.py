"""How a line is laid out: on a terminal wrapped at words to its width and with a little colour, elsewhere as it is.

What is piped or kept in a file stays one line for each thing that is said, so that it can be searched.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from typing import TextIO

import click

_LEAST_WIDTH = 40
"""On a narrower terminal its own wrapping does no worse."""
_LEAST_COLUMN = 24
"""A last column that is narrower than this is wrapped as part of its line."""
_HEAD = re.compile(r"\s*(?:(?:ok|!!|--)  )?")
_WHOLE = re.compile(r"`[^`]*`|\bremediate(?: (?!then\b|dan\b)[^\s;,]+)+")
"""What is typed stays in one piece: it is copied from the screen."""
_JOINT = "\N{NO-BREAK SPACE}"
_COLOURS = {"ok": "green", "!!": "red", "--": "yellow"}
_MARK = re.compile(r"^(ok|!!|--)(?=  )|^(?:Next|Nu):|^remediate:")


def width_of(stream: TextIO) -> int | None:
    """Columns to wrap at; None where lines stay as they are."""
    if not stream.isatty():
        return None
    columns = shutil.get_terminal_size().columns
    return columns if columns >= _LEAST_WIDTH else None


def laid_out(line: str, stream: TextIO, *, column: int = 0) -> str:
    """The line as the stream shows it. `column` is where its last column begins, under which the rest of it goes."""
    width = width_of(stream)
    if width is not None and len(line) > width:
        line = _wrapped(line, width, column if width - column >= _LEAST_COLUMN else 0)
    return _MARK.sub(_coloured, line) if _takes_colour(stream) else line


def _wrapped(line: str, width: int, column: int) -> str:
    mark = _HEAD.match(line)
    head = line[: column or (len(mark[0]) if mark else 0)]
    rest = _WHOLE.sub(lambda match: match[0].replace(" ", _JOINT), line[len(head) :])
    parts = textwrap.wrap(rest, width - len(head), break_long_words=False, break_on_hyphens=False)
    return ("\n" + " " * len(head)).join([head + parts[0], *parts[1:]]).replace(_JOINT, " ") if parts else line


def _takes_colour(stream: TextIO) -> bool:
    """https://no-color.org: whoever sets NO_COLOR to anything wants none."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _coloured(match: re.Match[str]) -> str:
    text = match[0]
    return click.style(text, fg=_COLOURS.get(text), bold=True)
