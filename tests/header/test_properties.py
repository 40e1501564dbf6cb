"""What holds for any data set: a correction is proven, idempotent and reversible, and damage never slips through."""

from __future__ import annotations

import io
from collections import Counter

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from remediate.header.compare import SAME_BYTES, compare
from remediate.header.correction import Correction, Parts, apply, plan_correction, reversal, undo
from remediate.header.deflate import inflated
from remediate.header.evidence_reader import EvidenceSettings, read_evidence, study_fields
from remediate.header.part10 import build_meta, split_part10
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID, Profile, is_in_place
from remediate.header.proof import UntouchedProof, proof
from remediate.header.refusal import Refusal
from remediate.header.syntax import EXPLICIT_LE
from remediate.identity.evidence import Evidence
from tests.header.difference import diff
from tests.header.header_samples import BSN, DEFLATED, PROVENANCE, SYNTAXES, Sample, samples

PROFILES = st.sampled_from([OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID])
QUICK = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def content(data: bytes, syntax: str) -> bytes:
    return bytes(inflated(memoryview(data), EXPLICIT_LE)) if syntax == DEFLATED else data


def plan(data: bytes, syntax: str, profile: Profile) -> Correction | Refusal:
    return plan_correction(data, syntax, bsn=BSN, profile=profile, provenance=PROVENANCE)


def check_proven(data: bytes, syntax: str, profile: Profile, correction: Correction) -> bytes:
    """All that must hold of any correction that is handed out; the corrected bytes."""
    parts = apply(correction, data)
    assert isinstance(parts, Parts), parts
    after = parts.join()
    assert parts.nbytes == len(after)
    assert isinstance(proof(correction, data, parts), UntouchedProof)
    assert proof(correction, data, after) == proof(correction, data, parts)
    assert apply(correction, after) == Parts(parts=(after,), inflated=parts.inflated and (content(after, syntax),))
    back = undo(correction, after)
    assert isinstance(back, Parts)
    assert b"".join(back.dataset) == content(data, syntax), "undo does not lead back"
    evidence = read_evidence(after, syntax, EvidenceSettings())
    assert isinstance(evidence, Evidence)
    assert is_in_place(evidence, profile)
    again = plan(after, syntax, profile)
    assert isinstance(again, Correction)
    assert again.is_empty
    assert diff(data, after, syntax) == correction
    assert reversal(correction, after) == correction.inverse()
    assert Correction.from_bytes(correction.to_bytes()) == correction
    assert compare(parts, after, syntax, syntax) is SAME_BYTES
    return after


def read(data: bytes, syntax: str) -> Dataset:
    return pydicom.dcmread(io.BytesIO(build_meta("1.2", "1.2.3", syntax) + data))


def numbers(ds: Dataset) -> Counter[str]:
    """Every identifier at top level that is not the BSN, wherever it stands; read by pydicom."""
    found = [str(ds.get("PatientID", ""))]
    others = ds.get("OtherPatientIDs") or []
    found += [others] if isinstance(others, str) else [str(value) for value in others]
    found += [str(item.get("PatientID", "")) for item in ds.get("OtherPatientIDsSequence", [])]
    return Counter(number for number in found if number and BSN.digits not in number)


@QUICK
@given(sample=samples(), profile=PROFILES)
def test_a_correction_is_proven_idempotent_and_reversible(sample: Sample, profile: Profile) -> None:
    correction = plan(sample.data, sample.syntax, profile)
    if isinstance(correction, Refusal):
        return
    after = check_proven(sample.data, sample.syntax, profile, correction)
    before_ds, after_ds = read(sample.data, sample.syntax), read(after, sample.syntax)
    holding = [item for item in after_ds.get("OtherPatientIDsSequence", []) if item.get("PatientID") == BSN.digits]
    assert len(holding) == (1 if profile is OTHER_PATIENT_IDS_SEQUENCE else 0)
    if profile is PATIENT_ID:
        assert after_ds.PatientID == BSN.digits
    assert set(numbers(before_ds)) == set(numbers(after_ds)), "a number was lost or invented"
    assert not set(numbers(after_ds) - numbers(before_ds)), "a number stands there more often than before"


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("profile", [OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID], ids=lambda profile: profile.name)
def test_generated_objects_are_mostly_corrected(syntax: str, profile: Profile) -> None:
    """Guards the property above against passing because everything is refused."""
    outcomes: Counter[str] = Counter()

    @settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(sample=samples((syntax,)))
    def count(sample: Sample) -> None:
        result = plan(sample.data, sample.syntax, profile)
        outcomes["refused" if isinstance(result, Refusal) else "planned"] += 1

    count()
    assert outcomes["planned"] > 2 * outcomes["refused"], outcomes


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[Sample] | None = None) -> tuple[bytes, str]:
    """A data set with bytes changed, removed or inserted, perhaps said to be in another syntax."""
    sample = draw(samples() if whole is None else whole)
    data = bytearray(sample.data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw(st.sampled_from(["set", "cut", "insert", "length"]))
        if kind == "set":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "cut":
            del data[at : at + draw(st.integers(1, 40))]
        elif kind == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=12))
        else:
            data[at : at + 4] = draw(st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xfe\xff\x00\xe0"]))
    return bytes(data), draw(st.sampled_from([sample.syntax, *SYNTAXES, "1.2.3"]))


def check_damaged(data: bytes, syntax: str, profile: Profile) -> None:
    """Damage is refused or corrected with all proofs; nothing raises."""
    assert isinstance(read_evidence(data, syntax, EvidenceSettings()), Evidence | Refusal)
    study_fields(data, syntax)
    split_part10(data)
    compare(data, data + b"\0", syntax, syntax)
    correction = plan(data, syntax, profile)
    if isinstance(correction, Correction):
        check_proven(data, syntax, profile, correction)


@QUICK
@given(damage=damaged(), profile=PROFILES)
def test_damage_is_refused_or_the_correction_is_still_proven(damage: tuple[bytes, str], profile: Profile) -> None:
    check_damaged(*damage, profile)
