"""Which words of a text are English and no Dutch: an oracle that knows neither the program's texts nor its terms."""

from __future__ import annotations

import re

_OF_ENGLISH = """
this that these those with which without whose who whom what when where why how and or but not none yes
from for into onto than then there their they them he she it its you your our us the
are was were be been being has have did does can cannot could might must should would will shall
any each every both other another same such only also still already never always again once
before after between during until since while because if unless though by
patient's patients hospital's studies study object's plan's ledger's ledger archive's keys key's
files folder nothing something nobody somebody anybody everything found made written stored kept shown
retrieved sent done left open closed old next most less least few
choose give write check try make keep approved withdrawn missing unknown needed wanted invalid value
"""
_OF_BOTH = "was want while open die dan been arm does"
_ENGLISH = frozenset(re.findall(r"\S+", _OF_ENGLISH)) - frozenset(re.findall(r"\S+", _OF_BOTH))
_NOT_SAID = re.compile(
    r"`[^`]*`"  # to type
    r"|remediate(?: [a-z-]+)*"
    r"|--[a-z-]+"
    r"|\b[a-z]+(?:-[a-z]+)+\b"  # a code
    r"|\[[^\]]*\|[^\]]*\]"  # a choice of codes
    r"|\b[\w.-]*[_/.=][\w./=-]*"  # a file, a key of the configuration
    r"|'[^']*'|\"[^\"]*\""
    r"|\b[a-z2-7]{20,}\b"  # a key or digest
    r"|\b[A-Z][a-z]+ (?:[A-Z][A-Za-z]+ ?)+"  # an attribute of DICOM
)


def english_words(text: str) -> list[str]:
    """The English words in a text that should be Dutch, in order; what is typed or named there is no word."""
    said = " ".join(_NOT_SAID.sub(" ", line) for line in text.splitlines() if not _is_typed(line))
    return [word for word in re.findall(r"[A-Za-zÀ-ÿ']+", said) if not word.isupper() and word.casefold() in _ENGLISH]


def _is_typed(line: str) -> bool:
    """A line that is a command to type, or a comment in a file."""
    return line.strip().removeprefix("$").strip().startswith(("remediate ", "#"))
