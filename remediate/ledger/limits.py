"""Ceilings shared by all workers (token buckets, seats at the archive) and the operator's switch; waits for nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, case, delete, insert, select, update

from remediate.ledger.events import append
from remediate.ledger.fast_sql import insert_or_keep, own_clock
from remediate.ledger.store import Room
from remediate.ledger.tables.schema import association_seats, buckets, control
from remediate.ledger.times import moment_of, utc_text
from remediate.records.ledger import NewEvent, RunMode
from remediate.records.signs import Control

_CLOCKS_DIFFER = 60.0  # seconds by which the clocks of workers may differ; more is a clock that was set back


class LimitRoom(Room):
    """The part of port `PlanStore` that holds work back."""

    def set_limits(self, limits: Mapping[str, tuple[float, float]]) -> None:
        """Buckets by name: (tokens a second, capacity). Replaces all others; a bucket that stays keeps its tokens, so
        that a restart is no way around a limit. Raises ValueError unless both numbers are positive."""
        if any(rate <= 0 or capacity <= 0 for rate, capacity in limits.values()):
            raise ValueError("a limit that never lets anything through")
        named = [(name, rate, capacity, capacity) for name, (rate, capacity) in sorted(limits.items())]
        with self._database.begin() as connection:
            connection.execute(delete(buckets).where(buckets.c.name.not_in(list(limits))))
            if named:
                insert_or_keep(connection, buckets, ("name", "rate", "capacity", "tokens"), named)
            for name, rate, capacity, _ in named:
                tokens = case((buckets.c.tokens > capacity, capacity), else_=buckets.c.tokens)
                kept = {"rate": rate, "capacity": capacity, "tokens": tokens}
                connection.execute(update(buckets).where(buckets.c.name == name).values(kept))

    def take(self, tokens: Mapping[str, float], *, now: datetime) -> float:
        """Take from every named bucket, or from none: 0.0 when taken, else the seconds to wait before asking again.

        Names without a bucket are unlimited. What exceeds a bucket's capacity is let through when the bucket is full,
        and leaves it in debt, so that the rate holds over time.
        """
        with self._database.begin(durable=False) as connection:
            levels = _levels(connection, tokens, now)
            waits = [
                (min(tokens[name], capacity) - level) / rate
                for name, (rate, capacity, level) in levels.items()
                if level < min(tokens[name], capacity)
            ]
            if waits:
                return max(waits)
            for name, (_, _, level) in levels.items():
                values = {"tokens": level - tokens[name], "filled_at": utc_text(now)}
                connection.execute(update(buckets).where(buckets.c.name == name).values(values))
        return 0.0

    def book_seats(
        self, owner: str, wanted: int, ceiling: int, seconds: float, *, is_gone: Callable[[str], bool] = lambda _: False
    ) -> int:
        """How many associations this process may have from now on, for so many seconds unless it asks again.

        All processes together never have more than `ceiling`: each has its share, and who comes waits until the others
        gave back what is more than theirs. `wanted` are those in use, which nobody takes away; a process that `is_gone`
        has none.
        """
        with self._database.begin(durable=False) as connection:
            connection.execute(select(control.c.id).with_for_update())  # one at a time
            present = own_clock(connection)
            connection.execute(delete(association_seats).where(association_seats.c.until <= present))
            booked: dict[str, int] = {row.owner: row.seats for row in connection.execute(select(association_seats))}
            had = booked.pop(owner, None)
            gone = [other for other in booked if is_gone(other)]
            connection.execute(delete(association_seats).where(association_seats.c.owner.in_(gone)))
            booked = {other: number for other, number in booked.items() if other not in gone}
            share = max(-(-ceiling // (len(booked) + 1)), 1)
            free = max(ceiling - sum(booked.values()), 0)
            seats = max(min(share, free), min(wanted, had or 0))
            values = {"owner": owner, "seats": seats, "until": present + seconds}
            if had is None:
                connection.execute(insert(association_seats).values(values))
            else:
                connection.execute(update(association_seats).where(association_seats.c.owner == owner).values(values))
        return seats

    def release_seats(self, owner: str) -> None:
        """This process has no association any more."""
        with self._database.begin(durable=False) as connection:
            connection.execute(delete(association_seats).where(association_seats.c.owner == owner))

    def control(self) -> RunMode:
        """What the operator asks of running work."""
        with self._database.read() as connection:
            return RunMode(connection.execute(select(control.c.mode)).scalar_one())

    def controlled(self) -> Control:
        """The same, with who asked for it and since when."""
        with self._database.read() as connection:
            row = connection.execute(select(control)).one()
        return Control(RunMode(row.mode), row.account, moment_of(row.since) if row.since else None)

    def set_control(self, mode: RunMode, event: NewEvent) -> None:
        """pause, resume, stop: the switch and its event in one transaction. Asked again, it stands since the first."""
        asked = {"mode": mode.value, "account": event.actor, "since": utc_text(event.at)}
        with self._database.begin() as connection:
            connection.execute(update(control).where(control.c.mode != mode.value).values(asked))
            append(connection, self._context, (event,))


def _levels(
    connection: Connection, tokens: Mapping[str, float], now: datetime
) -> dict[str, tuple[float, float, float]]:
    """(rate, capacity, tokens by now) of each named bucket; a clock that was set back fills nothing, and when it was
    set back far, filling begins anew: else work would wait until the clock is where it was."""
    query = select(buckets).where(buckets.c.name.in_(list(tokens))).order_by(buckets.c.name).with_for_update()
    levels = {}
    for row in connection.execute(query):
        passed = (now - moment_of(row.filled_at)).total_seconds() if row.filled_at else 0.0
        if passed < -_CLOCKS_DIFFER:
            anew = update(buckets).where(buckets.c.name == row.name)
            connection.execute(anew.values(filled_at=utc_text(now)))
        level = min(row.capacity, row.tokens + row.rate * max(passed, 0.0))
        levels[row.name] = (row.rate, row.capacity, level)
    return levels
