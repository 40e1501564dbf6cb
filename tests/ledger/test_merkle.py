"""Merkle trees: equal to the definition in RFC 6962 and its known answers; paths lead to the root and nowhere else."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.ledger.proof.merkle import Tree, audit_path, leaf_hash, root_by_path, root_of

# The entries of the tree by which implementations of Certificate Transparency check each other.
_ENTRIES = tuple(
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
)  # fmt: skip
_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
)

entries = st.lists(st.binary(max_size=6), min_size=1, max_size=70)


def _by_definition(items: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not items:
        return hashlib.sha256(b"").digest()
    if len(items) == 1:
        return hashlib.sha256(b"\x00" + items[0]).digest()
    split = 1
    while split * 2 < len(items):
        split *= 2
    return hashlib.sha256(b"\x01" + _by_definition(items[:split]) + _by_definition(items[split:])).digest()


def test_known_answers() -> None:
    assert Tree().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for number, root in enumerate(_ROOTS, start=1):
        assert root_of([leaf_hash(entry) for entry in _ENTRIES[:number]]).hex() == root


@given(entries)
def test_a_growing_tree_has_the_root_of_the_definition(items: list[bytes]) -> None:
    tree = Tree()
    for number, item in enumerate(items, start=1):
        tree.extend([item])
        assert tree.root() == _by_definition(items[:number])


@given(entries, st.data())
def test_a_path_leads_to_the_root_from_its_own_leaf_and_place_only(items: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(item) for item in items]
    index = data.draw(st.integers(0, len(items) - 1))
    path, root = audit_path(leaves, index), root_of(leaves)
    assert root_by_path(leaves[index], index, len(leaves), path) == root
    assert root_by_path(leaf_hash(b"another entry"), index, len(leaves), path) != root
    for wrong in (path[:-1], (*path, root)):
        if len(wrong) != len(path):
            with pytest.raises(ValueError):
                root_by_path(leaves[index], index, len(leaves), wrong)
    other = data.draw(st.integers(0, len(items) - 1))
    if leaves[other] != leaves[index]:
        with contextlib.suppress(ValueError):  # a path of another length
            assert root_by_path(leaves[index], other, len(leaves), path) != root


def test_a_leaf_outside_its_tree_is_refused() -> None:
    with pytest.raises(IndexError):
        audit_path([leaf_hash(b"")], 1)
    with pytest.raises(ValueError, match="outside"):
        root_by_path(leaf_hash(b""), 1, 1, ())
