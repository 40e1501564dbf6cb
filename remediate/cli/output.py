"""How commands speak: text for people on stdout, one JSON document with --json, progress on stderr. Decides nothing.

Nothing else prints: here everything that leaves for a terminal is made safe, since any of it may come from outside.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import click
from tqdm import tqdm

from remediate.language import Language, Sentence
from remediate.printable import printable, printable_json

_MORNING: ContextVar[list[str] | None] = ContextVar("morning", default=None)


@contextmanager
def morning_lines() -> Iterator[list[str]]:
    """Collects what the commands given meanwhile say for the morning."""
    lines: list[str] = []
    before = _MORNING.set(lines)
    try:
        yield lines
    finally:
        _MORNING.reset(before)


@dataclass(kw_only=True)
class Output:
    """Where a command's results go."""

    as_json: bool = False
    language: Language = Language.EN
    full: bool = False  # whether tables are shown where a command has a short answer
    _answered: bool = field(default=False)

    def say(self, text: str | Sentence = "") -> None:
        """A line for people, in their language where it is known in both; silent with --json."""
        if not self.as_json:
            click.echo(printable(self._in_language(text)))

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
        for row in cells:
            padded = (_pad(cell, width) for cell, width in zip(row, widths, strict=True))
            self.say(" " * indent + "  ".join(padded).rstrip())

    def facts(self, rows: Iterable[tuple[str, str]], *, indent: int = 2) -> None:
        """Labels, each with its text, which is wrapped at words to the terminal's width."""
        told = [(printable(label), printable(text)) for label, text in rows]
        widest = max((len(label) for label, _ in told), default=0)
        width = max(40, shutil.get_terminal_size().columns)
        for label, text in told:
            first = f"{' ' * indent}{label.ljust(widest)}  "
            lines = textwrap.wrap(text, width, initial_indent=first, subsequent_indent=" " * len(first),
                                  break_long_words=False, break_on_hyphens=False)  # fmt: skip
            self.block("\n".join(lines or [first.rstrip()]))

    def answer(self, document: dict[str, Any]) -> None:
        """The one JSON document of a command; silent without --json."""
        if self.as_json and not self._answered:
            self._answered = True
            click.echo(printable_json(document, indent=2))

    def next_step(self, text: str | Sentence) -> None:
        """What the person would do now."""
        self.say(f"{'Next' if self.language is Language.EN else 'Nu'}: {self._in_language(text)}")

    def summary(self, text: str) -> None:
        """One line for the morning, where a job collects them."""
        lines = _MORNING.get()
        if lines is not None:
            lines.append(text)

    def notice(self, text: str) -> None:
        """A line about what is going on, on stderr, so that it never stands in a result."""
        tqdm.write(printable(text), file=sys.stderr)

    def progress(self, *, total: int | None, unit: str, what: str) -> tqdm[Any]:
        """A bar on stderr when that is a terminal; nothing otherwise."""
        return tqdm(
            total=total,
            unit=f" {unit}",
            desc=what,
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
            leave=False,
            dynamic_ncols=True,
        )


def complain(text: str) -> None:
    """A line on stderr: why a command did not do what was asked."""
    click.echo(printable(text), err=True)


def _pad(cell: str, width: int) -> str:
    number = cell.replace(".", "").replace("%", "").replace(" ", "").isdigit()
    return cell.rjust(width) if number else cell.ljust(width)


def percent(share: float) -> str:
    """A share for people, never rounded up to a claim: 94.96 % is not 95.0 %."""
    return f"{int(share * 1000) / 10:.1f} %"


def size(nbytes: int) -> str:
    """Bytes for people."""
    value = float(nbytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def count(number: int, one: str, many: str) -> str:
    """A number with its noun: 1 study, 2 studies."""
    return f"{number} {one if number == 1 else many}"


def studies(number: int) -> Sentence:
    """A number of studies."""
    return Sentence(count(number, "study", "studies"), count(number, "onderzoek", "onderzoeken"))


def objects(number: int) -> Sentence:
    """A number of objects."""
    return Sentence(count(number, "object", "objects"), count(number, "object", "objecten"))
