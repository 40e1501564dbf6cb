"""Reads in one pass what an archive's index answers: a small data set without sequences or anything unusual.

A survey asks for millions of these. All that is not plain is left to `scanner` and `evidence_reader`, which read it as
they read everything; what is plain is read here as they would, at a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Mapping

from remediate.header.buffers import Buffer
from remediate.header.claims import issuer_claims, other_ids_claims, patient_id_claims, text_claims
from remediate.header.identifiers import Identifier
from remediate.header.refusal import Refused
from remediate.header.syntax import IMPLICIT_LE
from remediate.header.tags import (
    ACCESSION_NUMBER,
    ISSUER_OF_PATIENT_ID,
    OTHER_PATIENT_IDS,
    OTHER_PATIENT_IDS_SEQUENCE,
    PATIENT_BIRTH_DATE,
    PATIENT_ID,
    PATIENT_NAME,
    PATIENT_SEX,
    SPECIFIC_CHARACTER_SET,
    STUDY_DATE,
    STUDY_INSTANCE_UID,
    tag_text,
)
from remediate.header.texts import decoded
from remediate.identity.evidence import Evidence, Place

_ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_LOWEST_TAG = 0x00080000  # below it nothing belongs in a data set

_PLAIN = frozenset(
    {
        SPECIFIC_CHARACTER_SET,
        STUDY_DATE,
        0x00080030,  # Study Time
        ACCESSION_NUMBER,
        0x00080052,  # Query/Retrieve Level
        0x00080054,  # Retrieve AE Title
        0x00080056,  # Instance Availability
        0x00080061,  # Modalities in Study
        0x00080080,  # Institution Name
        0x00081010,  # Station Name
        0x00081040,  # Institutional Department Name
        PATIENT_NAME,
        PATIENT_ID,
        ISSUER_OF_PATIENT_ID,
        PATIENT_BIRTH_DATE,
        PATIENT_SEX,
        OTHER_PATIENT_IDS,
        OTHER_PATIENT_IDS_SEQUENCE,  # without items
        STUDY_INSTANCE_UID,
        0x00201208,  # Number of Study Related Instances
    }
)
"""Elements of which nothing but those of the patient, and an Accession Number that says BSN, speaks of identity."""

_OTHER_IDS = tag_text(OTHER_PATIENT_IDS)
_ISSUER = tag_text(ISSUER_OF_PATIENT_ID)


def plain_values(data: Buffer) -> dict[int, bytes] | None:
    """The value of each element of a data set in implicit VR little endian, by tag.

    None unless there are some, tags ascend, lengths are defined, the last element ends where the data set does, and
    nowhere stand bytes that might begin an item.
    """
    values: dict[int, bytes] = {}
    content = bytes(data)
    unpack = IMPLICIT_LE.tag_and_length.unpack_from
    at, last, end, before = 0, len(content) - 8, len(content), _LOWEST_TAG
    while at <= last:
        group, number, length = unpack(content, at)
        tag = group << 16 | number
        if tag <= before:
            return None
        start, before = at + 8, tag
        at = start + length
        values[tag] = content[start:at]
    return values if values and at == end and not any(mark in content for mark in _ITEMS) else None


def plain_evidence(values: Mapping[int, bytes], character_set: tuple[str, ...]) -> Evidence | None:
    """What these values claim of identity when they are all that a data set has; None when it takes more to tell."""
    if not values.keys() <= _PLAIN or values.get(OTHER_PATIENT_IDS_SEQUENCE):
        return None

    def text(tag: int) -> str:
        return decoded(values.get(tag, b""), character_set)

    own = Identifier(patient_id=text(PATIENT_ID), issuer=text(ISSUER_OF_PATIENT_ID))
    others = values.get(OTHER_PATIENT_IDS, b"")
    try:
        claims = (
            *text_claims(ACCESSION_NUMBER, values.get(ACCESSION_NUMBER, b""), character_set),
            *text_claims(PATIENT_NAME, values.get(PATIENT_NAME, b""), character_set),
            *patient_id_claims(own),
            *issuer_claims(own, _ISSUER),
            *other_ids_claims(others, character_set, Place.OTHER_PATIENT_IDS, _OTHER_IDS),
        )
    except Refused:
        return None
    return Evidence(
        patient_id=own.patient_id,
        issuer=own.issuer,
        patient_name=decoded(values.get(PATIENT_NAME, b""), character_set, is_name=True),
        birth_date=text(PATIENT_BIRTH_DATE),
        sex=text(PATIENT_SEX),
        claims=claims,
    )
