"""One digest over all but headers and EPD on which a decision by proof rests: policy, profile, and the program itself.

Whatever changes it makes a plan judge everything anew. Fields are found by looking, so that none can be forgotten; a
kind of value that nobody thought of is an error, never the same digest.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path

import remediate
from remediate.digests import digest_text, sha256_of_value
from remediate.header.profiles import Profile
from remediate.identity.verdicts import MatchingPolicy

_Plain = str | int | bool | None | list["_Plain"]


def rests_on(policy: MatchingPolicy, profile: Profile) -> str:
    """SHA-256 (base32) over both, the source of this program and the Python that runs it."""
    return sha256_of_value([_plain(policy), _plain(profile), program(), sys.version])


@cache
def program() -> str:
    """SHA-256 (base32) over every module of this program: rules that changed decide otherwise."""
    hasher = hashlib.sha256()
    top = Path(remediate.__file__).parent
    for path in sorted(top.rglob("*.py")):
        source = path.read_bytes()
        hasher.update(f"{path.relative_to(top)} {len(source)}\n".encode() + source)
    return digest_text(hasher)


def _plain(value: object) -> _Plain:
    """The value as lists and texts, the same in every process. Raises TypeError on a kind that is not known."""
    if isinstance(value, Enum):
        return [type(value).__name__, value.name]
    if value is None or isinstance(value, str | int):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *([field.name, _plain(getattr(value, field.name))] for field in fields(value))]
    if isinstance(value, tuple):
        return ["row", *map(_plain, value)]
    if isinstance(value, frozenset):
        return ["set", *sorted(map(_plain, value), key=repr)]
    if isinstance(value, Mapping):
        return ["map", *sorted(([_plain(key), _plain(one)] for key, one in value.items()), key=repr)]
    raise TypeError(f"a {type(value).__name__} on which a decision rests")
