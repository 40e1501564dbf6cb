"""No study is given to a patient while another live one may be meant: by every form of a name, and by what is unknown.

The index of the registry finds everybody whom the pure predicate calls a rival; one patient more in the registry, or
one more text that looks like a number, never turns a refusal into a write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.decide import decide, decide_reviewed
from remediate.identity.evidence import Evidence
from remediate.identity.patients import LocalId, Patient, PersonName
from remediate.identity.rivals import keys_to_keep, keys_to_look_up, may_be_of
from remediate.identity.verdicts import Agree, Insufficient, MatchReason, Proof
from tests.identity.identity_samples import (
    BSN,
    OTHER_BSN,
    PATIENT,
    POLICY,
    candidate,
    explicit,
    found,
    header,
    patient,
    study,
)
from tests.identity.matching_strategies import Case, cases

ANOTHER = MatchReason.ANOTHER_PATIENT_FITS
BORN = date(1950, 3, 14)


def person(surname: str, given: str = "", *, number: str = "1001", **changes: Any) -> Patient:
    """A live patient with a number and a BSN of their own."""
    parts = {part: changes.pop(part) for part in ("prefix", "partner_surname", "partner_prefix") if part in changes}
    name = PersonName(surname=surname, given_names=given, initials=changes.pop("initials", ""), **parts)
    identifiers = frozenset({LocalId(value=number, authority="HOSPITAL")})
    bsn = BSN if number == "1001" else OTHER_BSN
    return replace(PATIENT, epd_patient_id=number, identifiers=identifiers, name=name, bsn=bsn, **changes)


def other(surname: str, given: str = "", **changes: Any) -> Patient:
    """The rival."""
    return person(surname, given, number="2002", **changes)


RIVALS: list[tuple[Patient, Patient, str]] = [
    (person("Bakker", "Anna", partner_surname="Jansen"), other("Jansen", "Alida"), "JANSEN^A"),
    (person("Visser", "Jan"), other("Visser", "Joop", sex=""), "VISSER^J"),
    (person("Visser", "Jan"), other("Visser", "Joop", sex="O"), "VISSER^J"),
    (person("Dekker", "Jan"), other("Dekker", "Jan"), "DEKKER^JAN"),
    (person("Waandering", "Marie"), other("Waandering2", "Mia"), "WAANDERING^M"),
    (person("Smit", "Jan"), other("Sm¡t", "Joop"), "SMIT^J"),
    (person("Kok", "Jan"), other("Kok", "Joop", birth_date=None), "KOK^J"),
    (person("Kok", "Jan"), other("Kok", "Joop", birth_date=date(1900, 1, 1)), "KOK^J"),
    (person("Kok", "Jan"), other("Kok", "Joop", birth_date=date(1111, 11, 11)), "KOK^J"),
    (person("Kok", "Jan"), other("Kok", "Joop", birth_date=date(1950, 1, 1), sex=""), "KOK^J"),
    (person("Vries-Jansen", "Jan", prefix="de"), other("Jansen-de Vries", "Joop"), "DE VRIES-JANSEN^J"),
    (person("Peters", "JA"), other("Peters", "JA"), "PETERS^JA"),
    (person("Peters", "Jan Albert"), other("Peters", "J.A."), "PETERS^JA"),
    (person("Peters", "Jan"), other("Peters", "JA"), "PETERS^JAN"),
    (
        person("Jansen", "Anna", partner_surname="Bakker"),
        other("Bakker", "Alida", partner_surname="Jansen"),
        "BAKKER^A",
    ),
    (person("Jansen", "Anna"), other("Jansen-Bakker", "Alida"), "JANSEN^A"),
    (person("Jansen", "Anna"), other("Bakker e/v Jansen", "Alida"), "JANSEN^A"),
    (person("Berg", "Anna", prefix="van den"), other("Vandenberg", "Alida"), "VAN DEN BERG^A"),
    (person("Berg", "Anna", prefix="van den"), other("Berg", "Alida", prefix="van"), "BERG^A"),
    (person("Müller", "Anna"), other("Mueller", "Alida"), "MULLER^A"),
    (person("Ali", "Anna", prefix="ben"), other("Ben Ali", "Alida"), "BEN ALI^A"),
    (person("Kok", "Jan"), other("Kok"), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", "Baby"), "KOK^JAN"),
    (person("Kok", "Jan"), other("", ""), "KOK^JAN"),
    (person("Kok", "Jan"), other("Onbekend", ""), "KOK^JAN"),
    (person("Kok", "Jan"), other("Кок", "Йоп"), "KOK^JAN"),
    (person("Kok", "Jan"), other("Bos", "Joop", other_names=(PersonName(surname="Kok"),)), "KOK^J"),
    (person("Bos", "Maria", initials="M.W."), other("Bos", "Anna"), "BOS^MW"),
    (person("Hoes", "Petra"), other("Petra", "Hoes"), "HOES PETRA"),
    (person("Hendriks", "Antje Johanna Els"), other("Hendriks", "Adriana"), "HENDRIKS^JEANNE"),
    (person("Mulder", "Martina"), other("Mulder", "Trijntje"), "MULDER^TINEKE"),
    (person("Garcia-Lopez", "Jan"), other("Lopez Garcia", "Joop"), "GARCIA-LOPEZ^J"),
    (
        person("Garcia", "Anna", partner_surname="Jansen"),
        other("Garcia Lopez", "Alida", partner_surname="Jansen"),
        "GARCIA-JANSEN^A",
    ),
    (person("Kok", "Jan"), other("Kok", initials="P.J."), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", "Piet J."), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", "PJ"), "KOK^JAN"),
    (person("Kok", "Mohamed"), other("Kok", "Mohammed"), "KOK^MOHAMED"),
    (person("Kok", "Sophie"), other("Kok", "Sofie"), "KOK^SOPHIE"),
    (person("Kok", "Jan"), other("Kok", "Zn. van"), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", "Dhr."), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", "K2"), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", "II"), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", "nnb"), "KOK^JAN"),
]


@pytest.mark.parametrize(("one", "rival", "name"), RIVALS)
def test_nothing_is_written_while_another_may_be_meant(one: Patient, rival: Patient, name: str) -> None:
    """By number, and by the study's own BSN claim."""
    by_number = study(header(patient_name=name))
    by_claim = study(header(patient_name=name, patient_id="", claims=(explicit(BSN),)))
    for evidence, who in ((by_number, found(one)), (by_claim, found(by_claim=(one,)))):
        assert isinstance(decide(evidence, who, POLICY), Agree)
        match = decide(evidence, replace(who, rivals=(rival,)), POLICY)
        assert isinstance(match, Insufficient)
        assert match.reasons == (ANOTHER,)


@pytest.mark.parametrize(("one", "rival", "name"), RIVALS)
def test_a_person_may_decide_and_it_is_told_what_was_overridden(one: Patient, rival: Patient, name: str) -> None:
    evidence, who = study(header(patient_name=name)), found(one, rivals=(rival,))
    match = decide(evidence, who, POLICY)
    confirmed = decide_reviewed(match, one, evidence=evidence, candidates=who, policy=POLICY)
    assert isinstance(confirmed, Agree)
    assert confirmed.overrode == (ANOTHER,)
    assert Proof.NO_RIVAL not in confirmed.proofs


NO_RIVALS: list[tuple[Patient, Patient, str]] = [
    (person("Dekker", "Jan"), other("Dekker", "Joop"), "DEKKER^JAN"),
    (person("Dekker", "Jan"), other("Dekker", "Piet"), "DEKKER^J"),
    (person("Dekker", "Jan"), other("Dekker", "Jan", birth_date=date(1950, 3, 15)), "DEKKER^JAN"),
    (person("Dekker", "Jo"), other("Dekker", "Jo", sex="M"), "DEKKER^JO"),
    (person("Dekker", "Jan"), other("Visser", "Jan"), "DEKKER^JAN"),
    (person("Dekker", "Jan"), other("", "Jan", birth_date=None), "DEKKER^JAN"),
    (person("Dekker", "Jan"), other("Test", "Jan"), "DEKKER^JAN"),
    (person("Kok", "Tom"), other("Kok", "Jan"), "KOK^T"),
    (person("Kok", "Jan"), other("Kok", "Joop", initials="J."), "KOK^JAN"),
    (person("Kok", "Jan"), other("Kok", initials="P."), "KOK^JAN"),
]


@pytest.mark.parametrize(("one", "rival", "name"), NO_RIVALS)
def test_whom_something_told_rules_out_is_no_rival(one: Patient, rival: Patient, name: str) -> None:
    assert isinstance(decide(study(header(patient_name=name)), found(one, rivals=(rival,)), POLICY), Agree)


SURNAMES = ["Jansen", "JANSEN", "Vries", "Jansen-de Vries", "de Vries Jansen", "Vandenberg", "Berg", "van den Berg",
            "Müller", "Mueller", "Kjær", "IJssel", "Yssel", "Ali", "ben Ali", "El Amrani", "Yılmaz", "Hondt", "d'Hondt",
            "Bakker e/v Jansen", "Jansen (Bakker)", "Le", "Van", "Stael de Jonge", "Onbekend", "Baby Jansen", "", "李",
            "M?ller"]  # fmt: skip
PREFIXES = ["", "", "de", "van den", "v.d.", "ben", "van der", "'t", "el"]
GIVEN = ["", "Jan", "Joop", "J.", "JA", "J.A.", "Jan Albert", "Jean-Pierre", "IJsbrand", "Anna", "MW", "Kees", "C.",
         "T", "Jürgen", "Baby", "NN", "Йоп"]  # fmt: skip
DAYS = [BORN, None, date(1900, 1, 1), date(1111, 11, 11), date(1950, 1, 1), date(1850, 5, 5), date(1977, 7, 7)]
DEALT = replace(POLICY, placeholder_birth_dates=POLICY.placeholder_birth_dates | {"19770707"})
names = st.builds(
    PersonName,
    surname=st.sampled_from(SURNAMES),
    prefix=st.sampled_from(PREFIXES),
    partner_surname=st.sampled_from(["", "", *SURNAMES]),
    partner_prefix=st.sampled_from(PREFIXES),
    given_names=st.sampled_from(GIVEN),
    initials=st.sampled_from(["", "J.", "J.A.", "IJ."]),
)
people = st.builds(
    replace,
    st.just(other("Jansen")),
    name=names,
    other_names=st.one_of(st.just(()), names.map(lambda name: (name,))),
    birth_date=st.sampled_from(DAYS),
    sex=st.sampled_from(["F", "M", "O", ""]),
)


def _texts(surname: str, prefix: str, second: str, given: str, layout: int, *, capitals: bool) -> str:
    family = f"{prefix} {surname}".strip()
    text = [
        f"{family}^{given}",
        f"{surname}^{given}^^{prefix}",
        f"{surname}^{given} {prefix}",
        f"{family}-{second}^{given}",
        f"{second} {family} {given}",
        f"{given} {family}",
        f"{surname}, {prefix}, {given}",
        f"{prefix}{surname}{second}^{given}".replace(" ", ""),
        f"{family}^{given}=李^明",
    ][layout]
    return text.upper() if capitals else text


texts = st.builds(
    _texts,
    st.sampled_from(SURNAMES),
    st.sampled_from(PREFIXES),
    st.sampled_from(SURNAMES),
    st.sampled_from(GIVEN),
    st.integers(0, 8),
    capitals=st.booleans(),
)
headers = st.builds(
    Evidence,
    patient_id=st.just("1001"),
    patient_name=texts,
    birth_date=st.sampled_from(["19500314", "1950.03.14", "19500101", "19000101", "", "195003", "19770707"]),
    sex=st.sampled_from(["F", "M", "O", "f", "", "U", "X"]),
)


@settings(max_examples=600)
@given(header=headers, who=people, born=st.sampled_from(DAYS), policy=st.sampled_from([POLICY, DEALT]))
def test_the_index_finds_everybody_whom_the_predicate_holds_for(
    header: Evidence, who: Patient, born: date | None, policy: Any
) -> None:
    if may_be_of(who, header, policy, born):
        assert not keys_to_keep(who).isdisjoint(keys_to_look_up(header, policy, born))


@settings(max_examples=600)
@given(header=headers, who=people)
def test_whoever_would_receive_every_personal_proof_is_a_rival(header: Evidence, who: Patient) -> None:
    """What proves is never looser than what rules out."""
    evidence = replace(study(header), headers=(header,))
    own = replace(who, identifiers=frozenset({LocalId(value="1001", authority="HOSPITAL")}), bsn=BSN)
    if isinstance(decide(evidence, found(own), POLICY), Agree):
        assert may_be_of(who, header, POLICY)


@given(case=cases, more=people, held=st.booleans())
def test_one_patient_more_never_turns_a_refusal_into_a_write_for_another(case: Case, more: Patient, held: bool) -> None:
    """Wherever the registry finds that patient: by number, by BSN, as a rival."""
    evidence, who, policy = case
    before = decide(evidence, who, policy)
    fuller = replace(
        who,
        by_claim=(*who.by_claim, more) if held else who.by_claim,
        rivals=(*(who.rivals or ()), more),
    )
    after = decide(evidence, fuller, policy)
    if isinstance(after, Agree) and not isinstance(before, Agree):
        assert after.patient == more


numbers = st.sampled_from([OTHER_BSN, Bsn("999911739"), *BsnProblem])


@given(case=cases, value=numbers, declared=st.booleans(), at=st.integers(0, 2))
def test_one_more_number_in_a_header_never_turns_a_refusal_into_a_write(
    case: Case, value: Bsn | BsnProblem, declared: bool, at: int
) -> None:
    """But for the BSN of the very patient to whom the study then goes."""
    evidence, who, policy = case
    claim = explicit(value) if declared or isinstance(value, BsnProblem) else candidate(value)
    at %= len(evidence.headers)
    more = [replace(h, claims=(*h.claims, claim)) if n == at else h for n, h in enumerate(evidence.headers)]
    before, after = decide(evidence, who, policy), decide(replace(evidence, headers=tuple(more)), who, policy)
    if isinstance(after, Agree) and not isinstance(before, Agree):
        assert value == after.bsn


JANUARY = replace(PATIENT, birth_date=date(1950, 1, 1))
FULL = header(patient_name="van der Jansen^Petra Anna", birth_date="19500101", claims=(explicit(BSN),))


def test_a_first_of_january_is_proven_by_the_own_bsn_and_every_given_name() -> None:
    who = found(JANUARY, by_claim=(JANUARY,))
    assert isinstance(decide(study(FULL), who, POLICY), Agree)
    assert isinstance(decide(study(replace(FULL, claims=(candidate(BSN),))), who, POLICY), Agree)
    weaker = [
        (replace(FULL, patient_name="van der Jansen^Petra"), who),
        (replace(FULL, claims=()), found(JANUARY)),
        (replace(FULL, birth_date="19510101"), who),
        (FULL, replace(who, rivals=(replace(JANUARY, epd_patient_id="5"),))),
    ]
    for evidence, found_for_it in weaker:
        assert not isinstance(decide(study(evidence), found_for_it, POLICY), Agree)
    placeholder = replace(POLICY, placeholder_birth_dates=frozenset({"19500101"}))
    assert not isinstance(decide(study(FULL), who, placeholder), Agree)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("BOS^MW", PersonName(surname="Bos", initials="M.W.")),
        ("BOS^DR", PersonName(surname="Bos", given_names="Dirk Rutger")),
        ("BOS^JR", PersonName(surname="Bos", given_names="Jan Rutger", initials="J.R.")),
        ("JANSEN^I", PersonName(surname="Jansen", given_names="IJsbrand")),
        ("JANSEN^I.J.", PersonName(surname="Jansen", initials="IJ.J.")),
        ("JANSEN^RINUS", PersonName(surname="Jansen", given_names="Marinus")),
        ("JANSEN^RIEK", PersonName(surname="Jansen", given_names="Hendrika Maria")),
        ("JANSEN^LOES", PersonName(surname="Jansen", given_names="Louisa")),
        ("JANSEN^HARRY", PersonName(surname="Jansen", given_names="Hendrik")),
        ("JANSEN^COR", PersonName(surname="Jansen", given_names="Cornelia")),
        ("JUERGENS^JUERGEN", PersonName(surname="Jürgens", given_names="Jürgen")),
    ],
)
def test_less_is_left_to_people(name: str, known: PersonName) -> None:
    assert isinstance(decide(study(header(patient_name=name)), found(patient(name=known)), POLICY), Agree)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("BOS^MW", PersonName(surname="Bos", given_names="Maria", initials="M.")),
        ("BOS^MW", PersonName(surname="Bos", initials="M.W.A.")),
        ("JANSEN^I", PersonName(surname="Jansen", given_names="Yvonne")),
        ("PETERS^JAN", PersonName(surname="Peters", given_names="JA")),
        ("PETERS^JACOB", PersonName(surname="Peters", given_names="JAN")),
    ],
)
def test_what_may_be_read_in_two_ways_proves_nothing(name: str, known: PersonName) -> None:
    assert not isinstance(decide(study(header(patient_name=name)), found(patient(name=known)), POLICY), Agree)


def test_a_row_of_capitals_is_no_given_name_in_full() -> None:
    for given_names, initials, in_full in (
        ("JAN", "", False),
        ("JAN", "J.", True),
        ("Jan", "", True),
        ("JWM", "", False),
    ):
        known = patient(name=PersonName(surname="Bos", given_names=given_names, initials=initials))
        match = decide(study(header(patient_name=f"BOS^{given_names}")), found(known), POLICY)
        assert isinstance(match, Agree)
        assert (Proof.GIVEN_NAME_IN_FULL in match.proofs) is in_full


def test_another_name_of_the_epd_is_a_known_form() -> None:
    married = patient(name=PersonName(surname="Smit", given_names="Petra"))
    assert not isinstance(decide(study(header(patient_name="BAKKER^PETRA")), found(married), POLICY), Agree)
    known = replace(married, other_names=(PersonName(surname="Bakker"),))
    assert isinstance(decide(study(header(patient_name="BAKKER^PETRA")), found(known), POLICY), Agree)
    assert not isinstance(decide(study(header(patient_name="BAKKER^XANDRA")), found(known), POLICY), Agree)
