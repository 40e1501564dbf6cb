"""Names of groups and free texts of other systems, as page, list, ledger and letter may show them: the one filter.

Whoever fills in a destination, an institution or a reason can put a patient in it. No person's name that can be told
to be one, no e-mail address, no date and no number of six digits or more comes through. A name of a group in which
something of the kind stands is hidden whole, since what stands beside a birth date is a person too; in a reason only
that part is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from remediate.measure.name_words import (
    EPONYM,
    INSTITUTION,
    is_abbreviation,
    is_called_after,
    is_device,
    is_given_name,
    is_place,
    is_unspeakable,
)
from remediate.texts.printable import one_line

MASKED = "(masked)"
"""Stands for a name that may not be shown."""

_LONGEST = 80
_MOST_READ = 500
"""Letters of a text that are looked at. Nobody calls an institution by more; of a reason only the first are shown."""
_HIDDEN = "…"
_PREFIX = r"(?:van|von|v[./]?d\.?|v\.|de|den|der|het|ten|ter|te|'t|la|le|du|el|al|ben|bin)"
_CAPITAL = rf"[^\W\d_a-zß-ÿ](?:[\w'’]|-(?!(?i:{_PREFIX})\s))*"  # a word that begins with a capital
_SURNAME = rf"(?:(?i:{_PREFIX})\s+){{0,3}}{_CAPITAL}(?:\s?[-–]\s?(?:(?i:{_PREFIX})\s+){{1,3}}{_CAPITAL})?"
_FOREIGN_LETTER = r"[^\W\d_\u0000-\u024f\u1e00-\u1eff\u03bc]"
_FOREIGN_SCRIPT = re.compile(rf"\w*{_FOREIGN_LETTER}\w*(?:[\s,.·-]+\w*{_FOREIGN_LETTER}\w*)*")  # nobody here reads it
_MAIL = re.compile(r"[^\s<>;,()]*(?:@|%40)[^\s<>;,()]*|[^\s<>;,()]+\s?[(\[]at[)\]]\s?[^\s<>;,()]+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)\d(?:[\W_]?\d){5,}(?!\d)")  # six digits or more, however they are set apart
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}([-/. ])\d{1,2}\1['’]?(?:\d{4}|\d{2})|\d{4}([-/. ])\d{1,2}\2\d{1,2}"
    r"|(?:1[89]|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:1[89]|20)\d\d"
    r"|\d{1,2}[ -]?(?:jan|feb|m(?:aa)?rt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]*\.?[ -]?"
    r"(?:\d{4}|\d{2})|\d{4}[ -]?(?:jan|feb|m(?:aa)?rt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]*\.?[ -]?"
    r"\d{1,2}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"\.? \d{1,2}(?:st|nd|rd|th)?,? (?:\d{4}|\d{2})|\bgeb(?:oren)?\b\.?\s*\d{2,4})(?!\d)",
    re.IGNORECASE,
)
_DICOM_NAME = re.compile(  # every word before it in one way only, or a row of prefixes is read in millions of ways
    rf"(?:(?:(?i:{_PREFIX})|(?!(?i:{_PREFIX})\s){_CAPITAL})\s+){{0,8}}\S*\^\S*(?:\s+{_CAPITAL})*"
)
_DOCTOR = r"(?i:(?:prof|drs?|dokter|doctor)\b[.:]?\s*)+"
_CALLED_DOCTOR = re.compile(rf"\b{_DOCTOR}(?:(?:[A-Z]\.\s?)*{_SURNAME}(?:[\s,]+{_CAPITAL})*)")
_CALLED = re.compile(  # a title or a word for a person, and who follows it
    rf"\b(?:(?i:mevr(?:ouw)?|mw|mej|dhr|de heer|meneer|pati[eë]nte?|t\.?a\.?v|zuster|broeder|herr|frau"
    rf"|fam(?:ilie)?|(?:dochter|zoon|kind|baby|echtgenoot|echtgenote|weduwe) van|dochter|zoon|baby|weduwe|wed)"
    rf"|[Mm](?:rs?|s|iss)|[Ii](?:r|ng)|[Pp]a?t)\b"
    rf"[.:]?\s*(?:(?:[A-Z]\.\s?)*{_SURNAME}(?:[\s,]+{_CAPITAL})*)"
)
_CALLED_IN_SMALL = re.compile(  # of these words a person follows, however he is written
    rf"\b(?:(?:mevr(?:ouw)?|mw|mej|dhr|de heer|meneer|fam(?:ilie)?)\b[.:]?|(?:pt|pat)\.)"
    rf"\s*(?:{_PREFIX}\s+){{0,3}}[^\W\d_]{{2}}[\w'’\-]*"
    rf"|\b(?:pati[eë]nt(?:e|[ _]?na[am]e?m?)?|pat|pt|naam|name)\s*[:=]\s*(?:{_PREFIX}\s+){{0,3}}[^\W\d_]{{2}}[\w'’\-]*",
    re.IGNORECASE,
)
_CALLED_AFTERWARDS = re.compile(rf"{_SURNAME}\s*[(,]\s*(?i:mevr(?:ouw)?|mw|mej|dhr)\b")
_INITIALS = re.compile(rf"(?<![\w.])(?:[A-Z]\.\s?){{1,6}}{_SURNAME}")
_BARE_INITIALS = re.compile(  # without full stops: J Jansen at the beginning, JA de Vries and van der Berg P anywhere
    rf"(?:(?:^|(?<=[,;:/(<]))\s*(?P<before>[A-Z](?:\s[A-Z]){{0,4}})\s+(?P<name>{_SURNAME})"
    rf"|(?<![\w.])(?P<letters>[A-Z]{{1,5}})\s+(?P<prefixed>(?:(?i:{_PREFIX})\s+){{1,3}}{_CAPITAL})"
    rf"|(?<![\w.])(?P<first>(?:(?i:{_PREFIX})\s+){{1,3}}{_CAPITAL})\s+(?:[A-Z]\.?\s?){{1,4}}(?!\w))"
)
_SURNAME_FIRST = re.compile(rf"(?<![\w.'’-])(?P<surname>{_SURNAME})\s+(?P<given>{_CAPITAL})")
_TURNED = re.compile(
    rf"(?P<surname>{_SURNAME}(?:,?\s(?i:{_PREFIX}))?)\s*,\s*(?P<given>(?:[A-Z]\.?){{1,6}}(?!\w)|(?!Cannot\b){_CAPITAL})"
    rf"(?:\s+(?i:{_PREFIX})(?!\w))*"
)
_IN_FULL = re.compile(rf"(?<![\w.'’-])(?P<given>{_CAPITAL})\s+(?P<surname>{_SURNAME}(?:\s+{_CAPITAL})*)")
_JOINED = re.compile(r"(?<![^\W_])([^\W\d_]{3,})[_.;/]([^\W\d_]{3,})(?![^\W_])")
_HOLE = "\ufffc"  # where something was hidden
_BEFORE_HOLE = re.compile(rf"{_SURNAME}(?:\s+{_CAPITAL})*(?=[\s,<(:]*{_HOLE})")
_AFTER_HOLE = re.compile(rf"(?<={_HOLE})[\s,>):]+{_CAPITAL}(?:\s+{_CAPITAL})*")
_SAINT = re.compile(r"\b(?:st|sint|sankt|saint)\b\.?[\s-]*$", re.IGNORECASE)
_LAST_WORD = re.compile(r"(\S+)\s*$")
_NEXT_WORD = re.compile(r"\s+([\w'’-]+)")
_LONG_NUMBER = re.compile(r"\d{4,}")


@lru_cache(maxsize=1 << 14)
def shown_name(text: str) -> str:
    """The name of an institution, station, department or destination; `MASKED` when somebody may stand in it.

    A long number is hidden by itself only beside a word that people call an institution by.
    """
    name = _as_read(text[:_MOST_READ])
    if len(text) > _MOST_READ or may_tell_of_person(name):
        return MASKED
    if _NUMBER.search(name):
        return _NUMBER.sub("#", name)[:_LONGEST] if INSTITUTION.search(name) else MASKED
    return name[:_LONGEST]


def _as_read(text: str) -> str:
    """As people read it, on one line: a full-width letter or at-sign is one."""
    return one_line(unicodedata.normalize("NFKC", text))


def may_tell_of_person(text: str) -> bool:
    """Whether an e-mail address, a date or a person's name stands in a text."""
    return bool(_MAIL.search(text) or _DATE.search(text)) or _names_person(text)


def _names_person(name: str) -> bool:
    """Whether a person stands in a name; of one in small letters throughout, as it would be written otherwise."""
    written = name.title() if name.islower() else name
    return next(_persons(name), None) is not None or (written != name and next(_persons(written), None) is not None)


def _persons(text: str) -> Iterator[tuple[int, int]]:
    """Where persons stand in a text: not institutions that are called after one, or that stand in a place."""
    for form in (_DICOM_NAME, _CALLED, _CALLED_IN_SMALL, _CALLED_AFTERWARDS, _FOREIGN_SCRIPT):
        yield from (found.span() for found in form.finditer(text))
    for form in (_CALLED_DOCTOR, _INITIALS):
        yield from (found.span() for found in form.finditer(text) if not _is_called_after(text, found))
    yield from (found.span() for found in _BARE_INITIALS.finditer(text) if not _is_lettered(text, found))
    yield from (found.span() for found in _everywhere(_TURNED, text) if not _is_addressed(text, found))
    for found in _everywhere(_IN_FULL, text, after="surname"):
        if is_given_name(found["given"]) and not _is_known_by(text, found):
            yield found.span()
    yield from (found.span() for found in _everywhere(_SURNAME_FIRST, text) if _is_surname_first(text, found))
    for found in _JOINED.finditer(text):
        if any(map(is_given_name, found.groups())) and not any(map(INSTITUTION.search, found.groups())):
            yield found.span()


def _everywhere(form: re.Pattern[str], text: str, *, after: str = "given") -> Iterator[re.Match[str]]:
    """Finds that may overlap: the next one may begin with the last group of the one before."""
    at = 0
    while found := form.search(text, at):
        yield found
        at = found.start(after)


def _is_surname_first(text: str, found: re.Match[str]) -> bool:
    """Whether this is JANSEN JAN: the word before a given name is no institution, place or device."""
    surname, given, follows = found["surname"], found["given"], _NEXT_WORD.match(text, found.end())
    if not is_given_name(given) or is_unspeakable(surname) or is_abbreviation(surname) or _SAINT.search(surname):
        return False
    if INSTITUTION.search(surname) or is_place(surname) or is_device(surname):
        return False
    is_known = any(is_called_after(text[found.start(group) :]) for group in ("surname", "given"))
    return not is_known and not (follows and EPONYM.fullmatch(follows[1]))


def _is_lettered(text: str, found: re.Match[str]) -> bool:
    """Whether letters before or behind a name tell a device, a building or an institution: MR de Wever, UZ Van Aken."""
    letters = found["letters"] or (found["before"] or "").replace(" ", "")
    name = found["name"] or found["prefixed"] or found["first"]
    follows = _NEXT_WORD.match(text, found.end())
    is_ours = INSTITUTION.search(name) or is_place(name.split()[-1]) or is_device(name)
    return bool(is_ours or is_abbreviation(letters) or is_device(letters) or (follows and EPONYM.fullmatch(follows[1])))


def _is_called_after(text: str, found: re.Match[str]) -> bool:
    """Whether a doctor, or initials and a name, belong to an institution: Dr. Sarphati Huis, O.L. Vrouwe Gasthuis."""
    called, comma, _ = found[0].partition(",")
    follows = None if comma else _NEXT_WORD.match(text, found.end())
    if any(EPONYM.fullmatch(word) for word in (*called.split()[1:], *(follows.groups() if follows else ()))):
        return True
    if found.re is _CALLED_DOCTOR:
        before = _LAST_WORD.search(text, 0, found.start())
        return before is not None and EPONYM.fullmatch(before[1]) is not None
    *initials, name = re.split(r"\.\s?", found[0])
    return is_abbreviation(found[0]) if len(name) == 1 else is_abbreviation("".join(initials)) and is_place(name)


def _is_addressed(text: str, found: re.Match[str]) -> bool:
    """Whether what stands before a comma is an institution: where a place or a part of one follows, or where a word
    says so and what follows is nobody's given name."""
    given, before = found["given"], text[: found.start()]
    if is_place(text[found.start("given") :]) or INSTITUTION.search(given):
        return True
    if is_given_name(given) or len(given.replace(".", "")) == 1:
        return False
    ours, surname = f"{before.rpartition(',')[2]}{found['surname']}", found["surname"]
    is_short_for_one = is_abbreviation(surname) or is_unspeakable(surname)
    return is_short_for_one or INSTITUTION.search(ours) is not None or _SAINT.search(before) is not None


def _is_known_by(text: str, found: re.Match[str]) -> bool:
    """Whether a given name and another are those of an institution: Jeroen Bosch, Sophia Revalidatie, Catharina
    Eindhoven."""
    _, _, others = found[0].partition(found["given"])
    return bool(INSTITUTION.search(others) or is_called_after(found[0]) or _SAINT.search(text[: found.start()]))


@lru_cache(maxsize=1 << 14)
def shown_reason(text: str) -> str:
    """Why a job failed. Without numbers and persons, texts that differ in these alone are one reason."""
    reason = _as_read(text[:_MOST_READ]).replace(_HOLE, "")
    if len(text) > _MOST_READ:  # the cut may go through a name or a number
        reason = reason[: _MOST_READ // 2] + _HOLE
    for form in (_MAIL, _DATE, _NUMBER):
        reason = form.sub(_HOLE, reason)
    for form in (_BEFORE_HOLE, _AFTER_HOLE):  # the name beside a patient's number is the patient's
        reason = form.sub(_HIDDEN, reason)
    reason = _without(reason, _persons(reason))
    return _LONG_NUMBER.sub("#", reason.replace(_HOLE, "#"))[:_LONGEST]


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text of which parts are hidden; those that lie across each other are one."""
    shown, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            shown += [text[at:start], _HIDDEN]
        at = max(at, end)
    return "".join(shown) + text[at:]
