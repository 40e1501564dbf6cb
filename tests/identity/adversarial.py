"""Studies made to deceive the matching, each with the truth: whose it is, whether it is decidable, and why not.

An oracle knows three things of a study: the BSN that may be written (none where two people's objects were mixed),
whether the facts suffice, and which reason must stand in a refusal. `run` counts; a false write is any agreement on
another number than the truth's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from adversarial_people import HOSPITAL, Hospital, Person, hospital
from adversarial_spelling import given_in_full, given_in_short, spelled

from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place, Strength, StudyEvidence
from remediate.identity.match import Agree, ExceptionRule, Match, MatchingPolicy, NotApplicable
from remediate.identity.match import MatchReason as R
from remediate.identity.matching import claims_to_look_up, decide, local_id_of_study
from remediate.identity.patients import LocalId, Patient

POLICY = MatchingPolicy(
    default_issuer=HOSPITAL,
    issuer_aliases={"Ziekenhuis X": HOSPITAL, "SBV": BSN_AUTHORITY},
    exceptions=(
        ExceptionRule(reason=R.NEWBORN, patient_name=r"^[^^]+\^(baby|zoon van|dochter van)"),
        ExceptionRule(reason=R.TEST_PATIENT, patient_name="^(zz)?test"),
    ),
)


@dataclass(kw_only=True)
class Case:
    """One study and what is true about it."""

    evidence: StudyEvidence
    truth: Bsn | None  # the only BSN that may be written
    decidable: bool = False
    reasons: frozenset[R] = frozenset()  # of which one must stand in a refusal; empty: any


@dataclass(kw_only=True)
class Scene:
    """What a maker of studies works with."""

    random: Random
    hospital: Hospital
    sound: list[Person]  # with a BSN that may be written, and no namesake
    twins: list[Person]  # the same, with a namesake, and known by full names

    def record(self, person: Person) -> Patient:
        """The EPD's record of someone."""
        return self.hospital.records[person.number]

    def somebody(self) -> Person:
        """Someone with a sound record."""
        return self.random.choice(self.sound)

    def relative(self, person: Person) -> Person | None:
        """Partner, parent or sibling."""
        return self.hospital.people[self.random.choice(person.relatives)] if person.relatives else None


def scene(random: Random, size: int) -> Scene:
    """A hospital with the people whose studies can be decided."""
    place = hospital(random, size)
    fit = [
        person
        for person, record in zip(place.people, place.records, strict=True)
        if record.bsn == person.bsn and record.bsn_verified and record.bsn_holders == 1
    ]
    sound = [person for person in fit if not place.records[person.number].namesakes]
    twins = [person for person in fit if person.twin is not None and place.records[person.number].name.given_names]
    return Scene(random=random, hospital=place, sound=sound, twins=twins)


def header(s: Scene, person: Person, *, given: Callable[..., str] = given_in_short) -> Evidence:
    """A header as the modality got it: a number of the EPD and a name in some spelling."""
    number = s.random.choice(sorted(s.record(person).identifiers, key=lambda identifier: identifier.value))
    return Evidence(
        patient_id=number.value,
        issuer=s.random.choice(["", "", HOSPITAL, "Ziekenhuis X"]),
        patient_name=spelled(s.random, person.name, given(s.random, person.name)),
        birth_date=person.birth_date.strftime("%Y%m%d"),
        sex=person.sex,
    )


def study(s: Scene, person: Person, *headers: Evidence) -> StudyEvidence:
    """A study some time in the person's life."""
    day = person.birth_date + timedelta(days=s.random.randint(0, 15000))
    return StudyEvidence(
        study_instance_uid="1.2.3", study_date=s.random.choice(["", day.strftime("%Y%m%d")]), headers=headers
    )


def claim(value: Bsn | BsnProblem, random: Random) -> BsnClaim:
    """A claim somewhere in a header."""
    explicit = random.random() < 0.6
    place = random.choice([Place.ITEM_PARTIAL, Place.NESTED, Place.COMMENTS, Place.ITEM_COMPLETE])
    bare = random.choice([Place.ITEM_BARE, Place.OTHER_PATIENT_IDS, Place.ADMISSION_ID])
    strength = Strength.EXPLICIT if explicit or isinstance(value, BsnProblem) else Strength.CANDIDATE
    return BsnClaim(
        place=place if explicit else bare, path="(0010,1002)[0].(0010,0020)", strength=strength, value=value
    )


def plain(s: Scene) -> Case:
    person = s.somebody()
    return Case(evidence=study(s, person, header(s, person)), truth=person.bsn, decidable=True)


def full_name(s: Scene) -> Case:
    person = s.somebody()
    return Case(evidence=study(s, person, header(s, person, given=given_in_full)), truth=person.bsn, decidable=True)


def several_headers(s: Scene) -> Case:
    """One identity in several spellings under one number."""
    person = s.somebody()
    first = header(s, person)
    name = first.patient_name
    same_given = replace(first, patient_name=name.upper(), claims=(claim(person.bsn, s.random),))
    return Case(evidence=study(s, person, first, same_given), truth=person.bsn, decidable=True)


def own_claim(s: Scene) -> Case:
    person = s.somebody()
    claims = tuple(claim(person.bsn, s.random) for _ in range(s.random.randint(1, 3)))
    return Case(evidence=study(s, person, replace(header(s, person), claims=claims)), truth=person.bsn, decidable=True)


def by_claim_only(s: Scene) -> Case:
    """Patient ID empty, unknown here, or the BSN itself."""
    person = s.somebody()
    base = replace(header(s, person), claims=(claim(person.bsn, s.random),))
    ways = [
        replace(base, patient_id="", issuer=""),
        replace(base, patient_id="X77", issuer="ELSEWHERE"),
        replace(base, patient_id=person.bsn.digits, issuer=s.random.choice([BSN_AUTHORITY, BSN_OID, "SBV"])),
    ]
    return Case(evidence=study(s, person, s.random.choice(ways)), truth=person.bsn, decidable=True)


def number_like_bsn(s: Scene) -> Case:
    """A hospital number that passes the eleven-test, also found as a candidate."""
    people = [person for person in s.sound[:2000] if len(s.record(person).epd_patient_id) == 9]
    person = s.random.choice(people)
    number = s.record(person).epd_patient_id
    found = BsnClaim(place=Place.PATIENT_ID_BARE, path="(0010,0020)", strength=Strength.CANDIDATE, value=Bsn(number))
    evidence = replace(header(s, person), patient_id=number, issuer="", claims=(found,))
    return Case(evidence=study(s, person, evidence), truth=person.bsn, decidable=True)


def twin_in_full(s: Scene) -> Case:
    person = s.random.choice(s.twins)
    return Case(evidence=study(s, person, header(s, person, given=given_in_full)), truth=person.bsn, decidable=True)


def twin_in_short(s: Scene) -> Case:
    """An initial, first or call name, which may be the twin's too."""
    person = s.random.choice(s.twins)
    given = f"{person.name.given_names[0]}."
    evidence = replace(header(s, person), patient_name=spelled(s.random, person.name, given))
    return Case(
        evidence=study(s, person, evidence),
        truth=person.bsn,
        reasons=frozenset({R.NAMESAKE_NEEDS_FULL_NAME, R.GIVEN_NAME_DIFFERS}),
    )


def twins_number(s: Scene) -> Case:
    """Registered on the twin: only the given name tells."""
    person = s.random.choice(s.twins)
    other = s.hospital.people[person.twin or 0]
    given = s.random.choice([given_in_full, given_in_short])
    evidence = replace(header(s, person, given=given), patient_id=s.record(other).epd_patient_id)
    return Case(evidence=study(s, person, evidence), truth=person.bsn)


def wrong_number(s: Scene) -> Case:
    """A number mistyped into that of anyone, or picked from a list of relatives."""
    person = s.somebody()
    other = s.relative(person) if s.random.random() < 0.7 else s.somebody()
    if other is None or other.number == person.number:
        return plain(s)
    evidence = replace(header(s, person), patient_id=s.record(other).epd_patient_id)
    return Case(evidence=study(s, person, evidence), truth=person.bsn)


def reused_number(s: Scene) -> Case:
    """The number was someone else's long ago."""
    person, old = s.somebody(), s.random.choice(s.hospital.strangers)
    evidence = Evidence(
        patient_id=s.record(person).epd_patient_id,
        patient_name=spelled(s.random, old.name, given_in_short(s.random, old.name)),
        birth_date=s.random.choice(["", old.birth_date.strftime("%Y%m%d"), person.birth_date.strftime("%Y%m%d")]),
        sex=s.random.choice(["", person.sex]),
    )
    day = person.birth_date - timedelta(days=s.random.randint(1, 4000))
    dated = StudyEvidence(study_instance_uid="1.2.3", study_date=day.strftime("%Y%m%d"), headers=(evidence,))
    return Case(evidence=dated, truth=None, reasons=frozenset({R.STUDY_BEFORE_BIRTH}))


def wrong_claim(s: Scene) -> Case:
    """The BSN of the partner, a parent, a sibling or anyone stands in the study, alone or beside the right one."""
    person = s.somebody()
    other = s.relative(person) or s.somebody()
    if other.bsn == person.bsn:
        return plain(s)
    claims = [claim(other.bsn, s.random)] + ([claim(person.bsn, s.random)] if s.random.random() < 0.3 else [])
    s.random.shuffle(claims)
    evidence = replace(header(s, person), claims=tuple(claims))
    return Case(evidence=study(s, person, evidence), truth=None, reasons=frozenset({R.CLAIM_DIFFERS}))


def wrong_claim_only(s: Scene) -> Case:
    """No Patient ID, and the BSN of a relative."""
    person = s.somebody()
    other = s.relative(person)
    if other is None or other.bsn == person.bsn:
        return plain(s)
    evidence = replace(header(s, person), patient_id="", issuer="", claims=(claim(other.bsn, s.random),))
    return Case(evidence=study(s, person, evidence), truth=None)


def siblings_in_one_study(s: Scene) -> Case:
    person = s.random.choice(s.twins) if s.random.random() < 0.5 else s.somebody()
    other = s.relative(person)
    if other is None:
        return plain(s)
    first = header(s, person, given=given_in_full)
    second = header(s, other, given=given_in_full)
    if s.random.random() < 0.5:  # registered under one number
        second = replace(second, patient_id=first.patient_id, issuer=first.issuer)
    headers = [first, second]
    s.random.shuffle(headers)
    same = second.patient_id == first.patient_id
    reasons = frozenset() if same else frozenset({R.IDENTITY_DIFFERS_IN_STUDY})
    return Case(evidence=study(s, person, *headers), truth=None, reasons=reasons)


def swapped_names(s: Scene) -> Case:
    """Given name and surname in each other's place."""
    person = s.somebody()
    name = f"{person.name.given_names}^{person.name.surname}"
    evidence = replace(header(s, person), patient_name=name)
    return Case(evidence=study(s, person, evidence), truth=person.bsn, reasons=frozenset({R.SURNAME_DIFFERS}))


def swapped_day(s: Scene) -> Case:
    """Day and month in each other's place, or a field with another's text."""
    person = s.somebody()
    day = person.birth_date
    if day.day == day.month:
        return plain(s)
    evidence = replace(header(s, person), birth_date=f"{day.year:04}{day.day:02}{day.month:02}")
    reasons = {R.BIRTH_DATE_DIFFERS, R.BIRTH_DATE_UNREADABLE, R.BIRTH_DATE_PLACEHOLDER}
    return Case(evidence=study(s, person, evidence), truth=person.bsn, reasons=frozenset(reasons))


def placeholder_date(s: Scene) -> Case:
    person = s.somebody()
    dates = ["19000101", "18000101", "11111111", f"{person.birth_date.year}0101"]
    evidence = replace(header(s, person), birth_date=s.random.choice(dates))
    return Case(evidence=study(s, person, evidence), truth=person.bsn, reasons=frozenset({R.BIRTH_DATE_PLACEHOLDER}))


def empty_field(s: Scene) -> Case:
    person = s.somebody()
    base = header(s, person)
    evidence, reason = s.random.choice(
        [
            (replace(base, patient_id=""), R.NO_PATIENT_ID),
            (replace(base, patient_name=""), R.NAME_ABSENT),
            (replace(base, patient_name=person.name.surname + "^"), R.GIVEN_NAME_ABSENT),
            (replace(base, birth_date=""), R.BIRTH_DATE_ABSENT),
            (replace(base, birth_date=base.birth_date[:6]), R.BIRTH_DATE_UNREADABLE),
            (replace(base, birth_date=base.birth_date[:6] + "00"), R.BIRTH_DATE_UNREADABLE),
            (replace(base, sex=""), R.SEX_ABSENT),
            (replace(base, sex="U"), R.SEX_ABSENT),
            (replace(base, patient_name="ONBEKEND^"), R.NAME_PLACEHOLDER),
            (replace(base, patient_id="0"), R.PATIENT_UNKNOWN),
            (replace(base, issuer="ELSEWHERE"), R.PATIENT_UNKNOWN),
        ]
    )
    return Case(evidence=study(s, person, evidence), truth=person.bsn, reasons=frozenset({reason}))


def typing_error(s: Scene) -> Case:
    """One letter of the surname, one digit of the birth date, or the sex."""
    person = s.somebody()
    base = header(s, person)
    kind = s.random.randrange(3)
    if kind == 0:
        surname = person.name.surname
        at = s.random.randrange(1, len(surname))
        wrong = surname[:at] + "q" + surname[at + 1 :]
        name = f"{wrong}^{person.name.given_names}^^{person.name.prefix}"
        return _refused(s, person, replace(base, patient_name=name), R.SURNAME_DIFFERS)
    if kind == 1:
        wrong_day = person.birth_date + timedelta(days=s.random.choice([-10, -1, 1, 10, 365, 3650]))
        if (wrong_day.day, wrong_day.month) == (1, 1):
            wrong_day += timedelta(days=1)
        return _refused(s, person, replace(base, birth_date=wrong_day.strftime("%Y%m%d")), R.BIRTH_DATE_DIFFERS)
    return _refused(s, person, replace(base, sex="F" if person.sex == "M" else "M"), R.SEX_DIFFERS)


def _refused(s: Scene, person: Person, evidence: Evidence, reason: R) -> Case:
    return Case(evidence=study(s, person, evidence), truth=person.bsn, reasons=frozenset({reason}))


def unsound_record(s: Scene) -> Case:
    """The EPD itself has no BSN, has not verified it, or has it twice."""
    while True:
        person = s.random.choice(s.hospital.people)
        record = s.record(person)
        if record.bsn is None or not record.bsn_verified or record.bsn_holders > 1:
            break
    reasons = {R.EPD_WITHOUT_BSN, R.BSN_NOT_VERIFIED, R.BSN_ON_TWO_PATIENTS}
    return Case(evidence=study(s, person, header(s, person)), truth=None, reasons=frozenset(reasons))


def bad_claim_or_object(s: Scene) -> Case:
    person = s.somebody()
    base = header(s, person)
    evidence, reason = s.random.choice(
        [
            (replace(base, claims=(claim(BsnProblem.ELEVEN_TEST, s.random),)), R.CLAIM_INVALID),
            (replace(base, claims=(claim(BsnProblem.PLACEHOLDER, s.random),)), R.CLAIM_INVALID),
            (replace(base, flags=frozenset({Flag.SIGNED})), R.DIGITALLY_SIGNED),
            (replace(base, flags=frozenset({Flag.UNPARSABLE})), R.HEADER_UNPARSABLE),
            (replace(base, flags=frozenset({Flag.IDENTITY_CONFLICT_INSIDE})), R.IDENTITY_CONFLICT_INSIDE),
        ]
    )
    return _refused(s, person, evidence, reason)


def newborn(s: Scene) -> Case:
    """Under the mother's number or one that the EPD does not know."""
    mother = s.somebody()
    evidence = Evidence(
        patient_id=s.random.choice([s.record(mother).epd_patient_id, "NB1"]),
        patient_name=f"{mother.name.surname}^{s.random.choice(['Baby', 'Zoon van', 'BABY 2'])}",
        birth_date=s.random.choice(["20110304", mother.birth_date.strftime("%Y%m%d")]),
        sex=s.random.choice(["M", "F", "O", ""]),
    )
    reasons = {R.NEWBORN, R.NAME_PLACEHOLDER}
    return Case(evidence=study(s, mother, evidence), truth=None, reasons=frozenset(reasons))


def mixture(s: Scene) -> Case:
    """Each field is one's own or a relative's, but the given names in full and the birth date are one's own."""
    person = s.random.choice(s.twins) if s.random.random() < 0.3 else s.somebody()
    other = s.relative(person) or s.somebody()
    own = header(s, person, given=given_in_full)
    alien = header(s, other, given=given_in_full)
    mixed = replace(
        own,
        patient_id=s.random.choice([own, alien]).patient_id,
        sex=s.random.choice([own, alien]).sex,
        claims=tuple(claim(s.random.choice([person, other]).bsn, s.random) for _ in range(s.random.randint(0, 2))),
        patient_name=spelled(s.random, s.random.choice([person, other]).name, person.name.given_names),
    )
    return Case(evidence=study(s, person, mixed), truth=person.bsn)


CATEGORIES: dict[str, Callable[[Scene], Case]] = {
    maker.__name__: maker
    for maker in (
        plain, full_name, several_headers, own_claim, by_claim_only, number_like_bsn, twin_in_full, twin_in_short,
        twins_number, wrong_number, reused_number, wrong_claim, wrong_claim_only, siblings_in_one_study,
        swapped_names, swapped_day, placeholder_date, empty_field, typing_error, unsound_record, bad_claim_or_object,
        newborn, mixture,
    )
}  # fmt: skip


@dataclass(kw_only=True)
class Tally:
    """What came of many studies, by category."""

    studies: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    decidable: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)  # of the decidable
    false_writes: Counter[str] = field(default_factory=Counter)
    wrong_reasons: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Share decided automatically of the truly decidable."""
        return self.decided.total() / self.decidable.total()

    def lines(self) -> list[str]:
        """A table, one line a category."""
        rows = [f"{'category':24}{'studies':>9}{'agreed':>9}{'decidable':>10}{'decided':>9}{'false':>6}{'reason?':>8}"]
        for name in self.studies:
            part = self.decidable[name]
            decided = f"{self.decided[name] / part:9.1%}" if part else f"{'-':>9}"
            rows.append(
                f"{name:24}{self.studies[name]:9}{self.agreed[name]:9}{part:10}{decided}"
                f"{self.false_writes[name]:6}{self.wrong_reasons[name]:8}"
            )
        rows.append(
            f"{'all':24}{self.studies.total():9}{self.agreed.total():9}{self.decidable.total():10}{self.share:9.1%}"
        )
        return rows

    def add(self, category: str, case: Case, match: Match) -> None:
        """Count one decision against the truth."""
        self.studies[category] += 1
        self.decidable[category] += case.decidable
        if isinstance(match, Agree):
            self.agreed[category] += 1
            self.decided[category] += case.decidable
            self.false_writes[category] += match.bsn != case.truth
            return
        reasons = {match.reason} if isinstance(match, NotApplicable) else set(match.reasons)
        self.excused[category] += isinstance(match, NotApplicable)
        self.wrong_reasons[category] += not reasons or bool(case.reasons and not case.reasons & reasons)


def decided(s: Scene, case: Case) -> Match:
    """Look up and decide, as the use cases do."""
    local = local_id_of_study(case.evidence, POLICY)
    found = s.hospital.candidates(
        local if isinstance(local, LocalId) else None, claims_to_look_up(case.evidence, POLICY)
    )
    return decide(case.evidence, found, POLICY)


def run(count: int, *, seed: int, size: int = 4000, tally: Tally | None = None) -> Tally:
    """Decide `count` studies of one hospital, every category equally often."""
    random = Random(seed)
    s = scene(random, size)
    tally = tally or Tally()
    makers = list(CATEGORIES.items())
    for at in range(count):
        category, make = makers[at % len(makers)]
        case = make(s)
        tally.add(category, case, decided(s, case))
    return tally


__all__ = ["POLICY", "Case", "Scene", "Tally", "date", "decided", "run", "scene"]
