"""One plain sentence for people, in English and Dutch; which language to print is the caller's choice."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """Language of texts for people (`--lang`)."""

    EN = "en"
    NL = "nl"


class Sentence(NamedTuple):
    """The same sentence in both languages, without patient data."""

    en: str
    nl: str

    def in_(self, language: Language) -> str:
        """The sentence in one language."""
        return self.nl if language is Language.NL else self.en
