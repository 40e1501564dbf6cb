"""The last sign of life of each batch's process. No evidence, and no part of the chain: it is written over and over."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from remediate.ledger.fast_sql import own_clock
from remediate.ledger.store import Room
from remediate.ledger.tables.schema import life_signs
from remediate.records.signs import Doing, Hold, LifeSign, PaceReason, Process
from remediate.texts.language import Sentence

_MOMENTS = ("since", "until")


class LifeRoom(Room):
    """The part of port `PlanStore` that keeps signs of life."""

    def sign(self, batch_id: str, doing: Doing, *, steady: float) -> None:
        """The process of a batch lives, and does this."""
        with self._database.begin(durable=False) as connection:
            values = {"doing": _text(doing), "steady": steady, "heard": own_clock(connection)}
            connection.execute(update(life_signs).where(life_signs.c.batch_id == batch_id).values(values))

    def signs(self, batch_ids: Collection[str]) -> Mapping[str, LifeSign]:
        """The last sign of each of these batches; those of older releases gave none."""
        query = select(life_signs).where(life_signs.c.batch_id.in_(list(batch_ids)))
        with self._database.read() as connection:
            present = own_clock(connection)
            return {row.batch_id: _sign(row, present) for row in connection.execute(query)}


def first_sign(connection: Connection, batch_id: str, process: Process, steady: float) -> None:
    """A batch was opened by this process, in the caller's transaction."""
    present = own_clock(connection)
    heard = {"batch_id": batch_id, "steady": steady, "began": present, "heard": present}
    connection.execute(insert(life_signs).values(**process._asdict(), **heard))


def _text(doing: Doing) -> str:
    told = asdict(doing)
    return json.dumps(told | {name: told[name].isoformat() for name in _MOMENTS if told[name]}, sort_keys=True)


def _sign(row: Row[Any], present: float) -> LifeSign:
    told = json.loads(row.doing)
    told |= {name: datetime.fromisoformat(told[name]) for name in _MOMENTS if told.get(name)}
    for name in ("told", "pace"):
        if name in told:
            told[name] = Sentence(*told[name])
    if told.get("hold"):
        told["hold"] = Hold(told["hold"])
    if told.get("pace_code"):
        told["pace_code"] = PaceReason(told["pace_code"])
    return LifeSign(
        batch_id=row.batch_id,
        process=Process(row.machine, row.pid, row.boot, row.started),
        doing=Doing(**told),
        steady=row.steady,
        seconds_ago=present - row.heard,
    )
