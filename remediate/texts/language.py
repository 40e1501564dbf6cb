"""One plain sentence for people, in English and Dutch; which language to print is the caller's choice."""

from __future__ import annotations

import errno
from collections.abc import Mapping
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

    def after(self, text: str) -> Sentence:
        """The sentence behind a text that is the same in both, such as a path."""
        return Sentence(text + self.en, text + self.nl)


def both(text: Sentence | str) -> Sentence:
    """A text that is the same in every language, such as a file's name, as a sentence."""
    return text if isinstance(text, Sentence) else Sentence(text, text)


def joined(*parts: Sentence | None) -> Sentence:
    """One after the other, where they are."""
    said = [part for part in parts if part is not None]
    return Sentence(" ".join(part.en for part in said), " ".join(part.nl for part in said))


_STRERROR: Mapping[int, str] = {
    errno.ENOENT: "bestand of map bestaat niet",
    errno.EACCES: "geen toegang",
    errno.EPERM: "dat mag niet",
    errno.EEXIST: "bestaat al",
    errno.ENOTDIR: "is geen map",
    errno.EISDIR: "is een map",
    errno.ENOTEMPTY: "map is niet leeg",
    errno.ENOSPC: "de schijf is vol",
    errno.EDQUOT: "het quotum is op",
    errno.EROFS: "de schijf is alleen-lezen",
    errno.EIO: "invoer- of uitvoerfout",
    errno.EMFILE: "te veel bestanden open",
    errno.ENAMETOOLONG: "de naam is te lang",
    errno.ELOOP: "te veel symbolische koppelingen",
    errno.ECONNREFUSED: "verbinding geweigerd",
    errno.ECONNRESET: "verbinding verbroken",
    errno.EHOSTUNREACH: "host niet bereikbaar",
    errno.ENETUNREACH: "netwerk niet bereikbaar",
    errno.ETIMEDOUT: "geen antwoord binnen de tijd",
    errno.EADDRINUSE: "adres is al in gebruik",
    errno.EADDRNOTAVAIL: "adres is hier niet beschikbaar",
    errno.EPIPE: "verbinding verbroken",
}


def strerror_nl(error: OSError) -> str:
    """What `strerror` says, in Dutch where it is one that people meet."""
    return _STRERROR.get(error.errno or 0, error.strerror or type(error).__name__)


def unreadable(name: str, error: OSError) -> Sentence:
    """That a file cannot be read, and why."""
    return Sentence(
        f"The file {name} cannot be read: {error.strerror}.",
        f"Het bestand {name} kan niet worden gelezen: {strerror_nl(error)}.",
    )
