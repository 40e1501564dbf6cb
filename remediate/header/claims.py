"""Finds every claim of a BSN at the top level of an object, in the usual and the wrong places; judges none.

Read are the elements about the patient and the visit in which a number can be typed. Accession Number and the other
numbers and texts of the study are read only where a word says BSN: nine digits are usual there, and one number in
eleven passes the eleven-test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import chain

from remediate.header.identifiers import (
    Authority,
    Claimed,
    Identifier,
    claimed_in,
    grouped,
    identifier_in,
    parts_in,
    split_identifiers,
)
from remediate.header.layout import Layout
from remediate.header.names import element_name, tag_in
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.tags import (
    ACCESSION_NUMBER,
    ADMISSION_ID,
    ISSUER_OF_ADMISSION_ID,
    ISSUER_OF_ADMISSION_ID_SEQUENCE,
    ISSUER_OF_PATIENT_ID,
    LOCAL_NAMESPACE_ENTITY_ID,
    OTHER_PATIENT_IDS,
    OTHER_PATIENT_IDS_SEQUENCE,
    PATIENT_COMMENTS,
    PATIENT_ID,
    PATIENT_NAME,
    UNIVERSAL_ENTITY_ID,
    tag_text,
)
from remediate.header.texts import decoded
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.bsn_spelling import may_declare_bsn, read_text
from remediate.identity.evidence import BsnClaim, ItemPart, Place, Strength


class ClaimReading(Enum):
    """How an element is read."""

    IDENTIFIER = "one number and what says whose it is"
    TEXT = "running text"
    DECLARED = "running text; only what a word declares"


_READ: dict[int, tuple[Place, ClaimReading]] = {
    ACCESSION_NUMBER: (Place.OTHER_TEXT, ClaimReading.DECLARED),
    0x00081030: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Study Description
    PATIENT_NAME: (Place.NAME, ClaimReading.TEXT),
    0x00101001: (Place.NAME, ClaimReading.TEXT),  # Other Patient Names
    0x00101005: (Place.NAME, ClaimReading.TEXT),  # Patient's Birth Name
    0x00101040: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Patient's Address
    0x00101050: (Place.OTHER_TEXT, ClaimReading.IDENTIFIER),  # Insurance Plan Identification
    0x00101060: (Place.NAME, ClaimReading.TEXT),  # Patient's Mother's Birth Name
    0x00101080: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Military Rank
    0x00101081: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Branch of Service
    0x00101090: (Place.OTHER_TEXT, ClaimReading.IDENTIFIER),  # Medical Record Locator
    0x00102000: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Medical Alerts
    0x00102110: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Allergies
    0x00102150: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Country of Residence
    0x00102152: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Region of Residence
    0x00102154: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Patient's Telephone Numbers
    0x00102155: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Patient's Telecom Information
    0x00102160: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Ethnic Group
    0x00102180: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Occupation
    0x001021B0: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Additional Patient History
    0x001021F0: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Patient's Religious Preference
    0x00102297: (Place.NAME, ClaimReading.TEXT),  # Responsible Person
    0x00102299: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Responsible Organization
    PATIENT_COMMENTS: (Place.COMMENTS, ClaimReading.TEXT),
    0x00200010: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Study ID
    0x00204000: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Image Comments
    0x00321060: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Requested Procedure Description
    0x00324000: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Study Comments
    0x00380050: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Special Needs
    0x00380060: (Place.ADMISSION_ID, ClaimReading.IDENTIFIER),  # Service Episode ID
    0x00380061: (Place.ISSUER, ClaimReading.IDENTIFIER),  # Issuer of Service Episode ID
    0x00380062: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Service Episode Description
    0x00380300: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Current Patient Location
    0x00380400: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Patient's Institution Residence
    0x00380500: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Patient State
    0x00384000: (Place.OTHER_TEXT, ClaimReading.TEXT),  # Visit Comments
    0x00401400: (Place.OTHER_TEXT, ClaimReading.DECLARED),  # Requested Procedure Comments
}
"""Elements that stand by themselves; those of identifiers with their issuers have functions of their own."""

_ADMISSION = frozenset({ADMISSION_ID, ISSUER_OF_ADMISSION_ID, ISSUER_OF_ADMISSION_ID_SEQUENCE})

_MAY_HOLD_NUMBER = re.compile(rb"[\x80-\xff\x1b]|[0-9](?:[^0-9]*[0-9]){7}")
"""Eight digits, or bytes that have to be decoded before anybody knows."""


def claims_of(layout: Layout, identifier: Identifier, private_elements: tuple[str, ...]) -> Iterator[BsnClaim]:
    """Claims at top level, given the object's own Patient ID, in no order that matters. Raises Refused."""
    yield from patient_id_claims(identifier)
    yield from issuer_claims(identifier, tag_text(ISSUER_OF_PATIENT_ID))
    yield from other_ids_claims(
        layout.value(OTHER_PATIENT_IDS), layout.character_set, Place.OTHER_PATIENT_IDS, tag_text(OTHER_PATIENT_IDS)
    )
    yield from _items(layout)
    if not _ADMISSION.isdisjoint(layout.by_tag):
        yield from _admission_id(layout)
    for tag in _READ.keys() & layout.by_tag.keys():
        yield from _element(layout, tag)
    for text in private_elements:
        name = element_name(text)
        if name is None:
            raise ValueError(f"not the name of an element: {text}")
        found = tag_in(layout, name)
        if found is not None:
            yield from _private(layout, found)


def text_claims(tag: int, value: bytes, character_set: tuple[str, ...]) -> Iterable[BsnClaim]:
    """Claims in one of the elements that stand by themselves, given its value."""
    if not value or _MAY_HOLD_NUMBER.search(value) is None:
        return ()
    place, reading = _READ[tag]
    found = _claimed(decoded(value, character_set, is_name=place is Place.NAME), reading)
    path = tag_text(tag)
    return [BsnClaim(place=place, path=path, strength=strength, value=value) for strength, value in found]


def _claimed(text: str, reading: ClaimReading) -> Iterable[Claimed]:
    if reading is ClaimReading.DECLARED and not may_declare_bsn(text):
        return ()
    if reading is ClaimReading.IDENTIFIER:
        return (*claimed_in(text, Authority.NONE), *parts_in(text))
    return [
        (Strength.EXPLICIT if one.is_declared else Strength.CANDIDATE, one.value)
        for one in read_text(text)
        if one.is_declared or reading is ClaimReading.TEXT
    ]


def _element(layout: Layout, tag: int) -> Iterator[BsnClaim]:
    element = layout.by_tag[tag]
    if element.vr == "SQ":
        refuse(HeaderReason.VR_DIFFERS, tag_text(tag))
    yield from text_claims(tag, layout.value(tag), layout.character_set)


def _private(layout: Layout, tag: int) -> Iterator[BsnClaim]:
    """What a configured element claims: it may hold an identifier or a text, so it is read as both."""
    if tag not in layout.by_tag:  # the creator is there, the element is not
        return
    if layout.by_tag[tag].vr == "SQ":
        refuse(HeaderReason.VR_DIFFERS, tag_text(tag))
    text = layout.text(tag)
    found: dict[Bsn | BsnProblem, Strength] = {}
    for strength, value in chain(_claimed(text, ClaimReading.TEXT), _claimed(text, ClaimReading.IDENTIFIER)):
        if strength is Strength.EXPLICIT or value not in found:
            found[value] = strength
    for value, strength in found.items():
        yield BsnClaim(place=Place.PRIVATE, path=tag_text(tag), strength=strength, value=value)


def top_identifier(layout: Layout) -> Identifier:
    """The object's own Patient ID with its issuer. Raises Refused."""
    return identifier_in(layout.view, layout.elements, layout.encoding, layout.character_set)


def item_identifiers(layout: Layout) -> list[Identifier]:
    """The identifiers in Other Patient IDs Sequence, one an item. Raises Refused."""
    items, encoding = layout.items(OTHER_PATIENT_IDS_SEQUENCE)
    return [identifier_in(layout.view, item.elements, encoding, layout.character_set, 1) for item in items]


def patient_id_claims(identifier: Identifier) -> Iterator[BsnClaim]:
    """The claims of an object's own Patient ID."""
    for strength, value in (*identifier.claims(), *identifier.parts()):
        place = Place.PATIENT_ID_BARE
        if identifier.is_complete:
            place = Place.PATIENT_ID_COMPLETE
        elif identifier.authority is Authority.BSN or identifier.names_bsn:
            place = Place.PATIENT_ID_PARTIAL
        lacks = identifier.lacks(in_item=False)
        yield BsnClaim(place=place, path=tag_text(PATIENT_ID), strength=strength, value=value, lacks=lacks)


def issuer_claims(identifier: Identifier, path: str) -> list[BsnClaim]:
    """BSNs typed where the issuer of an identifier should stand."""
    found = identifier.claims_of_issuers()
    return [BsnClaim(place=Place.ISSUER, path=path, strength=strength, value=value) for strength, value in found]


def other_ids_claims(value: bytes, character_set: tuple[str, ...], place: Place, path: str) -> Iterator[BsnClaim]:
    """Claims among the values of Other Patient IDs (0010,1000), which names no issuer. Raises Refused."""
    for index, single in enumerate(split_identifiers(value, character_set)):
        for strength, found in _claimed(decoded(single, character_set), ClaimReading.IDENTIFIER):
            yield BsnClaim(place=place, path=f"{path}[{index}]", strength=strength, value=found)


def _items(layout: Layout) -> Iterator[BsnClaim]:
    for indices, identifier in grouped(item_identifiers(layout)):
        path = f"{tag_text(OTHER_PATIENT_IDS_SEQUENCE)}[{indices[0]}]"
        yield from issuer_claims(identifier, f"{path}.{tag_text(ISSUER_OF_PATIENT_ID)}")
        for strength, value in (*identifier.claims(), *identifier.parts()):
            place = Place.ITEM_BARE
            if len(indices) == 1 and identifier.is_complete and identifier.id_type == "TEXT":
                place = Place.ITEM_COMPLETE
            elif identifier.authority is Authority.BSN or identifier.names_bsn:
                place = Place.ITEM_PARTIAL
            lacks = identifier.lacks(in_item=True) + ((ItemPart.ONE_ITEM,) if len(indices) > 1 else ())
            at = f"{path}.{tag_text(PATIENT_ID)}"
            yield BsnClaim(place=place, path=at, strength=strength, value=value, lacks=lacks)


def _admission_id(layout: Layout) -> Iterator[BsnClaim]:
    identifier = _admission_identifier(layout)
    for strength, value in (*identifier.claims(), *identifier.parts()):
        yield BsnClaim(place=Place.ADMISSION_ID, path=tag_text(ADMISSION_ID), strength=strength, value=value)
    yield from issuer_claims(identifier, tag_text(ISSUER_OF_ADMISSION_ID))


def _admission_identifier(layout: Layout) -> Identifier:
    """The Admission ID: its issuer's sequence has the same parts as Issuer of Patient ID and its qualifiers."""
    issuer = layout.text(ISSUER_OF_ADMISSION_ID)
    items, _ = layout.items(ISSUER_OF_ADMISSION_ID_SEQUENCE)
    parts = {LOCAL_NAMESPACE_ENTITY_ID: "", UNIVERSAL_ENTITY_ID: ""}
    for element in items[0].elements if items else ():
        if element.tag in parts:
            value = bytes(layout.view[element.value : element.value_end])
            parts[element.tag] = decoded(value, layout.character_set)
    namespace, entity = parts.values()
    return Identifier(patient_id=layout.text(ADMISSION_ID), issuer=issuer, namespace=namespace, entity=entity)
