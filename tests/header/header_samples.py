"""Data sets for the header tests, encoded here by hand and independently of the code under test. All synthetic."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st

from remediate.header.original_attributes import Provenance
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE, Bsn

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
SYNTAXES = (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED, JPEG)

BSN = Bsn("999911120")
OTHER_BSN = Bsn("999990019")
PROVENANCE = Provenance(
    modified_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    modifying_system="REMEDIATE",
    source_of_previous_values="ARCHIVE",
)

_LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True)
class Leaf:
    """An element with a value of bytes."""

    tag: int
    vr: str
    value: bytes = field(repr=False)


@dataclass(frozen=True)
class Seq:
    """A sequence; `vr` may be UN, then the content is implicit little endian."""

    tag: int
    items: tuple[tuple[Leaf | Seq, ...], ...]
    vr: str = "SQ"
    undefined: bool = False  # length of the sequence
    undefined_items: bool = False


@dataclass(frozen=True)
class Fragments:
    """Encapsulated pixel data."""

    fragments: tuple[bytes, ...] = field(repr=False)
    tag: int = 0x7FE00010


Node = Leaf | Seq | Fragments


def encoded(nodes: Iterable[Node], syntax: str) -> bytes:
    """The data set in its transfer syntax, in the order given."""
    data = b"".join(_node(node, syntax == IMPLICIT, syntax == BIG_ENDIAN) for node in nodes)
    if syntax != DEFLATED:
        return data
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = stream.compress(data) + stream.flush()
    return data + b"\0" * (len(data) % 2)


def text(tag: int, vr: str, value: str, encoding: str = "latin-1") -> Leaf:
    """A text element, padded to even length."""
    raw = value.encode(encoding)
    return Leaf(tag, vr, raw + (b"\0" if vr == "UI" else b" ") * (len(raw) % 2))


def qualifiers(oid: str = BSN_OID, kind: str = "ISO", code: str = BSN_TYPE_CODE) -> Seq:
    """Issuer of Patient ID Qualifiers Sequence."""
    parts = [(0x00400032, "UT", oid), (0x00400033, "CS", kind), (0x00400035, "CS", code)]
    return Seq(0x00100024, (tuple(text(tag, vr, value) for tag, vr, value in parts if value),))


def item(number: str = "", issuer: str = "", kind: str = "TEXT", *more: Node) -> tuple[Node, ...]:
    """One item of Other Patient IDs Sequence."""
    parts: list[Node] = []
    if number:
        parts.append(text(0x00100020, "LO", number))
    if issuer:
        parts.append(text(0x00100021, "LO", issuer))
    if kind:
        parts.append(text(0x00100022, "CS", kind))
    return tuple(sorted([*parts, *more], key=lambda node: node.tag))


def complete_item(bsn: Bsn = BSN) -> tuple[Node, ...]:
    """The item that the default profile wants."""
    return item(bsn.digits, BSN_AUTHORITY, "TEXT", qualifiers())


def patient(*more: Node, patient_id: str = "H0012345", issuer: str = "HOSPITAL") -> tuple[Node, ...]:
    """A small object in ascending order, with any elements more or instead."""
    nodes: dict[int, Node] = {
        node.tag: node
        for node in (
            text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"),
            text(0x00080018, "UI", "1.2.826.0.1.3680043.8.498.7"),
            text(0x00080020, "DA", "20090807"),
            text(0x00100010, "PN", "Vries^Anna^^de"),
            text(0x00100020, "LO", patient_id),
            text(0x00100021, "LO", issuer),
            text(0x00100030, "DA", "19700102"),
            text(0x00100040, "CS", "F"),
            text(0x0020000D, "UI", "1.2.826.0.1.3680043.8.498.5"),
            text(0x0020000E, "UI", "1.2.826.0.1.3680043.8.498.6"),
            Leaf(0x7FE00010, "OW", bytes(range(64))),
        )
    }
    if not issuer:
        del nodes[0x00100021]
    nodes |= {node.tag: node for node in more}
    return tuple(nodes[tag] for tag in sorted(nodes))


def _node(node: Node, implicit: bool, big: bool) -> bytes:
    order = ">" if big else "<"
    head = struct.pack(order + "HH", node.tag >> 16, node.tag & 0xFFFF)
    if isinstance(node, Fragments):
        items = (struct.pack("<HHL", 0xFFFE, 0xE000, len(data)) + data for data in (b"", *node.fragments))
        return head + b"OB\0\0\xff\xff\xff\xff" + b"".join(items) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    if isinstance(node, Seq):
        return head + _sequence(node, implicit, big)
    if implicit:
        return head + struct.pack(order + "L", len(node.value)) + node.value
    if node.vr in _LONG:
        return head + node.vr.encode() + struct.pack(order + "HL", 0, len(node.value)) + node.value
    return head + node.vr.encode() + struct.pack(order + "H", len(node.value)) + node.value


def _sequence(node: Seq, implicit: bool, big: bool) -> bytes:
    inner_implicit, inner_big = (True, False) if node.vr == "UN" else (implicit, big)
    inner = ">" if inner_big else "<"
    content = b""
    for members in node.items:
        body = b"".join(_node(member, inner_implicit, inner_big) for member in members)
        size = UNDEFINED if node.undefined_items else len(body)
        end = struct.pack(inner + "HHL", 0xFFFE, 0xE00D, 0) if node.undefined_items else b""
        content += struct.pack(inner + "HHL", 0xFFFE, 0xE000, size) + body + end
    size = UNDEFINED if node.undefined else len(content)
    if node.undefined:
        content += struct.pack(inner + "HHL", 0xFFFE, 0xE0DD, 0)
    order = ">" if big else "<"
    length = struct.pack(order + "L", size)
    return (length if implicit else node.vr.encode() + b"\0\0" + length) + content


def require(program: str) -> None:
    """Skip the test where a program is absent; with CI=true that is a failure."""
    if shutil.which(program) is None:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(f"{program} is not installed, and with CI=true its tests may not be skipped")
        pytest.skip(f"{program} is not installed")


# --- hypothesis ---------------------------------------------------------------------------------------------------

_UNRELATED = (0x00080060, 0x00081030, 0x00081140, 0x00180015, 0x00181000, 0x00200010, 0x00280010, 0x00321060)
_PRIVATE = (0x00091001, 0x00091002, 0x000910FF, 0x00191008, 0x00291010)
_HOSPITAL_NUMBERS = ("H1", "0012345", "A-77", "999990019", "123456789")


@st.composite
def leaves(draw: st.DrawFn, tags: tuple[int, ...], *, big: bool) -> Leaf:
    """An element that no correction touches, of any length and sometimes a wrong VR."""
    vr = draw(st.sampled_from(["LO", "SH", "UN", "OB", "CS", "US", "UT"]))
    size = st.integers(0, 3).map(lambda n: 2 * n) if vr == "US" else st.integers(0, 7)
    return Leaf(draw(st.sampled_from(tags)), vr, draw(st.binary(min_size=0, max_size=8))[: draw(size)])


@st.composite
def unrelated_sequences(draw: st.DrawFn, tags: tuple[int, ...], *, big: bool, depth: int = 0) -> Seq:
    """A sequence that no correction touches, nested, with defined and undefined lengths."""
    inner: st.SearchStrategy[Leaf | Seq] = leaves(tags=(0x00080100, 0x00080102, 0x00080104), big=big)
    if depth < 3:
        inner |= unrelated_sequences(tags=(0x00081199, 0x00401012), big=big, depth=depth + 1)
    contents = draw(st.lists(st.lists(inner, max_size=3, unique_by=lambda node: node.tag), max_size=3))
    return Seq(
        draw(st.sampled_from(tags)),
        tuple(tuple(sorted(members, key=lambda node: node.tag)) for members in contents),
        vr="UN" if not big and draw(st.integers(0, 4)) == 0 else "SQ",
        undefined=draw(st.booleans()),
        undefined_items=draw(st.booleans()),
    )


@st.composite
def identity_items(draw: st.DrawFn) -> tuple[tuple[Node, ...], ...]:
    """Items of Other Patient IDs Sequence: complete, partial, split, bare, of others, with extra attributes."""
    extra = text(0x00100032, "TM", "1200")
    local = st.sampled_from(_HOSPITAL_NUMBERS[:3]).map(lambda number: item(number, "HOSPITAL"))
    bsn = st.sampled_from(
        [
            (complete_item(),),
            (item(BSN.digits, BSN_AUTHORITY),),
            (item(BSN.digits, BSN_OID, "", extra),),
            (item("BSN" + BSN.digits, "", ""),),
            (item(BSN.digits, "", ""),),
            (item(BSN.digits, "", ""), item("", BSN_AUTHORITY, "")),
            (item(BSN.digits, "", "TEXT", qualifiers(code="")),),
            (item("AA1234567", BSN_AUTHORITY, "TEXT", qualifiers("", "", "PPN")),),
            (item("", BSN_AUTHORITY, ""),),
        ]
    )
    groups = draw(st.lists(bsn | local.map(lambda members: (members,)), max_size=4))
    return tuple(members for group in groups for members in group)


@dataclass(frozen=True)
class Sample:
    """One generated data set."""

    syntax: str
    nodes: tuple[Node, ...] = field(repr=False)
    padding: int = 0
    raw: bytes = field(default=b"", repr=False)  # instead of nodes: a data set as it is

    @property
    def data(self) -> bytes:
        if self.raw:
            return self.raw
        raw = encoded(self.nodes, self.syntax)
        return raw if self.syntax == DEFLATED else raw + bytes(self.padding)


@st.composite
def samples(draw: st.DrawFn, syntaxes: tuple[str, ...] = SYNTAXES) -> Sample:
    """Data sets of every syntax with every wrong variant of a BSN, between unrelated elements."""
    syntax = draw(st.sampled_from(syntaxes))
    big = syntax == BIG_ENDIAN
    nodes: list[Node] = draw(st.lists(leaves(tags=_UNRELATED[:2] + _UNRELATED[3:], big=big), max_size=4))
    nodes += draw(st.lists(leaves(tags=_PRIVATE, big=big), max_size=3))
    nodes += draw(st.lists(unrelated_sequences(tags=(0x00081140, 0x00189346, 0x00291099), big=big), max_size=2))
    if draw(st.booleans()):
        values = draw(st.lists(st.sampled_from([*_HOSPITAL_NUMBERS, BSN.digits, "BSN" + BSN.digits, ""]), max_size=4))
        nodes.append(text(0x00101000, "LO", "\\".join(values)))
    if draw(st.booleans()):
        vr = "UN" if not big and draw(st.integers(0, 4)) == 0 else "SQ"
        lengths = draw(st.tuples(st.booleans(), st.booleans()))
        nodes.append(Seq(0x00101002, draw(identity_items()), vr, *lengths))
    if draw(st.booleans()):
        modified = Seq(0x04000550, ((text(0x00100010, "PN", "Jansen"),),))
        nodes.append(Seq(0x04000561, ((modified, text(0x04000563, "LO", "ELSE")),), undefined=draw(st.booleans())))
    if draw(st.booleans()):
        nodes.append(text(0x00080005, "CS", draw(st.sampled_from(["ISO_IR 100", "ISO_IR 192", "GB18030", ""]))))
    if draw(st.booleans()):
        nodes.append(text(0x00104000, "LT", draw(st.sampled_from(["", "zie BSN 999911120", "geen bijzonderheden"]))))
    patient_id = draw(st.sampled_from([*_HOSPITAL_NUMBERS, BSN.digits, ""]))
    issuer = draw(st.sampled_from(["", "HOSPITAL", BSN_AUTHORITY if patient_id == BSN.digits else ""]))
    pixels: Node = Leaf(0x7FE00010, "OW", draw(st.binary(max_size=40)))
    if syntax == JPEG:
        pixels = Fragments(tuple(draw(st.lists(st.binary(min_size=2, max_size=20), max_size=3))))
    nodes.append(pixels)
    whole = patient(*nodes, patient_id=patient_id, issuer=issuer)
    whole = with_group_lengths(whole, syntax, draw(st.sets(st.sampled_from([0x0008, 0x0010, 0x0400]))))
    return Sample(syntax, whole, draw(st.sampled_from([0, 0, 2, 512])))


def with_group_lengths(nodes: tuple[Node, ...], syntax: str, groups: Iterable[int]) -> tuple[Node, ...]:
    """The same with true group lengths for groups that are there."""
    flat = EXPLICIT if syntax in (DEFLATED, JPEG) else syntax
    lengths = []
    for group in groups:
        size = len(encoded([node for node in nodes if node.tag >> 16 == group], flat))
        if size:
            order = ">" if syntax == BIG_ENDIAN else "<"
            lengths.append(Leaf(group << 16, "UL", struct.pack(order + "L", size)))
    return tuple(sorted([*lengths, *nodes], key=lambda node: node.tag))
