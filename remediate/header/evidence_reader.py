"""Reads from one object what it claims about identity, and its study's own identifiers; decides nothing.

The top-level walk goes to the end of the data set, because digital signatures stand after the pixel data. Pixel data
of defined length is one step; encapsulated pixel data is one step a fragment, and that is the only cost that grows
with an object's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remediate.header.buffers import Buffer
from remediate.header.claims import claims_of, issuer_claims, other_ids_claims, top_identifier
from remediate.header.conflicts import names_another, person_of
from remediate.header.flags import flags_of
from remediate.header.layout import Layout, header_layout_of
from remediate.header.nested import NestedItem, identity_items, items_of_other_ids, sequences_in
from remediate.header.refusal import refusals
from remediate.header.tags import (
    ISSUER_OF_PATIENT_ID,
    OTHER_PATIENT_IDS,
    PATIENT_BIRTH_DATE,
    PATIENT_ID,
    PATIENT_NAME,
    PATIENT_SEX,
    SERIES_INSTANCE_UID,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    STUDY_DATE,
    STUDY_INSTANCE_UID,
    tag_text,
)
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    """Where else a hospital's systems put BSNs."""

    private_elements: tuple[str, ...] = ()  # keyword, "(gggg,eeee)" or "(gggg,xxee,CREATOR)"; see names.py


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFields:
    """The unique identifiers of an object; "" where absent."""

    study_instance_uid: str = ""  # (0020,000D)
    series_instance_uid: str = ""  # (0020,000E)
    sop_instance_uid: str = ""  # (0008,0018)
    sop_class_uid: str = ""  # (0008,0016)
    study_date: str = ""  # (0008,0020), DA as it stands


@refusals
def read_evidence(dataset: Buffer, transfer_syntax_uid: str, settings: EvidenceSettings) -> Evidence:
    """Every claim of identity in an object with where it stands, or why the object cannot be read exactly.

    Original Attributes Sequence (0400,0561) holds what was true before and is not evidence: after a correction another
    person's BSN there is what was put right, not what the object claims.
    """
    return evidence_in(header_layout_of(dataset, transfer_syntax_uid, last_tag=None), settings)


@refusals
def study_fields(dataset: Buffer, transfer_syntax_uid: str) -> StudyFields:
    """The identifiers of an object; reads no further than (0020,000E)."""
    layout = header_layout_of(dataset, transfer_syntax_uid, last_tag=SERIES_INSTANCE_UID)
    return StudyFields(
        study_instance_uid=layout.text(STUDY_INSTANCE_UID),
        series_instance_uid=layout.text(SERIES_INSTANCE_UID),
        sop_instance_uid=layout.text(SOP_INSTANCE_UID),
        sop_class_uid=layout.text(SOP_CLASS_UID),
        study_date=layout.text(STUDY_DATE),
    )


def evidence_in(layout: Layout, settings: EvidenceSettings) -> Evidence:
    """The same from a layout that reaches to the end of the data set. Raises Refused."""
    identifier = top_identifier(layout)
    sequences = sequences_in(layout)
    inner = list(identity_items(layout, sequences))
    claims = list(claims_of(layout, identifier, settings.private_elements))
    claims += [claim for item in items_of_other_ids(layout) for claim in _claims_packed_in(item)]
    flags = flags_of(layout, sequences)
    if inner:
        claims += [claim for item in inner for claim in _nested_claims(item)]
        person = person_of(layout)
        if any(names_another(person, item, item.identifier()) for item in inner):
            flags |= {Flag.IDENTITY_CONFLICT_INSIDE}
    return Evidence(
        patient_id=identifier.patient_id,
        issuer=identifier.issuer,
        patient_name=layout.text(PATIENT_NAME, is_name=True),
        birth_date=layout.text(PATIENT_BIRTH_DATE),
        sex=layout.text(PATIENT_SEX),
        claims=tuple(sorted(claims, key=_top_level_tag)),
        flags=flags,
    )


def _top_level_tag(claim: BsnClaim) -> str:
    return claim.path[: len("(gggg,eeee)")]


def _nested_claims(item: NestedItem) -> Iterator[BsnClaim]:
    identifier = item.identifier()
    for strength, value in (*identifier.claims(), *identifier.parts()):
        path = f"{item.path}.{tag_text(PATIENT_ID)}"
        yield BsnClaim(place=Place.NESTED, path=path, strength=strength, value=value)
    yield from issuer_claims(identifier, f"{item.path}.{tag_text(ISSUER_OF_PATIENT_ID)}")
    yield from _claims_of_other_ids(item)


def _claims_packed_in(item: NestedItem) -> Iterator[BsnClaim]:
    """Claims deep inside Other Patient IDs Sequence. The numbers of its own items are read with the top level."""
    yield from _claims_of_other_ids(item) if item.depth == 1 else _nested_claims(item)


def _claims_of_other_ids(item: NestedItem) -> Iterator[BsnClaim]:
    others = item.value(OTHER_PATIENT_IDS)
    yield from other_ids_claims(others, item.character_set, Place.NESTED, f"{item.path}.{tag_text(OTHER_PATIENT_IDS)}")
