"""Small named settings of a ledger, its counters, a survey's windows, and how far receivers have its events.

Store and forward, where the ledger itself is the store. No patient data.
"""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import Connection, delete, select

from remediate.digests import sha256_text
from remediate.ledger.events import append
from remediate.ledger.fast_sql import insert_or_keep, put
from remediate.ledger.patients import patient_pseudonym
from remediate.ledger.store import Room
from remediate.ledger.tables.schema import events, facts, forwarding, survey_windows
from remediate.records.ledger import EventType, NewEvent

FACT, FACT_DIGEST = "fact", "fact_sha256"
"""In the details of an event that set a fact: its name, and the SHA-256 (base32) of what it was set to."""


class FactRoom(Room):
    """The remaining parts of port `Ledger`."""

    @property
    def ledger_id(self) -> str:
        """Random identifier made when the ledger was created."""
        return self._context.ledger_id

    @property
    def account(self) -> str:
        """Under which this process acts."""
        return self._context.system_account

    def pseudonym(self, kind: str, text: str) -> str:
        """Keyed digest of an identifier (HMAC-SHA-256, base32, 128 bits); `kind` keeps uses apart."""
        return self._keys.pseudonym(kind, text)

    def patient_pseudonym(self, patient_id: str, issuer: str) -> str:
        """The pseudonym under which events and work name this patient; "" when there is no number."""
        return patient_pseudonym(self._keys, patient_id, issuer)

    def fact(self, name: str) -> str:
        """A small named setting, such as the last probe; "" when never set."""
        with self._database.read() as connection:
            value = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
        return value or ""

    def stands_as_told(self, name: str, type_: EventType) -> bool:
        """Whether the newest event of this type about the setting says that it was set to what it is.

        False too where that event is of a release that did not write down what it set.
        """
        query = select(events.c.details).where(events.c.type == type_.value).order_by(events.c.seq.desc())
        with self._database.read() as connection:
            value = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
            told = map(json.loads, connection.execute(query).scalars())
            last: dict[str, object] = next((details for details in told if details.get(FACT) == name), {})
        return value is not None and last.get(FACT_DIGEST) == sha256_text(value.encode())

    def set_fact(self, name: str, value: str, event: NewEvent) -> None:
        """Keep it, with its event, in one transaction."""
        with self._database.begin() as connection:
            put(connection, facts, {"name": name}, {"value": value})
            told = {**event.details, FACT: name, FACT_DIGEST: sha256_text(value.encode())}
            append(connection, self._context, (replace(event, details=told),))

    def survey_windows_done(self, survey: str) -> frozenset[str]:
        """Windows of an unfinished survey that need not be asked again."""
        query = select(survey_windows.c.span).where(survey_windows.c.survey == survey)
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def survey_window_done(self, survey: str, window: str) -> None:
        """Remember a finished window; twice is once."""
        with self._database.begin() as connection:
            insert_or_keep(connection, survey_windows, ("survey", "span"), [(survey, window)])

    def survey_finished(self, survey: str) -> None:
        """Forget the windows of a finished survey."""
        with self._database.begin() as connection:
            connection.execute(delete(survey_windows).where(survey_windows.c.survey == survey))


def next_number(connection: Connection, name: str) -> int:
    """The next value of a counter, from 1: one statement, so that nobody else's comes between."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = (
        f"INSERT INTO counters (name, value) VALUES ({mark}, 1)"  # noqa: S608 - our own marks
        " ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value"
    )
    return int(connection.exec_driver_sql(statement, (name,)).scalar_one())


class ForwardRoom(Room):
    """A cursor for each receiver. It is no event: it says nothing of patients, and moves with every group."""

    def forwarded(self, receiver: str) -> int:
        """The number of the last event that this receiver has; 0 when it has none."""
        query = select(forwarding.c.seq).where(forwarding.c.receiver == receiver)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0

    def mark_forwarded(self, receiver: str, seq: int) -> None:
        """Everything up to `seq` was received."""
        with self._database.begin() as connection:
            put(connection, forwarding, {"receiver": receiver}, {"seq": seq})
