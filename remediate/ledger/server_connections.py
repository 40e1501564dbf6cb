"""Connections to PostgreSQL, for `database`: how each is set up, when it is asked whether it still stands, and those
over which single statements go by the driver alone.

SQLAlchemy's own `pool_pre_ping` asks before every use, which doubles the exchanges of what is asked before each object.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError, NoSuchModuleError

from remediate.errors import LedgerError
from remediate.texts.language import Sentence

FRESH_SECONDS = 1.0
"""After a use a connection is not asked again; a server that was restarted was away for longer."""

_TIMEOUTS = ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout")


def server_engine(url: URL) -> Engine:
    """For a ledger on a server. Raises `LedgerError` where the driver is missing."""
    try:
        engine = create_engine(url, hide_parameters=True, isolation_level="READ COMMITTED")
    except (ImportError, NoSuchModuleError):
        raise LedgerError(
            Sentence("The driver for PostgreSQL is not installed.", "De driver voor PostgreSQL is niet geïnstalleerd."),
            advice=Sentence("Install remediate[postgresql].", "Installeer remediate[postgresql]."),
        ) from None

    def require_fresh(connection: Any, record: Any, _proxy: object) -> None:
        """What is raised here has the pool make another connection."""
        if not _stands(engine, connection, record.info.get("used", 0.0)):
            raise DisconnectionError

    event.listen(engine, "connect", _set_up)
    event.listen(engine, "checkout", require_fresh)
    event.listen(engine, "checkin", lambda _, record: record.info.update(used=time.monotonic()))
    return engine


def _set_up(connection: Any, record: Any) -> None:
    """A plan over twenty years of studies takes minutes in one transaction, whatever the server allows to others; and a
    statement that is a transaction of its own sees what others committed, whatever the server's default is."""
    statement = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = ANY(%s)"  # not all versions have all
    connection.execute(statement, (list(_TIMEOUTS),))
    connection.execute("SET default_transaction_isolation TO 'read committed'")
    connection.commit()
    record.info["used"] = time.monotonic()


def _stands(engine: Engine, connection: Any, used: float) -> bool:
    """Whether a connection that was last used at that moment reaches its server."""
    if time.monotonic() - used < FRESH_SECONDS:
        return True
    try:
        return bool(engine.dialect.do_ping(connection))
    except engine.dialect.loaded_dbapi.Error:
        return False


class Statements:
    """Single statements, each a transaction of its own, by the driver alone: a fifth of the time that one takes through
    a pool and a transaction of SQLAlchemy. Safe for use by several threads; as many connections as are used at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[tuple[Any, float]] = deque()

    def run(self, statement: str, parameters: Sequence[int | str]) -> tuple[int, list[tuple[Any, ...]]]:
        """How many rows, and which where it answers any; marks are `%s`. Raises `DBAPIError`."""
        connection, fault = self._take(), self._engine.dialect.loaded_dbapi.Error
        try:
            cursor = connection.execute(statement, parameters)
            answer = cursor.rowcount, cursor.fetchall() if cursor.description else []
        except fault as error:
            with contextlib.suppress(fault):
                connection.close()
            raise DBAPIError.instance(statement, None, error, fault, dialect=self._engine.dialect) from error
        self._idle.append((connection, time.monotonic()))
        return answer

    def _take(self) -> Any:
        for connection, used in self._taken():
            if _stands(self._engine, connection, used):
                return connection
            connection.close()
        pooled = self._engine.raw_connection()
        alone: Any = pooled.driver_connection
        pooled.detach()
        alone.autocommit = True
        return alone

    def _taken(self) -> Iterator[tuple[Any, float]]:
        with contextlib.suppress(IndexError):
            while True:
                yield self._idle.pop()

    def close(self) -> None:
        """Give the connections back."""
        for connection, _ in self._taken():
            connection.close()
