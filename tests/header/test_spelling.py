"""A BSN in any wrapping, in any element that holds an identifier, is a claim; and no text in a header makes a write."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.identity.bsn import Bsn
from remediate.identity.decide import claims_to_look_up, decide, local_id_of_study
from remediate.identity.evidence import Evidence
from remediate.identity.patients import LocalId, Patient
from remediate.identity.verdicts import Agree, Candidates
from tests.header.header_corrected import corrected
from tests.header.header_samples import BSN, IMPLICIT, OTHER_BSN, Node, Seq, encoded, item, patient, text
from tests.identity.bsn_wrappings import wrappings
from tests.identity.identity_samples import PATIENT, POLICY, study

UTF_8 = text(0x00080005, "CS", "ISO_IR 192")
TEXTS = (0x00101050, 0x00101090, 0x00380010, 0x00380060, 0x00100021, 0x00101000, 0x00100020)
issuers = st.sampled_from(["", "HOSPITAL", "NLRDW", "nlminbiza", "urn:oid:1.2.3"])


def leaf(tag: int, written: str) -> Node:
    return text(tag, "LO", written, "utf-8")


def nodes_with(written: str, issuer: str) -> list[Node]:
    """The text in each element that holds an identifier, by itself, in items and nested."""
    number = (leaf(0x00100020, written), *((leaf(0x00100021, issuer),) if issuer else ()))
    half = (leaf(0x00100020, written),)
    found: list[Node] = [leaf(tag, written) for tag in TEXTS]
    found.append(Seq(0x00101002, (item("X-17"), number)))
    found.append(Seq(0x00101002, (half, item("", issuer or "HOSPITAL", ""))))
    found.append(Seq(0x00400275, ((Seq(0x00101002, (number,)),),)))
    return found


def read(*nodes: Node, **identity: str) -> Evidence:
    found = read_evidence(encoded(patient(UTF_8, *nodes, **identity), IMPLICIT), IMPLICIT, EvidenceSettings())
    assert isinstance(found, Evidence), found
    return found


@given(wrappings(), issuers)
def test_a_bsn_in_any_wrapping_is_a_claim_in_every_element_that_holds_an_identifier(
    wrapped: tuple[Bsn, str], issuer: str
) -> None:
    bsn, written = wrapped
    for node in nodes_with(written, issuer):
        assert bsn in {claim.value for claim in read(node).claims}, node


ANNA = Patient(
    epd_patient_id="H0012345",
    authority="HOSPITAL",
    identifiers=frozenset({LocalId(value="H0012345", authority="HOSPITAL")}),
    name=PATIENT.name,
    birth_date=PATIENT.birth_date,
    sex=PATIENT.sex,
    bsn=BSN,
    bsn_verified=True,
    bsn_holders=1,
)
PETRA = Patient(epd_patient_id="H7", authority="HOSPITAL", bsn=OTHER_BSN, bsn_verified=True, bsn_holders=1)


def is_written(evidence: Evidence) -> bool:
    seen = study(evidence)
    claimed = set(claims_to_look_up(seen, POLICY))
    number = local_id_of_study(seen, POLICY)
    found = Candidates(
        by_patient_id=(ANNA,) if number in ANNA.identifiers else (),
        by_claim=tuple(one for one in (ANNA, PETRA) if one.bsn in claimed),
        rivals=(),
    )
    return isinstance(decide(seen, found, POLICY), Agree)


like_identifiers = wrappings() | st.sampled_from([BSN, OTHER_BSN]).map(lambda bsn: (bsn, bsn.digits))
plain = st.sampled_from(["", '""', "000000000", "BSN 000000000", "H0012345", "10000008", "BSN", "NLMINBIZA^NNNLD"])


@given(like_identifiers, issuers, st.sampled_from(["H0012345", "H0099"]), st.sampled_from(["F", "M", ""]), st.data())
def test_no_text_that_looks_like_an_identifier_turns_a_refusal_into_a_write(
    wrapped: tuple[Bsn, str], issuer: str, number: str, sex: str, data: st.DataObject
) -> None:
    """But for the one proof that there is: her own number, where no hospital number leads to anybody."""
    name = text(0x00100010, "PN", "Jansen^Petra^^van der")
    header = (name, text(0x00100030, "DA", "19500314"), text(0x00100040, "CS", sex))
    before = read(*header, patient_id=number)
    assert is_written(before) == (number == "H0012345" and sex == "F")
    written = data.draw(plain | st.just(wrapped[1]))
    for node in nodes_with(written, issuer):
        after = read(*header, node, **({"patient_id": number} if node.tag != 0x00100020 else {}))
        if is_written(after) and not is_written(before):
            assert number == "H0099"
            assert wrapped[0] == BSN or written == "H0012345"
            assert sex == "F"
        if wrapped[0] != BSN and written == wrapped[1]:
            assert not is_written(after)


def numbers_and_issuers(*items: tuple[Node, ...]) -> list[tuple[str, str]]:
    found = corrected(patient(Seq(0x00101002, items))).OtherPatientIDsSequence
    return [(one.get("PatientID", ""), one.get("IssuerOfPatientID", "")) for one in found]


def test_what_shares_an_item_or_follows_it_stays() -> None:
    ours = (BSN.digits, "NLMINBIZA")
    licence = item(BSN.digits), item("", "NLRDW", "")
    assert numbers_and_issuers(*licence) == [ours, ("", "NLRDW")]
    empty = item("H77"), item("", "NLMINBIZA", "")
    assert numbers_and_issuers(*empty) == [("H77", ""), ours]
    assert numbers_and_issuers(item(f"H77 / {BSN.digits}", "HOSPITAL")) == [("H77", "HOSPITAL"), ours]
    assert numbers_and_issuers(item("000000000", "NLMINBIZA"), item("H77", "HOSPITAL")) == [ours, ("H77", "HOSPITAL")]
    assert numbers_and_issuers(item('""', "nlminbiza"), item("H77", "HOSPITAL")) == [ours, ("H77", "HOSPITAL")]
