"""What of an object is about its patient; a change anywhere else is seen, in every transfer syntax."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remediate.header.compare import SAME_BYTES, SAME_CONTENT, Different
from remediate.header.dataset import HeldDataSet, condensed, held_in_memory
from remediate.header.patient_elements import compare_rest, other_numbers, patient_elements
from remediate.header.refusal import Refusal
from tests.header.header_samples import (
    BSN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    OTHER_BSN,
    SYNTAXES,
    Leaf,
    Node,
    Seq,
    complete_item,
    encoded,
    item,
    patient,
    text,
    with_group_lengths,
)

CHARSET, STUDY_DESCRIPTION, OTHER_IDS, OTHER_ITEMS = 0x00080005, 0x00081030, 0x00101000, 0x00101002
BEFORE = patient(
    text(CHARSET, "CS", "ISO_IR 100"), text(STUDY_DESCRIPTION, "LO", "Knie"), text(OTHER_IDS, "LO", "A-77")
)
TOLD = patient(
    text(CHARSET, "CS", "ISO_IR 100"),
    text(STUDY_DESCRIPTION, "LO", "Knie"),
    text(0x00100010, "PN", "de Vries^Anna Maria"),
    Seq(OTHER_ITEMS, (item("A-77", "HOSPITAL"), complete_item())),
    Seq(0x04000561, ((text(0x04000565, "CS", "CORRECT"),),)),
)


def held(nodes: tuple[Node, ...], syntax: str) -> HeldDataSet:
    return held_in_memory(encoded(nodes, syntax), syntax)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_an_update_of_the_patient_leaves_the_rest_the_same(syntax: str) -> None:
    assert compare_rest(held(BEFORE, syntax), held(TOLD, syntax)) in (SAME_BYTES, SAME_CONTENT)
    lifted = patient_elements(encoded(BEFORE, syntax), syntax)
    assert not isinstance(lifted, Refusal)
    assert {change.tag for change in lifted.changes} == {CHARSET} | {n.tag for n in BEFORE if n.tag >> 16 == 0x10}
    assert all(change.before and not change.after for change in lifted.changes), "what stood there is kept"


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "changed",
    [text(STUDY_DESCRIPTION, "LO", "Heup"), Leaf(0x7FE00010, "OW", bytes(64)), text(0x00080050, "SH", "1"),
     text(0x0020000D, "UI", "1.2.3"), Leaf(0x00111001, "UN", b"x1")],
)  # fmt: skip
def test_a_change_besides_is_seen(syntax: str, changed: Leaf) -> None:
    nodes = {node.tag: node for node in TOLD} | {changed.tag: changed}
    after = tuple(nodes[tag] for tag in sorted(nodes))
    assert isinstance(compare_rest(held(BEFORE, syntax), held(after, syntax)), Different)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_other_lengths_and_group_lengths_are_the_same_content(syntax: str) -> None:
    before = (*BEFORE[:-1], Seq(0x00081140, ((text(0x00081150, "UI", "1.2"),),)), BEFORE[-1])
    ordered = tuple(sorted(before, key=lambda node: node.tag))
    after = tuple(replace(n, undefined=True, undefined_items=True) if isinstance(n, Seq) else n for n in ordered)
    assert (
        compare_rest(held(ordered, syntax), held(with_group_lengths(after, syntax, [0x08, 0x20]), syntax))
        is SAME_CONTENT
    )
    assert compare_rest(condensed(held(BEFORE, syntax)), condensed(held(TOLD, syntax))) is SAME_BYTES


def test_a_character_set_may_only_grow_from_ascii() -> None:
    def described(charset: str, value: bytes) -> HeldDataSet:
        sets = (text(CHARSET, "CS", charset),) if charset else ()
        return held(patient(*sets, Leaf(STUDY_DESCRIPTION, "LO", value)), EXPLICIT)

    assert compare_rest(described("", b"Knie"), described("ISO_IR 192", b"Knie")) is SAME_BYTES
    assert compare_rest(described("ISO_IR 6", b"Knie"), described("ISO_IR 100", b"Knie")) is SAME_BYTES
    assert isinstance(compare_rest(described("ISO_IR 100", b"Kn\xeb "), described("ISO_IR 192", b"Kn\xeb ")), Different)
    assert isinstance(compare_rest(held(BEFORE, EXPLICIT), held(BEFORE, DEFLATED)), Different)


def test_every_other_number_is_found_wherever_it_stands() -> None:
    nodes = patient(
        text(OTHER_IDS, "LO", f"A-77\\{BSN.digits}"), Seq(OTHER_ITEMS, (item("B-1", "X"), item(OTHER_BSN.digits)))
    )
    assert other_numbers(encoded(nodes, IMPLICIT), IMPLICIT) == {"A-77", BSN.digits, "B-1", OTHER_BSN.digits}
    assert other_numbers(encoded(patient(), EXPLICIT), EXPLICIT) == frozenset()
