"""Studies that can be decided, however they were written; a maker for each kind. The first half of the adversary."""

from __future__ import annotations

from dataclasses import replace

from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, Bsn
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength
from remediate.identity.verdicts import MatchReason as R
from tests.bench.adversarial_spelling import given_in_full, spelled_badly
from tests.bench.adversarial_truth import Case, Expected, claim, draft, study
from tests.bench.adversarial_world import CLINIC, HOSPITAL, World


def plain(w: World) -> Case:
    person = w.somebody()
    return Case(evidence=study(w, person, draft(w, person).header()), truth=person.bsn)


def full_name(w: World) -> Case:
    person = w.somebody()
    return Case(evidence=study(w, person, draft(w, person, given=given_in_full).header()), truth=person.bsn)


def married_name(w: World) -> Case:
    """Under her own name, her husband's or both, in either order."""
    person = w.such("married", lambda p: bool(p.name.partner_surname))
    return Case(evidence=study(w, person, draft(w, person).header()), truth=person.bsn)


def clinic_number(w: World) -> Case:
    """A number of the second range, which in the first range is somebody else's; the issuer tells them apart."""
    person = w.such("clinic", lambda p: bool(w.numbers(p, CLINIC)))
    return Case(evidence=study(w, person, draft(w, person, authority=CLINIC).header()), truth=person.bsn)


def merged_number(w: World) -> Case:
    """A number that was given up in a merge."""
    person = w.such("merged", lambda p: len(w.numbers(p, HOSPITAL)) > 1)
    made = draft(w, person, authority=HOSPITAL)
    old = next(n for n in w.numbers(person, HOSPITAL) if n.value != w.record(person).epd_patient_id)
    return Case(evidence=study(w, person, made.header(patient_id=old.value)), truth=person.bsn)


def junior(w: World) -> Case:
    """A son who bears his father's very name."""
    person = w.such("junior", lambda p: p.senior is not None)
    made = draft(w, person, given=given_in_full)
    return Case(evidence=study(w, person, made.header()), truth=person.bsn)


def several_headers(w: World) -> Case:
    """One identity in several spellings under one number; some series hold the BSN, others do not."""
    person = w.somebody()
    made = draft(w, person)
    first = made.header()
    second = replace(first, patient_name=first.patient_name.upper(), claims=(claim(w, person.bsn),))
    third = replace(first, issuer=HOSPITAL if made.number.authority == HOSPITAL else CLINIC)
    return Case(evidence=study(w, person, *dict.fromkeys((first, second, third))), truth=person.bsn)


def own_claim(w: World) -> Case:
    person = w.somebody()
    claims = tuple(claim(w, person.bsn) for _ in range(w.random.randint(1, 3)))
    return Case(evidence=study(w, person, draft(w, person).header(claims=claims)), truth=person.bsn)


def by_claim_only(w: World) -> Case:
    """Patient ID empty, unknown here, or the BSN itself."""
    person = w.somebody()
    made, own = draft(w, person), (claim(w, person.bsn),)
    header = w.random.choice(
        [
            made.header(patient_id="", issuer="", claims=own),
            made.header(patient_id="X77", issuer="ELSEWHERE", claims=own),
            made.header(patient_id=person.bsn.digits, issuer=w.random.choice([BSN_AUTHORITY, BSN_OID, "SBV"])),
        ]
    )
    return Case(evidence=study(w, person, header), truth=person.bsn)


def two_on_one_number(w: World) -> Case:
    """A number that two patients have, with a BSN that tells which."""
    person = w.such("shared", lambda p: w.shared_number(p) is not None)
    number = w.shared_number(person).value
    header = draft(w, person).header(patient_id=number, issuer="", claims=(claim(w, person.bsn, explicit=True),))
    return Case(evidence=study(w, person, header), truth=person.bsn)


def number_like_bsn(w: World) -> Case:
    """A hospital number that passes the eleven-test, with a zero before it or as it is; found as a candidate too."""
    person = w.such("like a BSN", lambda p: len(w.record(p).epd_patient_id) >= 8)
    number = w.record(person).epd_patient_id
    found = BsnClaim(
        place=Place.PATIENT_ID_BARE,
        path="(0010,0020)",
        strength=Strength.CANDIDATE,
        value=Bsn(number.zfill(9)),
    )
    header = draft(w, person).header(patient_id=number, issuer="", claims=(found,))
    return Case(evidence=study(w, person, header), truth=person.bsn)


def twin_in_full(w: World) -> Case:
    """Twins and namesakes, by all their given names."""
    person = w.random.choice(w.twins)
    return Case(evidence=study(w, person, draft(w, person, given=given_in_full).header()), truth=person.bsn)


def badly_written(w: World) -> Case:
    """Letters lost in a character set, ue for ü, cut short: a person can tell, the rules must not."""
    person = w.such("marked", lambda p: not p.name.surname.isascii() or len(p.name.surname) > 9)
    made = draft(w, person)
    header = made.header(patient_name=spelled_badly(w.random, person.name, made.spelling.given))
    return Case(evidence=study(w, person, header), truth=person.bsn, expected=Expected(may={R.SURNAME_DIFFERS}))


def old_date_format(w: World) -> Case:
    """YYYY.MM.DD, as before 1993."""
    person = w.somebody()
    header: Evidence = draft(w, person).header(birth_date=f"{person.birth_date:%Y.%m.%d}")
    return Case(evidence=study(w, person, header), truth=person.bsn)
