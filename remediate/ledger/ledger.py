"""The whole ledger as one object: makes or opens it and joins its rooms; each room holds its own statements.

Meets the port `Ledger` of `ports.py` by shape, without importing it.
"""

from __future__ import annotations

import os
from datetime import datetime

from sqlalchemy import Connection, insert, select

from remediate.digests import base32
from remediate.errors import KeysError, LedgerError
from remediate.ledger.copies import CopyRoom
from remediate.ledger.database import Database
from remediate.ledger.decisions import DecisionRoom
from remediate.ledger.events import EventRoom, append
from remediate.ledger.keys import Keys
from remediate.ledger.leases import LeaseRoom
from remediate.ledger.life import LifeRoom
from remediate.ledger.limits import LimitRoom
from remediate.ledger.measurements import MeasurementRoom
from remediate.ledger.needs import NeedRoom
from remediate.ledger.outbox import OutboxRoom
from remediate.ledger.plans import PlanRoom
from remediate.ledger.proof.batch_roots import ProofRoom
from remediate.ledger.proof.chain import origin
from remediate.ledger.review_queue import QueueRoom
from remediate.ledger.review_rounds import RoundRoom
from remediate.ledger.reviews import ReviewRoom
from remediate.ledger.settings import FactRoom, ForwardRoom
from remediate.ledger.store import LedgerContext
from remediate.ledger.studies import StudyRoom
from remediate.ledger.study_pages import StudyPageRoom
from remediate.ledger.tables.creation import check_version, create_tables, has_ledger
from remediate.ledger.tables.schema import SCHEMA_VERSION, chain_head, control, ledger_meta
from remediate.ledger.times import utc_text
from remediate.ledger.vault_keys import VaultKeyRoom, other_vault_key
from remediate.ledger.verification import VerificationRoom
from remediate.ledger.work import WorkRoom
from remediate.records.ledger import EventType, NewEvent, RunMode
from remediate.texts.language import Sentence


class SqlLedger(
    StudyRoom,
    StudyPageRoom,
    DecisionRoom,
    ReviewRoom,
    RoundRoom,
    QueueRoom,
    PlanRoom,
    WorkRoom,
    LimitRoom,
    LifeRoom,
    CopyRoom,
    LeaseRoom,
    OutboxRoom,
    EventRoom,
    VerificationRoom,
    ProofRoom,
    VaultKeyRoom,
    ForwardRoom,
    FactRoom,
    MeasurementRoom,
    NeedRoom,
):
    """The ledger on SQLite or PostgreSQL. Every method is one transaction, durable on return.

    All methods raise `LedgerError` when the database is locked, full or unreachable.
    """

    @classmethod
    def create(
        cls,
        database: Database,
        keys: Keys,
        *,
        system_account: str,
        software: str,
        config_digest: str,
        now: datetime,
        responsible: str = "",
    ) -> SqlLedger:
        """Make all tables, a new identity and the first event, all or nothing.

        Raises `LedgerError` when the database holds a ledger already.
        """
        context = LedgerContext(
            database=database,
            keys=keys,
            ledger_id=base32(os.urandom(10)),
            system_account=system_account,
            software=software,
            config_digest=config_digest,
            responsible=responsible,
        )
        with database.begin() as connection:
            create_tables(connection)
            _first_rows(connection, context, now)
            created = NewEvent(
                type=EventType.LEDGER_CREATED,
                at=now,
                details={"ledger": context.ledger_id, "key": keys.key_id, "schema": SCHEMA_VERSION},
            )
            append(connection, context, (created,))
        return cls(context)

    @classmethod
    def open(
        cls,
        database: Database,
        keys: Keys,
        *,
        system_account: str,
        software: str,
        config_digest: str,
        responsible: str = "",
    ) -> SqlLedger:
        """Open a ledger that exists.

        Raises `LedgerError` when there is none or another version made it, `KeysError` when its keys are others. Both
        before anything is written.
        """
        with database.read() as connection:
            if not has_ledger(connection):
                raise LedgerError(
                    Sentence("There is no ledger in this database.", "In deze database is geen logboek."),
                    advice=Sentence("Make one with `remediate init`.", "Maak er een met `remediate init`."),
                )
            check_version(connection)
            named = (ledger_meta.c.ledger_id, ledger_meta.c.key_id, ledger_meta.c.vault_key_id)
            ledger_id, key_id, in_use = connection.execute(select(*named)).one()
            if key_id != keys.key_id:
                raise KeysError(
                    Sentence(
                        "These keys are not the keys of this ledger.", "Deze sleutels zijn niet die van dit logboek."
                    ),
                    advice=Sentence(
                        "Put its own back from their backup, or name the other ledger in ledger.url.",
                        "Zet de juiste terug uit hun reservekopie, of noem het andere logboek in ledger.url.",
                    ),
                )
            if not keys.holds_vault_key(in_use):
                raise other_vault_key(connection, keys)
        return cls(
            LedgerContext(
                database=database,
                keys=keys,
                ledger_id=ledger_id,
                system_account=system_account,
                software=software,
                config_digest=config_digest,
                responsible=responsible,
            )
        )


def _first_rows(connection: Connection, context: LedgerContext, now: datetime) -> None:
    connection.execute(
        insert(ledger_meta).values(
            id=1,
            schema_version=SCHEMA_VERSION,
            ledger_id=context.ledger_id,
            key_id=context.keys.key_id,
            public_key=base32(context.keys.public_key),
            vault_key_id=context.keys.vault_key_id,
            created_at=utc_text(now),
        )
    )
    connection.execute(insert(chain_head).values(id=1, seq=0, digest=origin(context.ledger_id)))
    connection.execute(insert(control).values(id=1, mode=RunMode.RUN.value))
