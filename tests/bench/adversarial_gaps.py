"""Studies and records with gaps, errors and stand-ins; a maker for each kind. They must be refused or excepted."""

from __future__ import annotations

from datetime import timedelta

from remediate.identity.bsn import BsnProblem
from remediate.identity.evidence import Evidence, Flag
from remediate.identity.patients import LocalId
from remediate.identity.verdicts import MatchReason as R
from tests.bench.adversarial_people import Person
from tests.bench.adversarial_spelling import folded
from tests.bench.adversarial_truth import Case, Expected, against, claim, draft, refused, study
from tests.bench.adversarial_world import FORMER_NAME, HOSPITAL, SPOILT_REASONS, World

_STAND_INS = {"M": "Meisje", "J": "Jongen", "K": "Kind", "D": "Dochter", "Z": "Zoon", "B": "Baby", "N": "Neonaat"}
_LETTERS = "abcdefghklmnopqrstuvwxz"


def swapped_names(w: World) -> Case:
    """Given name and surname in each other's place."""
    person = w.such("two plain names", lambda p: _are_two_words(p.name.surname, p.name.given_names))
    header = draft(w, person).header(patient_name=f"{person.name.given_names}^{person.name.surname}")
    case = refused(w, person, header, R.SURNAME_DIFFERS)
    case.expected.may = {R.GIVEN_NAME_DIFFERS, R.GIVEN_NAME_ABSENT}
    return case


def _are_two_words(one: str, other: str) -> bool:
    return one.isalpha() and other.isalpha() and folded(one) != folded(other)


def swapped_fields(w: World) -> Case:
    """Day and month, or number and birth date, in each other's place."""
    person = w.such("day and month", lambda p: p.birth_date.day != p.birth_date.month)
    day, made = person.birth_date, draft(w, person)
    if w.random.random() < 0.5:
        header = made.header(patient_id=f"{day:%Y%m%d}", issuer="", birth_date=made.number.value)
        return refused(w, person, header, R.PATIENT_UNKNOWN)
    header = made.header(birth_date=f"{day.year:04}{day.day:02}{day.month:02}")
    if day.day > 12:
        return refused(w, person, header, R.BIRTH_DATE_UNREADABLE)
    return refused(w, person, header, R.BIRTH_DATE_DIFFERS)


def placeholder_date(w: World) -> Case:
    person = w.somebody()
    dates = ["19000101", "18000101", "11111111", "1900.01.01", f"{person.birth_date.year}0101"]
    return refused(w, person, draft(w, person).header(birth_date=w.random.choice(dates)), R.BIRTH_DATE_PLACEHOLDER)


def empty_field(w: World) -> Case:
    person = w.somebody()
    made, surname = draft(w, person), person.name.surname
    day = f"{made.birth_date:%Y%m%d}"
    header, reasons = w.random.choice(
        [
            (made.header(patient_id=""), {R.NO_PATIENT_ID}),
            (made.header(patient_name=""), {R.NAME_ABSENT, R.GIVEN_NAME_ABSENT}),
            (made.header(patient_name="^^^^"), {R.NAME_ABSENT, R.GIVEN_NAME_ABSENT}),
            (made.header(patient_name=f"^{person.name.given_names.split()[0]}"), {R.NAME_ABSENT}),
            (made.header(patient_name=f"{surname}^"), {R.GIVEN_NAME_ABSENT}),
            (made.header(birth_date=""), {R.BIRTH_DATE_ABSENT}),
            (made.header(birth_date=day[:6]), {R.BIRTH_DATE_UNREADABLE}),
            (made.header(birth_date=day[:6] + "00"), {R.BIRTH_DATE_UNREADABLE}),
            (made.header(sex=""), {R.SEX_ABSENT}),
            (made.header(sex="U"), {R.SEX_ABSENT}),
            (made.header(patient_id="0", issuer=""), {R.PATIENT_UNKNOWN}),
            (made.header(issuer="ELSEWHERE"), {R.PATIENT_UNKNOWN}),
        ]
    )
    return refused(w, person, header, *reasons)


def placeholder_name(w: World) -> Case:
    person = w.such("not N.", lambda p: not any(name[0] in "nN" for name in p.name.given_names.split()))
    surname, given = person.name.surname, person.name.given_names.split()[0]
    names = [f"ONBEKEND^{given}", f"{surname}^N.N.", f"nn^{given}", f"{surname}^Anoniem", f"{surname}^fantoom"]
    header = draft(w, person).header(patient_name=w.random.choice(names))
    if header.patient_name.endswith("N.N."):
        return refused(w, person, header, R.GIVEN_NAME_DIFFERS)
    return refused(w, person, header, R.NAME_PLACEHOLDER)


def typing_error(w: World) -> Case:
    """In the surname, the birth date, the sex or the number."""
    person = w.such("plain name", lambda p: p.name.surname.isalpha() and len(p.name.surname) > 3 and not p.name.prefix)
    made, kind = draft(w, person), w.random.randrange(5)
    if kind == 0:
        wrong = _mistyped(w, person.name.surname)
        made = draft(w, person)
        return refused(w, person, made.header(patient_name=f"{wrong}^{person.name.given_names}"), R.SURNAME_DIFFERS)
    if kind == 1:
        day = person.birth_date + timedelta(days=w.random.choice([-10, -1, 1, 10, 366, 3651]))
        day += timedelta(days=60 * ((day.month, day.day) == (1, 1)))
        return refused(w, person, made.header(birth_date=day.strftime("%Y%m%d")), R.BIRTH_DATE_DIFFERS)
    if kind == 2:
        return refused(w, person, made.header(sex="F" if person.sex == "M" else "M"), R.SEX_DIFFERS)
    if kind == 3:
        return refused(w, person, made.header(sex="O"), R.SEX_DIFFERS)
    return _number_mistyped(w)


def _mistyped(w: World, text: str) -> str:
    """One letter too many, too few, another one, or two changed places."""
    while True:
        at = w.random.randrange(len(text) - 1)
        letter = w.random.choice(_LETTERS)
        wrong = w.random.choice(
            [
                text[:at] + letter + text[at:],
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at + 1 :],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            ]
        )
        if folded(wrong) != folded(text):
            return wrong


def _number_mistyped(w: World) -> Case:
    """A digit too many or another one: nobody's number, or somebody else's."""
    person = w.somebody()
    made = draft(w, person, authority=HOSPITAL)
    digits, at = made.number.value, w.random.randrange(len(made.number.value))
    wrong = digits[:at] + w.random.choice("0123456789") + digits[at + w.random.randint(0, 1) :]
    found = w.by_number.get(LocalId(value=wrong, authority=HOSPITAL), [])
    header = made.header(patient_id=wrong, issuer="")
    if len(found) > 1:
        return refused(w, person, header, R.PATIENT_AMBIGUOUS)
    if not found:
        return refused(w, person, header, R.PATIENT_UNKNOWN)
    if found[0] is w.record(person):
        return Case(evidence=study(w, person, header), truth=person.bsn)
    expected = against(w, made, w.owner(found[0]))
    return Case(evidence=study(w, person, header), truth=person.bsn, expected=expected)


def given_name_mistyped(w: World) -> Case:
    """A name in full that is another name, where the EPD knows it in full."""
    person = w.such(
        "long given name",
        lambda p: len(p.name.given_names) > 4 and p.name.given_names.isalpha() and bool(w.record(p).name.given_names),
    )
    given = person.name.given_names
    wrong = given[:-2] + "q" + given[-1]
    header = draft(w, person).header(patient_name=f"{person.name.surname}^{wrong}^^{person.name.prefix}")
    return refused(w, person, header, R.GIVEN_NAME_DIFFERS)


def unsound_record(w: World) -> Case:
    """The EPD itself lacks something, has it wrong, or has it twice."""
    person = w.anyone("unsound", lambda p: w.spoilt.get(p.number) in SPOILT_REASONS and _has_all(w, p))
    made = draft(w, person, authority=HOSPITAL)
    expected = against(w, made, person)
    expected.may.add(R.ANOTHER_PATIENT_FITS)  # a record that is there twice
    return Case(evidence=study(w, person, made.header()), truth=None, expected=expected)


def _has_all(w: World, person: Person) -> bool:
    return person.is_whole and bool(w.numbers(person, HOSPITAL))


def stale_record(w: World) -> Case:
    """She married, and the EPD does not know it yet."""
    person = w.anyone("stale", lambda p: w.spoilt.get(p.number) == FORMER_NAME and p.is_whole and bool(w.numbers(p)))
    made = draft(w, person)
    expected = against(w, made, person)
    return Case(evidence=study(w, person, made.header()), truth=person.bsn, expected=expected)


def shared_number(w: World) -> Case:
    """A number that two patients have, and nothing that tells which."""
    person = w.such("shared", lambda p: w.shared_number(p) is not None)
    header = draft(w, person).header(patient_id=w.shared_number(person).value, issuer="")
    return refused(w, person, header, R.PATIENT_AMBIGUOUS)


def before_birth(w: World) -> Case:
    """Everything agrees but the study's date."""
    person = w.somebody()
    header = draft(w, person).header()
    case = refused(w, person, header, R.STUDY_BEFORE_BIRTH)
    day = person.birth_date - timedelta(days=w.random.randint(1, 9000))
    case.evidence = type(case.evidence)(
        study_instance_uid="1.2.3", study_date=day.strftime("%Y%m%d"), headers=(header,)
    )
    return case


def bad_claim_or_object(w: World) -> Case:
    person = w.somebody()
    made = draft(w, person)
    header, reason = w.random.choice(
        [
            (made.header(claims=(claim(w, BsnProblem.ELEVEN_TEST),)), R.INVALID_NUMBER),
            (made.header(claims=(claim(w, BsnProblem.PLACEHOLDER),)), R.CLAIM_PLACEHOLDER),
            (made.header(claims=(claim(w, BsnProblem.WRONG_LENGTH), claim(w, person.bsn))), R.INVALID_NUMBER),
            (made.header(flags=frozenset({Flag.SIGNED})), R.DIGITALLY_SIGNED),
            (made.header(flags=frozenset({Flag.UNPARSABLE})), R.HEADER_UNPARSABLE),
            (made.header(flags=frozenset({Flag.IDENTITY_CONFLICT_INSIDE})), R.IDENTITY_CONFLICT_INSIDE),
        ]
    )
    return refused(w, person, header, reason)


def newborn(w: World) -> Case:
    """Under the mother's number, which has her BSN, or under one that the EPD does not know."""
    mother = w.such("mother", lambda p: p.sex == "F" and p.name.surname.isalpha())
    under_hers = w.random.random() < 0.7
    child = w.random.choice(["Baby", "Zoon van", "BABY 2", "Dochter van"])
    if under_hers and w.random.random() < 0.5:  # a stand-in that begins as her own name does, where there is one
        child = _STAND_INS.get(mother.name.given_names[0].upper(), "Tweeling 2")
    number = w.numbers(mother, HOSPITAL)[0].value if under_hers else "NB1"
    header = Evidence(
        patient_id=number,
        patient_name=f"{mother.name.surname}^{child}",
        birth_date=w.random.choice(["20110304", f"{mother.birth_date:%Y%m%d}"]),
        sex=w.random.choice(["M", "F", "O", ""]),
    )
    if not under_hers:
        return Case(evidence=study(w, mother, header), truth=None, expected=Expected(must={R.NEWBORN}))
    expected = Expected(must={R.NAME_PLACEHOLDER})
    if header.birth_date == "20110304":
        expected.must.add(R.BIRTH_DATE_DIFFERS)
    if header.sex != "F":
        expected.must.add(R.SEX_DIFFERS if header.sex else R.SEX_ABSENT)
    return Case(evidence=study(w, mother, header), truth=None, expected=expected)


def exception(w: World) -> Case:
    """From abroad, an emergency, or a test patient: recognised by the hospital's rules, counted apart."""
    person = w.somebody()
    made = draft(w, person)
    header, reason = w.random.choice(
        [
            (made.header(patient_id=f"BTL{person.number}", issuer=""), R.FOREIGNER),
            (made.header(patient_id=f"SEH{person.number}", issuer="", patient_name="ONBEKEND^MAN"), R.EMERGENCY),
            (made.header(patient_id="T1", issuer="", patient_name="ZZTEST^A"), R.TEST_PATIENT),
        ]
    )
    return refused(w, person, header, reason)


def exception_with_claim(w: World) -> Case:
    """From abroad, and yet with a BSN in the study: no exception any more, but a study like any other."""
    person = w.somebody()
    header = draft(w, person).header(patient_id=f"BTL{person.number}", issuer="", claims=(claim(w, person.bsn),))
    return Case(evidence=study(w, person, header), truth=person.bsn)
