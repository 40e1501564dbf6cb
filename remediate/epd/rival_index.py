"""Finds the patients of whom a header may be as well, by keyed pseudonyms of their `identity/rivals` keys; judges none.

A pseudonym is cut to 64 bits. Two keys that meet in one only bring a patient more to be judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from sqlalchemy import Connection

from remediate.epd.registry_rows import batches
from remediate.identity.patients import Patient
from remediate.identity.rivals import UNDATED, keys_to_keep
from remediate.ledger.dialect import insert_rows, select_in
from remediate.ledger.keys import Keys
from remediate.ledger.registry_tables import epd_rival_keys

VERSION = 1
"""Of the keys. Raised with every change of what `keys_to_keep` answers, so that `epd load` makes them anew."""

_KIND = "epd-rival"
_KEPT = 1 << 16
_FIND = f"SELECT rival_key, number_id FROM {epd_rival_keys.name}"  # noqa: S608 - our own name


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

    def keep(self, connection: Connection, patients: Mapping[int, Patient | None]) -> None:
        """Keep the keys of patients by the key of their number, in place of those before; None is no patient."""
        for batch in batches(patients):
            names = ", ".join(str(int(number)) for number in batch)
            connection.exec_driver_sql(f"DELETE FROM {epd_rival_keys.name} WHERE number_id IN ({names})")  # noqa: S608
        self.add(connection, patients)

    def add(self, connection: Connection, patients: Mapping[int, Patient | None]) -> None:
        """The same of numbers that were not known before."""
        rows = {
            (self._pseudonym(key), number)
            for number, patient in patients.items()
            if patient is not None
            for key in keys_to_keep(patient)
        }
        if rows:
            insert_rows(connection, epd_rival_keys, sorted(rows))

    def find(self, connection: Connection, asked: Iterable[Iterable[str]]) -> list[frozenset[int]]:
        """For each row of keys the numbers that are kept under one of them."""
        wanted = [[self._pseudonym(key) for key in keys] for keys in asked]
        found: dict[int, list[int]] = defaultdict(list)
        for batch in batches({key for keys in wanted for key in keys}):
            for key, number in select_in(connection, _FIND, "rival_key", batch):
                found[key].append(number)
        return [frozenset(number for key in keys if key in found for number in found[key]) for keys in wanted]
