"""Names of groups and free texts of other systems, as page, list, ledger and letter may show them: the one filter.

Whoever fills in a destination, an institution or a reason can put a patient in it. No person's name that can be told
to be one, no e-mail address, no date and no number of six digits or more comes through. A name of a group in which
something of the kind stands is hidden whole, since what stands beside a birth date is a person too; in a reason only
that part is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from remediate.texts.printable import one_line

MASKED = "(masked)"
"""Stands for a name that may not be shown."""

_LONGEST = 80
_MOST_READ = 2_000
"""Letters of a text that are looked at. Nobody calls an institution by more; of a reason only the first are shown."""
_HIDDEN = "…"
_PREFIX = r"(?:van|von|de|den|der|het|ten|ter|te|'t|la|le|du|el|al|ben|bin)"
_CAPITAL = r"[^\W\d_a-zß-ÿ][\w'’\-]*"  # a word that begins with a capital
_SURNAME = rf"(?:(?i:{_PREFIX})\s+){{0,3}}{_CAPITAL}"
_MAIL = re.compile(r"[^\s<>;,()]*(?:@|%40)[^\s<>;,()]*|[^\s<>;,()]+\s?[(\[]at[)\]]\s?[^\s<>;,()]+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)\d(?:[\W_]?\d){5,}(?!\d)")  # six digits or more, however they are set apart
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}([-/. ])\d{1,2}\1['’]?(?:\d{4}|\d{2})|\d{4}([-/. ])\d{1,2}\2\d{1,2}"
    r"|(?:1[89]|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:1[89]|20)\d\d"
    r"|\d{1,2}[ -](?:jan|feb|m(?:aa)?rt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]*\.?[ -]"
    r"(?:\d{4}|\d{2})|\d{4}[ -](?:jan|feb|m(?:aa)?rt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]*\.?[ -]"
    r"\d{1,2}|\bgeb(?:oren)?\b\.?\s*\d{2,4})(?!\d)",
    re.IGNORECASE,
)
_DICOM_NAME = re.compile(rf"(?:{_SURNAME}\s+)*(?:(?i:{_PREFIX})\s+)*\S*\^\S*(?:\s+{_CAPITAL})*")
_CALLED = re.compile(  # a title or a word for a person, and who follows it
    rf"\b(?i:mevr(?:ouw)?|mw|mej|dhr|de heer|meneer|drs?|prof|pati[eë]nte?|t\.?a\.?v"
    rf"|fam(?:ilie)?|(?:dochter|zoon|echtgenoot|echtgenote|weduwe) van)\b"
    rf"[.:]?\s*(?:(?:[A-Z]\.\s?)*{_SURNAME}(?:[\s,]+{_CAPITAL})*)"
)
_CALLED_IN_SMALL = re.compile(  # of these words a person follows, however he is written
    rf"\b(?:(?:mevr(?:ouw)?|mw|mej|dhr|de heer|meneer|fam(?:ilie)?)\b[.:]?|(?:pt|pat)\.)"
    rf"\s*(?:{_PREFIX}\s+){{0,3}}[^\W\d_]{{2}}[\w'’\-]*",
    re.IGNORECASE,
)
_INITIALS = re.compile(rf"(?<![\w.])(?:[A-Z]\.\s?){{1,6}}{_SURNAME}")
_TURNED = re.compile(
    rf"{_SURNAME},\s*(?:(?:[A-Z]\.?){{1,6}}(?![\w])|(?!Cannot\b){_CAPITAL})(?:\s+(?i:{_PREFIX})(?!\w))*"
)
_HOLE = "\ufffc"  # where something was hidden
_BEFORE_HOLE = re.compile(rf"{_SURNAME}(?:\s+{_CAPITAL})*(?=[\s,<(:]*{_HOLE})")
_AFTER_HOLE = re.compile(rf"(?<={_HOLE})[\s,>):]+{_CAPITAL}(?:\s+{_CAPITAL})*")
_PERSONS = (_DICOM_NAME, _CALLED, _CALLED_IN_SMALL, _INITIALS, _TURNED)
_INSTITUTION = re.compile(
    r"ziekenhuis|kliniek|clinic|hospital|zorg|centrum|center|centre|medisch|gasthuis|praktijk|huisarts|apotheek"
    r"|radiolog|afdeling|\bpoli|pacs|gateway|\bu?mc\b|\bzh\b|locatie|instelling|laborator|instituut",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\d{4,}")


@lru_cache(maxsize=1 << 14)
def shown_name(text: str) -> str:
    """The name of an institution, station, department or destination; `MASKED` when somebody may stand in it.

    A long number is hidden by itself only beside a word that people call an institution by.
    """
    name = one_line(text[:_MOST_READ])
    if len(text) > _MOST_READ or _MAIL.search(name) or _DATE.search(name) or _names_person(name):
        return MASKED
    if _NUMBER.search(name):
        return _NUMBER.sub("#", name)[:_LONGEST] if _INSTITUTION.search(name) else MASKED
    return name[:_LONGEST]


def _names_person(name: str) -> bool:
    """Whether a person stands in a name; a comma between words of an institution (`Erasmus MC, Radiologie`) is none."""
    if any(form.search(name) for form in _PERSONS[:-1]):
        return True
    spelled = name.title() if name.islower() else name
    return _TURNED.search(spelled) is not None and not _INSTITUTION.search(name)


@lru_cache(maxsize=1 << 14)
def shown_reason(text: str) -> str:
    """Why a job failed. Without numbers and persons, texts that differ in these alone are one reason."""
    reason = one_line(text[:_MOST_READ]).replace(_HOLE, "")
    if len(text) > _MOST_READ:  # the cut may go through a name or a number
        reason = reason[: _MOST_READ // 2] + _HOLE
    for form in (_MAIL, _DATE, _NUMBER):
        reason = form.sub(_HOLE, reason)
    for form in (_BEFORE_HOLE, _AFTER_HOLE, *_PERSONS):  # the name beside a patient's number is the patient's
        reason = form.sub(_HIDDEN, reason)
    return _LONG_NUMBER.sub("#", reason.replace(_HOLE, "#"))[:_LONGEST]
