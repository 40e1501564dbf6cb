"""Corrections made and read back, for the tests of what they do."""

from __future__ import annotations

import io

import pydicom
from pydicom.dataset import Dataset

from remediate.header.correction import Correction, Parts, Provenance, apply, plan_correction
from remediate.header.part10 import build_meta
from remediate.header.profiles import (
    OTHER_PATIENT_IDS_SEQUENCE,
    Profile,
)
from remediate.header.refusal import Refusal
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID
from remediate.identity.evidence import Evidence
from tests.header.header_samples import (
    BSN,
    EXPLICIT,
    PROVENANCE,
    Leaf,
    Node,
    Seq,
    encoded,
    text,
)


def plan(
    nodes: tuple[Node, ...],
    profile: Profile = OTHER_PATIENT_IDS_SEQUENCE,
    syntax: str = EXPLICIT,
    provenance: Provenance = PROVENANCE,
    evidence: Evidence | None = None,
) -> Correction | Refusal:
    return plan_correction(
        encoded(nodes, syntax), syntax, bsn=BSN, profile=profile, provenance=provenance, evidence=evidence
    )


def corrected(
    nodes: tuple[Node, ...],
    profile: Profile = OTHER_PATIENT_IDS_SEQUENCE,
    syntax: str = EXPLICIT,
    provenance: Provenance = PROVENANCE,
) -> Dataset:
    correction = plan(nodes, profile, syntax, provenance)
    assert isinstance(correction, Correction), correction
    parts = apply(correction, encoded(nodes, syntax))
    assert isinstance(parts, Parts)
    return pydicom.dcmread(io.BytesIO(build_meta("1.2", "1.2.3", syntax) + parts.join()))


def ids(*items: tuple[Node, ...], vr: str = "SQ", undefined: bool = False) -> Seq:
    return Seq(0x00101002, items, vr, undefined, undefined)


def others(*values: str) -> Leaf:
    return text(0x00101000, "LO", "\\".join(values))


def is_complete(held: Dataset) -> bool:
    (inner,) = held.IssuerOfPatientIDQualifiersSequence
    return (
        (held.PatientID, held.IssuerOfPatientID) == (BSN.digits, BSN_AUTHORITY)
        and (inner.UniversalEntityID, inner.UniversalEntityIDType) == (BSN_OID, "ISO")
        and inner.IdentifierTypeCode == "NNNLD"
    )


def numbers(ds: Dataset) -> list[str]:
    return [held.PatientID for held in ds.get("OtherPatientIDsSequence", [])]
