"""From schema 4 to 5: hospital numbers that may be a BSN stand concealed in the registry. The tables stay as they are.

What is concealed, and how, is `epd/concealed.py`; a released migration says it itself, since that may change.
"""

from __future__ import annotations

from sqlalchemy import Connection

from remediate.identity.bsn_scan import may_hold_bsn
from remediate.ledger.keys import Keys

_PAGE = 10_000


def migrate_to_5(connection: Connection, keys: Keys) -> None:
    """All of it in the caller's transaction."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    page = f"SELECT id, authority, value FROM epd_numbers WHERE id > {mark} ORDER BY id LIMIT {_PAGE}"  # noqa: S608
    after = -1
    while rows := [tuple(row) for row in connection.exec_driver_sql(page, (after,))]:
        changed = [
            ("~" + keys.conceal("epd-number", value, authority.encode()), key)
            for key, authority, value in rows
            if value.startswith("~") or may_hold_bsn(value)
        ]
        if changed:
            connection.exec_driver_sql(f"UPDATE epd_numbers SET value = {mark} WHERE id = {mark}", changed)  # noqa: S608
        after = rows[-1][0]
    connection.exec_driver_sql("UPDATE epd_registry SET digest_revision = 0, digest = ''")  # it covers the numbers
