"""Replacing the key of the vault, and shredding the old values of a batch; reads no old value.

The chain of events never depends on either: it holds digests and codes only, and verifies all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, or_, select, update

from remediate.errors import KeysError, LedgerError
from remediate.ledger.events import append
from remediate.ledger.fast_sql import own_clock
from remediate.ledger.keys import Keys
from remediate.ledger.store import Room
from remediate.ledger.tables.copy import copy_intents
from remediate.ledger.tables.schema import IntentOutcome, batches, data_keys, events, intents, ledger_meta, life_signs
from remediate.ledger.times import moment_of, utc_text
from remediate.records.copies import CopyEnd
from remediate.records.ledger import EventType, NewEvent
from remediate.texts.language import Sentence

SaveKeys = Callable[[Keys], None]
"""Writes keys where they are kept, durably."""


SILENT_FOR_GOOD = timedelta(days=1)
"""Without a sign of life, of which a batch at work gives one every few seconds, from which on one that nobody closed
has ended: it was killed, and a later one settled what it had begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBatch:
    """Whether the old values of one batch that has ended can be read."""

    batch_id: str
    closed_at: datetime  # of one that was killed, the time of its last event
    readable: bool


class VaultKeyRoom(Room):
    """What a privacy officer does to the vault."""

    def rotate_vault_key(self, event: NewEvent, save: SaveKeys) -> int:
        """Replace the vault key and wrap every data key anew; answers how many.

        `save` is called before anything is wrapped by the new key, with old and new, and again at the end without the
        old one: whenever this is broken off, the saved keys open the vault, and calling it again finishes it.
        """
        keys = self._new_keys()
        save(keys)
        with self._database.begin() as connection:
            old_id = connection.execute(select(ledger_meta.c.vault_key_id).with_for_update()).scalar_one()
            number = _wrap_anew(connection, keys, old_id)
            connection.execute(update(ledger_meta).values(vault_key_id=keys.vault_key_id))
            details = {**event.details, "key": keys.vault_key_id, "key_before": old_id, "batches": number}
            append(connection, self._context, (replace(event, details=details),))
        self._use(keys.without_vault_before())
        save(self._keys)
        return number

    def _new_keys(self) -> Keys:
        """With a new vault key; or ours, when an earlier rotation saved them and was then broken off."""
        with self._database.read() as connection:
            in_use = connection.execute(select(ledger_meta.c.vault_key_id)).scalar_one()
        return self._keys.with_new_vault_key() if in_use == self._keys.vault_key_id else self._keys

    def _use(self, keys: Keys) -> None:
        self._keys = keys
        self._context = replace(self._context, keys=keys)

    def shred_batch(self, batch_id: str, event: NewEvent) -> None:
        """Forget the data key of a closed batch: its old values can never be read again.

        Raises `LedgerError` when there is no such batch, it is open, it was shredded before, or one of its studies is
        not settled and may need its old values.
        """
        with self._database.begin() as connection:
            if self._database.is_sqlite:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            _check_may_shred(connection, batch_id)
            connection.execute(update(data_keys).where(data_keys.c.batch_id == batch_id).values(wrapped=None))
            append(connection, self._context, (event,))
        self._database.forget_old_pages()

    def kept_batches(self) -> tuple[KeptBatch, ...]:
        """Every batch that has ended, oldest first; also those that were killed."""
        last = select(func.max(events.c.at)).where(events.c.batch == batches.c.batch_id).scalar_subquery()
        ended_at = func.coalesce(batches.c.closed_at, last, batches.c.opened_at)
        with self._database.read() as connection:
            query = (
                select(batches.c.batch_id, ended_at.label("ended_at"), data_keys.c.wrapped.is_not(None))
                .join(data_keys, data_keys.c.batch_id == batches.c.batch_id)
                .where(_has_ended(connection))
                .order_by("ended_at", batches.c.batch_id)
            )
            rows = connection.execute(query).all()
        return tuple(KeptBatch(batch_id=name, closed_at=moment_of(at), readable=bool(kept)) for name, at, kept in rows)

    def unreadable_studies(self) -> frozenset[str]:
        """Studies whose newest verified intent lies in a batch that was shredded."""
        is_verified = intents.c.outcome == IntentOutcome.VERIFIED.value
        newest = select(func.max(intents.c.intent_id)).where(is_verified).group_by(intents.c.study_instance_uid)
        query = (
            select(intents.c.study_instance_uid)
            .join(data_keys, data_keys.c.batch_id == intents.c.batch_id)
            .where(intents.c.intent_id.in_(newest), data_keys.c.wrapped.is_(None))
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())


def other_vault_key(connection: Connection, keys: Keys) -> KeysError:
    """Which of the two is the older one, where a ledger's vault has another key than these: each rotation is an event,
    so a ledger that never heard of our key was copied before that was made."""
    rotations = select(events.c.seq, events.c.at, events.c.details).where(
        events.c.type == EventType.KEY_USE.value, events.c.details.contains('"key_before"')
    )
    for seq, at, details in connection.execute(rotations.order_by(events.c.seq)):
        if json.loads(details)["key_before"] == keys.vault_key_id:
            return KeysError(
                Sentence(
                    f"The key file is older than the ledger: the vault's key was replaced on {at[:10]} (event {seq}), "
                    "after these keys were written.",
                    f"Het sleutelbestand is ouder dan het logboek: de sleutel van de kluis is op {at[:10]} "
                    f"vervangen (gebeurtenis {seq}), nadat deze sleutels waren geschreven.",
                ),
                advice=Sentence(
                    "Put the newest key file in the place that `keys` in the configuration names.",
                    "Zet het nieuwste sleutelbestand op de plek die `keys` in de configuratie noemt.",
                ),
            )
    return KeysError(
        Sentence(
            "The ledger is older than its keys: it is a backup from before `ledger rotate-key`, and does not know the "
            "key that these hold.",
            "Het logboek is ouder dan zijn sleutels: het is een reservekopie van vóór `ledger "
            "rotate-key`, en kent de sleutel daarin niet.",
        ),
        advice=Sentence(
            "Put a backup of the ledger back that was made after the rotation; only where there is none, the key "
            "file of the time of this one.",
            "Zet een reservekopie van het logboek terug van na de wisseling; alleen als die er niet is, "
            "het sleutelbestand uit de tijd van deze.",
        ),
    )


def expired(kept: KeptBatch, *, now: datetime, days: float) -> bool:
    """Whether the old values of a batch were kept as long as they had to be."""
    return kept.readable and utc_text(kept.closed_at + timedelta(days=days)) <= utc_text(now)


def _wrap_anew(connection: Connection, keys: Keys, old_id: str) -> int:
    old, new = keys.vault_box(old_id), keys.vault_box(keys.vault_key_id)
    held = select(data_keys.c.batch_id, data_keys.c.wrapped).where(data_keys.c.wrapped.is_not(None))
    rows = connection.execute(held.with_for_update()).all()
    for batch_id, wrapped in rows:
        aad = batch_id.encode()
        anew = new.seal(old.unseal(wrapped, aad), aad)
        connection.execute(update(data_keys).where(data_keys.c.batch_id == batch_id).values(wrapped=anew))
    return len(rows)


def _has_ended(connection: Connection) -> ColumnElement[bool]:
    """Whether a batch was closed, or nothing is heard of it for so long that its process is no more."""
    silent_since = own_clock(connection) - SILENT_FOR_GOOD.total_seconds()
    heard = exists().where(life_signs.c.batch_id == batches.c.batch_id, life_signs.c.heard > silent_since)
    signed = exists().where(life_signs.c.batch_id == batches.c.batch_id)
    return or_(batches.c.closed_at.is_not(None), and_(signed, not_(heard)))


_WHICH = Sentence(
    "Nothing was done. `remediate ledger retention` names the batches whose old values can still be read.",
    "Er is niets gedaan. `remediate ledger retention` noemt de batches waarvan de oude waarden nog te lezen zijn.",
)


def _check_may_shred(connection: Connection, batch_id: str) -> None:
    query = (
        select(_has_ended(connection).label("has_ended"), data_keys.c.wrapped)
        .join(data_keys, data_keys.c.batch_id == batches.c.batch_id)
        .where(batches.c.batch_id == batch_id)
        .with_for_update()
    )
    row = connection.execute(query).first()
    if row is None:
        raise LedgerError(
            Sentence(f"This ledger has no batch {batch_id}.", f"Dit logboek heeft geen batch {batch_id}."),
            advice=_WHICH,
        )
    if not row.has_ended:
        raise LedgerError(
            Sentence(f"{batch_id} is still open.", f"{batch_id} is nog open."),
            advice=Sentence(
                "Its old values may be needed to settle its studies. One that was killed counts as ended a day after "
                "its last sign of life.",
                "De oude waarden kunnen nodig zijn om de onderzoeken af te handelen. Een afgebroken batch geldt een "
                "dag na het laatste levensteken als beëindigd.",
            ),
        )
    if row.wrapped is None:
        raise LedgerError(
            Sentence(
                f"The old values of {batch_id} were made unreadable before.",
                f"De oude waarden van {batch_id} zijn al eerder onleesbaar gemaakt.",
            ),
            advice=_WHICH,
        )
    unsettled = exists().where(intents.c.batch_id == batch_id, intents.c.outcome == IntentOutcome.OPEN.value)
    in_copies = exists().where(
        copy_intents.c.intent_id == intents.c.intent_id,
        copy_intents.c.outcome == CopyEnd.OPEN.value,
        intents.c.batch_id == batch_id,
    )
    if connection.execute(select(in_copies)).scalar_one():
        raise LedgerError(
            Sentence(
                f"A copy has studies of {batch_id} that are not settled, and may need its old values.",
                f"Een kopie heeft onderzoeken van {batch_id} die niet zijn afgehandeld en de oude waarden nog nodig "
                "kunnen hebben.",
            ),
            advice=Sentence(
                "Run `remediate execute --settle --copies` first.",
                "Voer eerst `remediate execute --settle --copies` uit.",
            ),
        )
    if connection.execute(select(unsettled)).scalar_one():
        raise LedgerError(
            Sentence(
                f"{batch_id} has studies that are not settled, and may need its old values.",
                f"{batch_id} heeft onderzoeken die niet zijn afgehandeld en de oude waarden nog nodig kunnen hebben.",
            ),
            advice=Sentence("Run `remediate execute` first.", "Voer eerst `remediate execute` uit."),
        )
