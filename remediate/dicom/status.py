"""What a C-STORE response status means for us: a pure table (PS3.4 table B.2-1, PS3.7 annex C)."""

from __future__ import annotations

from remediate.records.dicom import StoreVerdict

SUCCESS = 0x0000
PENDING = frozenset({0xFF00, 0xFF01})
CANCELLED = 0xFE00
SUBOPERATIONS_WARNING = 0xB000
PROCESSING_FAILURE = 0x0110

_WARNINGS = frozenset({0xB000, 0xB006, 0xB007, 0x0001, 0x0107, 0x0116})
"""Coercion, elements discarded, data set does not match its SOP class; general warnings of PS3.7 C.4."""

_EXACT: dict[int, StoreVerdict] = {
    SUCCESS: StoreVerdict.STORED,
    0x0110: StoreVerdict.BUSY,  # processing failure: the peer's own trouble
    0x0213: StoreVerdict.BUSY,  # resource limitation
    0x0111: StoreVerdict.REFUSED,  # duplicate SOP instance
    0x0122: StoreVerdict.REFUSED,  # SOP class not supported
    0x0124: StoreVerdict.REFUSED,  # not authorised
    0xA778: StoreVerdict.REFUSED,  # dcm4chee: the Patient ID conflicts with the one it has
    CANCELLED: StoreVerdict.UNKNOWN,
}


OUT_OF_RESOURCES = range(0xA700, 0xA800)
"""Refusals that may pass (PS3.4 tables B.2-1, C.4-1 and C.4-2)."""


def store_verdict(status: int | None) -> StoreVerdict:
    """Sort a status. None (no response, or one without a status) is unknown, as is a status that makes no sense."""
    if status is None:
        return StoreVerdict.UNKNOWN
    if status in _EXACT:
        return _EXACT[status]
    if status in _WARNINGS:
        return StoreVerdict.WARNING
    if status in OUT_OF_RESOURCES:
        return StoreVerdict.BUSY
    if status in PENDING:
        return StoreVerdict.UNKNOWN
    return StoreVerdict.REFUSED


def name(status: int | None) -> str:
    """A status as people write it."""
    return "none" if status is None else f"0x{status:04X}"
