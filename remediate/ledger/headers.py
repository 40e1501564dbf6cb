"""What headers say, sealed once for all studies that say the same; knows no states and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, select

from remediate.identity.evidence import Evidence
from remediate.ledger.database import Database
from remediate.ledger.evidence_codec import decode_headers
from remediate.ledger.fast_sql import headers_page, insert_or_keep, select_in
from remediate.ledger.keys import Keys
from remediate.ledger.patients import CHUNK, patient_pseudonym
from remediate.ledger.tables.study import headers as table
from remediate.ledger.tables.study import studies

_CONTENT, _DIGEST = "headers", "headers-digest"
_COLUMNS = ("digest", "patient_key", "content")
_KEYS = "SELECT digest, headers_id FROM headers"
_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
"""Of base32 in lower case, in the order in which databases sort them: first signs of pseudonyms, evenly spread."""

PAGE = 2_000
"""Headers judged together."""


class Kept(NamedTuple):
    """Where the headers of a study stand."""

    headers_id: int
    patient_key: str


def digest_of(keys: Keys, content: bytes) -> str:
    """Keyed digest of what headers say, given their bytes."""
    return keys.digest(_DIGEST, content)[:26]


def keep_headers(connection: Connection, keys: Keys, found: Sequence[tuple[Sequence[Evidence], bytes]]) -> list[Kept]:
    """Where the headers of each study stand, added where they are new; each is given with its `encode_headers`."""
    wanted: dict[str, tuple[bytes, str]] = {}
    digests: list[str] = []
    for headers, content in found:
        digest = digest_of(keys, content)
        digests.append(digest)
        if digest not in wanted:
            patient = patient_pseudonym(keys, headers[0].patient_id, headers[0].issuer) if headers else ""
            wanted[digest] = (content, patient)
    known = _known(connection, wanted)
    rows = [
        (digest, patient, keys.seal(_CONTENT, content, digest.encode()))
        for digest, (content, patient) in wanted.items()
        if digest not in known
    ]
    if rows:
        insert_or_keep(connection, table, _COLUMNS, rows)  # another process may have added the same headers meanwhile
        known |= _known(connection, [row[0] for row in rows])
    return [Kept(known[digest], wanted[digest][1]) for digest in digests]


def _known(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
    listed = list(digests)
    found: dict[str, int] = {}
    for start in range(0, len(listed), CHUNK):
        found.update(select_in(connection, _KEYS, "digest", listed[start : start + CHUNK]))
    return found


def forget_unused(connection: Connection, ids: Iterable[int]) -> None:
    """Drop those headers that no study has any more: nobody's data stays without a reason."""
    listed = sorted(set(ids))
    used = exists().where(studies.c.headers_id == table.c.headers_id)
    for start in range(0, len(listed), CHUNK):
        connection.execute(delete(table).where(table.c.headers_id.in_(listed[start : start + CHUNK]), ~used))


def read_headers(connection: Connection, keys: Keys, ids: Iterable[int]) -> dict[int, tuple[Evidence, ...]]:
    """What stands under these keys."""
    listed = sorted(set(ids))
    found: dict[int, tuple[Evidence, ...]] = {}
    for start in range(0, len(listed), CHUNK):
        query = select(table.c.headers_id, table.c.digest, table.c.content)
        for key, digest, content in connection.execute(
            query.where(table.c.headers_id.in_(listed[start : start + CHUNK]))
        ):
            found[key] = open_content(keys, digest, content)
    return found


def open_content(keys: Keys, digest: str, content: bytes) -> tuple[Evidence, ...]:
    """Sealed headers again. Raises `KeysError` when they were changed, or put in another's place."""
    return decode_headers(keys.unseal(_CONTENT, content, digest.encode()))


def highest_id(connection: Connection) -> int:
    """The highest key so far; 0 when there are no headers."""
    return connection.execute(select(func.max(table.c.headers_id))).scalar_one() or 0


def headers_of_patients(
    database: Database, keys: Keys, part: int, parts: int, *, undecided: bool = False
) -> Iterator[list[tuple[int, tuple[Evidence, ...]]]]:
    """One of `parts` equal shares of all headers, or of those of which no decision is kept; those of a patient
    together, a page at a time."""
    first, last = _SIGNS[len(_SIGNS) * part // parts], len(_SIGNS) * (part + 1) // parts
    after = ("" if part == 0 else first, -1)
    until = _SIGNS[last] if last < len(_SIGNS) else "~"
    while True:
        with database.read() as connection:
            rows = headers_page(connection, after, until, PAGE, undecided=undecided)
        yield [(key, open_content(keys, digest, content)) for key, _, digest, content in rows]
        if len(rows) < PAGE:
            return
        after = (rows[-1][1], rows[-1][0])
