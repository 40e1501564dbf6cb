"""Reads from one object what it claims about identity, and its study's own identifiers; decides nothing.

The top-level walk goes to the end of the data set, because digital signatures stand after the pixel data. Pixel data of
defined length is one step; encapsulated pixel data is one step a fragment, and that is the only cost that grows with an
object's size.

Whether an identity inside a sequence is someone else's than the object's own errs towards "someone else". A number only
contradicts a number of the same issuer; a person who has two numbers is one person when name and birth date both agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from remediate.header.buffers import Buffer
from remediate.header.claims import claims_of, issuer_claims, item_identifiers, other_ids_claims, top_identifier
from remediate.header.identifiers import Identifier
from remediate.header.layout import Layout, header_layout_of
from remediate.header.nested import (
    NestedItem,
    has_signature,
    identity_items,
    items_of_other_ids,
    nested_items,
    sequences_in,
)
from remediate.header.refusal import refusals
from remediate.header.scanner import Element
from remediate.header.tags import (
    CONTENT_SEQUENCE,
    ENCAPSULATED_DOCUMENT,
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
    TEXT_VALUE,
    is_private,
    tag_text,
)
from remediate.header.texts import decoded, split_values
from remediate.identity.bsn import problem_of
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place

NUMBER_IN_TEXT = re.compile(r"(?<![\d.])\d{9}(?!\d|\.\d)", re.ASCII)
"""Nine digits that stand alone: not part of a longer number, nor a component of a UID."""

_NUMBER_IN_BYTES = re.compile(NUMBER_IN_TEXT.pattern.encode())
_UNTYPED_VRS = frozenset({"", "UN", "SQ"})
_DIGITS = 9
_TEXT_VRS = frozenset({"LO", "LT", "SH", "ST", "UT", "UC", "PN"})
_LONGEST_UNTYPED_TEXT = 10240
"""Values without a VR are read as text up to the length of an LT; longer ones are a manufacturer's own data."""


def flags_of(layout: Layout, sequences: Sequence[Element]) -> frozenset[Flag]:
    """Flags of a layout that reaches to the end of the data set, given the elements in it that may hold items.

    Raises Refused.
    """
    flags = set()
    if has_signature(layout, sequences):
        flags.add(Flag.SIGNED)
    if ENCAPSULATED_DOCUMENT in layout.by_tag:
        flags.add(Flag.ENCAPSULATED_DOCUMENT)
    if _report_has_number(layout) or _private_has_number(layout):
        flags.add(Flag.TEXT_WITH_NUMBER)
    return frozenset(flags)


def _report_has_number(layout: Layout) -> bool:
    """Whether a Text Value of a structured report holds an eleven-test number. Codes and UIDs do not count."""
    content = layout.by_tag.get(CONTENT_SEQUENCE)
    if content is None or not _has_number(layout.view, content):
        return False
    return any(
        problem_of(number) is None
        for item in nested_items(layout, content)
        for number in NUMBER_IN_TEXT.findall(item.text(TEXT_VALUE))
    )


def _private_has_number(layout: Layout) -> bool:
    texts = (
        element
        for element in layout.elements
        if is_private(element.tag)
        and (element.vr in _TEXT_VRS or (element.vr in _UNTYPED_VRS and _is_short(element)))
        and element.value_end - element.value >= _DIGITS
    )
    return any(_has_number(layout.view, element) for element in texts)


def _is_short(element: Element) -> bool:
    return element.value_end - element.value <= _LONGEST_UNTYPED_TEXT


def _has_number(view: memoryview, element: Element) -> bool:
    found = _NUMBER_IN_BYTES.finditer(view[element.value : element.value_end])
    return any(problem_of(match[0].decode("ascii")) is None for match in found)


_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderPerson:
    """The object's own identity, as far as an inner one can contradict it."""

    numbers: frozenset[str] = field(repr=False)  # every Patient ID at top level
    issuer: str  # of Patient ID; "" when it names none
    name: frozenset[str] = field(repr=False)  # words of the family name
    birth_date: str = field(repr=False)


def person_of(layout: Layout) -> HeaderPerson:
    """The identity at top level. Raises Refused."""
    identifier = top_identifier(layout)
    others = split_values(layout.value(OTHER_PATIENT_IDS), layout.character_set)
    numbers = {identifier.patient_id, *(item.patient_id for item in item_identifiers(layout))}
    numbers.update(decoded(value, layout.character_set) for value in others)
    return HeaderPerson(
        numbers=frozenset(numbers - {""}),
        issuer=identifier.issuer,
        name=_family_words(layout.text(PATIENT_NAME, is_name=True)),
        birth_date=layout.text(PATIENT_BIRTH_DATE),
    )


def names_another(person: HeaderPerson, item: NestedItem, identifier: Identifier) -> bool:
    """Whether the item's number, name or birth date says that it is about somebody else."""
    name = _family_words(item.text(PATIENT_NAME, is_name=True))
    birth_date = item.text(PATIENT_BIRTH_DATE)
    has_both_names, has_both_dates = bool(name and person.name), bool(birth_date and person.birth_date)
    same_name = has_both_names and bool(name & person.name)
    same_date = has_both_dates and birth_date == person.birth_date
    if (has_both_names and not same_name) or (has_both_dates and not same_date):
        return True
    return _other_number(person, identifier) and not (same_name and same_date)


def _other_number(person: HeaderPerson, identifier: Identifier) -> bool:
    if not identifier.patient_id or not person.numbers or identifier.patient_id in person.numbers:
        return False
    if identifier.claims():
        return False  # it may be a BSN, in whatever spelling; matching compares those with each other
    return not (identifier.issuer and person.issuer) or identifier.issuer == person.issuer


def _family_words(name: str) -> frozenset[str]:
    """The words of the family name complex, without accents and case."""
    plain = unicodedata.normalize("NFKD", name.split("=")[0].split("^")[0]).casefold()
    return frozenset(_WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))


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
