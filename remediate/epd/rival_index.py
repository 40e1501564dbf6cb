"""Finds who else a header may be of, and other spellings of a number, by keyed pseudonyms; judges none.

Kept are the `identity/rivals` keys of live patients, and of every number the core that all its spellings share.

A pseudonym is cut to 64 bits. Two keys that meet in one only bring a patient more to be judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection

from remediate.epd.registry_rows import batches
from remediate.identity.number_spelling import core
from remediate.identity.patients import Patient
from remediate.identity.rivals import UNDATED, keys_to_keep
from remediate.ledger.fast_sql import insert_rows, select_in
from remediate.ledger.keys import Keys
from remediate.ledger.tables.registry import epd_rival_keys

VERSION = 4
"""Of the keys. Raised with every change of what `keys_to_keep` or `core` answers: `epd load` makes them anew then."""

_KIND, _CORE = "epd-rival", "epd-number-core"
_KEPT = 1 << 16
_FIND = f"SELECT rival_key, number_id FROM {epd_rival_keys.name}"  # noqa: S608 - our own name


class Entry(NamedTuple):
    """A number, and the live patient who is kept under it, if any."""

    value: str
    patient: Patient | None


class RivalIndex:
    """The keys under one ledger's keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._kept = lru_cache(maxsize=_KEPT)(self._made)

    def _pseudonym(self, key: str) -> int:
        """Keys without a birth date come again and again."""
        return self._kept(key) if key.startswith(UNDATED) else self._made(key)

    def _made(self, key: str) -> int:
        return self._keys.short_pseudonym(_KIND, key)

    def keep(self, connection: Connection, entries: Mapping[int, Entry]) -> None:
        """Keep the keys of numbers, in place of those before."""
        for batch in batches(entries):
            names = ", ".join(str(int(number)) for number in batch)
            connection.exec_driver_sql(f"DELETE FROM {epd_rival_keys.name} WHERE number_id IN ({names})")  # noqa: S608
        self.add(connection, entries)

    def add(self, connection: Connection, entries: Mapping[int, Entry]) -> None:
        """The same of numbers that were not known before."""
        rows = {(self.key_of_number(value), key) for key, (value, _) in entries.items()}
        rows |= {
            (self._pseudonym(key), number)
            for number, (_, patient) in entries.items()
            if patient is not None
            for key in keys_to_keep(patient)
        }
        if rows:
            insert_rows(connection, epd_rival_keys, sorted(rows))

    def find_spellings(self, connection: Connection, values: Iterable[str]) -> frozenset[int]:
        """The keys of all numbers that are one of these under some setting, and perhaps of others."""
        cores = {self.key_of_number(value) for value in values}
        return frozenset(
            number for batch in batches(cores) for _, number in select_in(connection, _FIND, "rival_key", batch)
        )

    def keys(self, asked: Iterable[str]) -> list[int]:
        """The pseudonyms under which are kept what `identity/rivals` looks up."""
        return [self._pseudonym(key) for key in asked]

    def key_of_number(self, value: str) -> int:
        """The pseudonym that all spellings of a number share."""
        return self._keys.short_pseudonym(_CORE, core(value))

    def find(self, connection: Connection, wanted: Sequence[Sequence[int]]) -> list[frozenset[int]]:
        """For each row of `keys` the numbers that are kept under one of them."""
        found: dict[int, list[int]] = defaultdict(list)
        for batch in batches({key for keys in wanted for key in keys}):
            for key, number in select_in(connection, _FIND, "rival_key", batch):
                found[key].append(number)
        return [frozenset(number for key in keys if key in found for number in found[key]) for keys in wanted]
