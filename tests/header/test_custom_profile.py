"""Custom target profiles, and a correction as a value."""

from __future__ import annotations

import pytest

from remediate.errors import ConfigError
from remediate.header.correction import Correction, Parts, apply
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.profiles import (
    OTHER_PATIENT_IDS_SEQUENCE,
    PATIENT_ID,
    custom_profile,
    is_in_place,
    profile_named,
)
from remediate.identity.evidence import Evidence
from tests.header.header_corrected import corrected, others, plan
from tests.header.header_samples import (
    BSN,
    EXPLICIT,
    encoded,
    patient,
    text,
)

# --- custom profiles ----------------------------------------------------------------------------------------------


def test_a_custom_profile_sets_its_elements() -> None:
    profile = custom_profile(
        "ours",
        {"PatientComments": "BSN {bsn}", "(0010,1000)": "{bsn}", "(0011,xx01,ACME)": "{bsn}", "AdmissionID": "-"},
    )
    nodes = patient(others("H1"), text(0x00110010, "LO", "TAKEN"), text(0x00111001, "LO", "x"))
    ds = corrected(nodes, profile)
    assert ds.PatientComments == f"BSN {BSN.digits}"
    assert list(ds.OtherPatientIDs) == ["H1", BSN.digits]
    assert ds.AdmissionID == "-"
    assert ds.private_block(0x0011, "ACME")[1].value == BSN.digits
    (old,) = ds.OriginalAttributesSequence[0].ModifiedAttributesSequence
    assert old.OtherPatientIDs == "H1"
    assert old[0x0011, 0x0011].value == "ACME"
    assert "PatientComments" in old


def test_a_custom_profile_knows_when_it_is_in_place() -> None:
    profile = custom_profile("ours", {"PatientComments": "{bsn}", "(0011,xx01,ACME)": "{bsn}"})
    nodes = patient()
    correction = plan(nodes, profile)
    assert isinstance(correction, Correction)
    parts = apply(correction, encoded(nodes, EXPLICIT))
    assert isinstance(parts, Parts)
    settings = EvidenceSettings(private_elements=profile.evidence_elements)
    before, after = (
        read_evidence(encoded(nodes, EXPLICIT), EXPLICIT, settings),
        read_evidence(parts.join(), EXPLICIT, settings),
    )
    assert isinstance(before, Evidence)
    assert isinstance(after, Evidence)
    assert not is_in_place(before, profile)
    assert is_in_place(after, profile)


def test_a_custom_profile_completes_what_is_half_in_place() -> None:
    profile = custom_profile("ours", {"PatientComments": "{bsn}", "AdmissionID": "{bsn}"})
    ds = corrected(patient(text(0x00380010, "LO", BSN.digits)), profile)
    assert (ds.PatientComments, ds.AdmissionID) == (BSN.digits, BSN.digits)
    (old,) = ds.OriginalAttributesSequence[0].ModifiedAttributesSequence
    assert "AdmissionID" not in old


def test_two_private_creators_get_two_blocks() -> None:
    profile = custom_profile("ours", {"(0011,xx01,ACME)": "{bsn}", "(0011,xx01,BETA)": "x", "(0011,xx02,ACME)": "y"})
    ds = corrected(patient(), profile)
    assert (ds[0x0011, 0x0010].value, ds[0x0011, 0x0011].value) == ("ACME", "BETA")
    assert (ds[0x0011, 0x1001].value, ds[0x0011, 0x1101].value, ds[0x0011, 0x1002].value) == (BSN.digits, "x", "y")


def test_every_fault_of_a_custom_profile_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        custom_profile(
            "ours",
            {
                "NoSuchKeyword": "{bsn}",
                "PatientID": "{bsn}",
                "PatientSex": "a value that is too long for its VR",
                "PixelData": "{bsn}",
                "StudyInstanceUID": "{bsn}",
                "OtherPatientIDsSequence": "{bsn}",
                "(0011,1001)": "{bsn}",
                "PatientComments": "é",
            },
        )
    assert len(caught.value.problems) == 8
    with pytest.raises(ConfigError):
        custom_profile("ours", {"PatientComments": "no number"})
    with pytest.raises(ConfigError):
        custom_profile("patient-id", {"PatientComments": "{bsn}"})


def test_profiles_by_name() -> None:
    assert profile_named("patient-id") is PATIENT_ID
    assert profile_named("other-patient-ids-sequence") is OTHER_PATIENT_IDS_SEQUENCE
    with pytest.raises(ConfigError, match="Unknown target profile"):
        profile_named("patient-ids")


# --- the value ----------------------------------------------------------------------------------------------------


def test_a_correction_does_not_print_values() -> None:
    correction = plan(patient(others(BSN.digits)))
    assert BSN.digits not in repr(correction)
    assert isinstance(correction, Correction)
    parts = apply(correction, encoded(patient(others(BSN.digits)), EXPLICIT))
    assert BSN.digits not in repr(parts)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"version":2}', b"\xff", b'{"changes":[{}],"version":1}']
)
def test_bytes_that_are_no_correction_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a correction of version 1"):
        Correction.from_bytes(data)


def test_a_tampered_correction_is_refused() -> None:
    correction = plan(patient(others(BSN.digits)))
    assert isinstance(correction, Correction)
    data = correction.to_bytes()
    for changed in (
        data + b" ",
        data.replace(b'"version":1', b'"version":2'),
        data.replace(b'"before":"', b'"before":"?'),
    ):
        with pytest.raises(ValueError, match="not a correction"):
            Correction.from_bytes(changed)
