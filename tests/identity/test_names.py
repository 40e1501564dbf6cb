"""Names: what agrees and what does not, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.identity.name_readings import readings
from remediate.identity.names import (
    Agreement,
    GivenNameAgreement,
    compare_names,
    given_name_agreement,
    given_names_compatible,
    surname_agreement,
    surnames_compatible,
)
from remediate.identity.patients import PersonName
from remediate.identity.placeholders import holds_placeholder

AGREES, DIFFERS, ABSENT = Agreement.AGREES, Agreement.DIFFERS, Agreement.ABSENT
FULL, COMPATIBLE = GivenNameAgreement.FULL, GivenNameAgreement.COMPATIBLE
OTHER, NONE = GivenNameAgreement.DIFFERS, GivenNameAgreement.ABSENT

PIET = PersonName(surname="Jansen", prefix="van der", given_names="Piet", initials="P.")
ANNA = PersonName(
    surname="Jansen", partner_surname="Vries", partner_prefix="de", given_names="Anna Berta", initials="A.B."
)


@pytest.mark.parametrize(
    "text",
    [
        "Jansen^Piet^^van der",
        "van der Jansen^Piet",
        "JANSEN VAN DER^PIET",
        "Jansen, van der^Piet",
        "Jansen, van der, Piet",
        "JANSEN, PIET VAN DER",
        "Jansen^Piet van der",
        "van der Jansen Piet",
        "Piet van der Jansen",
        "Jansen v.d. Piet",
        "Jansen v/d^Piet",
        "vd Jansen^Piet",
        "VanderJansen^Piet",
        "Jansen^Piet",
        "Jansen^Piet^^Dhr. van der^Jr.",
        "Jansen, Jr.^Piet^^van der",
        "Jansen^Piet^^van der=山田^太郎=やまだ^たろう",
        "=Jansen^Piet^^van der",
        "  Jänsen  ^  Pièt ^^ van der ",
    ],
)
def test_every_layout_of_one_name_agrees_in_full(text: str) -> None:
    assert surname_agreement(text, PIET) is AGREES
    assert given_name_agreement(text, PIET) is FULL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jansen^A", AGREES),
        ("Vries^A^^de", AGREES),
        ("de Vries^A", AGREES),
        ("Vries^A", AGREES),
        ("Jansen-de Vries^A", AGREES),
        ("Vries-Jansen^A.B.^^de", AGREES),
        ("VRIES DE-JANSEN, A", AGREES),
        ("Vries Jansen, de^A", AGREES),
        ("Jansen - de Vries^A", AGREES),
        ("Jansen e/v de Vries^A", AGREES),
        ("de Vries geb. Jansen^A", AGREES),
        ("de Vries wed. Jansen^A", AGREES),
        ("van Vries^A", DIFFERS),
        ("de Jansen^A", DIFFERS),
        ("Vriess^A", DIFFERS),
        ("Jansen-Bakker^A", DIFFERS),
        ("Anna^Jansen", DIFFERS),
        ("^Anna", ABSENT),
        ("", ABSENT),
        ("^^^^", ABSENT),
        ("...", ABSENT),
    ],
)
def test_own_partner_and_combined_surnames(text: str, expected: Agreement) -> None:
    assert surname_agreement(text, ANNA) is expected


@pytest.mark.parametrize(
    ("text", "surname", "prefix"),
    [
        ("MEYER^X", "Meijer", ""),
        ("Meÿer^X", "Meijer", ""),
        ("Me\u0133er^X", "Meyer", ""),
        ("Sorensen^X", "Sørensen", ""),
        ("LUKASZEWSKI^X", "Łukaszewski", ""),
        ("Dordevic^X", "Đorđević", ""),
        ("GROSS^X", "Groß", ""),
        ("Kjaer^X", "Kjær", ""),
        ("Muller^X", "Müller", ""),
        ("Mu\u0308ller^X", "Müller", ""),
        ("Dhondt^X", "Hondt", "d'"),
        ("D’HONDT^X", "Hondt", "d'"),
        ("D Hondt^X", "D'Hondt", ""),
        ("ONeill^X", "O'Neill", ""),
        ("O NEILL^X", "O'Neill", ""),
        ("t Hart^X", "Hart", "'t"),
        ("Hart^X^^'t", "Hart", "'t"),
        ("van het Hof^X", "Hof", "van 't"),
        ("Gravesande^X", "'s-Gravesande", ""),
        ("Vandenberg^X", "Berg", "van den"),
        ("Berg, van den^X", "Vandenberg", ""),
        ("Smit Jansen^X", "Smit-Jansen", ""),
        ("SmitJansen^X", "Smit-Jansen", ""),
        ("Berg van den^X", "van den Berg", ""),
        ("Have^X^^ten", "ten Have", ""),
        ("Le^X", "Le", ""),
        ("Broek^X", "Bröek", "van"),
        ("MUELLER^X", "Müller", ""),
        ("Müller^X", "Mueller", ""),
        ("KJAER^X", "Kjær", ""),
        ("SOERENSEN^X", "Sørensen", ""),
        ("Aagaard^X", "Ågård", ""),
        ("BEN ALI^X", "Ali", "ben"),
        ("ALI BEN^X", "Ali", "ben"),
        ("ALI^X", "Ali", "ben"),
    ],
)
def test_spellings_of_one_surname(text: str, surname: str, prefix: str) -> None:
    assert surname_agreement(text, PersonName(surname=surname, prefix=prefix)) is AGREES


@pytest.mark.parametrize(
    ("text", "surname", "prefix"),
    [
        ("Mueller^X", "Muller", ""),
        ("Muller^X", "Mueller", ""),
        ("van der Berg^X", "Berg", "van den"),
        ("van Berg^X", "Berg", "van den"),
        ("van Boer^X", "Boer", ""),
        ("Smit^X", "Smit-Jansen", ""),
        ("Smit-Bakker^X", "Smit-Jansen", ""),
        ("Jansen2^X", "Jansen", ""),
        ("Jansens^X", "Jansen", ""),
        ("Jans^X", "Jansen", ""),
    ],
)
def test_other_surnames_differ_however_alike(text: str, surname: str, prefix: str) -> None:
    assert surname_agreement(text, PersonName(surname=surname, prefix=prefix)) is DIFFERS


@pytest.mark.parametrize(
    ("written", "given", "initials", "expected"),
    [
        ("Piet", "Piet", "P.", FULL),
        ("Jan^Pieter", "Jan Pieter", "J.P.", FULL),
        ("JAN PIETER", "Jan Pieter", "", FULL),
        ("Jean-Pierre", "Jean-Pierre", "", FULL),
        ("IJsbrand", "Ysbrand", "", FULL),
        ("Jean Pierre", "Jean-Pierre", "", FULL),
        ("Annemarie", "Anne Marie", "", FULL),
        ("Annemarie", "Anne-Marie", "A.", FULL),
        ("Jan", "Jan Pieter", "J.P.", COMPATIBLE),
        ("Pieter", "Jan Pieter", "J.P.", COMPATIBLE),
        ("Jan Pieter", "Jan", "J.", COMPATIBLE),
        ("Jan P.", "Jan Pieter", "J.P.", COMPATIBLE),
        ("J.", "Jan Pieter", "J.P.", COMPATIBLE),
        ("JP", "Jan Pieter", "", COMPATIBLE),
        ("J P", "Jan Pieter", "JP", COMPATIBLE),
        ("J.P.M.", "Jan", "J.P.", COMPATIBLE),
        ("AB", "Anna Berta", "A.B.", COMPATIBLE),
        ("Th.", "Theodorus", "Th.", COMPATIBLE),
        ("T.", "", "Th.", COMPATIBLE),
        ("Chr.", "Christiaan", "C.", COMPATIBLE),
        ("IJ.", "IJsbrand", "", COMPATIBLE),
        ("Piet", "", "P.J.", COMPATIBLE),
        ("Kees", "Cornelis", "C.", COMPATIBLE),
        ("Cornelis", "Kees", "", COMPATIBLE),
        ("Kees", "", "C.", NONE),  # perhaps; but Truus, who is Geertruida, is not her husband G.
        ("Johannes (Hans)", "Johannes Petrus", "", COMPATIBLE),
        ("J.P. (Hans)", "Johannes Petrus", "J.P.", COMPATIBLE),
        ("P", "P", "P.", COMPATIBLE),
        ("Paul", "Piet", "P.", OTHER),
        ("Paul", "Piet Jan", "P.J.", OTHER),
        ("Paul J.", "Piet Jan", "P.J.", OTHER),
        ("Pieter", "Piet2", "", OTHER),
        ("J.K.", "Jan Pieter", "J.P.", OTHER),
        ("P.J.", "Jan Pieter", "J.P.", OTHER),
        ("K.", "Cornelis", "C.", OTHER),
        ("Piet2", "Piet", "", OTHER),
        ("", "Piet", "P.", NONE),
        ("Jr.", "Piet", "P.", NONE),
        ("Piet", "", "", NONE),
    ],
)
def test_given_names(written: str, given: str, initials: str, expected: GivenNameAgreement) -> None:
    name = PersonName(surname="Jansen", given_names=given, initials=initials)
    assert given_name_agreement(f"Jansen^{written}", name) is expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        # Everything in the family component: a word that the EPD does not know may be a surname.
        ("Jansen J.P. Bakker", PersonName(surname="Jansen", given_names="Jan Pieter"), OTHER),
        ("J.P. Bakker geb. Jansen", PersonName(surname="Jansen", given_names="Jan Pieter"), OTHER),
        ("Jan v. Dijk le Gulcher", PersonName(surname="Gulcher", prefix="le", given_names="Jan"), OTHER),
        ("Jansen Jan Bakker", PersonName(surname="Jansen", initials="J."), OTHER),
        ("Jansen Jan Pieter", PersonName(surname="Jansen", given_names="Jan", initials="J.P."), COMPATIBLE),
        ("Jansen J.P.M.", PersonName(surname="Jansen", given_names="Jan", initials="J.P."), COMPATIBLE),
        ("Jansen^Jan Pieter", PersonName(surname="Jansen", given_names="Jan", initials="J."), COMPATIBLE),
        ("Müller E. V. D.", PersonName(surname="Müller", given_names="Eva Vera Dina", initials="E.V.D."), COMPATIBLE),
        # A given name component that holds more than given names.
        ("Jansen^P. Bakker", PersonName(surname="Jansen", given_names="Petra"), OTHER),
        ("Jansen^Petra van Dijk", PersonName(surname="Jansen", given_names="Petra"), OTHER),
        ("Jansen^Petra van Dijk", PersonName(surname="Jansen", initials="P."), OTHER),
        ("Jansen^Petra Maria", PersonName(surname="Jansen", given_names="Petra"), COMPATIBLE),
        ("Jansen^Petra T.", PersonName(surname="Jansen", given_names="Petra"), COMPATIBLE),
        ("Jansen^Maria del Carmen", PersonName(surname="Jansen", given_names="Maria del Carmen"), FULL),
        # Where the EPD has initials only, what stands beside the surname may be another surname.
        ("Hoes geb. Prinsen M", PersonName(surname="Hoes", initials="P."), NONE),
        ("Jansen Piet", PersonName(surname="Jansen", initials="P."), NONE),
        ("Jansen^Piet", PersonName(surname="Jansen", initials="P."), COMPATIBLE),
        ("Jansen P.J.", PersonName(surname="Jansen", initials="P."), COMPATIBLE),
        ("Jansen AF", PersonName(surname="Jansen", initials="A.F."), COMPATIBLE),
        # A title is no initial.
        ("Jansen^Mevr.", PersonName(surname="Jansen", given_names="Maria", initials="M."), NONE),
        ("Jansen^Dr", PersonName(surname="Jansen", given_names="Dirk", initials="D."), NONE),
        ("Jansen DR", PersonName(surname="Jansen", given_names="Dirk", initials="D."), NONE),
        ("Jansen^Dr. Piet", PersonName(surname="Jansen", given_names="Piet"), FULL),
        # Initials without stops, also where the EPD has only names.
        ("Jansen^KNS", PersonName(surname="Jansen", given_names="Kayleigh Noortje Sophie"), COMPATIBLE),
        ("Jansen^EA", PersonName(surname="Jansen", given_names="Emma Anna"), COMPATIBLE),
        ("Jansen^EA", PersonName(surname="Jansen", given_names="Emma"), NONE),
        ("Jansen^PAM", PersonName(surname="Jansen", given_names="Petra Anne-Marie"), COMPATIBLE),
        # A hyphen that came or went.
        ("Jansen^Anne Marie M.", PersonName(surname="Jansen", given_names="Anne-Marie Maria"), COMPATIBLE),
        ("Jansen^Jean-Pierre", PersonName(surname="Jansen", initials="J.P."), COMPATIBLE),
        ("Jansen^Jean-Paul", PersonName(surname="Jansen", given_names="Jean-Pierre"), OTHER),
    ],
)
def test_given_names_beside_the_surname_and_run_together(
    text: str, name: PersonName, expected: GivenNameAgreement
) -> None:
    assert surname_agreement(text, name) is AGREES
    assert given_name_agreement(text, name) is expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Heer de^P.", PersonName(surname="Heer", prefix="de")),
        ("Heer e/v Rietveld, de^N.", PersonName(surname="Heer", prefix="de", partner_surname="Rietveld")),
        ("ten Have Le^L.", PersonName(surname="Have", prefix="ten", partner_surname="Le")),
        ("van Praagh geb. Le^Z.", PersonName(surname="Le", partner_prefix="van", partner_surname="Praagh")),
        ("Stael de Jonge^C.", PersonName(surname="Stael de Jonge", prefix="van der")),
        ("Vries-Jansen, de^C.", PersonName(surname="Jansen-de Vries")),
        ("Jansen - de Vries^C.", PersonName(surname="Vries/Jansen", prefix="de")),
        ("van der Stael de Jonge^C.", PersonName(surname="Stael de Jonge", prefix="van der")),
        ("Stael Jonge^C.", PersonName(surname="Stael de Jonge", prefix="van der")),
        ("Stael de Jonge^C.", PersonName(surname="van der Stael de Jonge")),
        ("Dr. Jansen^P.", PersonName(surname="Jansen")),
        ("Jansen ev de Vries^A", ANNA),
        ("Jansen (de Vries)^A", ANNA),
        ("Jansen de Vries^Anna=JANSEN DE VRIES^ANNA=山田^太郎", ANNA),
    ],
)
def test_surnames_that_look_like_prefixes_and_titles(text: str, name: PersonName) -> None:
    assert surname_agreement(text, name) is AGREES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jansen (Bakker)^A", DIFFERS),  # a second surname, not a call name
        ("Jansen^A=Bakker^A", DIFFERS),  # each group in Latin letters counts
        ("Jansen^A\\Bakker^K", ABSENT),  # two names where PN has one
        ("Jansen ev Bakker^A", DIFFERS),
        ("Jansen-Almeida K.", DIFFERS),  # a hyphen joins surnames: Almeida is not the A. of the EPD
    ],
)
def test_a_second_surname_anywhere_is_not_overlooked(text: str, expected: Agreement) -> None:
    assert surname_agreement(text, ANNA) is expected


@given(st.lists(st.sampled_from(["van", "d", "jansen", "v.d.", "T.", "de-", "(x)"]), max_size=60))
@settings(deadline=2_000, max_examples=50)
def test_no_header_can_keep_the_comparison_busy(found: list[str]) -> None:
    """Readings grow with the square of the words, and so they are only made for names of a human length."""
    for text in (" ".join(found), "Jansen^" + " ".join(found)):
        assert len(readings(text)) < 1_000
        surname_agreement(text, ANNA)


def test_a_name_that_the_epd_lacks_is_absent_not_different() -> None:
    nobody = PersonName()
    assert surname_agreement("Jansen^Piet", nobody) is ABSENT
    assert surname_agreement("", nobody) is ABSENT
    assert given_name_agreement("", nobody) is NONE


def test_a_partner_without_own_surname_is_compared() -> None:
    assert surname_agreement("Vries^A", PersonName(partner_surname="Vries")) is AGREES


@pytest.mark.parametrize("text", ["TEST^Jan", "zz-test^1", "N.N.^", "Jansen^Onbekend", "Jansen^Zoon van", "nn"])
def test_placeholders(text: str) -> None:
    assert holds_placeholder(text, frozenset({"TEST", "ONBEKEND", "NN", "ZOON VAN"}))


@pytest.mark.parametrize("text", ["Testa^Jan", "van der Zoon^Jan", "Jansen^N.N.", "Anna^Nina", ""])
def test_names_that_only_look_like_placeholders(text: str) -> None:
    assert not holds_placeholder(text, frozenset({"TEST", "ONBEKEND", "NN", "ZOON VAN", ""}))


@pytest.mark.parametrize(
    ("one", "other", "surnames", "given_names"),
    [
        ("Jansen^Piet", "JANSEN^P.", True, True),
        ("Jansen^Piet", "de Vries-Jansen^Piet", True, True),
        ("Jansen^Piet", "Jansen^Paul", True, False),
        ("Jansen^Piet", "Bakker^Piet", False, True),
        ("Jansen^Piet", "", True, True),
    ],
)
def test_names_in_one_study(one: str, other: str, surnames: bool, given_names: bool) -> None:
    assert surnames_compatible(one, other) is surnames_compatible(other, one) is surnames
    assert given_names_compatible(one, other) is given_names_compatible(other, one) is given_names


def test_own_and_partner_surname_are_one_persons_when_the_epd_says_so() -> None:
    assert not surnames_compatible("Jansen^A", "Vries^A")
    assert surnames_compatible("Jansen^A", "Vries^A", (ANNA,))


_TEXT = st.text(alphabet="abijv.'^ ,=-ÿø(\u0301)d3", max_size=24)


@given(_TEXT, _TEXT, _TEXT)
def test_no_text_crashes_and_empty_never_agrees(pn: str, surname: str, given_names: str) -> None:
    name = PersonName(surname=surname, given_names=given_names)
    if surname_agreement(pn, name) is AGREES:
        assert any(letter.isalnum() for letter in pn)
        assert any(letter.isalnum() for letter in surname)
    if given_name_agreement(pn, name) in (FULL, COMPATIBLE):
        assert any(letter.isalnum() for letter in given_names)


@given(_TEXT)
def test_upper_case_proves_nothing_more(pn: str) -> None:
    """Two to four capitals may be a row of initials, so that a difference may be none; nothing comes to agree by it."""
    assert surname_agreement(pn, ANNA) is surname_agreement(pn.upper(), ANNA)
    typed, shouted = given_name_agreement(pn, ANNA), given_name_agreement(pn.upper(), ANNA)
    assert shouted is typed or (typed, shouted) == (OTHER, NONE)


@pytest.mark.parametrize(
    "text",
    [
        "ISLE^S.^^DE L'",
        "Isle^Sophie^de l'",
        "de l'Isle^S",
        "ISLE, DE L'^S",
        "ISLE DE L'^S",
        "LISLE^S^^DE",
        "DELISLE^S",
        "ISLE^S",
    ],
)
def test_the_l_of_de_l_is_a_part_of_the_prefix_and_no_initial(text: str) -> None:
    for name in (
        PersonName(surname="Isle", prefix="de l'", given_names="Sophie", initials="S."),
        PersonName(surname="de l'Isle", given_names="Sophie", initials="S."),
    ):
        found = compare_names(text, (name,))
        assert found.surname is Agreement.AGREES
        assert found.given in (GivenNameAgreement.COMPATIBLE, GivenNameAgreement.FULL)
    other = PersonName(surname="Isle", prefix="de l'", given_names="Laura")
    assert compare_names(text, (other,)).given is GivenNameAgreement.DIFFERS


@pytest.mark.parametrize(
    "text", ["Bont^L.J.P.^die", "BONT, DIE^LJP", "BONT - DE BOER DIE^L", "die Bont^L", "Bont^L^^die", "BONT DIE^L"]
)
def test_die_stands_before_a_surname(text: str) -> None:
    name = PersonName(surname="Boer", prefix="de", partner_surname="Bont", partner_prefix="die", initials="L.J.P.")
    found = compare_names(text, (name,))
    assert (found.surname, found.given) == (Agreement.AGREES, GivenNameAgreement.COMPATIBLE)


def test_von_und_zu_stands_before_a_surname() -> None:
    name = PersonName(surname="Starkenberg", prefix="von und zu", given_names="Margaretha")
    found = compare_names("STARKENBERG, VON UND ZU^MARGARETHA", (name,))
    assert (found.surname, found.given) == (Agreement.AGREES, GivenNameAgreement.FULL)
