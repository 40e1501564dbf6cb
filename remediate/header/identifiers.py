"""One patient identifier in a header, and whether it says that it is a BSN; knows nothing of places.

Source: DICOM PS3.3 C.2.2 (Patient Identification), table 10-18 (Issuer of Patient ID Macro); DICOM 2025b: Issuer of
Patient ID equals HL7 CX.4.1, and Identifier Type Code equals CX.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.scanner import Element, items_in
from remediate.header.syntax import Encoding
from remediate.header.tags import (
    IDENTIFIER_TYPE_CODE,
    ISSUER_OF_PATIENT_ID,
    ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE,
    LOCAL_NAMESPACE_ENTITY_ID,
    PATIENT_ID,
    TYPE_OF_PATIENT_ID,
    UNIVERSAL_ENTITY_ID,
    UNIVERSAL_ENTITY_ID_TYPE,
    tag_text,
)
from remediate.header.texts import decoded
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE, Bsn, BsnProblem, parse_bsn, problem_of
from remediate.identity.evidence import Strength

_PREFIXED = re.compile(r"BSN[\s:.=#-]*(?=\d)", re.IGNORECASE)
_READ = frozenset({PATIENT_ID, ISSUER_OF_PATIENT_ID, TYPE_OF_PATIENT_ID, ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE})
_AUTHORITY_NAMES = frozenset({BSN_AUTHORITY, "BSN"})


class Authority(Enum):
    """Who is said to have given a number."""

    NONE = "none"
    BSN = "bsn"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A Patient ID with all that says whose number it is. Absent and empty are both ""."""

    patient_id: str = field(default="", repr=False)  # (0010,0020)
    issuer: str = ""  # (0010,0021)
    id_type: str = ""  # (0010,0022)
    namespace: str = ""  # (0010,0024) > (0040,0031)
    entity: str = ""  # (0010,0024) > (0040,0032)
    entity_type: str = ""  # (0010,0024) > (0040,0033)
    type_code: str = ""  # (0010,0024) > (0040,0035)
    qualifier_items: int = 0  # a BSN's own has exactly one

    @property
    def authority(self) -> Authority:
        """Authority and type decide together: `NLMINBIZA` with type `PPN` is a passport, not a BSN."""
        if self.type_code.upper() == BSN_TYPE_CODE or _is_bsn_oid(self.entity) or _is_bsn_oid(self.issuer):
            return Authority.BSN
        names = {self.issuer.upper(), self.namespace.upper(), self.entity.upper()}
        if self.type_code:
            return Authority.OTHER
        if names & _AUTHORITY_NAMES:
            return Authority.BSN
        return Authority.NONE if names == {""} else Authority.OTHER

    @property
    def is_complete(self) -> bool:
        """A valid BSN with issuer and qualifiers exactly as the target asks; Type of Patient ID is not looked at."""
        return (
            problem_of(self.patient_id) is None
            and self.issuer == BSN_AUTHORITY
            and self.qualifier_items == 1
            and (self.entity, self.entity_type, self.type_code) == (BSN_OID, "ISO", BSN_TYPE_CODE)
        )

    @property
    def is_authority_only(self) -> bool:
        """The second half of a number that was split over two items."""
        return not self.patient_id and self.authority is not Authority.NONE

    def claim(self) -> tuple[Strength, Bsn | BsnProblem] | None:
        """What this identifier claims as BSN; None when it claims nothing. An empty number claims nothing."""
        return claimed_by(self.patient_id, self.authority)


def claimed_by(text: str, authority: Authority) -> tuple[Strength, Bsn | BsnProblem] | None:
    """What a number claims as BSN, given who is said to have issued it.

    Without an authority nine digits that pass the eleven-test are a candidate, as one in eleven hospital numbers is;
    shorter ones are nothing.
    """
    if not text or authority is Authority.OTHER:
        return None
    prefix = _PREFIXED.match(text)
    if prefix is not None:
        return Strength.EXPLICIT, parse_bsn(text[prefix.end() :])
    if authority is Authority.BSN:
        return Strength.EXPLICIT, parse_bsn(text)
    return (Strength.CANDIDATE, Bsn(text)) if problem_of(text) is None else None


def identifier_in(
    view: memoryview, elements: Iterable[Element], encoding: Encoding, character_set: tuple[str, ...], depth: int = 0
) -> Identifier:
    """Read the identifier that stands in a data set or item. Raises Refused."""
    found = unique(element for element in elements if element.tag in _READ)

    def text(tag: int, among: dict[int, Element]) -> str:
        element = among.get(tag)
        return "" if element is None else decoded(bytes(view[element.value : element.value_end]), character_set)

    qualifiers = found.get(ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE)
    items = items_in(view, qualifiers, encoding, depth)[0] if qualifiers else ()
    inside = unique(items[0].elements) if items else {}
    return Identifier(
        patient_id=text(PATIENT_ID, found),
        issuer=text(ISSUER_OF_PATIENT_ID, found),
        id_type=text(TYPE_OF_PATIENT_ID, found),
        namespace=text(LOCAL_NAMESPACE_ENTITY_ID, inside),
        entity=text(UNIVERSAL_ENTITY_ID, inside),
        entity_type=text(UNIVERSAL_ENTITY_ID_TYPE, inside),
        type_code=text(IDENTIFIER_TYPE_CODE, inside),
        qualifier_items=len(items),
    )


def grouped(identifiers: Sequence[Identifier]) -> list[tuple[tuple[int, ...], Identifier]]:
    """Items of one sequence by the identifier they make up: an item with only a number takes its authority from a
    next item that has only an authority (a variant that Dutch systems wrote). Indices, and the identifier as meant.
    """
    groups: list[tuple[tuple[int, ...], Identifier]] = []
    index = 0
    while index < len(identifiers):
        this, following = identifiers[index], identifiers[index + 1 : index + 2]
        if this.patient_id and this.authority is Authority.NONE and following and following[0].is_authority_only:
            groups.append(((index, index + 1), replace(following[0], patient_id=this.patient_id)))
        else:
            groups.append(((index,), this))
        index += len(groups[-1][0])
    return groups


def unique(elements: Iterable[Element]) -> dict[int, Element]:
    """Elements by tag. Raises Refused when a tag stands there twice."""
    found: dict[int, Element] = {}
    for element in elements:
        if element.tag in found:
            refuse(HeaderReason.DUPLICATE_ELEMENT, f"{tag_text(element.tag)} at {element.start}")
        found[element.tag] = element
    return found


def _is_bsn_oid(text: str) -> bool:
    return text.lower().removeprefix("urn:oid:") == BSN_OID
