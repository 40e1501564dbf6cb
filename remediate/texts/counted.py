"""A number with what it counts, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from remediate.texts.language import Language, Sentence


def in_each(write: Callable[..., str], *values: Any) -> Sentence:
    """What `remediate.texts.notation` writes of these values, in both languages."""
    return Sentence(write(*values, Language.EN), write(*values, Language.NL))


def count(number: int, one: str, many: str) -> str:
    """A number with its noun: 1 study, 2 studies."""
    return f"{number} {one if number == 1 else many}"


def studies(number: int) -> Sentence:
    """A number of studies."""
    return Sentence(count(number, "study", "studies"), count(number, "onderzoek", "onderzoeken"))


def objects(number: int) -> Sentence:
    """A number of objects."""
    return Sentence(count(number, "object", "objects"), count(number, "object", "objecten"))
