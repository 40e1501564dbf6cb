"""Tells what of an object is about the patient, and whether all the rest is as it was; changes nothing for good.

For archives that are told of a patient by message: they rewrite what they know of the patient, and nothing else may
change. Patient elements are group 0010, Original Attributes Sequence, and Specific Character Set, which may grow.
"""

from __future__ import annotations

from remediate.header.buffers import Buffer
from remediate.header.changes import Correction, ElementChange
from remediate.header.claims import item_identifiers
from remediate.header.compare import SAME_BYTES, Comparison, Different, compare
from remediate.header.dataset import HeldDataSet, corrected
from remediate.header.layout import header_layout_of
from remediate.header.pieces import Parts
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal, refusals
from remediate.header.tags import (
    ORIGINAL_ATTRIBUTES_SEQUENCE,
    OTHER_PATIENT_IDS,
    PATIENT_ID,
    SPECIFIC_CHARACTER_SET,
    tag_text,
)
from remediate.header.texts import decoded, split_values

_PATIENT_GROUP = PATIENT_ID >> 16
_BESIDES = frozenset(
    {
        SPECIFIC_CHARACTER_SET,
        SPECIFIC_CHARACTER_SET & 0xFFFF0000,  # the group length
        ORIGINAL_ATTRIBUTES_SEQUENCE,
        ORIGINAL_ATTRIBUTES_SEQUENCE & 0xFFFF0000,
    }
)
_LAST = ORIGINAL_ATTRIBUTES_SEQUENCE | 0xFFFF
_SHORT_HEADER = 8  # bytes before a value of VR CS in any transfer syntax (PS3.5 7.1)
_ASCII = (b"", b"ISO_IR 6")


@refusals
def patient_elements(dataset: Buffer, transfer_syntax_uid: str) -> Correction:
    """The correction that takes every patient element away: it holds what stands there now."""
    layout = header_layout_of(dataset, transfer_syntax_uid, last_tag=_LAST)
    tags = {e.tag for e in layout.elements if e.tag >> 16 == _PATIENT_GROUP or e.tag in _BESIDES}
    changes = tuple(ElementChange(tag=tag, before=layout.raw(tag), after=b"") for tag in sorted(tags))
    return Correction(transfer_syntax_uid=transfer_syntax_uid, changes=changes)


@refusals
def other_numbers(dataset: Buffer, transfer_syntax_uid: str) -> frozenset[str]:
    """Every number in Other Patient IDs and its sequence, whoever issued it. Never print them."""
    layout = header_layout_of(dataset, transfer_syntax_uid, last_tag=_LAST)
    values = split_values(layout.value(OTHER_PATIENT_IDS), layout.character_set)
    found = {decoded(value, layout.character_set) for value in values}
    return frozenset(found | {item.patient_id for item in item_identifiers(layout)}) - {""}


def compare_rest(before: HeldDataSet, actual: HeldDataSet) -> Comparison | Refusal:
    """Whether all but the patient elements is the same in both; see `compare`."""
    syntaxes = before.transfer_syntax_uid, actual.transfer_syntax_uid
    if syntaxes[0] != syntaxes[1]:
        return Different(HeaderReason.TRANSCODED)
    lifted = [patient_elements(held.header, held.transfer_syntax_uid) for held in (before, actual)]
    rests = []
    for correction, held in zip(lifted, (before, actual), strict=True):
        if isinstance(correction, Refusal):
            return correction
        rest = corrected(correction, held)
        if isinstance(rest, Refusal):
            return rest
        rests.append((correction, rest))
    (was, expected), (is_, found) = rests
    if not _reads_alike(was, is_):
        return Different(HeaderReason.VALUE_DIFFERS, (tag_text(SPECIFIC_CHARACTER_SET),))
    if expected.sha256() == found.sha256():
        return SAME_BYTES
    if isinstance(expected, Parts) and isinstance(found, Parts):
        return compare(expected, found.join(), *syntaxes)
    return Different(HeaderReason.VALUE_DIFFERS)


def _reads_alike(before: Correction, after: Correction) -> bool:
    """Texts that stay keep their meaning: the character set is the same, or contains the ASCII that it was."""
    one, other = (
        next((change.before for change in lifted.changes if change.tag == SPECIFIC_CHARACTER_SET), b"")
        for lifted in (before, after)
    )
    return one == other or one[_SHORT_HEADER:].rstrip(b" ") in _ASCII


def rest_digest(held: HeldDataSet) -> str | Refusal:
    """The digest of everything but the patient elements of an object that was read back."""
    lifted = patient_elements(held.header, held.transfer_syntax_uid)
    if isinstance(lifted, Refusal):
        return lifted
    rest = corrected(lifted, held)
    return rest if isinstance(rest, Refusal) else rest.sha256()
