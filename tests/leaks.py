"""Finds patient data where none may be: in what commands print, in files, in their names. Looks, changes nothing.

It never repeats what it found: a leak is told by its place and kind only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from remediate.demo.hospital import Hospital
from remediate.report.leak_scan import numbers_in

_NINE = re.compile(rb"(?<![0-9])[0-9]{9}(?![0-9])")
_LETTERS = r"A-Za-zÀ-ÖØ-öø-ÿ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Where something stands that may not stand there, and what kind of thing."""

    where: str
    kind: str  # bsn, eleven-test, surname
    at: int  # offset in bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What must not be found anywhere."""

    bsns: frozenset[bytes] = field(repr=False)
    surnames: re.Pattern[bytes] = field(repr=False)

    @classmethod
    def of(cls, hospital: Hospital) -> Secrets:
        """Every BSN and every surname of a hospital, in the encodings in which files hold them."""
        names = {part for person in hospital.people for part in (person.name.surname, person.name.partner_surname)}
        spellings = {
            spelling.encode(encoding, "ignore")
            for name in names - {""}
            for spelling in (name, name.upper())
            for encoding in ("utf-8", "latin-1")
        }
        whole = b"|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True))
        edge = rf"[{_LETTERS}]".encode("latin-1")
        pattern = re.compile(b"(?<!" + edge + b")(?:" + whole + b")(?!" + edge + b")")
        bsns = frozenset(person.bsn.encode() for person in hospital.people if person.bsn)
        return cls(bsns=bsns, surnames=pattern)


def leaks_in(content: bytes, where: str, secrets: Secrets) -> Iterator[Leak]:
    """Every leak in some bytes: the hospital's own BSNs wherever they stand, strange numbers as the scanner of
    `ledger export` finds them, and surnames."""
    known = {found.start() for found in _NINE.finditer(content) if found.group() in secrets.bsns}
    for at in sorted(known):
        yield Leak(where=where, kind="bsn", at=at)
    for number in numbers_in(content):
        if number.at not in known:
            yield Leak(where=where, kind="eleven-test", at=number.at)
    binary = b"\0" in content
    for found in secrets.surnames.finditer(content):
        if binary and len(found.group()) < 5:
            continue  # three letters in a row stand in any encrypted value now and then
        yield Leak(where=where, kind="surname", at=found.start())


def leaks_under(folder: Path, secrets: Secrets, *, except_in: Iterable[str] = ()) -> Iterator[Leak]:
    """Every leak in the files of a folder and in their names; `except_in` names sub-folders that are sources."""
    left_out = {folder / name for name in except_in}
    for path in sorted(folder.rglob("*")):
        if left_out & {path, *path.parents}:
            continue
        name = str(path.relative_to(folder))
        yield from leaks_in(name.encode(), f"name of {name}", secrets)
        if path.is_file():
            yield from leaks_in(path.read_bytes(), name, secrets)
