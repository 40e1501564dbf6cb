"""The quick reader of an index's answers says what the readers of any data set say, or leaves it to them."""

from __future__ import annotations

import struct

from hypothesis import example, given, settings
from hypothesis import strategies as st

from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.index_answer import plain_evidence, plain_values
from remediate.header.layout import layout_of
from remediate.header.refusal import Refused
from remediate.header.syntax import IMPLICIT_VR_LITTLE_ENDIAN
from remediate.header.tags import OTHER_PATIENT_IDS, PATIENT_ID, PATIENT_NAME, SPECIFIC_CHARACTER_SET
from remediate.header.texts import terms_of

Pairs = list[tuple[int, bytes]]

ASKED = (
    *(0x00080005, 0x00080020, 0x00080030, 0x00080050, 0x00080052, 0x00080054, 0x00080061, 0x00080080, 0x00081010),
    *(0x00081040, 0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040, 0x00101000, 0x0020000D, 0x00201208),
)
ITEM_WITH_NUMBER = struct.pack("<HHLHHL9sx", 0xFFFE, 0xE000, 18, 0x10, 0x20, 10, b"999911120")
ODD = (0x00020010, 0x00100022, 0x00100024, 0x00101002, 0x00104000, 0x00091010, 0x00380010, 0x00400275, 0xFFFAFFFA)
TEXTS = (
    *(b"", b"H001234 ", b"999911120 ", b"BSN 999911120 ", b"99991112", b"999911121 ", b"NLMINBIZA ", b"NNNLD "),
    *(b"999911120\\X-17 ", b"X\\\\999911120", b"2.16.840.1.113883.2.4.6.3 ", b"20100229", b"Jansen^Ren\xe9 "),
    *(b"9999.11.120 ", b"999911120^^^NLMINBIZA^NNNLD ", b"999911120\\S\\\\S\\NLMINBIZA ", b"Jansen^BSN999911120 "),
    *(b"\x83\x5c\x83\x5c", b"Yamada=\x1b$B;3ED\x1b(B", b"\0\0", b"\xff\xfe", ITEM_WITH_NUMBER),
)
CHARACTER_SETS = (b"ISO_IR 100", b"ISO_IR 192", b"ISO_IR 13 ", b"\\ISO 2022 IR 87", b"", b"nonsense")
values = st.sampled_from(TEXTS) | st.binary(max_size=12)
terms = st.sampled_from(CHARACTER_SETS)
asked = st.dictionaries(st.sampled_from(ASKED[1:]), values).map(lambda found: sorted(found.items()))


def encoded(pairs: Pairs) -> bytes:
    return b"".join(struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value)) + value for tag, value in pairs)


def assert_agrees(data: bytes) -> bool:
    """Whether the quick reader read it, having said the same as the others."""
    found = plain_values(data)
    if found is None:
        return False
    layout = layout_of(data, IMPLICIT_VR_LITTLE_ENDIAN, last_tag=None)
    assert found == {element.tag: data[element.value : element.value_end] for element in layout.elements}
    evidence = plain_evidence(found, terms_of(found.get(SPECIFIC_CHARACTER_SET, b"")))
    if evidence is None:
        return False
    assert evidence == read_evidence(data, IMPLICIT_VR_LITTLE_ENDIAN, EvidenceSettings())
    return True


@settings(max_examples=300)
@given(terms, asked)
@example(b"ISO_IR 100", [(PATIENT_NAME, b"Jansen^Ren\xe9 "), (PATIENT_ID, b"999911120 ")])
def test_an_answer_of_what_was_asked_for_is_read_alike(term: bytes, pairs: Pairs) -> None:
    data = encoded([(SPECIFIC_CHARACTER_SET, term), *pairs])
    others = dict(pairs).get(OTHER_PATIENT_IDS, b"")
    has_items = ITEM_WITH_NUMBER[:4] in data or b"\xff\xfe\xe0\x00" in data
    may_not_be_split = not others.isascii() or b"\x1b" in others
    assert assert_agrees(data) or has_items or may_not_be_split


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from((*ASKED, *ODD)), values), max_size=8), st.binary(max_size=9), st.booleans())
def test_whatever_else_an_archive_sends_is_read_alike_or_left_to_the_others(
    pairs: Pairs, tail: bytes, ascending: bool
) -> None:
    data = encoded(sorted(pairs) if ascending else pairs) + tail
    try:
        assert_agrees(data)
    except Refused as refused:
        raise AssertionError("read what the scanner refuses") from refused


@given(asked, st.integers(1, 40))
def test_an_answer_that_is_cut_off_is_not_plain(pairs: Pairs, missing: int) -> None:
    rest = encoded(pairs)[:-missing]
    if rest not in [encoded(pairs[:count]) for count in range(len(pairs))]:
        assert plain_values(rest) is None
