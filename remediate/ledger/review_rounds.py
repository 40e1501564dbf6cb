"""What several people decided about one study before it counts, sealed; and how far each study of the queue came.

Decides nothing: who is asked, and what becomes of two decisions, is settled in `review/`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from remediate.errors import LedgerError
from remediate.ledger.fast_sql import put
from remediate.ledger.keys import Keys
from remediate.ledger.patients import CHUNK
from remediate.ledger.review_codec import decision_of, fields_of
from remediate.ledger.review_tables import review_queue
from remediate.ledger.review_tables import review_rounds as table
from remediate.ledger.store import Room
from remediate.records.reviews import QueueEntry, Round, Stage
from remediate.texts.language import Sentence

_KIND = "review-round"


class RoundRoom(Room):
    """The part of port `ReviewStore` about second looks."""

    def open_rounds(self, study_instance_uids: Collection[str]) -> Mapping[str, Round]:
        """What was decided about these studies and does not count yet."""
        listed = sorted(study_instance_uids)
        found: dict[str, Round] = {}
        with self._database.read() as connection:
            for start in range(0, len(listed), CHUNK):
                these = table.c.study_instance_uid.in_(listed[start : start + CHUNK])
                rows = connection.execute(select(table).where(these, table.c.stage != Stage.DECIDED.value)).all()
                found.update({row.study_instance_uid: self._round(row) for row in rows})
        return found

    def pairs(self) -> Iterator[Round]:
        """Every study about which two people decided without seeing each other's decision."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(table).where(table.c.second_account != "").order_by(table.c.round_id)
            ).all()
        yield from map(self._round, rows)

    def second_looks(self) -> Mapping[Stage, int]:
        """How many studies wait for a second and for a third person."""
        found = {Stage.SECOND: 0, Stage.THIRD: 0}
        with self._database.read() as connection:
            for (stage,) in connection.execute(select(table.c.stage).where(table.c.stage != Stage.DECIDED.value)):
                found[Stage(stage)] += 1
        return found

    def _round(self, row: Row[tuple[object, ...]]) -> Round:
        uid = row.study_instance_uid
        first, second = json.loads(self._keys.unseal(_KIND, row.sealed, uid.encode()))
        return Round(
            study_instance_uid=uid,
            first=decision_of(uid, first),
            second=None if second is None else decision_of(uid, second),
            is_closed=row.stage == Stage.DECIDED.value,
        )


def put_round(connection: Connection, keys: Keys, one: Round) -> None:
    """Keep a round, new or in place of the open one about its study. Raises `LedgerError` when another began one."""
    uid, second = one.study_instance_uid, one.second
    fields = [fields_of(one.first), None if second is None else fields_of(second)]
    values = {
        "first_account": one.first.account,
        "second_account": "" if second is None else second.account,
        "stage": one.stage.value,
        "sealed": keys.seal(_KIND, json.dumps(fields).encode(), uid.encode()),
    }
    ours = (table.c.study_instance_uid == uid) & (table.c.stage != Stage.DECIDED.value)
    if connection.execute(update(table).where(ours).values(values)).rowcount:
        return
    try:
        connection.execute(insert(table).values(values | {"study_instance_uid": uid}))
    except IntegrityError:
        raise LedgerError(
            Sentence(
                "Somebody else decided about one of these studies at the same moment; nothing was kept.",
                "Iemand anders besliste op hetzelfde moment over een van deze onderzoeken; er is niets bewaard.",
            ),
            advice=Sentence("Look again.", "Kijk opnieuw."),
        ) from None


def note_stages(connection: Connection, stages: Mapping[str, Stage]) -> None:
    """How far these studies came, where they stand in the queue."""
    if stages:
        this = update(review_queue).where(review_queue.c.study_instance_uid == bindparam("uid"))
        rows = [{"uid": uid, "now": stage.value} for uid, stage in sorted(stages.items())]
        connection.execute(this.values(stage=bindparam("now")), rows)


def put_entry(connection: Connection, entry: QueueEntry) -> None:
    """A study that waits again, whether or not the last plan left it to people."""
    values = {
        "group_code": entry.group,
        "patient": entry.patient,
        "may_confirm": int(entry.may_confirm),
        "stage": entry.stage.value,
    }
    put(connection, review_queue, {"study_instance_uid": entry.study_instance_uid}, values)
