"""Statements on the registry's tables, in batches; decides nothing and unseals nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, bindparam, func, insert, select, update

from remediate.epd.changes import Number
from remediate.ledger.fast_sql import insert_rows, select_in
from remediate.ledger.tables.registry import epd_numbers, epd_registry, epd_rejected

T = TypeVar("T")
_BATCH = 900
_PAGE = 10_000
_NUMBERS = epd_numbers.c
_COLUMNS = (
    _NUMBERS.id, _NUMBERS.authority, _NUMBERS.value, _NUMBERS.points_to, _NUMBERS.merged, _NUMBERS.standing_at,
    _NUMBERS.refused, _NUMBERS.doubtful_at, _NUMBERS.live, _NUMBERS.record, _NUMBERS.bsn,
)  # fmt: skip
_FROM = f"SELECT {', '.join(column.name for column in _COLUMNS)} FROM {epd_numbers.name}"  # noqa: S608 - our own names
_WRITTEN = (
    "points_to",
    "merged",
    "standing_at",
    "refused",
    "doubtful_at",
    "live",
    "record",
    "content",
    "bsn",
)


class NumberRow(NamedTuple):
    """One row of `epd_numbers` as it is read."""

    id: int
    authority: str
    value: str
    points_to: int | None
    merged: int
    standing_at: int
    refused: str
    doubtful_at: int
    live: int
    record: bytes | None
    bsn: str | None


def batches(items: Iterable[T], size: int = _BATCH) -> Iterator[list[T]]:
    """Items in lists of at most `size`."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def rows_of_numbers(connection: Connection, numbers: Iterable[Number]) -> list[NumberRow]:
    """The rows of those numbers that are known."""
    by_authority: dict[str, list[str]] = defaultdict(list)
    for authority, value in set(numbers):
        by_authority[authority].append(value)
    found: list[NumberRow] = []
    for authority, values in by_authority.items():
        for batch in batches(values):
            found += _select(connection, _NUMBERS.value, batch, authority=authority)
    return found


def rows_of_ids(connection: Connection, ids: Iterable[int]) -> list[NumberRow]:
    """The rows with these keys."""
    return [row for batch in batches(ids) for row in _select(connection, _NUMBERS.id, batch)]


def rows_pointing_to(connection: Connection, ids: Iterable[int]) -> list[NumberRow]:
    """The rows that point to one of these keys."""
    return [row for batch in batches(ids) for row in _select(connection, _NUMBERS.points_to, batch)]


def rows_beside(connection: Connection, ids: Iterable[int]) -> list[NumberRow]:
    """The numbers in use that stand beside one of these."""
    return [row for row in rows_pointing_to(connection, ids) if not row.merged]


def rows_of_bsns(connection: Connection, pseudonyms: Iterable[str]) -> list[NumberRow]:
    """Live patients with one of these BSN pseudonyms."""
    return [row for batch in batches(set(pseudonyms)) for row in _select(connection, _NUMBERS.bsn, batch)]


def _select(connection: Connection, column: Column[Any], values: Sequence[int | str], **equal: str) -> list[NumberRow]:
    found = select_in(connection, _FROM, column.name, values, equal=equal, tail="")
    return [NumberRow._make(row) for row in found]


def shared(connection: Connection, column: str, values: Iterable[str]) -> dict[str, int]:
    """How many live patients hold each of these pseudonyms, where more than one does."""
    head = f"SELECT {column}, count(*) FROM {epd_numbers.name}"  # noqa: S608 - our own names
    tail = f"GROUP BY {column} HAVING count(*) > 1"
    found: dict[str, int] = {}
    for batch in batches(values):
        found.update(select_in(connection, head, column, batch, equal={}, tail=tail))
    return found


def count_live(connection: Connection) -> int:
    """How many live patients there are."""
    return connection.execute(select(func.count()).where(_NUMBERS.live == 1)).scalar_one()


def highest_id(connection: Connection) -> int:
    """The highest key so far; 0 in an empty registry."""
    return connection.execute(select(func.max(_NUMBERS.id))).scalar_one() or 0


def insert_numbers(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add numbers. Links are set afterwards: they may lead to a row that is added later."""
    if rows:
        names = [column.name for column in epd_numbers.columns]
        unlinked = (row | {"points_to": None} for row in rows)
        insert_rows(connection, epd_numbers, [tuple(row[name] for name in names) for row in unlinked])
        link_numbers(connection, [row for row in rows if row["points_to"] is not None])


def link_numbers(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Set where numbers point to."""
    statement = update(epd_numbers).where(_NUMBERS.id == bindparam("key")).values(points_to=bindparam("link"))
    if rows:
        connection.execute(statement, [{"key": row["id"], "link": row["points_to"]} for row in rows])


def update_numbers(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write all that may change of numbers that are known."""
    statement = (
        update(epd_numbers)
        .where(_NUMBERS.id == bindparam("key"))
        .values({name: bindparam("new_" + name) for name in _WRITTEN})
    )
    if rows:
        connection.execute(
            statement, [{"key": row["id"]} | {"new_" + name: row[name] for name in _WRITTEN} for row in rows]
        )


class RegistryRow(NamedTuple):
    """The head of the registry."""

    revision: int = 0  # 0: nothing was ever loaded
    digest: str = ""  # of the snapshot of this revision; "" when not known
    rule: str = ""
    default_issuer: str = ""
    rival_keys: int | None = None  # version of the keys by which rivals are found; None as long as there is no head


def head(connection: Connection) -> RegistryRow:
    """The registry's head."""
    row = connection.execute(select(epd_registry)).one_or_none()
    if row is None:
        return RegistryRow()
    digest = row.digest if row.revision == row.digest_revision else ""
    return RegistryRow(row.revision, digest, row.rule, row.default_issuer, row.rival_keys)


def save_settings(connection: Connection, *, rule: str, default_issuer: str) -> None:
    """Keep under which settings records are read from now on."""
    values = {"rule": rule, "default_issuer": default_issuer}
    changed = connection.execute(update(epd_registry).values(revision=epd_registry.c.revision + 1, **values))
    if changed.rowcount == 0:
        connection.execute(insert(epd_registry).values(id=1, revision=1, digest="", digest_revision=0, **values))


def save_rival_keys(connection: Connection, version: int) -> None:
    """Note of which version all keys of rivals are."""
    connection.execute(update(epd_registry).values(rival_keys=version))


def every_row(connection: Connection) -> Iterator[list[NumberRow]]:
    """Every number, in pages."""
    after = -1
    while found := _page(connection, after):
        yield found
        after = found[-1].id


def _page(connection: Connection, after: int) -> list[NumberRow]:
    query = select(*_COLUMNS).where(_NUMBERS.id > after).order_by(_NUMBERS.id).limit(_PAGE)
    return [NumberRow._make(row) for row in connection.execute(query)]


def raise_revision(connection: Connection) -> str:
    """Note that the registry changes; answers its rule. Two loaders at once wait for each other here."""
    raised = update(epd_registry).values(revision=epd_registry.c.revision + 1).returning(epd_registry.c.rule)
    return str(connection.execute(raised).scalar_one())


def keep_digest(connection: Connection, revision: int, digest: str) -> None:
    """Remember the snapshot digest, unless the registry has moved on."""
    connection.execute(
        update(epd_registry).where(epd_registry.c.revision == revision).values(digest=digest, digest_revision=revision)
    )


def links(connection: Connection) -> dict[int, tuple[int, bool]]:
    """Every number that points to another: key -> (key of the other, given up in a merge)."""
    query = select(_NUMBERS.id, _NUMBERS.points_to, _NUMBERS.merged).where(_NUMBERS.points_to.is_not(None))
    return {key: (points_to, bool(merged)) for key, points_to, merged in connection.execute(query)}


def names_of_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Number]:
    """The numbers with these keys that are live."""
    found: dict[int, Number] = {}
    for batch in batches(ids):
        query = select(_NUMBERS.id, _NUMBERS.authority, _NUMBERS.value).where(
            _NUMBERS.id.in_(batch), _NUMBERS.live == 1
        )
        found.update((key, (authority, value)) for key, authority, value in connection.execute(query))
    return found


def live_keys(connection: Connection, authorities: Iterable[str]) -> list[int]:
    """Keys of the live patients under these authorities."""
    query = select(_NUMBERS.id).where(_NUMBERS.live == 1, _NUMBERS.authority.in_(sorted(authorities)))
    return list(connection.execute(query.order_by(_NUMBERS.id)).scalars())


class ContentRow(NamedTuple):
    """What a snapshot needs of one number."""

    id: int
    authority: str
    value: str
    live: int
    content: str


def every_number(connection: Connection) -> Iterator[ContentRow]:
    """Every number, bytewise in order of authority and value, streamed."""
    query = (
        select(_NUMBERS.id, _NUMBERS.authority, _NUMBERS.value, _NUMBERS.live, _NUMBERS.content)
        .order_by(_NUMBERS.authority, _NUMBERS.value)
        .execution_options(yield_per=10_000)
    )
    for row in connection.execute(query):
        yield ContentRow._make(row)


def forget_rejected(connection: Connection, file: str) -> None:
    """Drop what was rejected of a file, which is about to be read again."""
    connection.execute(epd_rejected.delete().where(epd_rejected.c.file == file))


def insert_rejected(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what was rejected."""
    if rows:
        connection.execute(insert(epd_rejected), list(rows))
