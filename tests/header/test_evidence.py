"""What an object claims about identity, in every usual and wrong place, and what is no claim."""

from __future__ import annotations

import pytest

from remediate.header.evidence_reader import EvidenceSettings, StudyFields, read_evidence, study_fields
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, Bsn, BsnProblem
from remediate.identity.evidence import Evidence, Flag, Place, Strength
from tests.header.header_samples import (
    BIG_ENDIAN,
    BSN,
    EXPLICIT,
    OTHER_BSN,
    SYNTAXES,
    Leaf,
    Node,
    Seq,
    complete_item,
    encoded,
    item,
    patient,
    qualifiers,
    text,
)

EXPLICITLY, MAYBE = Strength.EXPLICIT, Strength.CANDIDATE
NO_BSN = "123456788"
Claim = tuple[Place, str, Strength, Bsn | BsnProblem]


def evidence(*nodes: Node, syntax: str = EXPLICIT, private: tuple[str, ...] = (), **identity: str) -> Evidence:
    data = encoded(patient(*nodes, **identity), syntax)
    found = read_evidence(data, syntax, EvidenceSettings(private_elements=private))
    assert isinstance(found, Evidence), found
    return found


def claims(*nodes: Node, private: tuple[str, ...] = (), **identity: str) -> list[Claim]:
    found = evidence(*nodes, private=private, **identity).claims
    return [(claim.place, claim.path, claim.strength, claim.value) for claim in found]


def ids(*items: tuple[Node, ...], vr: str = "SQ") -> Seq:
    return Seq(0x00101002, items, vr)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_identity_is_read_in_every_syntax(syntax: str) -> None:
    found = evidence(ids(complete_item()), syntax=syntax)
    assert (found.patient_id, found.issuer, found.patient_name) == ("H0012345", "HOSPITAL", "Vries^Anna^^de")
    assert (found.birth_date, found.sex, found.flags) == ("19700102", "F", frozenset())
    assert [(claim.place, claim.value) for claim in found.claims] == [(Place.ITEM_COMPLETE, BSN)]


PATIENT_ID_CASES: list[tuple[str, str, tuple[Node, ...], tuple[Place, Strength, Bsn | BsnProblem] | None]] = [
    (BSN.digits, BSN_AUTHORITY, (qualifiers(),), (Place.PATIENT_ID_COMPLETE, EXPLICITLY, BSN)),
    (BSN.digits, BSN_AUTHORITY, (), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, BSN)),
    (BSN.digits, BSN_OID, (), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, BSN)),
    (BSN.digits, "urn:oid:" + BSN_OID, (), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, BSN)),
    (BSN.digits, "", (qualifiers(oid="", kind=""),), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, BSN)),
    (BSN.digits, "", (qualifiers(code=""),), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, BSN)),
    (BSN.digits, "", (), (Place.PATIENT_ID_BARE, MAYBE, BSN)),
    ("BSN " + BSN.digits, "", (), (Place.PATIENT_ID_BARE, EXPLICITLY, BSN)),
    ("bsn:9999.11.120", "", (), (Place.PATIENT_ID_BARE, EXPLICITLY, BSN)),
    (NO_BSN, "", (), None),
    (NO_BSN, BSN_AUTHORITY, (), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, BsnProblem.ELEVEN_TEST)),
    ("BSN12", "", (), (Place.PATIENT_ID_BARE, EXPLICITLY, BsnProblem.WRONG_LENGTH)),
    ("BSNUMMER", "", (), None),
    (NO_BSN, "HOSPITAL", (), None),
    (BSN.digits, "HOSPITAL", (), (Place.PATIENT_ID_BARE, MAYBE, BSN)),
    ("BSN" + BSN.digits, "HOSPITAL", (), (Place.PATIENT_ID_BARE, EXPLICITLY, BSN)),
    (BSN.digits, "", (qualifiers("", "", "PI"),), (Place.PATIENT_ID_BARE, MAYBE, BSN)),
    (BSN.digits, BSN_AUTHORITY, (qualifiers("", "", "PI"),), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, BSN)),
    ("AA1234567", BSN_AUTHORITY, (qualifiers("", "", "PPN"),), None),
    ("10000008", "", (), None),
    ("10000008", BSN_AUTHORITY, (), (Place.PATIENT_ID_PARTIAL, EXPLICITLY, Bsn("010000008"))),
    ("000000000", "", (), None),
    ("", BSN_AUTHORITY, (), None),
]


@pytest.mark.parametrize(("number", "issuer", "more", "expected"), PATIENT_ID_CASES)
def test_patient_id(
    number: str, issuer: str, more: tuple[Node, ...], expected: tuple[Place, Strength, Bsn | BsnProblem] | None
) -> None:
    found = [(place, strength, value) for place, _, strength, value in claims(*more, patient_id=number, issuer=issuer)]
    assert found == ([] if expected is None else [expected])


def _two_qualifiers() -> Seq:
    local = (text(0x00400031, "UT", "HOSPITAL"),)
    return Seq(0x00100024, (local, *qualifiers().items))


ITEM_CASES: list[tuple[tuple[tuple[Node, ...], ...], list[tuple[Place, int, Strength, Bsn | BsnProblem]]]] = [
    ((complete_item(),), [(Place.ITEM_COMPLETE, 0, EXPLICITLY, BSN)]),
    ((item("H1", "HOSPITAL"), complete_item()), [(Place.ITEM_COMPLETE, 1, EXPLICITLY, BSN)]),
    ((item(BSN.digits, BSN_AUTHORITY),), [(Place.ITEM_PARTIAL, 0, EXPLICITLY, BSN)]),
    ((item(BSN.digits, BSN_AUTHORITY, "", qualifiers()),), [(Place.ITEM_PARTIAL, 0, EXPLICITLY, BSN)]),
    ((item(BSN.digits, BSN_OID),), [(Place.ITEM_PARTIAL, 0, EXPLICITLY, BSN)]),
    ((item(BSN.digits),), [(Place.ITEM_BARE, 0, MAYBE, BSN)]),
    ((item("BSN" + BSN.digits),), [(Place.ITEM_BARE, 0, EXPLICITLY, BSN)]),
    ((item(BSN.digits), item("", BSN_AUTHORITY, "")), [(Place.ITEM_PARTIAL, 0, EXPLICITLY, BSN)]),
    ((item(BSN.digits), item("", "HOSPITAL", "")), [(Place.ITEM_BARE, 0, MAYBE, BSN)]),
    ((item("H0012345"), item("", BSN_AUTHORITY, "")), []),
    ((item(BSN.digits, "", "BSN"),), [(Place.ITEM_PARTIAL, 0, EXPLICITLY, BSN)]),
    ((item(BSN.digits, "HOSPITAL", "TEXT", _two_qualifiers()),), [(Place.ITEM_PARTIAL, 0, EXPLICITLY, BSN)]),
    ((item("", BSN_AUTHORITY, ""), item(BSN.digits)), [(Place.ITEM_BARE, 1, MAYBE, BSN)]),
    ((item("", BSN_AUTHORITY),), []),
    ((item("AA1234567", BSN_AUTHORITY, "TEXT", qualifiers("", "", "PPN")),), []),
    ((item(NO_BSN, BSN_AUTHORITY),), [(Place.ITEM_PARTIAL, 0, EXPLICITLY, BsnProblem.ELEVEN_TEST)]),
    (
        (complete_item(), complete_item(OTHER_BSN)),
        [(Place.ITEM_COMPLETE, 0, EXPLICITLY, BSN), (Place.ITEM_COMPLETE, 1, EXPLICITLY, OTHER_BSN)],
    ),
]


@pytest.mark.parametrize(("items", "expected"), ITEM_CASES)
@pytest.mark.parametrize("vr", ["SQ", "UN"])
def test_other_patient_ids_sequence(
    items: tuple[tuple[Node, ...], ...], expected: list[tuple[Place, int, Strength, Bsn | BsnProblem]], vr: str
) -> None:
    paths = [(place, f"(0010,1002)[{index}].(0010,0020)", *rest) for place, index, *rest in expected]
    assert claims(ids(*items, vr=vr)) == paths


def test_other_patient_ids() -> None:
    values = text(0x00101000, "LO", f"H1\\{BSN.digits}\\BSN{OTHER_BSN.digits}\\10000008\\{NO_BSN}")
    assert claims(values) == [
        (Place.OTHER_PATIENT_IDS, "(0010,1000)[1]", MAYBE, BSN),
        (Place.OTHER_PATIENT_IDS, "(0010,1000)[2]", EXPLICITLY, OTHER_BSN),
    ]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("zie BSN: 999911120.", [(EXPLICITLY, BSN)]),
        ("bsn 9999.11.120 en 999990019", [(EXPLICITLY, BSN), (MAYBE, OTHER_BSN)]),
        ("nummer 999911120", [(MAYBE, BSN)]),
        ("BSN 123456788", [(EXPLICITLY, BsnProblem.ELEVEN_TEST)]),
        ("BSN 123456789", [(EXPLICITLY, BsnProblem.PLACEHOLDER)]),
        ("BSN onbekend; tel 0999911120; 1.2.999911120.4", []),
        ("999911120 999911120", [(MAYBE, BSN)]),
    ],
)
def test_patient_comments(comment: str, expected: list[tuple[Strength, Bsn | BsnProblem]]) -> None:
    found = claims(text(0x00104000, "LT", comment))
    assert found == [(Place.COMMENTS, "(0010,4000)", *claim) for claim in expected]


def test_admission_id() -> None:
    number = text(0x00380010, "LO", BSN.digits)
    assert claims(number) == [(Place.ADMISSION_ID, "(0038,0010)", MAYBE, BSN)]
    issued = Seq(0x00380014, ((text(0x00400031, "UT", "HOSPITAL"),),))
    assert claims(number, issued) == [(Place.ADMISSION_ID, "(0038,0010)", MAYBE, BSN)]
    by_oid = Seq(0x00380014, ((text(0x00400032, "UT", BSN_OID), text(0x00400033, "CS", "ISO")),))
    assert claims(number, by_oid) == [(Place.ADMISSION_ID, "(0038,0010)", EXPLICITLY, BSN)]


def test_private_elements_that_the_configuration_names() -> None:
    block = (text(0x00110012, "LO", "ACME"), text(0x00111201, "LO", BSN.digits))
    assert claims(*block) == []
    expected = [(Place.PRIVATE, "(0011,1201)", MAYBE, BSN)]
    assert claims(*block, private=("(0011,xx01,ACME)",)) == expected
    assert claims(*block, private=("(0011,1201)",)) == expected
    assert claims(*block, private=("(0011,xx01,OTHER)",)) == []


def test_claims_packed_into_an_item_of_other_patient_ids() -> None:
    """A whole patient copied into an item: what stands deeper is seen too, and is no identity that contradicts."""
    deep = ids(item("X-18", "ELSEWHERE"), item(OTHER_BSN.digits, "NLMINBIZA"))
    packed = item("X-17", "ELSEWHERE", "TEXT", text(0x00101000, "LO", f"X-19\\{OTHER_BSN.digits}"), deep)
    found = evidence(ids(packed))
    places = {(claim.path, claim.place, claim.strength) for claim in found.claims if claim.value == OTHER_BSN}
    assert places == {
        ("(0010,1002)[0].(0010,1000)[1]", Place.NESTED, Strength.CANDIDATE),
        ("(0010,1002)[0].(0010,1002)[1].(0010,0020)", Place.NESTED, Strength.EXPLICIT),
    }
    assert not found.flags


def test_nested_claims_with_their_path_but_not_from_original_attributes() -> None:
    request = Seq(0x00400275, ((text(0x00400007, "LO", "x"), Seq(0x00101002, (complete_item(),))),))
    old = Seq(0x04000561, ((Seq(0x04000550, ((Seq(0x00101002, (complete_item(OTHER_BSN),)),),)),),))
    path = "(0040,0275)[0].(0010,1002)[0].(0010,0020)"
    assert claims(request, old) == [(Place.NESTED, path, EXPLICITLY, BSN)]


def about(*nodes: Node) -> Seq:
    return Seq(0x00081120, (nodes,))


@pytest.mark.parametrize(
    ("inner", "conflict"),
    [
        (about(text(0x00100020, "LO", "H0012345")), False),
        (about(text(0x00100020, "LO", "H9")), True),
        (about(text(0x00100020, "LO", "H9"), text(0x00100021, "LO", "HOSPITAL")), True),
        (about(text(0x00100020, "LO", "H9"), text(0x00100021, "LO", "ELSEWHERE")), False),
        (about(text(0x00100020, "LO", BSN.digits), text(0x00100021, "LO", BSN_AUTHORITY)), False),
        (about(text(0x00100030, "DA", "19700103")), True),
        (about(text(0x00100030, "DA", "")), False),
        (about(text(0x00100010, "PN", "JANSEN^A")), True),
        (about(text(0x00100010, "PN", "VRIES-JANSEN^A")), False),
        (
            about(
                text(0x00100010, "PN", "de Vries^A"),
                text(0x00100020, "LO", "H9"),
                text(0x00100030, "DA", "19700102"),
            ),
            False,
        ),
    ],
)
def test_another_person_inside(inner: Seq, conflict: bool) -> None:
    for syntax in (EXPLICIT, BIG_ENDIAN):
        assert (Flag.IDENTITY_CONFLICT_INSIDE in evidence(inner, syntax=syntax).flags) is conflict


SIGNATURE = Seq(0xFFFAFFFA, ((text(0x04000100, "UI", "1.2"),),))
MAC = Seq(0x4FFE0001, ((Leaf(0x04000005, "US", b"\1\0"),),))


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "signed", [SIGNATURE, MAC, Seq(0x00400275, ((SIGNATURE,),)), Seq(0x00400275, ((MAC,),), undefined=True)]
)
def test_digital_signatures_are_found_also_after_the_pixel_data_and_in_items(syntax: str, signed: Seq) -> None:
    assert evidence(signed, syntax=syntax).flags == {Flag.SIGNED}


def test_bytes_that_only_look_like_a_signature_are_none() -> None:
    icon = Leaf(0x7FE00010, "OW", b"\xfa\xff\xfa\xff\xfe\x4f\x01\x00")
    assert evidence(icon, Seq(0x00880200, ((icon,),))).flags == frozenset()


def test_documents_and_texts_with_numbers_are_flagged() -> None:
    assert evidence(Leaf(0x00420011, "OB", b"%PDF")).flags == {Flag.ENCAPSULATED_DOCUMENT}
    with_number = Seq(0x0040A730, ((text(0x0040A160, "UT", f"BSN {BSN.digits}"),),))
    assert evidence(Seq(0x0040A730, ((with_number,),))).flags == {Flag.TEXT_WITH_NUMBER}
    code = Seq(0x0040A730, ((text(0x00080100, "SH", BSN.digits), text(0x0040A160, "UT", NO_BSN)),))
    assert evidence(code).flags == frozenset()
    assert evidence(text(0x00091001, "LO", BSN.digits)).flags == {Flag.TEXT_WITH_NUMBER}
    assert evidence(text(0x00091001, "UI", f"1.2.{BSN.digits}")).flags == frozenset()


@pytest.mark.parametrize(
    ("terms", "codec", "name"),
    [
        ("ISO_IR 100", "latin-1", "Müller^Zoë"),
        ("ISO_IR 192", "utf-8", "Łukasz^Đorđe"),
        ("", "latin-1", "Müller^Zoë"),
        ("ISO_IR 144", "iso8859-5", "Люкceмбypг"),
        ("GB18030", "gb18030", "王^小东"),
    ],
)
def test_names_are_decoded_by_the_character_set(terms: str, codec: str, name: str) -> None:
    found = evidence(text(0x00080005, "CS", terms), text(0x00100010, "PN", name, codec))
    assert found.patient_name == name


def test_values_that_cannot_be_told_apart_are_refused() -> None:
    data = encoded(patient(text(0x00080005, "CS", "GBK"), Leaf(0x00101000, "LO", b"\x81\x5cAB")), EXPLICIT)
    found = read_evidence(data, EXPLICIT, EvidenceSettings())
    assert isinstance(found, Refusal)
    assert found.reason is HeaderReason.CHARACTER_SET


def test_a_doubled_identity_element_is_refused() -> None:
    data = encoded([*patient(), text(0x00100020, "LO", "H2")], EXPLICIT)
    found = read_evidence(data, EXPLICIT, EvidenceSettings())
    assert isinstance(found, Refusal)
    assert found == Refusal(HeaderReason.DUPLICATE_ELEMENT, found.detail)
    assert "H2" not in str(found)


def test_study_fields() -> None:
    assert study_fields(encoded(patient(), BIG_ENDIAN), BIG_ENDIAN) == StudyFields(
        study_instance_uid="1.2.826.0.1.3680043.8.498.5",
        series_instance_uid="1.2.826.0.1.3680043.8.498.6",
        sop_instance_uid="1.2.826.0.1.3680043.8.498.7",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        study_date="20090807",
    )


def test_evidence_does_not_print_numbers() -> None:
    shown = repr(evidence(ids(complete_item()), patient_id=BSN.digits, issuer=""))
    assert BSN.digits not in shown
