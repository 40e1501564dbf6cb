"""Answers many look-ups at once: the rows behind a batch of questions as patients; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from remediate.epd import registry_rows as rows
from remediate.epd.changes import Number
from remediate.epd.concealed import Concealed
from remediate.epd.record import Record, unpack
from remediate.epd.registry_rows import NumberRow
from remediate.identity.bsn import Bsn, problem_of
from remediate.identity.patients import LocalId, Patient, PersonName
from remediate.ledger.keys import Keys

BSN_KIND = "epd-bsn"
"""Kind of the pseudonyms of BSNs in the registry."""

_RECORD = "epd-record"


class Lookup:
    """The rows behind one batch of questions."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._concealed = Concealed(keys)
        self._rule = rows.head(connection).rule
        self._by_id: dict[int, NumberRow] = {}
        self._by_number: dict[Number, NumberRow] = {}

    def find(self, numbers: Iterable[Number]) -> None:
        """Read numbers and all to which they lead."""
        found = rows.rows_of_numbers(self._connection, self._concealed.all_stored(numbers))
        while found:
            self._keep(found)
            wanted = {row.points_to for row in found if row.points_to is not None}
            found = rows.rows_of_ids(self._connection, wanted - self._by_id.keys())

    def find_claims(self, digits: set[str]) -> dict[str, list[int]]:
        """Keys of the live patients that hold each BSN."""
        pseudonyms = {self._keys.pseudonym(BSN_KIND, text): text for text in digits}
        holders: dict[str, list[int]] = {text: [] for text in digits}
        found = sorted(rows.rows_of_bsns(self._connection, pseudonyms)) if pseudonyms else []
        self._keep(found)
        for row in found:
            holders[pseudonyms[row.bsn or ""]].append(row.id)
        return holders

    def _keep(self, found: Iterable[NumberRow]) -> None:
        for row in map(self._concealed.in_clear, found):
            self._by_id[row.id] = row
            self._by_number[row.authority, row.value] = row

    def lead(self, number: Number | None) -> tuple[int | None, bool]:
        """Where a number leads: key of the number under which its patient is kept, and whether through a merge."""
        row = self._by_number.get(number) if number is not None else None
        if row is None:
            return None, False
        merged = False
        while row.points_to is not None:
            merged = merged or bool(row.merged)
            row = self._by_id[row.points_to]
        return (row.id, merged) if row.live else (None, False)

    def patients(self) -> dict[int, Patient]:
        """Every live patient among the rows that were read, by key."""
        live = [row for row in self._by_id.values() if row.live]
        identifiers = self._identifiers(live)
        holders = rows.shared(self._connection, "bsn", {row.bsn for row in live if row.bsn is not None})
        sharing = rows.shared(self._connection, "namesake", {row.namesake for row in live if row.namesake is not None})
        return {
            row.id: _patient(
                row,
                unseal(self._keys, row),
                identifiers[row.id],
                rule=self._rule,
                holders=holders.get(row.bsn, 1) if row.bsn is not None else 0,
                namesakes=sharing.get(row.namesake, 1) - 1 if row.namesake is not None else 0,
            )
            for row in live
        }

    def _identifiers(self, live: list[NumberRow]) -> dict[int, list[LocalId]]:
        root_of = {row.id: row.id for row in live}
        found: dict[int, list[LocalId]] = {row.id: [_local_id(row)] for row in live}
        level = list(root_of)
        while level:
            below = rows.rows_pointing_to(self._connection, level)
            for row in map(self._concealed.in_clear, below):
                root = root_of[row.id] = root_of[row.points_to or 0]
                found[root].append(_local_id(row))
            level = [row.id for row in below]
        return found


def _local_id(row: NumberRow) -> LocalId:
    return LocalId(value=row.value, authority=row.authority)


def _patient(
    row: NumberRow, record: Record, identifiers: list[LocalId], *, rule: str, holders: int, namesakes: int
) -> Patient:
    birth, name = record.birth_date, record.name
    valid = row.bsn is not None  # only a valid BSN has a pseudonym
    problem = problem_of(record.bsn) if record.bsn and not valid else None
    return Patient(
        epd_patient_id=row.value,
        authority=row.authority,
        identifiers=frozenset(identifiers),
        name=PersonName(
            surname=name.surname,
            prefix=name.prefix,
            partner_surname=name.partner_surname,
            partner_prefix=name.partner_prefix,
            given_names=name.given_names,
            initials=name.initials,
        ),
        birth_date=date(int(birth[:4]), int(birth[4:6]), int(birth[6:])) if birth else None,
        sex=record.sex,
        bsn=Bsn(record.bsn) if valid else None,
        bsn_problem="" if problem is None else problem.value,
        bsn_verified=valid and record.verified and record.rule == rule,
        bsn_holders=holders,
        namesakes=namesakes,
    )


def seal(keys: Keys, number: Number, record: Record) -> bytes:
    """The record, sealed for its place."""
    return keys.seal(_RECORD, record.pack(), _place(number))


def _place(number: Number) -> bytes:
    """What a sealed record is bound to, so that it cannot be put under another number."""
    return "\x1f".join(number).encode()


def unseal(keys: Keys, row: NumberRow) -> Record:
    """The record in a row. Raises `KeysError` when it was changed or belongs to another number."""
    return unpack(keys.unseal(_RECORD, row.record or b"", _place((row.authority, row.value))))
