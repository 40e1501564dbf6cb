"""From schema 3 to 4: what headers say is sealed once for all studies that have them; plans keep no patient data.

Evidence is unsealed and sealed again, so this step needs the ledger's keys; nothing of it is decoded or shown.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from remediate.ledger.keys import Keys

_PAGE = 2_000

_BEFORE = (
    "CREATE TABLE headers (headers_id {key} NOT NULL, digest TEXT {bytewise} NOT NULL,"
    " patient_key TEXT {bytewise} NOT NULL, content {blob} NOT NULL, CONSTRAINT pk_headers PRIMARY KEY (headers_id))",
    "CREATE UNIQUE INDEX uq_headers_digest ON headers (digest)",
    "CREATE INDEX ix_headers_patient_key ON headers (patient_key, headers_id)",
    "ALTER TABLE studies ADD COLUMN evidence_date TEXT {bytewise} DEFAULT '' NOT NULL",
    "ALTER TABLE studies ADD COLUMN headers_id {reference} REFERENCES headers (headers_id)",
    "ALTER TABLE plan_items ADD COLUMN fingerprint TEXT {bytewise} DEFAULT '' NOT NULL",
    "ALTER TABLE plan_items ADD COLUMN instances INTEGER",
)
_AFTER = (
    "CREATE INDEX ix_studies_headers_id ON studies (headers_id)",
    "ALTER TABLE studies DROP COLUMN evidence",
    "ALTER TABLE plan_items DROP COLUMN item",
)


def migrate_to_4(connection: Connection, keys: Keys) -> None:
    """All of it in the caller's transaction. Raises `KeysError` when a sealed value was changed."""
    sqlite = connection.dialect.name == "sqlite"
    types = {
        "{key}": "INTEGER" if sqlite else "BIGSERIAL",
        "{reference}": "INTEGER" if sqlite else "BIGINT",
        "{blob}": "BLOB" if sqlite else "BYTEA",
        "{bytewise}": "" if sqlite else 'COLLATE "C"',
    }
    mark = "?" if sqlite else "%s"

    def run(statement: str) -> None:
        for name, type_ in types.items():
            statement = statement.replace(name, type_)
        connection.exec_driver_sql(statement)

    for statement in _BEFORE:
        run(statement)
    _share_headers(connection, keys, mark)
    _open_items(connection, keys, mark)
    for statement in _AFTER:
        run(statement)


def _share_headers(connection: Connection, keys: Keys, mark: str) -> None:
    page = (
        "SELECT study_instance_uid, patient_key, evidence FROM studies"  # noqa: S608
        f" WHERE study_instance_uid > {mark} ORDER BY study_instance_uid LIMIT {_PAGE}"
    )
    known: dict[str, int] = {}
    after = ""
    while rows := _rows(connection, page, (after,)):
        changed: list[tuple[Any, ...]] = []
        for uid, patient, sealed in rows:
            _, _, date, _, headers = json.loads(keys.unseal("evidence", sealed, uid.encode()).decode(*_UTF8))
            content = json.dumps([1, headers], ensure_ascii=False, separators=(",", ":")).encode(*_UTF8)
            digest = keys.digest("headers-digest", content)[:26]
            if digest not in known:
                known[digest] = len(known) + 1
                values = (known[digest], digest, patient, keys.seal("headers", content, digest.encode()))
                names = "headers_id, digest, patient_key, content"
                marks = ", ".join([mark] * len(values))
                connection.exec_driver_sql(f"INSERT INTO headers ({names}) VALUES ({marks})", values)  # noqa: S608
            changed.append((_storable(date), known[digest], uid))
            after = uid
        sets = f"evidence_date = {mark}, headers_id = {mark}"
        connection.exec_driver_sql(f"UPDATE studies SET {sets} WHERE study_instance_uid = {mark}", changed)  # noqa: S608
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('headers', 'headers_id'), {len(known) + 1})")


def _open_items(connection: Connection, keys: Keys, mark: str) -> None:
    """Of the sealed fields, the fingerprint and the number of instances stay."""
    for plan, uid, sealed in _rows(connection, "SELECT plan_id, study_instance_uid, item FROM plan_items", ()):
        *_, fingerprint, instances = json.loads(keys.unseal("plan-item", sealed, f"{plan}|{uid}".encode()))
        statement = (
            f"UPDATE plan_items SET fingerprint = {mark}, instances = {mark}"  # noqa: S608 - our own names
            f" WHERE plan_id = {mark} AND study_instance_uid = {mark}"
        )
        connection.exec_driver_sql(statement, (fingerprint, instances, plan, uid))


_UTF8 = ("utf-8", "surrogatepass")


def _rows(connection: Connection, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(statement, parameters)]


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
