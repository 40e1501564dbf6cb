"""Who else a header may be of: the live patients that receive every personal proof too; looks nobody up.

The opposite of a proof, and so read the other way round. A proof is what is told and equal; another patient is ruled
out only by what is told and different. What is unknown of the other (no birth date, a placeholder, sex O or none, no
given name, a name in another script) rules nobody out, and names agree as loosely as they may: with any prefix, in
either spelling of an umlaut, one of two surnames in a field, a row of capitals as initials. One limit: of whom neither
birth date nor surname meets the header nothing is known at all, and he is everybody's rival and so nobody's.

A registry finds them by keys: `keys_to_keep` of every patient, `keys_to_look_up` for a header. Whenever a header
`may_be_of` a patient, a key is shared; what shares a key need not be a rival.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from remediate.identity.checks import is_placeholder_date
from remediate.identity.dates import read_da
from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.given_names import GivenNameAgreement, GivenNames
from remediate.identity.name_readings import NameReading, Surname, component_groups, readings
from remediate.identity.name_text import Word, initials_in_prefix, is_legible, spellings, words
from remediate.identity.names import given_fit, given_names_of, name_spellings
from remediate.identity.patients import LocalId, Patient, PersonName, is_same, known_names
from remediate.identity.placeholders import holds_placeholder
from remediate.identity.same_person import as_heard
from remediate.identity.surname_forms import is_surname_of, keys_of_name, keys_of_reading
from remediate.identity.verdicts import NAMES_OF_UNKNOWN, PLACEHOLDER_GIVEN_NAMES, MatchingPolicy

_SEXES = frozenset({"M", "F"})
"""Sexes of which one contradicts the other. Systems write O for whom they do not know as well as for others."""

UNDATED = "?"
"""First sign of keys that hold no birth date."""

_ASIDE = str.maketrans('()"', "   ")
"""Signs around a call name, which is left out of names that prove."""

_IN_NO_NAME = re.compile(r"[0-9¡?¿!@#$%&*+=<>\\^_|~{}\[\]]")

_OLDEST = date(1890, 1, 1)
"""Nobody was born before: such a date is a placeholder, whatever the configuration says."""


def rivals_of(
    evidence: StudyEvidence, patient: Patient, found: Iterable[Patient], policy: MatchingPolicy
) -> tuple[Patient, ...]:
    """Of the patients that were found, those of whom a header of this study may be, other than `patient`."""
    rivals: dict[LocalId, Patient] = {}
    for other in found:
        if not is_same(other, patient) and any(
            may_be_of(other, header, policy, patient.birth_date, in_full=_is_told_in_full(patient, header))
            for header in evidence.headers
        ):
            rivals[LocalId(value=other.epd_patient_id, authority=other.authority)] = other
    return tuple(rivals.values())


def may_be_of(
    other: Patient, header: Evidence, policy: MatchingPolicy, born: date | None = None, *, in_full: bool = True
) -> bool:
    """Whether nothing that is told rules out that a header is of this patient.

    `born` is the birth date of the patient to whom the header is to be given, for headers that hold another or none;
    `in_full` whether it has a given name of that patient in full. Where it has not, and an initial or a call name is
    all that speaks for him, one that begins as theirs rules nobody out: no list of call names is ever complete.
    """
    if {header.sex.upper(), other.sex} >= _SEXES or holds_placeholder(header.patient_name, policy.placeholder_names):
        return False
    same_day = other.birth_date is not None and other.birth_date in _days(header, born)
    if not same_day and other.birth_date is not None and not _stands_for(other.birth_date, header, born, policy):
        return False
    names, ways = known_names(other), _ways(header.patient_name)
    legible = [name for name in names if _tells_surname(name)]
    if not legible:
        return same_day and _given_name_may_be(((way, name) for way in ways for name in names), in_full)
    tells_given = any(way.given or way.title for way in ways)
    pairs = (
        (way, name)
        for way in ways
        for name in legible
        if not keys_of_name(name).isdisjoint(keys_of_reading(way.surname))
        and (way.given or way.title or not tells_given or _is_form(way.surname, name))
    )
    return _given_name_may_be(pairs, in_full)


def _stands_for(placeholder: date, header: Evidence, born: date | None, policy: MatchingPolicy) -> bool:
    """Whether a birth date is a placeholder, and may be one for the header's: 1 January is some day of its own year."""
    if not is_placeholder_date(placeholder, policy):
        return False
    is_any_day = placeholder < _OLDEST or f"{placeholder:%Y%m%d}" in policy.placeholder_birth_dates
    days = _days(header, born)
    return is_any_day or not days or any(day.year == placeholder.year for day in days)


def _is_told_in_full(patient: Patient, header: Evidence) -> bool:
    """Whether a given name of the patient stands in full in the header."""
    theirs = {word.text for name in known_names(patient) for word in given_names_of(name).names if not word.short}
    return any(word.text in theirs for way in _ways(header.patient_name) for word in way.given)


def _is_form(surname: Surname, name: PersonName) -> bool:
    """Whether a T, D, S or V that is no initial here is a prefix of just this name: HART^T is a 't Hart perhaps."""
    return any(is_surname_of(surname, spelled) for spelled in name_spellings(name))


def _days(header: Evidence, born: date | None) -> frozenset[date]:
    day = read_da(header.birth_date)
    days = (day,) if isinstance(day, date) else ()
    return frozenset(days if born is None else (*days, born))


def _ways(person_name: str) -> tuple[NameReading, ...]:
    """Every reading of every component group in every spelling."""
    if person_name.isascii() and "=" not in person_name:
        return readings(person_name)
    return tuple(way for group in component_groups(person_name) for text in spellings(group) for way in readings(text))


def _tells_surname(name: PersonName) -> bool:
    """Whether a surname can be read. An initial in its place (`B.`, X) stands for any, and so does what holds a digit
    or a sign that is in no name (`Waandering2`, a mark of a record that was made twice)."""
    texts = [text for text in (name.surname, name.partner_surname) if text]
    is_told = any(is_legible(text) and not all(word.short for word in words(text)) for text in texts)
    return is_told and not any(_IN_NO_NAME.search(text) or holds_placeholder(text, NAMES_OF_UNKNOWN) for text in texts)


def _given_name_may_be(pairs: Iterable[tuple[NameReading, PersonName]], in_full: bool) -> bool:
    return any(
        given_fit(way, _given_names(spelled)) is not GivenNameAgreement.DIFFERS
        or _may_be_an_initial(way, _given_names(spelled))
        or _may_be_a_form(way, _given_names(spelled))
        or _begins_as(way, initials_in_prefix(name.prefix))
        or (not in_full and _begin_alike(way, _given_names(spelled)))
        for way, name in pairs
        for spelled in _with_call_name(name)
    )


def _with_call_name(name: PersonName) -> Iterable[PersonName]:
    """A name's spellings, and those with what stands between brackets or quotes as a given name: Jan (Miguel)."""
    plain = name.given_names.translate(_ASIDE)
    if plain == name.given_names:
        return name_spellings(name)
    return (*name_spellings(name), *name_spellings(replace(name, given_names=plain)))


def _begin_alike(way: NameReading, theirs: GivenNames) -> bool:
    """Whether the first given name of a header begins as any of theirs."""
    return _begins_as(way, (*theirs.names, *theirs.initials))


def _begins_as(way: NameReading, theirs: tuple[Word, ...]) -> bool:
    return any(word.text[:1] == way.given[0].text[:1] for word in theirs if way.given)


def _may_be_an_initial(way: NameReading, theirs: GivenNames) -> bool:
    """Whether a given name begins as one of which the EPD has the initial only, at any place: Jan may be P.J. Smit."""
    letters = [word.text for word in theirs.names if word.short]
    letters += [word.text for word in theirs.initials] if not theirs.names else []
    row = theirs.row if not theirs.initials else ""  # of RAVI with the initial R. nobody doubts that it is a name
    return any(word.text[:1] in {letter[:1] for letter in (*letters, *row)} for word in way.given[:1])


def _may_be_a_form(way: NameReading, theirs: GivenNames) -> bool:
    """Whether a given name is one of theirs, written as it sounds: Sofie is Sophie perhaps."""
    first = next((word.text for word in way.given[:1] if not word.short), "")
    known = [word.text for word in theirs.names if not word.short and word.text[:1] == first[:1]]
    return any(word != first and as_heard(word) == as_heard(first) for word in known)


def _given_names(name: PersonName) -> GivenNames:
    """What is known of given names: nothing where they cannot be read or say that they are not known."""
    given = name.given_names
    if given and (not is_legible(given) or _HAS_DIGIT.search(given) or holds_placeholder(given, _NO_GIVEN_NAMES)):
        return GivenNames((), ())
    return given_names_of(name)


_NO_GIVEN_NAMES = (
    NAMES_OF_UNKNOWN
    | PLACEHOLDER_GIVEN_NAMES
    | {
        "ZN",
        "ZN VAN",
        "DR VAN",
        "GEEN",
        "NNB",
        "NVT",
        "X",
        "XX",
        "XXX",
        "DHR",
        "HR",
        "MW",
        "MEVR",
        "JR",
        "SR",
        "II",
        "III",
    }
)
"""In an EPD: no given name. Some may be initials as well; then, too, they rule nobody out."""

_HAS_DIGIT = re.compile(r"[0-9]")


def keys_to_keep(patient: Patient) -> frozenset[str]:
    """Under which keys a patient is found as a rival. They hold name and birth date in clear: keep pseudonyms of them.

    By birth date, or by sex where there is none or it may be a placeholder; each with every surname, or with none.
    """
    born = patient.birth_date
    legible = [name for name in known_names(patient) if _tells_surname(name)]
    if not legible:
        return frozenset() if born is None else frozenset({_dated(born)})
    surnames = frozenset().union(*map(keys_of_name, legible))
    begin = _undated(patient.sex) if born is None or _is_always_looked_up(born) else _dated(born)
    return frozenset(begin + surname for surname in surnames)


def keys_to_look_up(header: Evidence, policy: MatchingPolicy, born: date | None = None) -> tuple[str, ...]:
    """Under which keys every patient is found whom a header `may_be_of`, `born` as there."""
    days = _days(header, born)
    bare = [_dated(day) for day in days]
    dated = [_dated(day) for day in _placeholder_days(policy.placeholder_birth_dates) - days]
    sex = header.sex.upper()
    undated = [_undated(sex) for sex in ((sex, "") if sex in _SEXES else ("M", "F", ""))]
    surnames = _surname_keys(header.patient_name)
    return (*bare, *[begin + surname for begin in (*bare, *dated, *undated) for surname in surnames])


def _surname_keys(person_name: str) -> Collection[str]:
    ways = _ways(person_name)
    if len(ways) == 1:
        return keys_of_reading(ways[0].surname) if ways[0].surname.core else ()
    surnames = {way.surname for way in ways if way.surname.core}
    return {key for surname in surnames for key in keys_of_reading(surname)}


@lru_cache(maxsize=64)
def _placeholder_days(texts: frozenset[str]) -> frozenset[date]:
    """The configured placeholders under which a patient may be kept by date."""
    days = (read_da(text) for text in texts)
    return frozenset(day for day in days if isinstance(day, date) and not _is_always_looked_up(day))


def _is_always_looked_up(born: date) -> bool:
    """Whether a birth date may be a placeholder under some configuration that is not known when it is kept."""
    return (born.day == 1 and born.month == 1) or born < _OLDEST


def _dated(born: date) -> str:
    return f"{born.isoformat()}|"


def _undated(sex: str) -> str:
    return f"{UNDATED}{sex if sex in _SEXES else ''}|"
