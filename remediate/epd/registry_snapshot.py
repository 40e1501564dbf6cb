"""Hashes every live patient with its numbers, in one order on every machine; knows no key."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from remediate.epd import registry_rows as rows


def hash_of_live(connection: Connection) -> bytes:
    """SHA-256 over every number that leads to a live patient: its own record, or where it leads and how."""
    pointing = rows.links(connection)
    leads = {key: _follow(key, pointing) for key in pointing}
    roots = rows.names_of_ids(connection, {root for root, _ in leads.values()})
    total = hashlib.sha256()
    for row in rows.every_number(connection):
        line: tuple[str, ...] = (row.authority, row.value)
        if row.live:
            line += (row.content,)
        elif row.id in leads and leads[row.id][0] in roots:
            root, merged = leads[row.id]
            line += (*roots[root], "merged" if merged else "beside")
        else:
            continue
        total.update("\x1f".join(line).encode() + b"\n")
    return total.digest()


def _follow(key: int, pointing: dict[int, tuple[int, bool]]) -> tuple[int, bool]:
    merged = False
    while key in pointing:
        key, given_up = pointing[key]
        merged = merged or given_up
    return key, merged
