"""What is true of a made study: whose it is, whether its facts suffice, and which reasons must stand in a refusal.

The oracle knows the people and how their studies and records were made. It compares facts by plain equality and never
asks the matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from remediate.identity.bsn import BSN_AUTHORITY, Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength, StudyEvidence
from remediate.identity.patients import LocalId, Patient, PersonName
from remediate.identity.verdicts import Candidates, ExceptionRule, MatchingPolicy
from remediate.identity.verdicts import MatchReason as R
from tests.bench.adversarial_names import CALL_NAMES
from tests.bench.adversarial_people import Person
from tests.bench.adversarial_spelling import Spelling, folded, given_in_short, spelled
from tests.bench.adversarial_world import CLINIC, HOSPITAL, World

ISSUERS = {HOSPITAL: ["", "", HOSPITAL, "Ziekenhuis X"], CLINIC: [CLINIC, "Polikliniek Zuid"]}
POLICY = MatchingPolicy(
    default_issuer=HOSPITAL,
    issuer_aliases={"Ziekenhuis X": HOSPITAL, "Polikliniek Zuid": CLINIC, "SBV": BSN_AUTHORITY},
    exceptions=(
        ExceptionRule(reason=R.NEWBORN, patient_name=r"^[^^]+\^(baby|zoon van|dochter van|nn\d)"),
        ExceptionRule(reason=R.FOREIGNER, patient_id="^BTL"),
        ExceptionRule(reason=R.EMERGENCY, patient_id="^SEH", patient_name="^onbekend"),
        ExceptionRule(reason=R.TEST_PATIENT, patient_name="^(zz)?test"),
    ),
)
_SIGNS = re.compile(r"[\s^=,()]+")
NAMESAKE = frozenset({R.ANOTHER_PATIENT_FITS, R.GIVEN_NAME_DIFFERS})


@dataclass(kw_only=True)
class Expected:
    """The reasons of a refusal; none at all where the study can be decided."""

    must: set[R] = field(default_factory=set)  # all of them
    one_of: set[R] = field(default_factory=set)  # at least one, when there are any
    may: set[R] = field(default_factory=set)  # beside them

    def is_right(self, reasons: Iterable[R]) -> bool:
        """Whether these are the reasons, no more and no less."""
        given = set(reasons)
        known = self.must | self.one_of | self.may
        return self.must <= given <= known and bool(given) and (not self.one_of or bool(self.one_of & given))

    def allow(self, reasons: set[R]) -> None:
        """Reasons that may stand beside the others, or in place of one of several."""
        self.may |= reasons
        self.one_of |= reasons if self.one_of else set()

    @property
    def refused(self) -> bool:
        """Whether the facts forbid or do not allow a decision."""
        return bool(self.must or self.one_of)


@dataclass(kw_only=True)
class Case:
    """One study and what is true about it."""

    evidence: StudyEvidence
    truth: Bsn | None  # the only BSN that may be written
    expected: Expected = field(default_factory=Expected)
    is_rivalled: bool = False  # the EPD has another record that the header may be of

    @property
    def decidable(self) -> bool:
        """Whether a careful person could tell from the facts, by the policy."""
        return self.truth is not None and not self.expected.refused and not self.is_rivalled


@dataclass(kw_only=True)
class Draft:
    """A header in the making, with the facts behind it."""

    person: Person  # who is described
    number: LocalId
    spelling: Spelling
    birth_date: date
    sex: str
    issuer: str
    claims: tuple[BsnClaim, ...] = ()

    def header(self, **changes: object) -> Evidence:
        """The header, with changes."""
        made = Evidence(
            patient_id=self.number.value,
            issuer=self.issuer,
            patient_name=self.spelling.text,
            birth_date=self.birth_date.strftime("%Y%m%d"),
            sex=self.sex,
            claims=self.claims,
        )
        return replace(made, **changes) if changes else made


def draft(w: World, person: Person, *, given: Callable[..., str] = given_in_short, authority: str = "") -> Draft:
    """A header as the modality got it: a number of the EPD and a name in some spelling."""
    number = w.random.choice(w.numbers(person, authority))
    return Draft(
        person=person,
        number=number,
        issuer=w.random.choice(ISSUERS[number.authority]),
        spelling=spelled(w.random, person.name, given(w.random, person.name)),
        birth_date=person.birth_date,
        sex=person.sex,
    )


def study(w: World, person: Person, *headers: Evidence) -> StudyEvidence:
    """A study some time in the person's life."""
    day = ""
    if w.random.random() < 0.5:
        day = (person.birth_date + timedelta(days=w.random.randint(0, 15_000))).strftime("%Y%m%d")
    return StudyEvidence(study_instance_uid="1.2.3", study_date=day, headers=headers)


def refused(w: World, person: Person, header: Evidence, *reasons: R) -> Case:
    """A study of this person that is refused for these very reasons."""
    return Case(evidence=study(w, person, header), truth=person.bsn, expected=Expected(must=set(reasons)))


def claim(w: World, value: Bsn | BsnProblem, *, explicit: bool | None = None) -> BsnClaim:
    """A claim somewhere in a header."""
    random = w.random
    declared = isinstance(value, BsnProblem) or (random.random() < 0.6 if explicit is None else explicit)
    if declared:
        place = random.choice([Place.ITEM_PARTIAL, Place.NESTED, Place.COMMENTS, Place.ITEM_COMPLETE])
    else:
        place = random.choice([Place.ITEM_BARE, Place.OTHER_PATIENT_IDS, Place.ADMISSION_ID])
    strength = Strength.EXPLICIT if declared else Strength.CANDIDATE
    return BsnClaim(place=place, path="(0010,1002)[0].(0010,0020)", strength=strength, value=value)


def against(w: World, made: Draft, leads_to: Person) -> Expected:
    """What speaks against one header being this patient's, when its number or BSN leads to him."""
    record = w.record(leads_to)
    found = Expected(must=_of_bsn(w, record))
    if record.birth_date is None:
        found.must.add(R.BIRTH_DATE_ABSENT)
    elif record.birth_date != made.birth_date:
        placeholder = (record.birth_date.month, record.birth_date.day) == (1, 1)
        found.must.add(R.BIRTH_DATE_PLACEHOLDER if placeholder else R.BIRTH_DATE_DIFFERS)
    if record.sex != made.sex:
        found.must.add(R.SEX_DIFFERS if record.sex else R.SEX_ABSENT)
    _of_name(made, leads_to, record, found)
    if made.person is not leads_to and not found.must:
        found.one_of |= {*NAMESAKE, R.SURNAME_DIFFERS}
    return found


def _of_bsn(w: World, record: Patient) -> set[R]:
    if record.bsn is None:
        return {R.EPD_BSN_INVALID if record.bsn_problem else R.EPD_WITHOUT_BSN}
    found = set() if record.bsn_verified else {R.BSN_NOT_VERIFIED}
    return found | ({R.BSN_ON_TWO_PATIENTS} if w.holders[record.bsn] > 1 else set())


def _of_name(made: Draft, leads_to: Person, record: Patient, found: Expected) -> None:
    name = record.name
    if made.person is not leads_to:
        found.may |= {R.SURNAME_DIFFERS, R.GIVEN_NAME_DIFFERS, R.GIVEN_NAME_ABSENT, R.ANOTHER_PATIENT_FITS}
        found.may.add(R.STUDY_BEFORE_BIRTH)
    if name.surname == "Onbekend":
        found.must.add(R.NAME_PLACEHOLDER)
        return
    if not (name.given_names or name.initials):
        found.must.add(R.GIVEN_NAME_ABSENT)
    life = leads_to.name
    held = {folded(life.surname)} if name.surname else set()
    held |= {folded(life.partner_surname)} if name.partner_surname else set()
    if folded(life.surname) == folded(life.partner_surname) and len(held) == 1:  # twice in a header, once in the EPD
        found.may |= {R.SURNAME_DIFFERS, R.GIVEN_NAME_DIFFERS}
    joined = {folded(f"{life.prefix}{life.surname}")} if name.surname else set()
    joined |= {folded(f"{life.partner_prefix}{life.partner_surname}")} if name.partner_surname else set()
    if not held:
        found.must.add(R.NAME_ABSENT)
    elif made.spelling.surnames <= held | joined and not made.spelling.surnames <= held:  # Vandenbergh, van den Bergh
        found.may |= {R.SURNAME_DIFFERS, R.GIVEN_NAME_DIFFERS, R.GIVEN_NAME_ABSENT}
    elif not made.spelling.surnames <= held and made.spelling.apart:
        found.must.add(R.SURNAME_DIFFERS)
    elif not made.spelling.surnames <= held:  # nobody can tell where the surname ends
        found.one_of |= {R.SURNAME_DIFFERS, R.GIVEN_NAME_DIFFERS, R.GIVEN_NAME_ABSENT}


_CALLED = frozenset(map(folded, CALL_NAMES.values()))


def told_by_initials(evidence: StudyEvidence, candidates: Candidates) -> set[R]:
    """What may be missing where the EPD has no more than initials, and a study a call name, or any name whose place
    does not tell whether it is a given name."""
    if all(patient.name.given_names for patient in (*candidates.by_patient_id, *candidates.by_claim)):
        return set()
    names = [header.patient_name for header in evidence.headers]
    unclear = any(folded(word) in _CALLED for name in names for word in _SIGNS.split(name))
    return {R.GIVEN_NAME_ABSENT} if unclear or not all("^" in name or "," in name for name in names) else set()


def weigh_others(w: World, case: Case, candidates: Candidates) -> None:
    """What may be missing where another record may be meant too; and where its initial fits, nobody can tell."""
    subjects = list({id(p): p for p in (*candidates.by_patient_id, *candidates.by_claim)}.values())
    for header in case.evidence.headers:
        alike = w.others_alike(header.patient_name, _day(header.birth_date), header.sex, subjects)
        if alike:
            case.expected.allow({R.ANOTHER_PATIENT_FITS})
        written = {folded(word) for word in _SIGNS.split(header.patient_name)} - {""}
        case.is_rivalled |= any(_may_be_written_so(record.name, written) for record in alike)


def _may_be_written_so(name: PersonName, written: set[str]) -> bool:
    """Whether given names are not known, or begin as some word does: an initial, or one in full."""
    names = {folded(word) for word in name.given_names.split()}
    initials = {folded(letter) for letter in name.initials.split(".")} - {""}
    if names:
        return any(one.startswith(word) for one in names for word in written if len(word) == 1 or word in names)
    return not initials or any(word[0] in initials for word in written)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.replace(".", ""))
    except ValueError:
        return None


def against_claims(w: World, claims: Iterable[BsnClaim], leads_to: Person) -> set[R]:
    """What the BSNs of a study say against the patient to whom its Patient ID leads."""
    record = w.record(leads_to)
    claimed = {claim.value for claim in claims}
    numbers = {value for value in claimed if isinstance(value, Bsn)}
    found = set()
    if len(numbers) > 1:
        found.add(R.CLAIMS_DIFFER_IN_STUDY)
    if numbers != claimed:
        found.add(R.CLAIM_PLACEHOLDER if BsnProblem.PLACEHOLDER in claimed else R.INVALID_NUMBER)
    if record.bsn is not None and numbers - {record.bsn}:
        found.add(R.CLAIM_DIFFERS)
    if any(w.holders[number] for number in numbers if number != record.bsn):
        found.add(R.ID_AND_CLAIM_NAME_TWO_PATIENTS)
    return found
