"""How commands speak: text for people on stdout, one JSON document with --json, progress on stderr. Decides nothing.

Nothing else prints: here everything that leaves for a terminal is made safe, since any of it may come from outside. On
a terminal a line is wrapped at words to its width, with a little colour; what is piped or kept stays one line for each
thing that is said, so that it can be searched.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, TextIO

import click
from tqdm import tqdm

from remediate.cli.progress import Lines, ProgressBar, bar
from remediate.cli.speaking import as_typed, typed
from remediate.records.states import WORDS, State
from remediate.texts import notation
from remediate.texts.counted import count as count
from remediate.texts.counted import in_each as in_each
from remediate.texts.counted import objects as objects
from remediate.texts.counted import studies as studies
from remediate.texts.language import Language, Sentence
from remediate.texts.printable import printable, printable_json

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


@dataclass(kw_only=True)
class StepNotes:
    """What one command leaves for the summary of the job of which it is a step."""

    lines: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    broken_off: bool = False  # by whoever pressed ctrl-c


_NOTES: ContextVar[StepNotes | None] = ContextVar("notes", default=None)


def broken_off() -> None:
    """The command ends because somebody pressed ctrl-c; the job of which it is a step ends with it."""
    if (notes := _NOTES.get()) is not None:
        notes.broken_off = True


@contextmanager
def step_of_a_job() -> Iterator[StepNotes]:
    """Collects what a command that is given meanwhile says for the morning; it names no next step of its own."""
    notes = StepNotes()
    before = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(before)


_UNITS: Mapping[str, Sentence] = {
    "studies": Sentence("studies", "onderzoeken"),
    "files": Sentence("files", "bestanden"),
    "B": Sentence("B", "B"),
}


@dataclass(kw_only=True)
class Output:
    """Where a command's results go."""

    as_json: bool = False
    language: Language = Language.EN
    zone: tzinfo | None = None  # in which moments are told: that of execute.window; the computer's before it is known
    full: bool = False  # whether tables are shown where a command has a short answer
    _answered: bool = field(default=False)

    def say(self, text: str | Sentence = "", *, column: int = 0) -> None:
        """A line for people, in their language where it is known in both; silent with --json. `column` is where its
        last column begins, under which the rest of a long line goes."""
        self._line(printable(self._in_language(text)), column=column)

    def _line(self, line: str, *, column: int = 0) -> None:
        if not self.as_json:
            click.echo(laid_out(line, sys.stdout, column=column))

    def block(self, text: str) -> None:
        """A text of several lines, each as if it were said by itself. For texts of our own: a line end from elsewhere
        would be one."""
        for line in text.rstrip("\n").split("\n"):
            self.say(line)

    def _in_language(self, text: str | Sentence) -> str:
        return text.in_(self.language) if isinstance(text, Sentence) else text

    def table(self, rows: Iterable[Sequence[object]], *, indent: int = 2) -> None:
        """Columns padded to their widest cell; numbers to the right."""
        cells = [[printable(str(cell)) for cell in row] for row in rows]
        if not cells:
            return
        widths = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
        last = indent + sum(width + 2 for width in widths[:-1])
        for row in cells:
            padded = (_pad(cell, width) for cell, width in zip(row, widths, strict=True))
            self._line(" " * indent + "  ".join(padded).rstrip(), column=last)

    def answer(self, document: dict[str, Any]) -> None:
        """The one JSON document of a command; silent without --json."""
        if (notes := _NOTES.get()) is not None:
            notes.answer = notes.answer or document
        if self.as_json and not self._answered:
            self._answered = True
            if isinstance(step := document.get("next"), str):
                document = {**document, "next": as_typed(step)}
            click.echo(printable_json(document, indent=2))

    def next_step(self, text: str | Sentence) -> None:
        """What the person would do now; a job has one summary instead."""
        if _NOTES.get() is not None:
            return
        self.say(f"{'Next' if self.language is Language.EN else 'Nu'}: {as_typed(self._in_language(text))}")

    def summary(self, text: str) -> None:
        """One line for the morning, where a job collects them."""
        if (notes := _NOTES.get()) is not None:
            notes.lines.append(text)

    def moment(self, at: datetime) -> str:
        """A moment to the second, in the configured zone."""
        return notation.second(at, self.zone, self.language)

    def typed(self, en: str, nl: str) -> Sentence:
        """A line that is no next step and ends in a command, as it is typed here."""
        return typed(en, nl)

    def notice(self, text: str | Sentence) -> None:
        """A line about what is going on, on stderr, so that it never stands in a result."""
        tqdm.write(laid_out(printable(self._in_language(text)), sys.stderr), file=sys.stderr)

    def progress(self, *, total: int | None, unit: str, what: str, more: Callable[[], str] = str) -> ProgressBar:
        """On stderr: a bar when that is a terminal, else a line now and then, with what `more` says at that moment."""
        shown = _UNITS[unit].in_(self.language)
        if sys.stderr.isatty():
            return bar(total=total, unit=shown, what=what)

        def amount(number: float, whole: float | None) -> str:
            if unit == "B":
                return notation.size(int(number), self.language)
            share = notation.part_of(int(number), int(whole), self.language) if whole else ""
            return f"{number:.0f}/{whole:.0f} {shown} ({share})" if whole else f"{number:.0f} {shown}"

        return Lines(total=total, amount=amount, what=what, moment=self.moment, say=self.notice, more=more)


def complain(text: str) -> None:
    """A line on stderr: why a command did not do what was asked."""
    if (notes := _NOTES.get()) is not None:
        notes.complaints.append(text)
    click.echo(laid_out(printable(as_typed(text)), sys.stderr), err=True)


def _pad(cell: str, width: int) -> str:
    number = cell.replace(".", "").replace("%", "").replace(" ", "").isdigit()
    return cell.rjust(width) if number else cell.ljust(width)


def states(counts: Iterable[tuple[str, int]], language: Language) -> list[tuple[str, int]]:
    """Numbers of studies by state, in words."""
    return [(WORDS[State(state)].in_(language), number) for state, number in counts]
