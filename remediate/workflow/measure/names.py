"""Names of groups and free texts of other systems, as a report may show them: no number that may be a BSN, no PN."""

from __future__ import annotations

import re
from functools import lru_cache

from remediate.printable import one_line

_LONGEST = 80
_MAY_BE_BSN = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){7,}(?!\d)")  # eight digits or more, however they are set apart
_LONG_NUMBER = re.compile(r"\d{4,}")
_PERSON = re.compile(r"\S*\^\S*")  # a DICOM person name


@lru_cache(maxsize=1 << 14)
def shown_name(text: str) -> str:
    """The name of an institution, station, department or destination. Long numbers in it are hidden whole."""
    return _MAY_BE_BSN.sub("#", one_line(text))[:_LONGEST]


@lru_cache(maxsize=1 << 14)
def shown_reason(text: str) -> str:
    """Why a job failed. Without numbers and person names, texts that differ in these alone are one reason."""
    return _LONG_NUMBER.sub("#", _MAY_BE_BSN.sub("#", _PERSON.sub("…", one_line(text))))[:_LONGEST]
