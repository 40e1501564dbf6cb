"""How commands speak: text for people on stdout, one JSON document with --json, progress on stderr. Decides nothing.

Nothing else prints: here everything that leaves for a terminal is made safe, since any of it may come from outside.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

import click
from tqdm import tqdm

from remediate.cli.progress import Lines, ProgressBar, bar
from remediate.cli.terminal import laid_out
from remediate.records.states import WORDS, State
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.texts.printable import printable, printable_json


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

    def say(self, text: str | Sentence = "") -> None:
        """A line for people, in their language where it is known in both; silent with --json."""
        self._line(printable(self._in_language(text)))

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
            click.echo(printable_json(document, indent=2))

    def next_step(self, text: str | Sentence) -> None:
        """What the person would do now; a job has one summary instead."""
        if _NOTES.get() is not None:
            return
        self.say(f"{'Next' if self.language is Language.EN else 'Nu'}: {self._in_language(text)}")

    def summary(self, text: str) -> None:
        """One line for the morning, where a job collects them."""
        if (notes := _NOTES.get()) is not None:
            notes.lines.append(text)

    def moment(self, at: datetime) -> str:
        """A moment to the second, in the configured zone."""
        return notation.second(at, self.zone, self.language)

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
    click.echo(laid_out(printable(text), sys.stderr), err=True)


def _pad(cell: str, width: int) -> str:
    number = cell.replace(".", "").replace("%", "").replace(" ", "").isdigit()
    return cell.rjust(width) if number else cell.ljust(width)


def in_each(write: Callable[..., str], *values: Any) -> Sentence:
    """What `remediate.texts.notation` writes of these values, in both languages."""
    return Sentence(write(*values, Language.EN), write(*values, Language.NL))


def count(number: int, one: str, many: str) -> str:
    """A number with its noun: 1 study, 2 studies."""
    return f"{number} {one if number == 1 else many}"


def states(counts: Iterable[tuple[str, int]], language: Language) -> list[tuple[str, int]]:
    """Numbers of studies by state, in words."""
    return [(WORDS[State(state)].in_(language), number) for state, number in counts]


def studies(number: int) -> Sentence:
    """A number of studies."""
    return Sentence(count(number, "study", "studies"), count(number, "onderzoek", "onderzoeken"))


def objects(number: int) -> Sentence:
    """A number of objects."""
    return Sentence(count(number, "object", "objects"), count(number, "object", "objecten"))
