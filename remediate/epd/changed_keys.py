"""Under which keys the registry may answer otherwise because of a change: as many as it takes, and never too few.

An answer about a study rests on the numbers, BSNs and keys of rivals under which was asked, and on the BSNs of the
patients found. A number leads to a patient over others, and a patient has all numbers that lead there. So with a number
that changes, all that hang together with it count as changed, as they stood before and as they stand after.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from remediate.digests import from_base32
from remediate.epd.registry_rows import batches
from remediate.ledger.decisions import are_kept, note_changed
from remediate.ledger.fast_sql import select_in
from remediate.ledger.tables.registry import epd_numbers, epd_rival_keys

_LINKS = f"SELECT id, points_to, bsn FROM {epd_numbers.name}"  # noqa: S608 - our own names
_KEYS = f"SELECT DISTINCT rival_key FROM {epd_rival_keys.name}"  # noqa: S608


def bsn_key(pseudonym: str) -> int:
    """The first 64 bits of a BSN's pseudonym as a signed number, as the keys of rivals are."""
    return int.from_bytes(from_base32(pseudonym)[:8], "big", signed=True)


def note(connection: Connection, ids: Iterable[int]) -> None:
    """Note the keys of these numbers as they stand: called before they are written, and after. Nothing is noted while
    no plan has decided anything."""
    if not are_kept(connection):
        return
    numbers, bsns = _hanging_together(connection, ids)
    keys = {bsn_key(pseudonym) for pseudonym in bsns}
    for batch in batches(sorted(numbers)):
        keys.update(key for (key,) in select_in(connection, _KEYS, "number_id", batch))
    note_changed(connection, keys)


def _hanging_together(connection: Connection, ids: Iterable[int]) -> tuple[set[int], set[str]]:
    """The numbers that lead to the same places as these, by their keys, and the pseudonyms of the BSNs among them."""
    numbers: set[int] = set()
    bsns: set[str] = set()
    above = set(ids)
    while above:
        found = [row for batch in batches(sorted(above)) for row in select_in(connection, _LINKS, "id", batch)]
        numbers.update(key for key, _, _ in found)
        bsns.update(bsn for _, _, bsn in found if bsn is not None)
        above = {points_to for _, points_to, _ in found if points_to is not None} - numbers
    below = set(numbers)
    while below:
        found = [row for batch in batches(sorted(below)) for row in select_in(connection, _LINKS, "points_to", batch)]
        bsns.update(bsn for _, _, bsn in found if bsn is not None)
        below = {key for key, _, _ in found} - numbers
        numbers |= below
    return numbers, bsns
