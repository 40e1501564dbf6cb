"""Merkle trees as in Certificate Transparency (RFC 6962, section 2.1): one root over many entries, short proofs of one.

Pure: knows no events and no database. The hash is SHA-256; leaves and nodes are told apart by a first byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

_sha256 = hashlib.sha256


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry: SHA-256(0x00 || entry)."""
    return _sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: SHA-256(0x01 || left || right)."""
    return _sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows at its end. It keeps one hash for each complete subtree: as many as its size has bits."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def extend(self, entries: Iterable[bytes]) -> None:
        """Append entries."""
        self.extend_leaves(_sha256(b"\x00" + entry).digest() for entry in entries)

    def extend_leaves(self, leaves: Iterable[bytes]) -> None:
        """Append entries of which the hashes are known."""
        peaks, size = self._peaks, self.size
        for node in leaves:
            ends = size
            while ends & 1:
                node = _sha256(b"\x01" + peaks.pop() + node).digest()
                ends >>= 1
            peaks.append(node)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """The Merkle Tree Hash of everything added so far; that of no entries is the hash of nothing."""
        if not self._peaks:
            return _sha256(b"").digest()
        node = self._peaks[-1]
        for left in reversed(self._peaks[:-1]):
            node = node_hash(left, node)
        return node


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash over leaf hashes."""
    tree = Tree()
    tree.extend_leaves(leaves)
    return tree.root()


def audit_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes that lead from leaf `index` to the root, nearest first (section 2.1.1). Raises IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError("no such leaf")
    path: list[bytes] = []
    while len(leaves) > 1:
        split = 1 << (len(leaves) - 1).bit_length() - 1
        if index < split:
            path.append(root_of(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(root_of(leaves[:split]))
            leaves, index = leaves[split:], index - split
    return tuple(reversed(path))


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root to which a path leads (RFC 9162, section 2.1.3.2). Raises ValueError when its length does not fit."""
    if not 0 <= index < size:
        raise ValueError("a leaf outside its tree")
    node, last = leaf, size - 1
    for other in path:
        if not last:
            raise ValueError("the path is too long")
        if index & 1 or index == last:
            node = node_hash(other, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, other)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return node
