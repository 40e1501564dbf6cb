"""Works out which elements of one object a profile changes, and into what; records no provenance.

Every number that is not the BSN stays, in its order and with its other attributes.
"""

from __future__ import annotations

from collections.abc import Iterable

from remediate.header import tags
from remediate.header.claims import top_identifier
from remediate.header.encode import encode_element, encode_sequence, encode_text, padded
from remediate.header.identifiers import Authority, Identifier, claimed_in, grouped, split_identifiers
from remediate.header.items import EncodedItem, item_of, items_of, sequence_of
from remediate.header.layout import Layout
from remediate.header.names import creator_tag, free_creator_tag, in_block
from remediate.header.profiles import CustomElement, Profile, Target
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.syntax import Encoding
from remediate.header.texts import decoded, split_values
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE, Bsn, BsnProblem
from remediate.identity.bsn_spelling import says_nothing, without_bsn

TEXT = "TEXT"
"""Type of Patient ID (0010,0022) of a number that people can read (PS3.3 C.2.2)."""


def desired_elements(layout: Layout, bsn: Bsn, profile: Profile, issuer_for_others: str) -> dict[int, bytes]:
    """The elements that would differ, whole; b"" for one that would go. Empty when all is in place. Raises Refused.

    `issuer_for_others` is the issuer under which other values of Other Patient IDs (0010,1000) move into its
    sequence; with "" they stay where they are.
    """
    if profile.target is Target.ITEM:
        desired = _into_item(layout, bsn, issuer_for_others)
    elif profile.target is Target.PATIENT_ID:
        desired = _into_patient_id(layout, bsn, issuer_for_others)
    else:
        desired = _into_elements(layout, bsn, profile)
    return {tag: element for tag, element in desired.items() if element != layout.raw(tag)}


def _into_item(layout: Layout, bsn: Bsn, issuer_for_others: str) -> dict[int, bytes]:
    items = items_of(layout, tags.OTHER_PATIENT_IDS_SEQUENCE)
    groups = grouped([item.identifier(layout.character_set) for item in items])
    ours = [indices for indices, identifier in groups if _is_ours(identifier, bsn)]
    kept: list[EncodedItem] = []
    for indices, identifier in groups:
        members = [items[index] for index in indices]
        if indices not in ours:
            kept.extend(_without(layout, members, identifier, bsn))
        elif indices == ours[0]:
            rest = [items[index] for other in ours[1:] for index in other]
            kept.append(_completed(layout, members, rest, identifier, bsn))
    if not ours:
        kept.append(_bsn_item(layout, [], bsn))
    others, moved = _other_ids(layout, bsn, issuer_for_others)
    kept.extend(_not_among(kept, moved, layout.character_set))
    return others | {tags.OTHER_PATIENT_IDS_SEQUENCE: _sequence_if_changed(layout, items, kept)}


def _into_patient_id(layout: Layout, bsn: Bsn, issuer_for_others: str) -> dict[int, bytes]:
    items = items_of(layout, tags.OTHER_PATIENT_IDS_SEQUENCE)
    groups = grouped([item.identifier(layout.character_set) for item in items])
    kept: list[EncodedItem] = []
    for indices, identifier in groups:
        if not _is_ours(identifier, bsn):
            kept.extend(_without(layout, [items[index] for index in indices], identifier, bsn))
    own = top_identifier(layout)
    is_bsn = _is_ours(own, bsn)
    if own.patient_id and not is_bsn:
        kept.extend(_not_among(kept, [_hospital_item(layout, issuer_for_others)], layout.character_set))
    others, moved = _other_ids(layout, bsn, issuer_for_others)
    kept.extend(_not_among(kept, moved, layout.character_set))
    desired = others | {tags.OTHER_PATIENT_IDS_SEQUENCE: _sequence_if_changed(layout, items, kept)}
    if not (is_bsn and own.is_complete):
        is_labelled = is_bsn and own.authority is Authority.BSN
        qualifiers = items_of(layout, tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE) if is_labelled else []
        desired |= _bsn_elements(bsn, qualifiers, layout.encoding)
        if own.id_type and own.id_type != TEXT and not is_bsn:
            desired[tags.TYPE_OF_PATIENT_ID] = encode_text(tags.TYPE_OF_PATIENT_ID, "CS", TEXT, layout.encoding)
    return desired


def _into_elements(layout: Layout, bsn: Bsn, profile: Profile) -> dict[int, bytes]:
    desired: dict[int, bytes] = {}
    reserved: dict[tuple[int, str], int] = {}
    for element in profile.elements:
        tag = _tag_for(layout, element, desired, reserved)
        written = layout.find(tag)
        if written is not None and written.vr == "SQ":
            refuse(HeaderReason.VR_DIFFERS, tags.tag_text(tag))
        value = element.value(bsn)
        present = [layout.value(tag)] if layout.value(tag) else []
        if element.is_multi_valued:
            present = split_values(layout.value(tag), layout.character_set)
        if value in (decoded(single, layout.character_set) for single in present):
            continue
        ours = encode_text(tag, element.vr, value, layout.encoding)
        if element.is_multi_valued and present:
            joined = b"\\".join([*(single.rstrip(b" \0") for single in present), value.encode("ascii")])
            ours = encode_element(tag, element.vr, padded(joined, element.vr), layout.encoding)
        desired[tag] = ours
    return desired


def _tag_for(
    layout: Layout,
    element: CustomElement,
    desired: dict[int, bytes],
    reserved: dict[tuple[int, str], int],
) -> int:
    """The element's tag in this object; reserves a private block where its creator has none (PS3.5 7.8.1)."""
    name = element.name
    if not name.creator:
        return name.tag
    creator = creator_tag(layout, name)
    if creator is None:
        block = (name.tag >> 16, name.creator)
        creator = reserved.get(block) or free_creator_tag(layout, name, reserved.values())
        if creator is None:
            refuse(HeaderReason.VALUE_DOES_NOT_FIT, tags.tag_text(name.tag))
        reserved[block] = creator
        desired[creator] = encode_text(creator, "LO", name.creator, layout.encoding)
    return in_block(name, creator)


def _is_ours(identifier: Identifier, bsn: Bsn) -> bool:
    """Whether an identifier is nothing but this BSN, a declared placeholder for it, or only the authority of one.

    The same nine digits under another issuer are this BSN too, wrongly labelled: a chance of one in a billion.
    """
    if says_nothing(identifier.patient_id):
        return identifier.authority is Authority.BSN
    values = {value for _, value in identifier.claims()}
    if values == {BsnProblem.PLACEHOLDER}:
        return True
    return values == {bsn} and not _rest(identifier, bsn)


def _rest(identifier: Identifier, bsn: Bsn) -> str:
    """What the Patient ID says besides this BSN; the whole of it where the BSN is not in it."""
    return without_bsn(identifier.patient_id, bsn, is_declared=identifier.authority is Authority.BSN)


def _without(layout: Layout, members: list[EncodedItem], identifier: Identifier, bsn: Bsn) -> list[EncodedItem]:
    """Items that are somebody else's number; where one value holds both, without the BSN.

    Under the BSN's authority what is left would claim to be one: nobody says whose it is, and it has no issuer.
    """
    rest = _rest(identifier, bsn)
    if len(members) > 1 or rest == identifier.patient_id or not rest.isascii():
        return members
    elements = members[0].elements()
    elements[tags.PATIENT_ID] = encode_text(tags.PATIENT_ID, "LO", rest, layout.encoding)
    if identifier.authority is Authority.BSN:
        elements.pop(tags.ISSUER_OF_PATIENT_ID, None)
        elements.pop(tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, None)
        elements[tags.TYPE_OF_PATIENT_ID] = encode_text(tags.TYPE_OF_PATIENT_ID, "CS", TEXT, layout.encoding)
    return [item_of(elements, layout.encoding)]


def _completed(
    layout: Layout, members: list[EncodedItem], rest: list[EncodedItem], identifier: Identifier, bsn: Bsn
) -> EncodedItem:
    """One item for the BSN in place of several: the first one's attributes win, ours complete them."""
    if len(members) == 1 and identifier.is_complete and identifier.id_type == TEXT:
        return members[0]
    return _bsn_item(layout, [*members, *rest], bsn)


def _bsn_item(layout: Layout, former: list[EncodedItem], bsn: Bsn) -> EncodedItem:
    """A complete item with the attributes of former ones; qualifiers only of those that said it was a BSN."""
    elements: dict[int, bytes] = {}
    for item in reversed(former):
        elements |= item.elements()
    labelled = [item for item in former if item.identifier(layout.character_set).authority is Authority.BSN]
    sequence = tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE
    stated = [item.inner_items(sequence) for item in labelled]
    qualifiers = [items[0] for items in stated if len(items) == 1]  # several speak of several number systems
    elements |= _bsn_elements(bsn, qualifiers, layout.encoding)
    elements[tags.TYPE_OF_PATIENT_ID] = encode_text(tags.TYPE_OF_PATIENT_ID, "CS", TEXT, layout.encoding)
    return item_of(elements, layout.encoding)


def _bsn_elements(bsn: Bsn, qualifiers: list[EncodedItem], encoding: Encoding) -> dict[int, bytes]:
    """Patient ID, issuer and qualifiers that say BSN; other attributes of an existing qualifiers item stay."""
    inner = qualifiers[0].elements() if qualifiers else {}
    inner |= {
        tags.UNIVERSAL_ENTITY_ID: encode_text(tags.UNIVERSAL_ENTITY_ID, "UT", BSN_OID, encoding),
        tags.UNIVERSAL_ENTITY_ID_TYPE: encode_text(tags.UNIVERSAL_ENTITY_ID_TYPE, "CS", "ISO", encoding),
        tags.IDENTIFIER_TYPE_CODE: encode_text(tags.IDENTIFIER_TYPE_CODE, "CS", BSN_TYPE_CODE, encoding),
    }
    sequence = tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE
    return {
        tags.PATIENT_ID: encode_text(tags.PATIENT_ID, "LO", bsn.digits, encoding),
        tags.ISSUER_OF_PATIENT_ID: encode_text(tags.ISSUER_OF_PATIENT_ID, "LO", BSN_AUTHORITY, encoding),
        sequence: encode_sequence(sequence, [item_of(inner, encoding).raw], encoding),
    }


def _hospital_item(layout: Layout, issuer_for_others: str) -> EncodedItem:
    """The object's own Patient ID as an item, its bytes and its issuer as they stand."""
    elements = {
        tag: layout.raw(tag)
        for tag in (
            tags.PATIENT_ID,
            tags.ISSUER_OF_PATIENT_ID,
            tags.TYPE_OF_PATIENT_ID,
            tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE,
        )
        if layout.value(tag)
    }
    defaults = {tags.TYPE_OF_PATIENT_ID: encode_text(tags.TYPE_OF_PATIENT_ID, "CS", TEXT, layout.encoding)}
    if issuer_for_others:
        defaults |= _issuer(issuer_for_others, layout.encoding)
    return item_of(defaults | elements, layout.encoding)


def _issuer(issuer: str, encoding: Encoding) -> dict[int, bytes]:
    return {tags.ISSUER_OF_PATIENT_ID: encode_text(tags.ISSUER_OF_PATIENT_ID, "LO", issuer, encoding)}


def _other_ids(layout: Layout, bsn: Bsn, issuer_for_others: str) -> tuple[dict[int, bytes], list[EncodedItem]]:
    """What becomes of Other Patient IDs (0010,1000): the element without the BSN, and items for values that move."""
    tag = tags.OTHER_PATIENT_IDS
    values = split_identifiers(layout.value(tag), layout.character_set)
    others = [rest for rest in (_without_bsn(value, layout, bsn) for value in values) if rest is not None]
    if issuer_for_others:
        numbers = [number for number in (value.strip(b" \0") for value in others) if number]
        return ({tag: b""} if values else {}), [_moved(number, issuer_for_others, layout) for number in numbers]
    if others == values:
        return {}, []
    if not any(value.strip(b" \0") for value in others):
        return {tag: b""}, []
    written = layout.find(tag)
    vr = written.vr if written is not None and written.vr else "LO"
    return {tag: encode_element(tag, vr, padded(b"\\".join(others), vr), layout.encoding)}, []


def _without_bsn(value: bytes, layout: Layout, bsn: Bsn) -> bytes | None:
    """A value that says more than this BSN, without it; None for one that says nothing else."""
    text = decoded(value, layout.character_set)
    found = {claimed for _, claimed in claimed_in(text, Authority.NONE)}
    if found == {BsnProblem.PLACEHOLDER}:
        return None
    rest = without_bsn(text, bsn)
    if bsn not in found or not rest.isascii():
        return value
    return rest.encode("ascii") or None


def _moved(number: bytes, issuer: str, layout: Layout) -> EncodedItem:
    encoding = layout.encoding
    return item_of(
        {
            tags.PATIENT_ID: encode_element(tags.PATIENT_ID, "LO", padded(number, "LO"), encoding),
            tags.TYPE_OF_PATIENT_ID: encode_text(tags.TYPE_OF_PATIENT_ID, "CS", TEXT, encoding),
        }
        | _issuer(issuer, encoding),
        encoding,
    )


def _not_among(
    items: Iterable[EncodedItem], candidates: list[EncodedItem], character_set: tuple[str, ...]
) -> list[EncodedItem]:
    """The candidates whose number and issuer no item has yet."""

    def number(item: EncodedItem) -> tuple[str, str]:
        identifier = item.identifier(character_set)
        return identifier.patient_id, identifier.issuer

    if not candidates:
        return []
    present = {number(item) for item in items}
    return [item for item in candidates if number(item) not in present]


def _sequence_if_changed(layout: Layout, before: list[EncodedItem], after: list[EncodedItem]) -> bytes:
    """The sequence element, byte for byte the old one when its items did not change."""
    tag = tags.OTHER_PATIENT_IDS_SEQUENCE
    return layout.raw(tag) if after == before else sequence_of(tag, after, layout.encoding)
