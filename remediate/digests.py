"""How digests look to people: SHA-256 in lower-case base32, over bytes or over values as canonical JSON. No keys here.

Base32, because a hexadecimal digest may hold nine digits in a row that pass the eleven-test.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Protocol

_SIGNS = b"abcdefghijklmnopqrstuvwxyz234567" * 8
_MOST_SIGNS = 64


class Hasher(Protocol):
    """What `hashlib` makes, as far as it is read here."""

    def digest(self) -> bytes:
        """The digest of all that was hashed so far."""


def sha256_text(data: bytes) -> str:
    """SHA-256 in base32 (52 characters)."""
    return base32(hashlib.sha256(data).digest())


def digest_text(hasher: Hasher) -> str:
    """What was hashed so far, in base32."""
    return base32(hasher.digest())


def sha256_of_value(value: object) -> str:
    """SHA-256 in base32 over compact JSON with sorted keys: the same for equal values."""
    return sha256_text(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def base32(data: bytes) -> str:
    """Lower-case base32 (RFC 4648) without padding: the form of every digest that people see.

    The standard library's takes four times as long for a digest, and several are made for each look-up.
    """
    if len(data) > _MOST_SIGNS * 5 // 8:
        return base64.b32encode(data).decode().rstrip("=").lower()
    number = int.from_bytes(data, "big") << _MOST_SIGNS * 5 - len(data) * 8
    for upper, shift in _SPREAD:
        moved = number & upper
        number = number ^ moved | moved << shift
    return number.to_bytes(_MOST_SIGNS, "big").translate(_SIGNS)[: (len(data) * 8 + 4) // 5].decode()


def _spread() -> Iterator[tuple[int, int]]:
    """Steps that move 64 groups of 5 bits to 64 of 8 bits: the upper half of each block away from the lower one, in
    blocks of 64 groups, then of 32, down to 2. Which bits a step moves, and how far."""
    half = _MOST_SIGNS // 2
    while half:
        upper = ((1 << half * 5) - 1) << half * 5
        yield sum(upper << block * 8 for block in range(0, _MOST_SIGNS, half * 2)), half * 3
        half //= 2


_SPREAD = tuple(_spread())


def from_base32(text: str) -> bytes:
    """The bytes of `base32`. Raises ValueError on anything else."""
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
