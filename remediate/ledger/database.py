"""Opening the ledger's database, its transactions and its lock; knows no table.

SQLite (one file, owner-only) and PostgreSQL are used through the same SQLAlchemy Core statements. What differs between
them stands in this module and in `fast_sql.py`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from remediate.errors import LedgerBusyError, LedgerDamagedError, LedgerError, LedgerLockedError
from remediate.files import new_file
from remediate.ledger.server_connections import Statements, server_engine
from remediate.texts.language import Sentence, strerror_nl

BUSY_TIMEOUT_MS = 30_000
"""How long SQLite waits for another writer before it gives up."""

_A_PAGE = 65_536
"""The largest page of SQLite, in bytes."""

_WRITES = "remediate_writes"
LOOSELY = "(SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL"
"""A condition of a statement on a server that need not be durable: a server that fails may lose it within a second."""
_held_locks: set[Path] = set()
_A_NOTE = 4096
"""Bytes of a lock's file that are read."""
_LOOKS, _A_LOOK = 5, 0.02  # times, and seconds, that a look at the lock may stand in the way

_AT_WORK = "SELECT pg_advisory_lock_shared(1919249765, hashtext(current_schema())) -- "
_WHO_IS_AT_WORK = """SELECT query FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = 1919249765 AND objid = hashtext(current_schema())::oid
AND database = datid AND datname = current_database() ORDER BY backend_start"""
"""Locks by "reme" and the ledger's schema. A role sees its own statements only, unless it is in pg_read_all_stats."""

_LOCKED = Sentence("The ledger is locked by another program.", "Het logboek is door een ander programma vergrendeld.")
_NO_SERVER = Sentence(
    "The ledger's database server does not answer, or refused.",
    "De databaseserver van het logboek antwoordt niet, of weigerde.",
)
_SQLITE_FAULTS = (
    ("locked", Sentence("{path} is locked by another program.", "{path} is door een ander programma vergrendeld.")),
    ("full", Sentence("The disk under {path} is full.", "De schijf onder {path} is vol.")),
    ("not a database", Sentence("{path} is not a database.", "{path} is geen database.")),
    ("malformed", Sentence("{path} is damaged.", "{path} is beschadigd.")),
    (
        "readonly",
        Sentence(
            "{path} cannot be written: it, its folder or its disk is read-only.",
            "In {path} kan niet worden geschreven: het bestand, de map of de schijf is alleen te lezen.",
        ),
    ),
    (
        "unable to open",
        Sentence(
            "{path} cannot be opened: it and its folder must be ours to write.",
            "{path} kan niet worden geopend: in het bestand en de map moet geschreven kunnen worden.",
        ),
    ),
    ("disk i/o", Sentence("The disk under {path} answers with errors.", "De schijf onder {path} geeft fouten.")),
)
"""The ledger's file is named: on one disk many things may be full, and whoever reads this must find the right one."""
_DAMAGES = ("not a database", "malformed")
"""Among them those after which only a backup helps."""

_POSTGRESQL_FAULTS = (
    (
        "53100",
        Sentence(
            "The disk under the ledger's database server is full.",
            "De schijf onder de databaseserver van het logboek is vol.",
        ),
    ),
    (
        "40",
        Sentence(
            "The ledger's database server broke this off for another program's sake; try again.",
            "De databaseserver van het logboek brak dit af ten gunste van een ander programma; probeer het opnieuw.",
        ),
    ),
    ("55P03", _LOCKED),
    (
        "57014",
        Sentence(
            "The ledger's database server broke this off: it took longer than the server allows.",
            "De databaseserver van het logboek brak dit af: het duurde langer dan de server toestaat.",
        ),
    ),
    (
        "57P",
        Sentence(
            "The ledger's database server is stopping or starting.",
            "De databaseserver van het logboek stopt of start.",
        ),
    ),
    (
        "25006",
        Sentence(
            "The ledger's database server takes no changes: it is a standby, or set to read only.",
            "De databaseserver van het logboek neemt geen wijzigingen aan: hij is standby, of staat op alleen-lezen.",
        ),
    ),
)
"""By the beginning of SQLSTATE (PostgreSQL documentation, appendix A); a connection that failed has none."""


class Database:
    """One open database. Transactions are short; nothing is kept between them."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path  # of the SQLite file; None on PostgreSQL
        self._statements = Statements(engine)

    def __repr__(self) -> str:
        return f"Database({self.engine.dialect.name})"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.path is not None

    @property
    def is_ours_alone(self) -> bool:
        """Whether this process holds the ledger's lock, so that no other process can be at work on it."""
        return self.path is not None and self.path in _held_locks

    @contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[Connection]:
        """A write transaction: committed (durable) at the end of the block, rolled back on any exception.

        What need not be `durable` a server may lose that fails within the next second, unless something durable is
        written after it: it does not wait for the disk. Raises `LedgerError` when the database is locked, full or
        unusable.
        """
        with _one_line_errors(self.path), self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                if not (durable or self.is_sqlite):
                    connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                yield connection

    @contextmanager
    def one_by_one(self) -> Iterator[Connection]:
        """On a server each statement is a transaction of its own, and one exchange; it says itself whether it need not
        be durable (`LOOSELY`). On an embedded database all are one write transaction."""
        if self.is_sqlite:
            with self.begin() as connection:
                yield connection
            return
        with _one_line_errors(None), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: one consistent view for the length of the block."""
        with _one_line_errors(self.path), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def quick(self, statement: str, parameters: tuple[int | str, ...]) -> list[tuple[Any, ...]]:
        """One read of one statement with marks `?`, for what is asked before every object: of an embedded database by
        the driver alone, since a transaction takes twenty times as long as the answer."""
        if not self.is_sqlite:
            with _one_line_errors(None):
                return self._statements.run(statement.replace("?", "%s"), parameters)[1]
        with _one_line_errors(self.path):
            raw = self.engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute(statement, parameters)
                return list(cursor.fetchall())
            finally:
                raw.close()

    def quick_change(self, statement: str, parameters: tuple[int | str, ...]) -> int:
        """One change by one statement with marks `?` that ends in its conditions, and that need not be durable; answers
        how many rows. On PostgreSQL one exchange with the server instead of four."""
        if self.is_sqlite:
            with self.begin() as connection:
                return connection.exec_driver_sql(statement, parameters).rowcount
        with _one_line_errors(None):
            return self._statements.run(f"{statement.replace('?', '%s')} AND {LOOSELY}", parameters)[0]

    def forget_old_pages(self) -> None:
        """Leave nothing of overwritten rows in SQLite's write-ahead log; PostgreSQL's VACUUM does so by itself."""
        if self.is_sqlite:
            with _one_line_errors(self.path), self.engine.connect() as connection:
                raw = connection.connection.cursor()
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                raw.close()

    def close(self) -> None:
        """Give all connections back; SQLite then folds its write-ahead log into the file. It may be used again."""
        self._statements.close()
        self.engine.dispose()


def open_database(url: str, *, create: bool, patience_ms: int = BUSY_TIMEOUT_MS) -> Database:
    """Open the database at an absolute SQLAlchemy URL. With `create`, a missing SQLite file is made (mode 0600). One
    that stands on a disk or in a folder that is read-only can only be read. `patience_ms` is how long an embedded one
    waits for another writer.

    Raises `LedgerError` when it is absent, not a database, or not reachable.
    """
    parsed = _parse_url(url)
    path = _sqlite_path(parsed)
    if path is None:
        database = Database(server_engine(parsed), None)
    elif path.is_file() and not may_write(url):
        return open_copy(path)  # to be looked at, and whoever writes is told why that cannot be
    else:
        _prepare_file(path, create=create)
        engine = create_engine(
            parsed.set(database=str(path)),
            hide_parameters=True,
            connect_args={"timeout": patience_ms / 1000, "check_same_thread": False},
        )
        event.listen(engine, "connect", partial(_set_up_sqlite, patience_ms))
        event.listen(engine, "begin", _begin_sqlite)
        database = Database(engine, path)
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    return database


def open_copy(path: Path) -> Database:
    """Open an SQLite file for reading only, leaving it and its folder as they are. Raises `LedgerError`.

    What a running program has written but not yet folded into the file stands in a second one beside it; where that is
    there, SQLite must be able to make a third.
    """
    if not path.is_file():
        raise LedgerError(Sentence(f"There is no file {path}.", f"Er is geen bestand {path}."))
    log = path.with_name(path.name + "-wal")
    unchanging = "" if log.exists() and log.stat().st_size else "&immutable=1"
    engine = create_engine(f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro{unchanging}&uri=true")
    database = Database(engine, path)
    with database.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    return database


@contextmanager
def hold_lock(url: str, note: str = "") -> Iterator[None]:
    """Keep every other process off an embedded ledger for the length of the block, and leave a `note` of one line for
    whoever looks meanwhile. Raises `LedgerBusyError`.

    The operating system frees the lock when the process dies, however it dies. On PostgreSQL, where the leases keep
    workers apart, it keeps nobody off and tells no more than the note; it ends with our connection to the server.
    """
    path = ledger_file(url)
    if path is None:
        with _noted(_parse_url(url), note):
            yield
        return
    lock = path.with_name(path.name + ".lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LedgerError(
            Sentence(
                f"The ledger's lock file {lock} cannot be made: {error.strerror}.",
                f"Het vergrendelbestand {lock} van het logboek kan niet worden gemaakt: {strerror_nl(error)}.",
            )
        ) from None
    try:
        _take_lock(handle, note)
        _held_locks.add(path)
        try:
            yield
        finally:
            _held_locks.discard(path)
    finally:
        os.close(handle)


def ledger_file(url: str) -> Path | None:
    """The file of an embedded ledger; None on PostgreSQL. Raises `LedgerError` on a URL that is none."""
    return _sqlite_path(_parse_url(url))


def is_locked(url: str) -> bool | None:
    """Whether a process is at work on an embedded ledger; None on PostgreSQL, where no lock tells."""
    path = ledger_file(url)
    if path is None:
        return None
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def lock_note(url: str) -> str:
    """What the process that holds the ledger's lock said of itself, on PostgreSQL the first that took it; "" where none
    does, or said nothing."""
    path = ledger_file(url)
    if path is None:
        return _first_note(_parse_url(url))
    if not is_locked(url):
        return ""
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY)
    except OSError:
        return ""
    try:
        return _read_lock(handle)[1]
    finally:
        os.close(handle)


@contextmanager
def _noted(url: URL, note: str) -> Iterator[None]:
    """A connection of its own, whose last statement is what the server tells others of it."""
    engine = server_engine(url)
    try:
        with _one_line_errors(None):
            connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT", no_parameters=True)
            connection.exec_driver_sql(f"{_AT_WORK}{note}")
        try:
            yield
        finally:
            connection.invalidate()  # closed at once, also where the server went away
            connection.close()
    finally:
        engine.dispose()


def _first_note(url: URL) -> str:
    engine = server_engine(url)
    try:
        with _one_line_errors(None), engine.connect() as connection:
            told = [str(row[0]) for row in connection.exec_driver_sql(_WHO_IS_AT_WORK)]
    finally:
        engine.dispose()
    return next((one.removeprefix(_AT_WORK) for one in told if one.startswith(_AT_WORK)), "")


def may_write(url: str) -> bool:
    """Whether an embedded ledger and its folder are ours to write; true of PostgreSQL, which tells when it is asked."""
    path = ledger_file(url)
    return path is None or all(os.access(one, os.W_OK) for one in (path, path.parent))


def _take_lock(handle: int, note: str) -> None:
    try:
        _lock(handle)
    except BlockingIOError:
        holder = _read_lock(handle)[0] or "unknown"
        raise LedgerBusyError(
            Sentence(
                f"Another process of this program (pid {holder}) is at work on this ledger.",
                f"Een ander remediate-proces (pid {holder}) is met dit logboek bezig.",
            )
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n{note}\n".encode(), 0)


def _read_lock(handle: int) -> tuple[str, str]:
    """Process number and note of who took the lock last."""
    pid, _, note = os.pread(handle, _A_NOTE, 0).decode("utf-8", "replace").partition("\n")
    return pid.strip(), note.strip()


def _lock(handle: int) -> None:
    """Raises BlockingIOError where another process has it, for longer than somebody who only looked (`is_locked`)."""
    for _ in range(_LOOKS):
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_A_LOOK)
    return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise LedgerError(
            Sentence("The ledger's URL cannot be understood.", "De URL van het logboek is onbegrijpelijk.")
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise LedgerError(
            Sentence(
                "The ledger's URL names neither SQLite nor PostgreSQL.",
                "De URL van het logboek noemt SQLite noch PostgreSQL.",
            )
        )
    return parsed


def _sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite URL; None for PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise LedgerError(Sentence("The ledger's URL names no file.", "De URL van het logboek noemt geen bestand."))
    return Path(url.database).resolve()


def _prepare_file(path: Path, *, create: bool) -> None:
    """Make the file before SQLite does, so that it and its write-ahead log are never readable for others."""
    try:
        if not path.exists():
            if not create:
                raise LedgerError(
                    Sentence("There is no ledger yet.", "Er is nog geen logboek."),
                    advice=Sentence("Make one with `remediate init`.", "Maak er een met `remediate init`."),
                )
            with new_file(path):
                pass
        elif path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise LedgerError(
            Sentence(
                f"The ledger's file cannot be used: {error.strerror}.",
                f"Het bestand van het logboek is onbruikbaar: {strerror_nl(error)}.",
            )
        ) from None


def _set_up_sqlite(patience_ms: int, connection: sqlite3.Connection, _record: object) -> None:
    """Transactions are begun by us (`_begin_sqlite`), not by the driver; every commit reaches the disk."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={patience_ms}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at the start: a read lock that grows into a write lock can fail half-way."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _one_line_errors(path: Path | None) -> Iterator[None]:
    """Faults of disk, lock and server become `LedgerError`; faults of our own statements stay what they are."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        sentence = _sentence_for(error, path)
        if sentence is None:
            raise
        raise _kind_of(error)(sentence) from error


def _kind_of(error: Exception) -> type[LedgerError]:
    fault = error.orig if isinstance(error, DBAPIError) else error
    if "locked" in str(fault).lower() or getattr(fault, "sqlstate", None) == "55P03":
        return LedgerLockedError
    return LedgerDamagedError if any(word in str(fault).lower() for word in _DAMAGES) else LedgerError


def _is_full(fault: sqlite3.DatabaseError, path: Path | None) -> bool:
    """SQLite tells of an error of input or output where a full disk keeps it from making its own files."""
    return path is not None and "disk i/o" in str(fault).lower() and shutil.disk_usage(path.parent).free < _A_PAGE


def _sentence_for(error: Exception, path: Path | None) -> Sentence | None:
    fault = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(fault, sqlite3.DatabaseError) and not isinstance(fault, sqlite3.IntegrityError):
        text = "full" if _is_full(fault, path) else str(fault).lower()
        told = next((sentence for word, sentence in _SQLITE_FAULTS if word in text), None)
        return told and Sentence(told.en.format(path=path), told.nl.format(path=path))
    code = getattr(fault, "sqlstate", None) or ""
    told = next((sentence for prefix, sentence in _POSTGRESQL_FAULTS if code.startswith(prefix)), None)
    if told is None and isinstance(error, OperationalError) and not isinstance(fault, sqlite3.Error):
        return _NO_SERVER
    return told
