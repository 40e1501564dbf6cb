"""The few statements that SQLite and PostgreSQL do not share; everything else is SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, text

from remediate.ledger.proof.chain import EVENT_FORMAT, Encoded, encode_event
from remediate.ledger.tables.schema import events

_TEXTS = ", ".join(c.name for c in events.columns if c.name not in ("seq", "previous", "digest"))

_NOTHING: Mapping[str, str] = {}

_SQLITE = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above.
    """CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
       WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
)

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION remediate_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"""

_POSTGRESQL = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE OR DELETE ON {table}
       FOR EACH ROW EXECUTE FUNCTION remediate_append_only()""",
    """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
       FOR EACH STATEMENT EXECUTE FUNCTION remediate_append_only()""",
)

# pg_trigger.tgtype: 1 each row, 2 before, 8 delete, 16 update, 32 truncate (catalog/pg_trigger.h).
_POSTGRESQL_KINDS = {"update": 1 + 2 + 8 + 16, "truncate": 2 + 32}
_POSTGRESQL_TRIGGERS = """
SELECT t.tgname, CASE WHEN t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgattr = '' AND t.tgnargs = 0
    THEN t.tgtype ELSE -1 END, c.relname, CASE l.lanname WHEN 'plpgsql' THEN p.prosrc END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_language l ON l.oid = p.prolang
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()\\:\\:regnamespace"""
_POSTGRESQL_RULES = """
SELECT count(*) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()\\:\\:regnamespace"""


def forbid_changes(connection: Connection, table: str) -> None:
    """Make a table (with a key column `seq`) append-only by triggers."""
    if connection.dialect.name == "sqlite":
        statements: tuple[str, ...] = _SQLITE
    else:
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION)
        statements = _POSTGRESQL
    for statement in statements:
        connection.exec_driver_sql(statement.format(table=table))


def changes_are_forbidden(connection: Connection, tables: Collection[str]) -> bool:
    """Whether these tables have exactly the triggers of `forbid_changes`, enabled and word for word, and no other table
    any: one that does nothing protects nothing."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")).scalars()
        wanted = [statement.format(table=table) for table in tables for statement in _SQLITE]
        return sorted(map(_words, rows)) == sorted(map(_words, wanted))
    held = [tuple(row) for row in connection.execute(text(_POSTGRESQL_TRIGGERS))]
    rules = connection.execute(text(_POSTGRESQL_RULES)).scalar_one()
    body = _POSTGRESQL_FUNCTION.split("$$")[1]
    made = [(f"{table}_no_{what}", kind, table, body) for table in tables for what, kind in _POSTGRESQL_KINDS.items()]
    return not rules and sorted((*row[:3], _words(row[3])) for row in held) == sorted(
        (*row[:3], _words(row[3])) for row in made
    )


def _words(statement: str | None) -> str:
    return " ".join((statement or "").split())


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert whole rows, in the order of the table's columns here, through the driver: twice as fast as Core."""
    connection.exec_driver_sql(_insertion(connection, table, [column.name for column in table.columns]), list(rows))


def insert_or_keep(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """The same with the columns that are named; one whose unique key is there already is left as it is."""
    connection.exec_driver_sql(f"{_insertion(connection, table, columns)} ON CONFLICT DO NOTHING", list(rows))


def insert_newer(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]], *, newer: str) -> None:
    """Whole rows under their first column, each new or in the place of one whose column `newer` is not higher."""
    key, *others = [column.name for column in table.columns]
    news = ", ".join(f"{name} = excluded.{name}" for name in others)
    statement = _insertion(connection, table, [key, *others])
    statement += f" ON CONFLICT ({key}) DO UPDATE SET {news} WHERE excluded.{newer} >= {table.name}.{newer}"
    connection.exec_driver_sql(statement, list(rows))


def put(connection: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> None:
    """One row under its primary key, new or in place of what is there: in one statement, so that two processes which
    do so at once never meet."""
    names = [*key, *values]
    news = ", ".join(f"{name} = excluded.{name}" for name in values)
    statement = f"{_insertion(connection, table, names)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {news}"
    connection.exec_driver_sql(statement, (*key.values(), *values.values()))


def _insertion(connection: Connection, table: Table, columns: Sequence[str]) -> str:
    marks = ", ".join([_mark(connection)] * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names and marks


def select_in(
    connection: Connection,
    select: str,
    column: str,
    values: Sequence[int | str],
    *,
    equal: Mapping[str, str] = _NOTHING,
    tail: str = "",
) -> Sequence[tuple[Any, ...]]:
    """Rows of which `column` holds one of the values and others equal what is given: `select` and `tail` are SQL around
    that. Names must be our own. Core writes long lists anew each time, which takes longer than finding the rows.
    """
    mark = _mark(connection)
    conditions = [f"{name} = {mark}" for name in equal]
    conditions.append(f"{column} IN ({', '.join([mark] * len(values))})")
    statement = f"{select} WHERE {' AND '.join(conditions)} {tail}"
    rows: Sequence[tuple[Any, ...]] = _raw_rows(connection, statement, (*equal.values(), *values))
    return rows


def plan_page(
    connection: Connection, after: str | None, size: int, *, decided: bool = False
) -> Sequence[tuple[Any, ...]]:
    """The studies that follow a UID, or the first: UID, state, reason, instances, date, headers, and what keeps it out
    of coverage; then, where so asked, what is decided about its headers, in the order of that table, or nulls. A third
    of Core's cost.
    """
    mark = _mark(connection)
    unread = "WHEN s.source = 'index' AND s.index_tells = 0 THEN 'not-looked-at'"
    left_out = f"CASE WHEN s.gone_since <> '' THEN 'gone' {unread} ELSE '' END"
    columns = f"s.study_instance_uid, s.state, s.reason, s.instances, s.evidence_date, s.headers_id, {left_out}"
    told, joined = "", "studies s"
    if decided:
        told = ", d.kind_id, d.state, d.reason, d.fingerprint, d.asked, d.content"
        joined += " LEFT JOIN decisions d ON d.headers_id = s.headers_id"
    follows = ">=" if after is None else ">"  # an earlier version kept an empty UID where an archive answered one
    chosen = f"s.study_instance_uid {follows} {mark} ORDER BY s.study_instance_uid LIMIT {mark}"
    statement = f"SELECT {columns}{told} FROM {joined} WHERE {chosen}"  # noqa: S608 - our own names and marks
    rows: Sequence[tuple[Any, ...]] = _raw_rows(connection, statement, (after or "", size))
    return rows


def headers_page(
    connection: Connection, after: tuple[str, int], until: str, size: int, *, undecided: bool = False
) -> Sequence[tuple[int, str, str, bytes]]:
    """The headers that follow a patient and key, before patient `until`: key, patient, digest, sealed content. Those of
    which no decision is kept alone, where so asked."""
    mark = _mark(connection)
    chosen = f"(h.patient_key, h.headers_id) > ({mark}, {mark}) AND h.patient_key < {mark}"
    if undecided:
        chosen += " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.headers_id = h.headers_id)"
    statement = (
        f"SELECT h.headers_id, h.patient_key, h.digest, h.content FROM headers h WHERE {chosen}"  # noqa: S608 - ours
        f" ORDER BY h.patient_key, h.headers_id LIMIT {mark}"
    )
    rows: Sequence[tuple[int, str, str, bytes]] = _raw_rows(connection, statement, (*after, until, size))
    return rows


def decisions_page(connection: Connection, after: int, size: int) -> Sequence[tuple[int, bytes]]:
    """The decisions that follow a key of headers: that key, and under which keys the EPD was asked."""
    mark = _mark(connection)
    chosen = f"headers_id > {mark} ORDER BY headers_id LIMIT {mark}"
    statement = f"SELECT headers_id, asked FROM decisions WHERE {chosen}"  # noqa: S608 - our own names
    rows: Sequence[tuple[int, bytes]] = _raw_rows(connection, statement, (after, size))
    return rows


def items_page(connection: Connection, plan_id: str, after: str, size: int) -> Sequence[tuple[str, str]]:
    """The studies of a plan that follow a UID: UID, and what else the plan says of it in one text."""
    mark = _mark(connection)
    told = "patient_key || ' ' || fingerprint || ' ' || coalesce(CAST(instances AS TEXT), '')"
    chosen = f"plan_id = {mark} AND study_instance_uid > {mark} ORDER BY study_instance_uid LIMIT {mark}"
    statement = f"SELECT study_instance_uid, {told} FROM plan_items WHERE {chosen}"  # noqa: S608 - our own names
    rows: Sequence[tuple[str, str]] = _raw_rows(connection, statement, (plan_id, after, size))
    return rows


def states_page(connection: Connection, after: str, size: int) -> Sequence[tuple[str, str]]:
    """The studies that follow a UID: UID and state."""
    mark = _mark(connection)
    chosen = f"study_instance_uid > {mark} ORDER BY study_instance_uid LIMIT {mark}"
    statement = f"SELECT study_instance_uid, state FROM studies WHERE {chosen}"  # noqa: S608 - our own names
    rows: Sequence[tuple[str, str]] = _raw_rows(connection, statement, (after, size))
    return rows


def use_memory(connection: Connection, nbytes: int) -> None:
    """Let an embedded database keep so much of itself in memory on this connection; a server has its own settings."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{nbytes >> 10}")


def own_clock(connection: Connection) -> float:
    """What the database's machine has for the time, in seconds since 1970: one clock for all who use it."""
    sqlite = connection.dialect.name == "sqlite"
    asked = "(julianday('now') - 2440587.5) * 86400.0" if sqlite else "extract(epoch from clock_timestamp())"
    return float(connection.exec_driver_sql(f"SELECT {asked}").scalar_one())


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def encoded_page(connection: Connection, after: int, size: int) -> Sequence[Encoded]:
    """The events that follow number `after`, each with its canonical encoding made from its columns.

    SQLite encodes by itself at half the cost; where its escapes were to differ, the caller looks again by
    `encoded_event`. Raises the driver's errors, TypeError and ValueError where a column does not hold a text.
    """
    mark = _mark(connection)
    return _encoded_rows(connection, f"seq > {mark} ORDER BY seq LIMIT {mark}", (after, size))


def encoded_batch(connection: Connection, batch_id: str, before: int) -> Sequence[Encoded]:
    """The events of a batch that precede number `before`, as `encoded_page` has them."""
    mark = _mark(connection)
    return _encoded_rows(connection, f"batch = {mark} AND seq < {mark} ORDER BY seq", (batch_id, before))


def _encoded_rows(connection: Connection, condition: str, parameters: tuple[int | str, ...]) -> Sequence[Encoded]:
    if connection.dialect.name != "sqlite":
        return [_encoded(row) for row in _raw_rows(connection, _event_rows(condition), parameters)]
    encoded = f"CAST(json_array('{EVENT_FORMAT}', seq, {_TEXTS}) AS BLOB)"
    statement = f"SELECT seq, {encoded}, previous, digest, batch, type FROM events WHERE {condition}"  # noqa: S608
    rows: Sequence[Encoded] = _raw_rows(connection, statement, parameters)
    return rows


def encoded_event(connection: Connection, seq: int) -> Encoded:
    """One event with its canonical encoding, made here. Raises as `encoded_page` does."""
    return _encoded(_raw_rows(connection, _event_rows(f"seq = {_mark(connection)}"), (seq,))[0])


def _event_rows(condition: str) -> str:
    return f"SELECT seq, previous, digest, batch, type, {_TEXTS} FROM events WHERE {condition}"  # noqa: S608 - our names


def _encoded(row: tuple[Any, ...]) -> Encoded:
    seq, previous, digest, batch, type_, *texts = row
    return seq, encode_event(seq, texts), previous, digest, batch, type_


def _raw_rows(connection: Connection, statement: str, parameters: tuple[int | str, ...]) -> Any:
    """Rows as the driver gives them, without the cost of Core's rows."""
    result = connection.exec_driver_sql(statement, parameters)
    assert result.cursor is not None
    rows = result.cursor.fetchall()
    result.close()
    return rows
