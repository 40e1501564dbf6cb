"""Studies under another's number or BSN, and studies of two people; a maker for each kind. They must be refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.patients import LocalId
from remediate.identity.verdicts import MatchReason as R
from tests.bench.adversarial_people import Person
from tests.bench.adversarial_spelling import given_in_full, given_in_short, spelled
from tests.bench.adversarial_truth import NAMESAKE, Case, Draft, Expected, against, against_claims, claim, draft, study
from tests.bench.adversarial_world import CLINIC, HOSPITAL, World


def _under_number_of(w: World, made: Draft, other: Person) -> Evidence:
    return made.header(patient_id=w.random.choice(w.numbers(other, HOSPITAL)).value, issuer="")


def _relative_or_anyone(w: World, person: Person, *, whole: bool = False) -> Person:
    """Someone else who has a number of his own; of whom everything is known when he is `whole`."""
    while True:
        other = w.relative(person) if person.relatives and w.random.random() < 0.7 else w.random.choice(w.people)
        if other is not person and w.numbers(other, HOSPITAL) and (other.is_whole or not whole):
            return other


def wrong_number(w: World) -> Case:
    """A number mistyped into that of anyone, or picked from a list of relatives."""
    person = w.somebody()
    other = _relative_or_anyone(w, person)
    made = draft(w, person)
    expected = against(w, made, other)
    return Case(evidence=study(w, person, _under_number_of(w, made, other)), truth=person.bsn, expected=expected)


def range_lost(w: World) -> Case:
    """A number of the clinic without its issuer: in the hospital's range it is somebody else's, or nobody's."""
    person = w.such("clinic", lambda p: bool(w.numbers(p, CLINIC)))
    made = draft(w, person, authority=CLINIC)
    meant = w.by_number.get(LocalId(value=made.number.value, authority=HOSPITAL), [])
    header = made.header(issuer="")
    if not meant:
        expected = Expected(must={R.PATIENT_UNKNOWN})
    elif len(meant) > 1:
        expected = Expected(must={R.PATIENT_AMBIGUOUS})
    else:
        expected = against(w, made, w.owner(meant[0]))
    return Case(evidence=study(w, person, header), truth=person.bsn, expected=expected)


def twins_number(w: World) -> Case:
    """Registered on the twin: only the given name tells."""
    person = w.random.choice(w.twins)
    other = w.people[person.twin or 0]
    if not w.numbers(other, HOSPITAL):
        return twin_in_short(w)
    made = draft(w, person, given=w.random.choice([given_in_full, given_in_short]))
    expected = Expected(one_of=set(NAMESAKE), may={R.SURNAME_DIFFERS})
    written, kept = made.spelling.given.partition(" (")[0], w.record(other).name.given_names
    if min(len(written), len(kept)) < 4 or not made.spelling.apart:  # D BACKER and BACKER^VS: De Backer; BO may be B.O.
        expected.one_of.add(R.GIVEN_NAME_ABSENT)
    if person.name.partner_surname or other.name.partner_surname:
        expected = Expected(one_of={*NAMESAKE, R.SURNAME_DIFFERS}, may={R.GIVEN_NAME_ABSENT})
    return Case(evidence=study(w, person, _under_number_of(w, made, other)), truth=person.bsn, expected=expected)


def twin_in_short(w: World) -> Case:
    """An initial, which is the twin's too."""
    person = w.random.choice([p for p in w.twins if _is_like_twin(p, w.people[p.twin or 0])])
    made = draft(w, person, given=lambda _, name: name.initials[: name.initials.index(".") + 1])
    expected = Expected(must={R.ANOTHER_PATIENT_FITS})
    return Case(evidence=study(w, person, made.header()), truth=person.bsn, expected=expected)


def _is_like_twin(person: Person, twin: Person) -> bool:
    """By initial and surname; under a partner's name they may not be."""
    names = person.name, twin.name
    one, other = (name.initials.partition(".")[0] for name in names)
    return one == other and not any(name.partner_surname for name in names)


def fathers_number(w: World) -> Case:
    """Jr on Sr's number: everything is the same but the birth date, which may be a placeholder or absent."""
    person = w.such("junior of a father with a number", lambda p: _has_senior(w, p))
    father = w.people[person.senior or 0]
    made = draft(w, person, given=given_in_full)
    expected = against(w, made, father)
    header = _under_number_of(w, made, father)
    dates = {"": R.BIRTH_DATE_ABSENT, "19000101": R.BIRTH_DATE_PLACEHOLDER, header.birth_date: R.BIRTH_DATE_DIFFERS}
    day = w.random.choice(list(dates))
    if R.BIRTH_DATE_DIFFERS in expected.must:
        expected.must.remove(R.BIRTH_DATE_DIFFERS)
        expected.must.add(dates[day])
        header = made.header(patient_id=header.patient_id, issuer="", birth_date=day)
    return Case(evidence=study(w, person, header), truth=person.bsn, expected=expected)


def _has_senior(w: World, person: Person) -> bool:
    return person.senior is not None and bool(w.numbers(w.people[person.senior], HOSPITAL))


def reused_number(w: World) -> Case:
    """The number was someone else's long ago, before its present holder was born."""
    person, old = w.somebody(), w.random.choice(w.strangers)
    made = draft(w, old_as(person, old))
    made.number = w.random.choice(w.numbers(person, HOSPITAL))
    day = person.birth_date - timedelta(days=w.random.randint(1, 4000))
    expected = against(w, made, person)
    header = made.header(issuer="")
    if w.random.random() < 0.3:
        expected.must.discard(R.BIRTH_DATE_DIFFERS)
        expected.must.add(R.BIRTH_DATE_ABSENT)
        header = made.header(issuer="", birth_date="")
    expected.must.add(R.STUDY_BEFORE_BIRTH)
    dated = StudyEvidence(study_instance_uid="1.2.3", study_date=day.strftime("%Y%m%d"), headers=(header,))
    return Case(evidence=dated, truth=None, expected=expected)


def old_as(person: Person, old: Person) -> Person:
    """The stranger, found under the number of someone whom the EPD knows."""
    return Person(number=person.number, name=old.name, birth_date=old.birth_date, sex=old.sex, bsn=old.bsn)


def wrong_claim(w: World) -> Case:
    """The BSN of the partner, a parent, a sibling or anyone stands in the study, alone or beside the right one."""
    person = w.somebody()
    other = _relative_or_anyone(w, person)
    claims = [claim(w, other.bsn)] + ([claim(w, person.bsn)] if w.random.random() < 0.3 else [])
    w.random.shuffle(claims)
    header = draft(w, person).header(claims=tuple(claims))
    return Case(
        evidence=study(w, person, header), truth=None, expected=Expected(must=against_claims(w, claims, person))
    )


def claims_differ_between_series(w: World) -> Case:
    """One series holds the patient's BSN, another that of a relative."""
    person = w.somebody()
    other = _relative_or_anyone(w, person)
    first = draft(w, person).header(claims=(claim(w, person.bsn),))
    second = draft(w, person).header(
        patient_id=first.patient_id,
        issuer=first.issuer,
        patient_name=first.patient_name,
        claims=(claim(w, other.bsn),),
    )
    headers = [first, second]
    w.random.shuffle(headers)
    expected = Expected(must=against_claims(w, (*first.claims, *second.claims), person))
    return Case(evidence=study(w, person, *headers), truth=None, expected=expected)


def wrong_claim_only(w: World) -> Case:
    """No Patient ID, and the BSN of a relative."""
    person = w.somebody()
    other = _relative_or_anyone(w, person)
    made = draft(w, person)
    header = made.header(patient_id="", issuer="", claims=(claim(w, other.bsn, explicit=True),))
    holders = w.by_bsn.get(other.bsn, [])
    if not holders:
        expected = Expected(must={R.PATIENT_UNKNOWN})
    elif len(holders) > 1:
        expected = Expected(must={R.BSN_ON_TWO_PATIENTS})
    else:
        expected = against(w, made, w.owner(holders[0]))
    return Case(evidence=study(w, person, header), truth=None, expected=expected)


def siblings_in_one_study(w: World) -> Case:
    """Objects of two relatives, each under a number of his own or both under one."""
    person = w.random.choice(w.twins) if w.random.random() < 0.5 else w.somebody()
    other = _relative_or_anyone(w, person, whole=True)
    one, two = draft(w, person, given=given_in_full), draft(w, other, given=given_in_full)
    first, second = one.header(), two.header()
    together = w.random.random() < 0.5
    if together:
        second = replace(second, patient_id=first.patient_id, issuer=first.issuer)
    expected = against(w, two, person)
    if together and (one.birth_date, one.sex) == (two.birth_date, two.sex):
        expected.one_of |= {R.IDENTITY_DIFFERS_IN_STUDY} if expected.one_of else set()
        expected.may |= {R.IDENTITY_DIFFERS_IN_STUDY, *NAMESAKE}
    else:
        expected.must.add(R.IDENTITY_DIFFERS_IN_STUDY)
    return Case(evidence=study(w, person, first, second), truth=None, expected=expected)


def mixture(w: World) -> Case:
    """Each field is one's own or a relative's, but the given names in full and the birth date are one's own."""
    person = w.random.choice(w.twins) if w.random.random() < 0.3 else w.somebody()
    other = _relative_or_anyone(w, person, whole=True)
    leads_to, named, sexed = w.random.choices([person, other], k=3)
    name = replace(named.name, given_names=person.name.given_names)
    made = replace(
        draft(w, person),
        number=w.random.choice(w.numbers(leads_to, HOSPITAL)),
        issuer="",
        spelling=spelled(w.random, name, name.given_names),
        sex=sexed.sex,
        claims=tuple(claim(w, w.random.choice([person, other]).bsn) for _ in range(w.random.randint(0, 2))),
    )
    expected = against(w, made, leads_to)
    against_bsn = against_claims(w, made.claims, leads_to)
    expected.must |= against_bsn
    expected.may |= {R.SURNAME_DIFFERS, R.GIVEN_NAME_DIFFERS} if named is other else set()
    return Case(evidence=study(w, person, made.header()), truth=person.bsn, expected=expected)
