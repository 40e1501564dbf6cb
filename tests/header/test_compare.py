"""Re-encoded is the same content; different content is never called the same."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.header.compare import SAME_BYTES, SAME_CONTENT, Comparison, Different, compare
from remediate.header.correction import Correction, Parts, apply, plan_correction, reversal, undo
from remediate.header.part10 import Part10, build_meta, split_part10
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from tests.header.header_samples import (
    BIG_ENDIAN,
    BSN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    PROVENANCE,
    Fragments,
    Leaf,
    Node,
    Sample,
    Seq,
    complete_item,
    encoded,
    item,
    patient,
    require,
    samples,
    text,
    with_group_lengths,
)

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def compared(sent: bytes | tuple[Node, ...], held: bytes | tuple[Node, ...], syntax: str = EXPLICIT) -> Comparison:
    one = sent if isinstance(sent, bytes) else encoded(sent, syntax)
    other = held if isinstance(held, bytes) else encoded(held, syntax)
    return compare(one, other, syntax, syntax)


def relengthened(node: Node) -> Node:
    """The same content with every defined length undefined and the other way round."""
    if not isinstance(node, Seq):
        return node
    items = tuple(tuple(relengthened(member) for member in members) for members in node.items)
    return replace(node, items=items, undefined=not node.undefined, undefined_items=not node.undefined_items)


@QUICK
@given(sample=samples())
def test_other_lengths_are_the_same_content(sample: Sample) -> None:
    content = tuple(relengthened(node) for node in sample.nodes if node.tag & 0xFFFF)
    assert compared(sample.data, encoded(content, sample.syntax), sample.syntax) in (SAME_CONTENT, SAME_BYTES)


@st.composite
def altered(draw: st.DrawFn) -> tuple[Sample, tuple[Node, ...]]:
    """A sample, and the same with one thing different, perhaps re-encoded as well."""
    sample = draw(samples())
    nodes = [node for node in sample.nodes if node.tag & 0xFFFF]
    index = draw(st.integers(0, len(nodes) - 1))
    nodes[index : index + 1] = draw(changes(nodes[index]))
    if draw(st.booleans()):
        nodes = [relengthened(node) for node in nodes]
    return sample, tuple(nodes)


@st.composite
def changes(draw: st.DrawFn, node: Node) -> list[Node]:
    """One element gone, or with another value somewhere inside; never merely padded."""
    if isinstance(node, Fragments):
        return [Fragments((*node.fragments, b"more"), node.tag)]
    if isinstance(node, Leaf):
        different = node.value + b"xy" if len(node.value) % 2 == 0 else node.value[:-1] + bytes([node.value[-1] ^ 1])
        return draw(st.sampled_from([[], [replace(node, value=different)]]))
    if not node.items or draw(st.booleans()):
        return [replace(node, items=(*node.items, ()))]
    members = list(node.items[0])
    inner = [*draw(changes(members[0])), *members[1:]] if members else [text(0x00080100, "SH", "NEW")]
    return [replace(node, items=(tuple(inner), *node.items[1:]))]


@QUICK
@given(pair=altered())
def test_different_content_is_never_the_same(pair: tuple[Sample, tuple[Node, ...]]) -> None:
    sample, nodes = pair
    result = compared(sample.data, encoded(nodes, sample.syntax), sample.syntax)
    assert isinstance(result, Different)
    assert result.tags


def test_group_lengths_padding_and_un_are_encoding() -> None:
    plain = patient(Seq(0x00101002, (complete_item(),)), Leaf(0x00081030, "LO", b"odd"))
    un = patient(Seq(0x00101002, (complete_item(),), "UN"), Leaf(0x00081030, "LO", b"odd "))
    trailing = Leaf(0xFFFCFFFC, "OB", bytes(20))
    assert compared(plain, un) is SAME_CONTENT
    assert compared(with_group_lengths(plain, EXPLICIT, [8, 16]), (*un, trailing)) is SAME_CONTENT
    assert compared(encoded(plain, EXPLICIT) + bytes(64), encoded(plain, EXPLICIT)) is SAME_CONTENT


@pytest.mark.parametrize(
    ("sent", "held", "reason", "tag"),
    [
        (patient(), patient(issuer=""), HeaderReason.ELEMENT_MISSING, "(0010,0021)"),
        (patient(issuer=""), patient(), HeaderReason.ELEMENT_ADDED, "(0010,0021)"),
        (patient(), patient(patient_id="H2"), HeaderReason.VALUE_DIFFERS, "(0010,0020)"),
        (patient(), patient(Leaf(0x00100020, "SH", b"H0012345")), HeaderReason.VR_DIFFERS, "(0010,0020)"),
        (patient(), patient(Leaf(0x7FE00010, "OW", b"ab")), HeaderReason.PIXEL_DATA_DIFFERS, "(7FE0,0010)"),
        (
            patient(Leaf(0x00081030, "LO", b"a  ")),
            patient(Leaf(0x00081030, "LO", b"a ")),
            HeaderReason.VALUE_DIFFERS,
            "(0008,1030)",
        ),
        (
            patient(Leaf(0x00091001, "OB", b"abc")),
            patient(Leaf(0x00091001, "OB", b"abc ")),
            HeaderReason.VALUE_DIFFERS,
            "(0009,1001)",
        ),
    ],
)
def test_differences_name_element_and_reason(
    sent: tuple[Node, ...], held: tuple[Node, ...], reason: HeaderReason, tag: str
) -> None:
    assert compared(sent, held) == Different(reason, (tag,))


def test_pixel_data_weighs_most() -> None:
    result = compared(patient(), patient(Leaf(0x7FE00010, "OW", b"ab"), patient_id="H2"))
    assert result == Different(HeaderReason.PIXEL_DATA_DIFFERS, ("(0010,0020)", "(7FE0,0010)"))


def test_another_transfer_syntax_and_unreadable_bytes() -> None:
    data = encoded(patient(), EXPLICIT)
    assert compare(data, data, EXPLICIT, JPEG) == Different(HeaderReason.TRANSCODED)
    assert compared(data, data[:-1]) == Different(HeaderReason.CUT_OFF)


def test_deflated_data_sets_are_compared_inflated() -> None:
    assert compared(encoded(patient(), DEFLATED), encoded(patient(), DEFLATED), DEFLATED) is SAME_BYTES
    again = encoded(patient(Seq(0x00081140, (), undefined=True)), DEFLATED)
    assert compared(encoded(patient(Seq(0x00081140, ())), DEFLATED), again, DEFLATED) is SAME_CONTENT


# --- an archive that re-encodes -----------------------------------------------------------------------------------

NODES = patient(
    text(0x00101000, "LO", f"H1\\{BSN.digits}"),
    Seq(0x00101002, (item("A1", "ELSEWHERE"),), undefined=True, undefined_items=True),
    Seq(0x00081140, ((text(0x00081150, "UI", "1.2"),), ()), undefined=True),
)


def correction_of(syntax: str, nodes: tuple[Node, ...] = NODES) -> tuple[Correction, Parts]:
    data = encoded(nodes, syntax)
    correction = plan_correction(data, syntax, bsn=BSN, profile=OTHER_PATIENT_IDS_SEQUENCE, provenance=PROVENANCE)
    assert isinstance(correction, Correction)
    parts = apply(correction, data)
    assert isinstance(parts, Parts)
    return correction, parts


@pytest.mark.dcmtk
@pytest.mark.parametrize("options", [["+e", "+g"], ["-e", "-g"], ["+e", "-g"], ["-e", "+g="]])
@pytest.mark.parametrize(("syntax", "option"), [(IMPLICIT, "+ti"), (EXPLICIT, "+te"), (BIG_ENDIAN, "+tb")])
def test_what_dcmtk_rewrites_is_the_same_content_and_can_be_taken_back(
    tmp_path: Path, options: list[str], syntax: str, option: str
) -> None:
    require("dcmconv")
    correction, parts = correction_of(syntax)
    sent, held = tmp_path / "sent.dcm", tmp_path / "held.dcm"
    sent.write_bytes(build_meta("1.2.840.10008.5.1.4.1.1.7", "1.2.3", syntax) + parts.join())
    subprocess.run(["dcmconv", option, *options, sent, held], check=True, capture_output=True)
    part = split_part10(held.read_bytes())
    assert isinstance(part, Part10)
    assert compare(parts, part.dataset, syntax, part.transfer_syntax_uid) in (SAME_CONTENT, SAME_BYTES)
    back = reversal(correction, part.dataset)
    assert isinstance(back, Correction)
    restored = apply(back, part.dataset)
    assert isinstance(restored, Parts)
    assert compare(encoded(NODES, syntax), restored.join(), syntax, syntax) is SAME_CONTENT


def test_a_reversal_expects_the_content_that_the_correction_made() -> None:
    correction, parts = correction_of(EXPLICIT)
    held = parts.join()
    assert reversal(correction, held) == correction.inverse()
    changed = held.replace(b"H1", b"H2")
    refused = reversal(correction, changed)
    assert isinstance(refused, Refusal)
    assert refused.reason is HeaderReason.EXPECTATION
    assert isinstance(undo(correction, changed), Refusal)


def test_a_reversal_after_group_lengths_were_dropped() -> None:
    nodes = with_group_lengths(NODES, EXPLICIT, [0x0008, 0x0010])
    correction, _ = correction_of(EXPLICIT, nodes)
    _, without = correction_of(EXPLICIT)
    back = reversal(correction, without.join())
    assert isinstance(back, Correction)
    restored = apply(back, without.join())
    assert isinstance(restored, Parts)
    assert restored.join() == encoded(NODES, EXPLICIT)
