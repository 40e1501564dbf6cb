"""Which of the configured files of patient records are new since they were last loaded; loads none of them.

`epd.files` holds names and patterns. A file is known by its place and by the digest of what it held: what is the same
is not read again, what grew or changed is read whole, since loading is repeatable and a later row may undo an earlier
one. Under other settings of `epd` everything counts as new: it would be read otherwise.
"""

from __future__ import annotations

import glob
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from remediate.config.epd import EpdSettings
from remediate.digests import digest_text, sha256_of_value
from remediate.errors import EpdError
from remediate.texts.language import unreadable

DELIVERIES = "epd-deliveries"
"""The ledger's fact that holds what was loaded."""

_BLOCK = 1 << 20
_PATTERN = re.compile(r"[*?\[]")
_NOT_READ_BY = {"files", "max_rejected"}
"""Settings that change nothing of what a record is read as."""


class Mark(NamedTuple):
    """What a file held: its size in bytes, and SHA-256 in base32."""

    size: int
    sha256: str


class Why(Enum):
    """Why a file is to be loaded."""

    NEW = "new"
    GREW = "grew"
    CHANGED = "changed"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file to load."""

    path: Path
    name: str  # under which it is remembered
    mark: Mark
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What was loaded: marks by the name of the file, and a digest of the settings under which that was."""

    settings: str
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Deliveries:
        """As `text` wrote it; "" is of a ledger that never loaded anything."""
        if not text:
            return cls(settings="")
        raw = json.loads(text)
        return cls(settings=raw["settings"], marks={name: Mark(*mark) for name, mark in raw["files"].items()})

    @property
    def text(self) -> str:
        """For the ledger; no names of files in clear when they were made pseudonyms."""
        return json.dumps({"settings": self.settings, "files": self.marks}, sort_keys=True, separators=(",", ":"))

    def to_load(self, files: Mapping[str, Path], settings: EpdSettings) -> tuple[Delivery, ...]:
        """Those of the files, by name, that were not loaded as they are, in order. Raises `EpdError`."""
        is_same = self.settings in ("", settings_mark(settings))
        found = []
        for name, path in files.items():
            old = self.marks.get(name)
            mark, beginning = _mark_of(path, old.size if old else 0)
            if mark == old and is_same:
                continue
            found.append(Delivery(path=path, name=name, mark=mark, why=_why(old, mark, beginning)))
        return tuple(found)

    def after(self, loaded: Iterable[Delivery], settings: EpdSettings) -> Deliveries:
        """What is known once these were loaded under these settings. What was read under others is forgotten."""
        mark = settings_mark(settings)
        known = dict(self.marks) if self.settings in ("", mark) else {}
        return Deliveries(settings=mark, marks={**known, **{one.name: one.mark for one in loaded}})


def _why(old: Mark | None, new: Mark, beginning: str) -> Why:
    if old is None:
        return Why.NEW
    if new == old:
        return Why.SETTINGS
    return Why.GREW if new.size > old.size and beginning == old.sha256 else Why.CHANGED


def settings_mark(settings: EpdSettings) -> str:
    """Digest of the settings that say how a record is read."""
    return sha256_of_value(settings.model_dump(mode="json", exclude=_NOT_READ_BY))


def matching(pattern: str, base: Path) -> tuple[Path, ...]:
    """The files that one entry of `epd.files` names, `adt-2` before `adt-10`; what is no pattern names itself, there or
    not. Files whose name begins with a dot are never meant."""
    plain = base / pattern
    if not _PATTERN.search(pattern) or plain.exists():
        return (plain,)
    found = (base / name for name in glob.glob(pattern, root_dir=base, recursive=True))
    return tuple(sorted((path for path in found if path.is_file()), key=_in_order))


def named(paths: Sequence[Path], base: Path, pseudonym: Callable[[str], str]) -> dict[str, Path]:
    """Each file once, in order, by the name under which it is remembered: its place, seen from the configuration."""
    return {pseudonym(_place(path.resolve(), base)): path for path in paths}


def _place(path: Path, base: Path) -> str:
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)


def _in_order(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    parts = re.split(r"(\d+)", str(path))
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts], str(path)


def _mark_of(path: Path, at: int) -> tuple[Mark, str]:
    """What a file holds, and the digest of its first `at` bytes; "" where it has fewer."""
    hasher, size, beginning = hashlib.sha256(), 0, ""
    try:
        with path.open("rb") as stream:
            while block := stream.read(min(_BLOCK, at - size) if size < at else _BLOCK):
                hasher.update(block)
                size += len(block)
                if size == at:
                    beginning = digest_text(hasher)
    except OSError as error:
        raise EpdError(unreadable(path.name, error)) from None
    return Mark(size, digest_text(hasher)), beginning
