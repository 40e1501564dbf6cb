"""One patient identifier in a header, and whether it says that it is a BSN; knows nothing of places.

Source: DICOM PS3.3 C.2.2 (Patient Identification), table 10-18 (Issuer of Patient ID Macro); DICOM 2025b: Issuer of
Patient ID equals HL7 CX.4.1, and Identifier Type Code equals CX.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

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
from remediate.header.texts import decoded, split_values
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE, Bsn, BsnProblem, problem_of
from remediate.identity.bsn_spelling import (
    declares_bsn,
    may_hold_number,
    names_bsn_oid,
    read_identifier,
    read_parts,
    says_nothing,
)
from remediate.identity.evidence import ItemPart, Strength

_READ = frozenset({PATIENT_ID, ISSUER_OF_PATIENT_ID, TYPE_OF_PATIENT_ID, ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE})
_USUAL_TYPES = frozenset({"", "TEXT"})  # of Type of Patient ID: they say nothing of whose number it is
_BSN_DIGITS = 9
_ESCAPES = frozenset({b"S", b"T", b"R", b"F"})
_MISTYPED = frozenset({BsnProblem.ELEVEN_TEST, BsnProblem.PLACEHOLDER})
"""Problems of a number that is as long as a BSN."""

_AS_LONG_AS_BSN = 9

Claimed = tuple[Strength, Bsn | BsnProblem]
"""How a number claims to be a BSN, and which; a problem where it is declared to be one, but is none."""


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
        if not (self.type_code or self.namespace or self.entity) and self.id_type in _USUAL_TYPES:
            return _issuer_alone(self.issuer)
        if declares_bsn(self.type_code) or declares_bsn(self.id_type):
            return Authority.BSN
        if names_bsn_oid(self.entity) or names_bsn_oid(self.issuer):
            return Authority.BSN
        if not says_nothing(self.type_code):
            return Authority.OTHER
        if self.names_bsn:
            return Authority.BSN
        return Authority.NONE if all(map(says_nothing, self.issuers)) else Authority.OTHER

    @property
    def issuers(self) -> tuple[str, str, str]:
        """All that may name who gave the number."""
        return self.issuer, self.namespace, self.entity

    @property
    def names_bsn(self) -> bool:
        """Whether an issuer names the number system of the BSN, whatever the type says."""
        return any(map(declares_bsn, self.issuers))

    @property
    def is_complete(self) -> bool:
        """A valid BSN with issuer and qualifiers exactly as the target asks; Type of Patient ID is not looked at."""
        return problem_of(self.patient_id) is None and not self._parts_lacking()

    def lacks(self, *, in_item: bool) -> tuple[ItemPart, ...]:
        """What it needs besides to be a BSN as the target asks; a number that is none is not told of here."""
        found = self._parts_lacking()
        if in_item and self.id_type != "TEXT":
            found.append(ItemPart.TYPE)
        if not (len(self.patient_id) == _BSN_DIGITS and self.patient_id.isascii() and self.patient_id.isdigit()):
            found.append(ItemPart.NINE_DIGITS)
        return tuple(part for part in ItemPart if part in found)

    def _parts_lacking(self) -> list[ItemPart]:
        found = [] if self.issuer == BSN_AUTHORITY else [ItemPart.ISSUER]
        if self.qualifier_items != 1:
            return [*found, ItemPart.QUALIFIERS]
        asked = {
            ItemPart.UNIVERSAL_ID: (self.entity, BSN_OID),
            ItemPart.UNIVERSAL_ID_TYPE: (self.entity_type, "ISO"),
            ItemPart.TYPE_CODE: (self.type_code, BSN_TYPE_CODE),
        }
        return found + [part for part, (there, wanted) in asked.items() if there != wanted]

    @property
    def is_authority_only(self) -> bool:
        """The second half of a BSN that was split over two items."""
        return says_nothing(self.patient_id) and self.authority is Authority.BSN

    def claims(self) -> tuple[Claimed, ...]:
        """What this identifier claims as BSN. A number that says nothing claims nothing."""
        if not self.patient_id:
            return ()
        authority = self.authority
        if authority is Authority.OTHER and self.type_code and self.names_bsn:  # only a true BSN contradicts the type
            found = claimed_in(self.patient_id, Authority.BSN)
            return tuple(claim for claim in found if isinstance(claim[1], Bsn))
        return claimed_in(self.patient_id, authority)

    def parts(self) -> tuple[Claimed, ...]:
        """BSNs that may stand in it as part of a longer number."""
        return parts_in(self.patient_id)

    def claims_of_issuers(self) -> tuple[Claimed, ...]:
        """BSNs that stand where an issuer should."""
        found = [claimed_in(text, Authority.OTHER) for text in self.issuers if may_hold_number(text)]
        return tuple([claim for claims in found for claim in claims if isinstance(claim[1], Bsn)])


@lru_cache(maxsize=1 << 10)
def _issuer_alone(issuer: str) -> Authority:
    if declares_bsn(issuer):
        return Authority.BSN
    return Authority.NONE if says_nothing(issuer) else Authority.OTHER


def claimed_in(text: str, authority: Authority) -> tuple[Claimed, ...]:
    """What an identifier claims as BSN, given who is said to have issued it.

    Whoever that is, nine digits that pass the eleven-test are a candidate, as one in eleven hospital numbers is. Under
    another issuer a word for BSN counts only beside something as long as a BSN.
    """
    found = read_identifier(text, is_declared=authority is Authority.BSN)
    if not found:
        return ()
    return tuple(
        [
            (Strength.EXPLICIT if one.is_declared else Strength.CANDIDATE, one.value)
            for one in found
            if authority is not Authority.OTHER or isinstance(one.value, Bsn) or one.value in _MISTYPED
        ]
    )


def parts_in(text: str) -> tuple[Claimed, ...]:
    """What an identifier holds as part of a longer number, whoever issued it."""
    found = read_parts(text) if len(text) > _AS_LONG_AS_BSN else ()
    return tuple([(Strength.PART, one.value) for one in found])


def split_identifiers(value: bytes, character_set: tuple[str, ...]) -> list[bytes]:
    """The single values of Other Patient IDs (0010,1000), as bytes with their padding.

    An HL7 v2 identifier that was copied with its escapes (`\\S\\` for `^`, 2.7.1) is one value where it says BSN,
    although DICOM's own delimiter stands in it. Raises Refused.
    """
    values = split_values(value, character_set)
    if not _ESCAPES.intersection(values):
        return values
    joined = values[:1]
    following = iter(values[1:])
    for single in following:
        if single in _ESCAPES and (rest := next(following, None)) is not None:
            joined[-1] += b"\\" + single + b"\\" + rest
        else:
            joined.append(single)
    says_bsn = any(one.is_declared for single in joined for one in read_identifier(decoded(single, character_set)))
    return joined if says_bsn else values


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
    inside = [unique(item.elements) for item in items]

    def inner(tag: int) -> str:
        return " ".join(filter(None, (text(tag, item) for item in inside))) if inside else ""

    return Identifier(
        patient_id=text(PATIENT_ID, found),
        issuer=text(ISSUER_OF_PATIENT_ID, found),
        id_type=text(TYPE_OF_PATIENT_ID, found),
        namespace=inner(LOCAL_NAMESPACE_ENTITY_ID),
        entity=inner(UNIVERSAL_ENTITY_ID),
        entity_type=inner(UNIVERSAL_ENTITY_ID_TYPE),
        type_code=inner(IDENTIFIER_TYPE_CODE),
        qualifier_items=len(items),
    )


def grouped(identifiers: Sequence[Identifier]) -> list[tuple[tuple[int, ...], Identifier]]:
    """Items of one sequence by the identifier they make up: an item with only a number that may be a BSN takes its
    authority from a next item that has only the BSN's (a variant that Dutch systems wrote). Indices, and the
    identifier as meant. Any other number stays by itself: the second item is an EPD's empty PID-3 (HL7 v2) then.
    """
    groups: list[tuple[tuple[int, ...], Identifier]] = []
    index = 0
    while index < len(identifiers):
        this, following = identifiers[index], identifiers[index + 1 : index + 2]
        is_half = this.authority is Authority.NONE and bool(this.claims())
        if is_half and following and following[0].is_authority_only:
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
