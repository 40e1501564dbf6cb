"""Codes of what an item or Patient ID with a BSN lacks, such as `item-lacks-issuer+type`, with one plain sentence for
each; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from remediate.identity.bsn import BSN_OID
from remediate.identity.evidence import ItemPart
from remediate.texts.language import Language, Sentence

_LACKS: Mapping[str, Sentence] = {
    "item-lacks-": Sentence(
        "The item for the BSN in Other Patient IDs Sequence lacks: {parts}.",
        "Aan het item voor het BSN in Other Patient IDs Sequence ontbreekt: {parts}.",
    ),
    "patient-id-lacks-": Sentence(
        "The BSN in Patient ID lacks: {parts}.", "Aan het BSN in Patient ID ontbreekt: {parts}."
    ),
}
_PARTS: Mapping[str, Sentence] = {
    ItemPart.ISSUER: Sentence("Issuer of Patient ID NLMINBIZA", "Issuer of Patient ID NLMINBIZA"),
    ItemPart.TYPE: Sentence("Type of Patient ID TEXT", "Type of Patient ID TEXT"),
    ItemPart.QUALIFIERS: Sentence(
        "Issuer of Patient ID Qualifiers Sequence with one item",
        "Issuer of Patient ID Qualifiers Sequence met één item",
    ),
    ItemPart.UNIVERSAL_ID: Sentence(f"Universal Entity ID {BSN_OID}", f"Universal Entity ID {BSN_OID}"),
    ItemPart.UNIVERSAL_ID_TYPE: Sentence("Universal Entity ID Type ISO", "Universal Entity ID Type ISO"),
    ItemPart.TYPE_CODE: Sentence("Identifier Type Code NNNLD", "Identifier Type Code NNNLD"),
    ItemPart.NINE_DIGITS: Sentence("the number as nine digits alone", "het nummer als negen cijfers zonder meer"),
    ItemPart.ONE_ITEM: Sentence("number and issuer in one item", "nummer en uitgevende instantie in één item"),
}


def lacking(parts: Collection[ItemPart], *, in_item: bool) -> str:
    """The code of an incomplete item, or Patient ID, by what it lacks: `item-lacks-issuer+type` and the like."""
    item, patient_id = _LACKS
    return (item if in_item else patient_id) + "+".join(part for part in ItemPart if part in parts)


def is_lacking(code: str) -> bool:
    """Whether a code is one of `lacking`."""
    return code.startswith(tuple(_LACKS))


def in_item(code: str) -> bool:
    """Whether a code of `lacking` is of an item, not of Patient ID."""
    return code.startswith(next(iter(_LACKS)))


def lacking_sentence(code: str, language: Language) -> str:
    """What is lacking; "" where the code is another."""
    for prefix, told in _LACKS.items():
        parts = code.removeprefix(prefix).split("+") if code.startswith(prefix) else []
        if parts and all(part in _PARTS for part in parts):
            return told.in_(language).format(parts=", ".join(_PARTS[part].in_(language) for part in parts))
    return ""
