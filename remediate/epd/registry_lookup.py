"""Answers many look-ups at once: the rows behind a batch of questions as patients; writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from remediate.epd import registry_rows as rows
from remediate.epd import rival_index
from remediate.epd.changed_keys import bsn_key
from remediate.epd.changes import Number
from remediate.epd.concealed import Concealed
from remediate.epd.record import Known, Record, person_name, unpack
from remediate.epd.registry_rows import NumberRow
from remediate.errors import EpdError
from remediate.identity.bsn import Bsn, problem_of
from remediate.identity.patients import LocalId, Patient
from remediate.ledger.keys import Keys
from remediate.texts.language import Sentence

BSN_KIND = "epd-bsn"
"""Kind of the pseudonyms of BSNs in the registry."""

_RECORD = "epd-record"


class Lead(NamedTuple):
    """Where a number leads."""

    root: int | None  # key of the number under which its patient is kept
    merged: bool = False  # through a merge
    doubtful: bool = False  # messages of one moment contradict each other about it


class Lookup:
    """The rows behind one batch of questions."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._concealed = Concealed(keys)
        head = rows.head(connection)
        if head.revision and (not head.rule or head.rival_keys != rival_index.VERSION):
            raise EpdError(
                Sentence(
                    "The patients were loaded by an earlier version, which kept less of them than is needed now.",
                    "De patiënten zijn door een eerdere versie geladen, die er minder van bewaarde dan nu nodig is.",
                ),
                advice=Sentence(
                    "Run `remediate epd load` again, with every file.",
                    "Voer `remediate epd load` opnieuw uit, met alle bestanden.",
                ),
            )
        self._rule = head.rule
        self._by_id: dict[int, NumberRow] = {}
        self._by_number: dict[Number, NumberRow] = {}
        self._pseudonyms: dict[str, str] = {}  # of BSNs that were looked up

    def find(self, numbers: Iterable[Number]) -> None:
        """Read numbers and all to which they lead."""
        self._read(rows.rows_of_numbers(self._connection, self._concealed.all_stored(numbers)))

    def _read(self, found: list[NumberRow]) -> None:
        while found:
            self._keep(found)
            wanted = {row.points_to for row in found if row.points_to is not None}
            found = rows.rows_of_ids(self._connection, wanted - self._by_id.keys())

    def find_ids(self, keys: Iterable[int]) -> None:
        """The same of numbers by their keys."""
        self._read(rows.rows_of_ids(self._connection, keys))

    def find_claims(self, digits: set[str]) -> dict[str, list[int]]:
        """Keys of the live patients that hold each BSN."""
        self._pseudonyms = {text: self._keys.pseudonym(BSN_KIND, text) for text in digits}
        pseudonyms = {pseudonym: text for text, pseudonym in self._pseudonyms.items()}
        holders: dict[str, list[int]] = {text: [] for text in digits}
        found = sorted(rows.rows_of_bsns(self._connection, pseudonyms)) if pseudonyms else []
        self._keep(found)
        for row in found:
            holders[pseudonyms[row.bsn or ""]].append(row.id)
        return holders

    def bsn_keys(self, claims: Iterable[Bsn], patients: Iterable[int | None]) -> set[int]:
        """The keys of BSNs that were looked up, and of those that these patients hold."""
        asked = {self._pseudonyms[claim.digits] for claim in claims}
        held = {self._by_id[key].bsn for key in patients if key is not None}
        return {bsn_key(pseudonym) for pseudonym in asked | held if pseudonym is not None}

    def _keep(self, found: Iterable[NumberRow]) -> None:
        for row in map(self._concealed.in_clear, found):
            self._by_id[row.id] = row
            self._by_number[row.authority, row.value] = row

    def lead(self, number: Number | None) -> Lead:
        """Where a number leads."""
        row = self._by_number.get(number) if number is not None else None
        if row is None:
            return Lead(None)
        merged, doubtful = False, _is_doubtful(row)
        while row.points_to is not None:
            merged = merged or bool(row.merged)
            row = self._by_id[row.points_to]
            doubtful = doubtful or _is_doubtful(row)
        return Lead(row.id, merged, doubtful) if row.live else Lead(None)

    def numbers(self) -> list[LocalId]:
        """Every number that was read."""
        return [LocalId(value=value, authority=authority) for authority, value in self._by_number]

    def given_up(self) -> dict[LocalId, Bsn]:
        """The valid BSN last told under each number that was read and given up in a merge."""
        told = {
            _local_id(row): unseal(self._keys, row).known().bsn
            for row in self._by_id.values()
            if row.merged and row.record
        }
        return {number: Bsn(digits) for number, digits in told.items() if problem_of(digits) is None}

    def lead_of(self, spellings: Iterable[LocalId]) -> list[Lead]:
        """Where the spellings of one number lead: to one live patient, as a rule."""
        leads: dict[int, Lead] = {}
        for found in (self.lead((number.authority, number.value)) for number in spellings):
            if found.root is not None:
                other = leads.get(found.root, found)
                merged, doubtful = found.merged and other.merged, found.doubtful or other.doubtful
                leads[found.root] = Lead(found.root, merged, doubtful)
        return list(leads.values())

    def patients(self) -> dict[int, Patient]:
        """Every live patient among the rows that were read, by key."""
        live = [row for row in self._by_id.values() if row.live]
        identifiers = self._identifiers(live)
        holders = rows.shared(self._connection, "bsn", {row.bsn for row in live if row.bsn is not None})
        return {
            row.id: _patient(
                row,
                unseal(self._keys, row),
                identifiers[row.id],
                rule=self._rule,
                holders=holders.get(row.bsn, 1) if row.bsn is not None else 0,
            )
            for row in live
        }

    def people(self, keys: Collection[int], patients: Mapping[int, Patient]) -> dict[int, Patient]:
        """The live patients with these keys; those not in `patients` by number, names, birth date and sex alone."""
        found = rows.rows_of_ids(self._connection, sorted(key for key in keys if key not in patients))
        people = {
            row.id: person((row.authority, row.value), unseal(self._keys, row).known())
            for row in map(self._concealed.in_clear, found)
        }
        return people | {key: patients[key] for key in keys if key in patients}

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


def _is_doubtful(row: NumberRow) -> bool:
    return row.doubtful_at >= row.standing_at


def _local_id(row: NumberRow) -> LocalId:
    return LocalId(value=row.value, authority=row.authority)


def _patient(row: NumberRow, record: Record, identifiers: list[LocalId], *, rule: str, holders: int) -> Patient:
    known = record.known()
    name, *others = map(person_name, known.names)
    valid = row.bsn is not None  # only a valid BSN has a pseudonym
    problem = problem_of(known.bsn) if known.bsn and not valid else None
    return Patient(
        epd_patient_id=row.value,
        authority=row.authority,
        identifiers=frozenset(identifiers),
        name=name,
        other_names=tuple(others),
        birth_date=_birth_date(known),
        sex=known.sex,
        bsn=Bsn(known.bsn) if valid else None,
        bsn_problem="" if problem is None else problem.value,
        bsn_verified=valid and known.verified and record.rule == rule and not _is_doubtful(row),
        bsn_holders=holders,
    )


def person(number: Number, known: Known) -> Patient:
    """What is known of a person, apart from any BSN and from other numbers."""
    authority, value = number
    name, *others = map(person_name, known.names)
    return Patient(
        epd_patient_id=value,
        authority=authority,
        name=name,
        other_names=tuple(others),
        birth_date=_birth_date(known),
        sex=known.sex,
    )


def _birth_date(known: Known) -> date | None:
    birth = known.birth_date
    return date(int(birth[:4]), int(birth[4:6]), int(birth[6:])) if birth else None


def seal(keys: Keys, number: Number, record: Record) -> bytes:
    """The record, sealed for its place."""
    return keys.seal(_RECORD, record.pack(), _place(number))


def _place(number: Number) -> bytes:
    """What a sealed record is bound to, so that it cannot be put under another number."""
    return "\x1f".join(number).encode()


def unseal(keys: Keys, row: NumberRow) -> Record:
    """The record in a row. Raises `KeysError` when it was changed or belongs to another number."""
    return unpack(keys.unseal(_RECORD, row.record or b"", _place((row.authority, row.value))))
