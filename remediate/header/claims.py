"""Finds every claim of a BSN at the top level of an object, in the usual and the wrong places; judges none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remediate.header.flags import NUMBER_IN_TEXT
from remediate.header.identifiers import Authority, Identifier, claimed_by, grouped, identifier_in
from remediate.header.layout import Layout
from remediate.header.names import element_name, tag_in
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.tags import (
    ADMISSION_ID,
    ISSUER_OF_ADMISSION_ID,
    ISSUER_OF_ADMISSION_ID_SEQUENCE,
    LOCAL_NAMESPACE_ENTITY_ID,
    OTHER_PATIENT_IDS,
    OTHER_PATIENT_IDS_SEQUENCE,
    PATIENT_COMMENTS,
    PATIENT_ID,
    UNIVERSAL_ENTITY_ID,
    tag_text,
)
from remediate.header.texts import decoded, split_values
from remediate.identity.bsn import Bsn, BsnProblem, parse_bsn, problem_of
from remediate.identity.evidence import BsnClaim, Place, Strength

_DECLARED_IN_TEXT = re.compile(r"\bBSN\W{0,5}(\d{9}|\d{8}|\d{4}[. ]\d{2}[. ]\d{3})(?!\d)", re.IGNORECASE | re.ASCII)


def claims_of(layout: Layout, private_elements: tuple[str, ...]) -> Iterator[BsnClaim]:
    """Claims at top level, in no order that matters. Raises Refused."""
    yield from patient_id_claims(top_identifier(layout))
    yield from other_ids_claims(
        layout.value(OTHER_PATIENT_IDS), layout.character_set, Place.OTHER_PATIENT_IDS, tag_text(OTHER_PATIENT_IDS)
    )
    yield from _items(layout)
    yield from _text(layout, PATIENT_COMMENTS, Place.COMMENTS)
    yield from _admission_id(layout)
    for text in private_elements:
        name = element_name(text)
        if name is None:
            raise ValueError(f"not the name of an element: {text}")
        tag = tag_in(layout, name)
        if tag is not None:
            yield from _text(layout, tag, Place.PRIVATE)


def top_identifier(layout: Layout) -> Identifier:
    """The object's own Patient ID with its issuer. Raises Refused."""
    return identifier_in(layout.view, layout.elements, layout.encoding, layout.character_set)


def item_identifiers(layout: Layout) -> list[Identifier]:
    """The identifiers in Other Patient IDs Sequence, one an item. Raises Refused."""
    items, encoding = layout.items(OTHER_PATIENT_IDS_SEQUENCE)
    return [identifier_in(layout.view, item.elements, encoding, layout.character_set, 1) for item in items]


def patient_id_claims(identifier: Identifier) -> Iterator[BsnClaim]:
    """The claim of an object's own Patient ID, if it makes one."""
    claim = identifier.claim()
    if claim is None:
        return
    place = Place.PATIENT_ID_PARTIAL
    if identifier.is_complete:
        place = Place.PATIENT_ID_COMPLETE
    elif identifier.authority is Authority.NONE:
        place = Place.PATIENT_ID_BARE
    yield BsnClaim(place=place, path=tag_text(PATIENT_ID), strength=claim[0], value=claim[1])


def other_ids_claims(value: bytes, character_set: tuple[str, ...], place: Place, path: str) -> Iterator[BsnClaim]:
    """Claims among the values of Other Patient IDs (0010,1000), which names no issuer. Raises Refused."""
    for index, single in enumerate(split_values(value, character_set)):
        claim = claimed_by(decoded(single, character_set), Authority.NONE)
        if claim is not None:
            yield BsnClaim(place=place, path=f"{path}[{index}]", strength=claim[0], value=claim[1])


def _items(layout: Layout) -> Iterator[BsnClaim]:
    for indices, identifier in grouped(item_identifiers(layout)):
        claim = identifier.claim()
        if claim is None:
            continue
        place = Place.ITEM_PARTIAL
        if len(indices) == 1 and identifier.is_complete and identifier.id_type == "TEXT":
            place = Place.ITEM_COMPLETE
        elif identifier.authority is Authority.NONE:
            place = Place.ITEM_BARE
        path = f"{tag_text(OTHER_PATIENT_IDS_SEQUENCE)}[{indices[0]}].{tag_text(PATIENT_ID)}"
        yield BsnClaim(place=place, path=path, strength=claim[0], value=claim[1])


def _text(layout: Layout, tag: int, place: Place) -> Iterator[BsnClaim]:
    """Each distinct number in a free text, explicit where `BSN` stands before it."""
    if tag not in layout.by_tag:
        return
    if layout.by_tag[tag].vr == "SQ":
        refuse(HeaderReason.VR_DIFFERS, tag_text(tag))
    text = layout.text(tag)
    found: dict[Bsn | BsnProblem, Strength] = {
        parse_bsn(declared): Strength.EXPLICIT for declared in _DECLARED_IN_TEXT.findall(text)
    }
    for number in NUMBER_IN_TEXT.findall(_DECLARED_IN_TEXT.sub(" ", text)):
        if problem_of(number) is None:
            found.setdefault(Bsn(number), Strength.CANDIDATE)
    for value, strength in found.items():
        yield BsnClaim(place=place, path=tag_text(tag), strength=strength, value=value)


def _admission_id(layout: Layout) -> Iterator[BsnClaim]:
    claim = claimed_by(layout.text(ADMISSION_ID), _admission_authority(layout))
    if claim is not None:
        yield BsnClaim(place=Place.ADMISSION_ID, path=tag_text(ADMISSION_ID), strength=claim[0], value=claim[1])


def _admission_authority(layout: Layout) -> Authority:
    """Who issued the Admission ID: its sequence has the same parts as Issuer of Patient ID and its qualifiers."""
    issuer = layout.text(ISSUER_OF_ADMISSION_ID)
    items, _ = layout.items(ISSUER_OF_ADMISSION_ID_SEQUENCE)
    parts = {LOCAL_NAMESPACE_ENTITY_ID: "", UNIVERSAL_ENTITY_ID: ""}
    for element in items[0].elements if items else ():
        if element.tag in parts:
            value = bytes(layout.view[element.value : element.value_end])
            parts[element.tag] = decoded(value, layout.character_set)
    namespace, entity = parts.values()
    return Identifier(issuer=issuer, namespace=namespace, entity=entity).authority
