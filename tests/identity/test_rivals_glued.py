"""Two surnames with a prefix each are one person's however they are registered and however the prefixes are glued on.

The other in the registry must be seen as well as the patient himself: else the study goes to whoever is found first.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.identity.decide import decide
from remediate.identity.patients import LocalId, Patient, PersonName
from remediate.identity.rivals import keys_to_keep, keys_to_look_up, may_be_of
from remediate.identity.verdicts import Agree, MatchReason
from tests.identity.identity_samples import PATIENT, POLICY, found, header, study

PREFIXES = ["van den", "de", "von", "van der", "ten", "van", "op den", "in 't", "den"]
SURNAMES = ["Bosch", "Graaf", "Bonninghausen", "Berg", "Os", "Nijs", "Dekker", "Müller", "Ende"]
Half = tuple[str, str]
halves = st.tuples(st.sampled_from(PREFIXES), st.sampled_from(SURNAMES))


def glued(half: Half) -> str:
    """Vandenbosch."""
    return "".join(half).replace(" ", "").replace("'", "").capitalize()


def registrations(one: Half, other: Half) -> list[PersonName]:
    """As an EPD may keep two surnames: in fields of their own, or in one, with prefixes apart, beside or glued on."""
    kept = [
        PersonName(prefix=one[0], surname=one[1], partner_prefix=other[0], partner_surname=other[1]),
        PersonName(surname=" ".join(one), partner_surname=" ".join(other)),
        PersonName(surname=glued(one), partner_surname=glued(other)),
    ]
    for sign in ("-", " ", " - ", "/"):
        kept += [
            PersonName(prefix=one[0], surname=f"{one[1]}{sign}{' '.join(other)}"),
            PersonName(surname=f"{' '.join(one)}{sign}{' '.join(other)}"),
            PersonName(prefix=one[0], surname=f"{one[1]}{sign}{glued(other)}"),
            PersonName(surname=f"{glued(one)}{sign}{glued(other)}"),
            PersonName(surname=f"{glued(one)}{sign}{' '.join(other)}"),
        ]
    return kept


def spelled(half: Half, how: int) -> str:
    """One half in a header: with its prefix, with it glued on, or without."""
    return (" ".join(half), glued(half), half[1])[how]


def bearer(number: str, name: PersonName) -> Patient:
    identifiers = frozenset({LocalId(value=number, authority="HOSPITAL")})
    return replace(PATIENT, epd_patient_id=number, identifiers=identifiers, name=replace(name, given_names="Jan"))


@settings(max_examples=800)
@given(
    pair=st.tuples(halves, halves),
    kept=st.integers(0, 22),
    how=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    sign=st.sampled_from(["-", " ", " - ", ""]),
    turned=st.booleans(),
    capitals=st.booleans(),
)
def test_two_surnames_meet_in_every_spelling(
    pair: tuple[Half, Half], kept: int, how: tuple[int, int], sign: str, turned: bool, capitals: bool
) -> None:
    texts = [spelled(half, at) for half, at in zip(pair, how, strict=True)]
    if not sign:
        texts = [text.replace(" ", "") for text in texts]
    text = sign.join(reversed(texts) if turned else texts)
    one = header(patient_name=f"{text.upper() if capitals else text}^J.")
    rival = bearer("2002", registrations(*pair)[kept])
    assert may_be_of(rival, one, POLICY)
    assert not keys_to_keep(rival).isdisjoint(keys_to_look_up(one, POLICY))


CASES = [
    (("van den", "Bosch"), ("de", "Graaf"), "VANDENBOSCH-DEGRAAF^J."),
    (("von", "Bonninghausen"), ("van den", "Bosch"), "vonBonninghausen-vandenBosch^J."),
    (("van den", "Bosch"), ("de", "Graaf"), "DEGRAAFVANDENBOSCH^J."),
]


@pytest.mark.parametrize(("one", "other", "text"), CASES)
def test_nobody_is_given_a_study_by_prefixes_glued_on(one: Half, other: Half, text: str) -> None:
    """Whoever of two namesakes has the number, in whatever way either is registered."""
    evidence = study(header(patient_name=text))
    for own, rival in permutations(registrations(one, other), 2):
        patient = bearer("1001", own)
        match = decide(evidence, found(patient, rivals=(bearer("2002", rival),)), POLICY)
        assert not isinstance(match, Agree)
        if isinstance(decide(evidence, found(patient), POLICY), Agree):
            assert match.reasons == (MatchReason.ANOTHER_PATIENT_FITS,)


def test_the_owner_of_two_surnames_in_one_field_is_known_by_them_glued() -> None:
    for name in registrations(*CASES[0][:2])[:4]:
        assert isinstance(decide(study(header(patient_name=CASES[0][2])), found(bearer("1001", name)), POLICY), Agree)


def test_a_name_that_only_begins_as_a_prefix_is_no_other_name() -> None:
    others = [PersonName(surname=surname) for surname in ("Kker", "Veld", "Ekker")]
    match = decide(
        study(header(patient_name="DEKKERS^J.")),
        found(bearer("1001", PersonName(surname="Dekkers")), rivals=tuple(bearer("2002", one) for one in others)),
        POLICY,
    )
    assert isinstance(match, Agree)
