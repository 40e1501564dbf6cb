"""What several people decided about one study before it counts, sealed; and how far each study of the queue came.

Decides nothing: who is asked, and what becomes of two decisions, is settled in `review/`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from remediate.errors import LedgerError
from remediate.ledger.fast_sql import put
from remediate.ledger.keys import Keys
from remediate.ledger.patients import CHUNK
from remediate.ledger.review_codec import decision_of, fields_of
from remediate.ledger.store import Room
from remediate.ledger.tables.review import WAITS, review_groups, review_queue
from remediate.ledger.tables.review import review_rounds as table
from remediate.records.reviews import QueueEntry, Round, Stage
from remediate.texts.language import Sentence

_KIND = "review-round"
_NUMBERS = f"""
SELECT group_code, sum(studies), count(*), sum(may) FROM (
    SELECT group_code, patient, count(*) AS studies, sum(may_confirm) AS may FROM review_queue
    WHERE {WAITS} {{which}} GROUP BY group_code, patient
) AS each_patient GROUP BY group_code"""  # noqa: S608 - our own words


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
                found.update({row.study_instance_uid: _round(self._keys, row) for row in rows})
        return found

    def pairs(self) -> Iterator[Round]:
        """Every study about which two people decided without seeing each other's decision."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(table).where(table.c.second_account != "").order_by(table.c.round_id)
            ).all()
        yield from (_round(self._keys, row) for row in rows)

    def pairs_so_far(self) -> int:
        """How many of these there are; what two people decided never changes."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).where(table.c.second_account != "")).scalar_one()

    def second_looks(self) -> Mapping[Stage, int]:
        """How many studies wait for a second and for a third person."""
        found = {Stage.SECOND: 0, Stage.THIRD: 0}
        with self._database.read() as connection:
            for (stage,) in connection.execute(select(table.c.stage).where(table.c.stage != Stage.DECIDED.value)):
                found[Stage(stage)] += 1
        return found


def _round(keys: Keys, row: Row[tuple[object, ...]]) -> Round:
    uid = row.study_instance_uid
    first, second = json.loads(keys.unseal(_KIND, row.sealed, uid.encode()))
    return Round(
        study_instance_uid=uid,
        first=decision_of(uid, first),
        second=None if second is None else decision_of(uid, second),
        is_closed=row.stage == Stage.DECIDED.value,
    )


def put_round(connection: Connection, keys: Keys, one: Round) -> None:
    """Keep a round, new or in place of the open one that it goes on from; the caller has locked its study. Raises
    `LedgerError` when somebody else looked, decided or took back meanwhile."""
    uid, second = one.study_instance_uid, one.second
    fields = [fields_of(one.first), None if second is None else fields_of(second)]
    values = {
        "first_account": one.first.account,
        "second_account": "" if second is None else second.account,
        "stage": one.stage.value,
        "sealed": keys.seal(_KIND, json.dumps(fields).encode(), uid.encode()),
    }
    ours = (table.c.study_instance_uid == uid) & (table.c.stage != Stage.DECIDED.value)
    row = connection.execute(select(table).where(ours)).first()
    if not _goes_on(one, None if row is None else _round(keys, row)):
        raise at_the_same_moment()
    if row is None:
        connection.execute(insert(table).values(values | {"study_instance_uid": uid}))
    else:
        connection.execute(update(table).where(ours).values(values))


def _goes_on(one: Round, kept: Round | None) -> bool:
    """Whether a round was made knowing the open one that is kept: it is the same with one more, or closed; or the first
    thought again before anybody else looked."""
    if kept is None:
        return one.stage is Stage.SECOND
    if one.looked[: len(kept.looked)] == kept.looked:
        return True
    return one.stage is kept.stage is Stage.SECOND and one.first.account == kept.first.account


def at_the_same_moment() -> LedgerError:
    """Two people decided about one study, and the later one did not know of the other."""
    return LedgerError(
        Sentence(
            "Somebody else decided about one of these studies at the same moment; nothing was kept.",
            "Iemand anders besliste op hetzelfde moment over een van deze onderzoeken; er is niets bewaard.",
        ),
        advice=Sentence("Look again.", "Kijk opnieuw."),
    )


def note_stages(connection: Connection, stages: Mapping[str, Stage], waiting: Sequence[QueueEntry] = ()) -> None:
    """How far these studies came, where they stand in the queue; and what waits again, wherever it stood."""
    if stages:
        this = update(review_queue).where(review_queue.c.study_instance_uid == bindparam("uid"))
        rows = [{"uid": uid, "now": stage.value} for uid, stage in sorted(stages.items())]
        connection.execute(this.values(stage=bindparam("now")), rows)
    for entry in waiting:
        _put_entry(connection, entry)
    uids, groups = sorted({*stages, *(entry.study_instance_uid for entry in waiting)}), set()
    for start in range(0, len(uids), CHUNK):
        these = review_queue.c.study_instance_uid.in_(uids[start : start + CHUNK])
        groups |= set(connection.execute(select(review_queue.c.group_code).where(these).distinct()).scalars())
    for group in sorted(groups):
        count_groups(connection, group)


def count_groups(connection: Connection, group: str = "") -> None:
    """Count what waits of one group, or of all, anew. Whoever counts the same group meanwhile waits for the end of this
    transaction, and counts after it."""
    if group:
        ours = review_groups.c.group_code == group
        connection.execute(select(review_groups).where(ours).with_for_update()).all()
        connection.execute(update(review_groups).where(ours).values(studies=0, patients=0, may_confirm=0))
    which = "AND group_code = :group_code" if group else ""
    named = {"group_code": group} if group else {}
    for code, studies, patients, may in connection.execute(text(_NUMBERS.format(which=which)), named).all():
        counted = {"studies": studies, "patients": patients, "may_confirm": int(may)}
        put(connection, review_groups, {"group_code": code}, counted)


def _put_entry(connection: Connection, entry: QueueEntry) -> None:
    """A study that waits again, whether or not the last plan left it to people."""
    values = {
        "group_code": entry.group,
        "patient": entry.patient,
        "may_confirm": int(entry.may_confirm),
        "stage": entry.stage.value,
    }
    put(connection, review_queue, {"study_instance_uid": entry.study_instance_uid}, values)
