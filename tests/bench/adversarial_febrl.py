"""FEBRL's copies as headers: errors of typing, scanning and hearing that nobody here made up, with FEBRL's truth."""

from __future__ import annotations

from datetime import date

from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.patients import LocalId
from remediate.identity.verdicts import MatchReason as R
from tests.bench.adversarial_names import FebrlRow
from tests.bench.adversarial_people import Person
from tests.bench.adversarial_spelling import folded
from tests.bench.adversarial_truth import Case, Expected, claim
from tests.bench.adversarial_world import HOSPITAL, World


def febrl_copy(w: World) -> Case:
    """A copy under the number that it has; it may be mistyped, and then anyone's."""
    person = w.anyone("febrl", lambda p: p.febrl is not None and p.number not in w.spoilt)
    row = _copy(w, person)
    found = w.by_number.get(LocalId(value=row.soc_sec_id, authority=HOSPITAL), [])
    if not found:
        return _case(w, person, row, Expected(must={R.PATIENT_UNKNOWN}))
    if len(found) > 1:
        return _case(w, person, row, Expected(must={R.PATIENT_AMBIGUOUS}))
    return _case(w, person, row, _against(w, row, person, w.owner(found[0])))


def febrl_copy_by_bsn(w: World) -> Case:
    """A copy whose number got lost, with the person's BSN."""
    person = w.anyone("febrl", lambda p: p.febrl is not None and p.number not in w.spoilt)
    row = _copy(w, person)
    expected = _against(w, row, person, person)
    if R.BIRTH_DATE_PLACEHOLDER in expected.must and _is_same_day(row.date_of_birth, w.record(person).birth_date):
        expected.must.remove(R.BIRTH_DATE_PLACEHOLDER)  # the own BSN and the given name in full prove it
        expected.may.add(R.BIRTH_DATE_PLACEHOLDER)
    return _case(w, person, row, expected, by_bsn=True)


def _copy(w: World, person: Person) -> FebrlRow:
    assert person.febrl is not None
    return w.random.choice(person.febrl.copies)


def _case(w: World, person: Person, row: FebrlRow, expected: Expected, *, by_bsn: bool = False) -> Case:
    texts = [
        f"{row.surname}^{row.given_name}",
        f"{row.surname}, {row.given_name}^",
        f"{row.surname}^{row.given_name}^^^",
    ]
    text = w.random.choice(texts)
    header = Evidence(
        patient_id="" if by_bsn else row.soc_sec_id,
        patient_name=text.upper() if w.random.random() < 0.4 else text,
        birth_date=row.date_of_birth,
        sex=person.sex,
        claims=(claim(w, person.bsn),) if by_bsn else (),
    )
    evidence = StudyEvidence(study_instance_uid="1.2.3", headers=(header,))
    return Case(evidence=evidence, truth=person.bsn, expected=expected)


def _against(w: World, row: FebrlRow, person: Person, leads_to: Person) -> Expected:
    """Compared field by field, letters only."""
    record, name = w.record(leads_to), leads_to.name
    found = Expected()
    reason = _of_day(row.date_of_birth, record.birth_date)
    if reason is not None:
        found.must.add(reason)
    if record.sex != person.sex:
        found.must.add(R.SEX_DIFFERS)
    surname, given = folded(row.surname), folded(row.given_name)
    held = {folded(f"{name.prefix}{name.surname}"), folded(name.surname), folded(name.partner_surname)} - {""}
    if not surname or not held:
        found.must.add(R.NAME_ABSENT)
    elif surname not in held:
        found.must.add(R.SURNAME_DIFFERS)
    elif " " in row.surname:  # a space too many may make a prefix of a letter
        found.may.add(R.SURNAME_DIFFERS)
    _given_name(w, row, leads_to, given, found)
    return found


def _given_name(w: World, row: FebrlRow, leads_to: Person, given: str, found: Expected) -> None:
    name = leads_to.name
    known = folded(name.given_names)
    if not given or not known:
        found.must.add(R.GIVEN_NAME_ABSENT)
    elif given[0] == known[0] and set(row.given_name.split()[0]).isdisjoint("aeiouy"):  # read as initials
        found.may |= {R.GIVEN_NAME_DIFFERS, R.ANOTHER_PATIENT_FITS}
    elif given != known and 2 <= len(given) <= 4:  # in capitals it may be a row of initials, which differ or lack
        found.one_of |= {R.GIVEN_NAME_DIFFERS, R.GIVEN_NAME_ABSENT}
        found.may |= {R.GIVEN_NAME_DIFFERS, R.GIVEN_NAME_ABSENT, R.ANOTHER_PATIENT_FITS}
    elif given != known:
        found.must.add(R.GIVEN_NAME_DIFFERS)
    elif leads_to.number in w.alike and row.given_name != name.given_names:
        found.may.add(R.ANOTHER_PATIENT_FITS)


def _is_same_day(text: str, theirs: date | None) -> bool:
    return theirs is not None and text == f"{theirs:%Y%m%d}"


def _of_day(text: str, theirs: date | None) -> R | None:
    if not text:
        return R.BIRTH_DATE_ABSENT
    try:
        ours = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return R.BIRTH_DATE_UNREADABLE
    if (ours.month, ours.day) == (1, 1):
        return R.BIRTH_DATE_PLACEHOLDER
    if theirs is None:
        return R.BIRTH_DATE_ABSENT
    if ours == theirs:
        return None
    return R.BIRTH_DATE_PLACEHOLDER if (theirs.month, theirs.day) == (1, 1) else R.BIRTH_DATE_DIFFERS
