"""Two texts side by side, word by word: which words the other does not hold. Values in, values out; compares nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from remediate.identity.name_text import canonical

_WORD = re.compile(r"\w+")


class Span(NamedTuple):
    """A part of a text."""

    text: str
    differs: bool


def day(text: str) -> str:
    """A DA as people read it, YYYY-MM-DD; anything else as it stands."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def words_beside(one: str, other: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Both texts, in each of which the words differ that the other does not hold, however they are written.

    An initial is held by a word that begins so; that word itself differs, as nothing tells that it is meant.
    """
    return _spans(one, other), _spans(other, one)


def days_beside(one: str, other: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Two dates as `day` tells them, of which year, month or day differ; as a whole where one is no date."""
    ours, theirs = one.split("-"), other.split("-")
    if len(ours) != len(theirs):
        return _whole(one), _whole(other)
    pairs = list(zip(ours, theirs, strict=True))
    return _joined([(a, a != b) for a, b in pairs]), _joined([(b, a != b) for a, b in pairs])


def bracketed(spans: Sequence[Span]) -> str:
    """The text with what differs in square brackets, where there is nothing but letters to show it by."""
    return "".join(f"[{span.text}]" if span.differs else span.text for span in spans)


def _spans(text: str, other: str) -> tuple[Span, ...]:
    theirs = {canonical(word) for word in _WORD.findall(other)}
    known = theirs | {word[:1] for word in theirs}  # an initial is held by a word
    found: list[Span] = []
    end = 0
    for word in _WORD.finditer(text):
        if word.start() > end:
            found.append(Span(text[end : word.start()], False))
        found.append(Span(word[0], canonical(word[0]) not in known))
        end = word.end()
    return (*found, Span(text[end:], False)) if end < len(text) else tuple(found)


def _whole(text: str) -> tuple[Span, ...]:
    return (Span(text, True),) if text else ()


def _joined(parts: Sequence[tuple[str, bool]]) -> tuple[Span, ...]:
    found: list[Span] = []
    for number, (text, differs) in enumerate(parts):
        found += [Span("-", False)] if number else []
        found += [Span(text, differs)] if text else []
    return tuple(found)
