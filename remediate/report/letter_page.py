"""A letter's text as one A4 page that any browser prints or saves as PDF; words and figures are the text's alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from remediate.report.page_template import page_template
from remediate.texts.language import Language

_SUBJECTS = ("Betreft: ", "Subject: ")


class LetterBlock(NamedTuple):
    """Lines that belong together, and as what they are shown."""

    kind: str  # heading, section, list, columns or text
    lines: Sequence[Any]


class LetterColumn(NamedTuple):
    """One line of what stands in columns."""

    depth: int
    name: str
    value: str


class LetterEntry(NamedTuple):
    """One entry of a list, with the lines under it."""

    text: str
    more: tuple[str, ...]


def letter_page(text: str, language: Language) -> str:
    """The page. `text` has a paragraph to a line, as a letter has before its lines are broken."""
    blocks = list(_blocks(text))
    title = next((block.lines[0] for block in blocks if block.kind == "heading"), "")
    return page_template("letter.html.j2", trim=True).render(blocks=blocks, title=title, language=language.value)


def _blocks(text: str) -> Iterator[LetterBlock]:
    paragraphs = [list(lines) for is_text, lines in groupby(text.splitlines(), key=bool) if is_text]
    entries: list[LetterEntry] = []
    for lines in paragraphs:
        if lines[0].startswith("- "):
            entries.append(LetterEntry(lines[0].removeprefix("- "), tuple(line.strip() for line in lines[1:])))
            continue
        if entries:
            yield LetterBlock("list", entries)
            entries = []
        yield from _of_paragraph(lines)
    if entries:
        yield LetterBlock("list", entries)


def _of_paragraph(lines: list[str]) -> Iterator[LetterBlock]:
    if lines[0].startswith(_SUBJECTS):
        yield LetterBlock("heading", lines)
    elif any(line.startswith("  ") for line in lines):
        first, *rest = lines
        yield LetterBlock("section", [first])
        yield LetterBlock("columns", [_column(line) for line in rest])
    elif len(lines) == 1 and lines[0][-1].isalnum():
        yield LetterBlock("section", lines)
    else:
        yield LetterBlock("text", lines)


def _column(line: str) -> LetterColumn:
    """Two blanks deeper is one step in; two or more between name and value."""
    name, _, value = line.strip().partition("  ")
    return LetterColumn((len(line) - len(line.lstrip())) // 2, name, value.strip())
