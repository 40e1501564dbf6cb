"""Hospital numbers as they stand in the registry's tables: one that may be a BSN never stands there in clear.

Some hospitals use the BSN as their number, and a merge or a second identifier can bring it in anywhere. Such a number
is encrypted in one way only, so that it is found again by looking it up. Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from remediate.epd.changes import Number
from remediate.epd.registry_rows import NumberRow
from remediate.identity.bsn_scan import may_hold_bsn
from remediate.ledger.keys import Keys

CONCEALED = "~"
"""First sign of what is not in clear; a number that begins with it in clear is concealed too."""

_KIND = "epd-number"
_may_hold_bsn = lru_cache(maxsize=1 << 14)(may_hold_bsn)  # asked when a number is looked up, and when it is written


class Concealed:
    """From clear numbers to those of the tables, and back, under the ledger's keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def stored(self, number: Number) -> Number:
        """As it stands in the tables."""
        authority, value = number
        if not (_may_hold_bsn(value) or value.startswith(CONCEALED)):
            return number
        return authority, CONCEALED + self._keys.conceal(_KIND, value, authority.encode())

    def all_stored(self, numbers: Iterable[Number]) -> Iterator[Number]:
        """The same of many."""
        return map(self.stored, numbers)

    def in_clear(self, row: NumberRow) -> NumberRow:
        """A row that was read, with its number in clear. Raises `KeysError` when it was changed."""
        if not row.value.startswith(CONCEALED):
            return row
        value = self._keys.reveal(_KIND, row.value.removeprefix(CONCEALED), row.authority.encode())
        return row._replace(value=value)
