"""Keeps whose studies are sent next, as the lists of a hospital say it; made anew for each plan, and no evidence.

What is kept names a patient by the fingerprint under which plans know them, and no appointment by its number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import case, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from remediate.ledger.fast_sql import insert_newer, insert_or_keep, select_in
from remediate.ledger.patients import CHUNK
from remediate.ledger.plan_order import kept_kinds, order_again, sort_key, study_place
from remediate.ledger.store import Room
from remediate.ledger.tables.need import appointments, needs
from remediate.ledger.tables.schema import plan_items, work_units
from remediate.ledger.tables.study import studies
from remediate.records.needs import STEP, KeptAppointment, ListFault, Need, Ordering

_NEEDS = "SELECT need_key, rank FROM needs"
_PAGE = 2_000


class NeedRoom(Room):
    """Port `NeedStore` (plan/order.py)."""

    def forget_needs(self, *kinds: str) -> None:
        """What earlier lists said; of patients also their appointments."""
        with self._database.begin(durable=False) as connection:
            connection.execute(delete(needs).where(needs.c.kind.in_(kinds)))
            if "patient" in kinds:
                connection.execute(delete(appointments))

    def keep_appointments(self, told: Sequence[KeptAppointment]) -> None:
        """In their order: of one appointment the latest message counts, and of one moment the last."""
        rows = [
            (self._keys.pseudonym("appointment", one.key), one.patient, one.at, one.told, int(one.cancelled))
            for one in told
        ]
        with self._database.begin(durable=False) as connection:
            insert_newer(connection, appointments, rows, newer="told")

    def needs_of_appointments(self, *, since: int, until: int) -> Mapping[ListFault, int]:
        """Each patient's first appointment between two moments (YYYYMMDDHHMM) becomes a need; answers how many
        appointments move nobody forward, by why."""
        table = appointments.c
        why = case(
            (table.cancelled == 1, ListFault.CANCELLED.value),
            (table.at < since, ListFault.PAST.value),
            (table.at > until, ListFault.FAR_AHEAD.value),
            (table.patient == "", ListFault.UNKNOWN_PATIENT.value),
            else_="",
        )
        first = (
            select(literal("patient"), table.patient, func.min(table.at) + Need.APPOINTMENT * STEP)
            .where(why == "")
            .group_by(table.patient)
        )
        with self._database.begin(durable=False) as connection:
            add = sqlite.insert if self._database.is_sqlite else postgresql.insert
            kept = add(needs).from_select(["kind", "need_key", "rank"], first)
            connection.execute(kept.on_conflict_do_nothing())  # two who read the lists at once
            counted = connection.execute(select(why.label("why"), func.count()).group_by("why")).all()
        return {ListFault(left): number for left, number in counted if left}

    def keep_needs(self, kind: str, ranks: Mapping[str, int]) -> None:
        """Needs of studies, or of kinds of studies; one that is kept stays as it is."""
        rows = [(kind, key, rank) for key, rank in ranks.items()]
        with self._database.begin(durable=False) as connection:
            for start in range(0, len(rows), CHUNK):
                insert_or_keep(connection, needs, ("kind", "need_key", "rank"), rows[start : start + CHUNK])

    def kinds_of_needs(self) -> Sequence[str]:
        """Of which kinds there are any, the most urgent first."""
        with self._database.read() as connection:
            return kept_kinds(connection)

    def ranks(self, fingerprints: Mapping[str, str], kinds: Sequence[str], ordering: Ordering) -> Mapping[str, int]:
        """The rank of each of these studies, given with its patient's fingerprint, that needs it more than others."""
        found: dict[str, int] = {}
        uids = list(fingerprints)
        for kind in kinds:  # the most urgent first
            if kind == "patient":
                known = self._of(kind, set(fingerprints.values()))
                news = {uid: known[mark] for uid, mark in fingerprints.items() if mark in known}
            elif kind == "sort":
                keys = self._sorts(uids, ordering)
                known = self._of(kind, set(keys.values()))
                news = {uid: known[key] for uid, key in keys.items() if key in known}
            else:
                news = self._of(kind, uids)
            found = {**news, **found}
        return found

    def _of(self, kind: str, keys: Collection[str]) -> dict[str, int]:
        wanted, found = sorted(keys), dict[str, int]()
        with self._database.read() as connection:
            for start in range(0, len(wanted), CHUNK):
                part = wanted[start : start + CHUNK]
                found.update(select_in(connection, _NEEDS, "need_key", part, equal={"kind": kind}))
        return found

    def _sorts(self, uids: Sequence[str], ordering: Ordering) -> dict[str, str]:
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for start in range(0, len(uids), CHUNK):
                chosen = studies.c.study_instance_uid.in_(uids[start : start + CHUNK])
                rows = connection.execute(select(studies.c.study_instance_uid, sort_key(ordering)).where(chosen))
                found.update((uid, key) for uid, key in rows)
        return found

    def sorts_of(self, uids: Collection[str]) -> Mapping[str, tuple[str, str, str]]:
        """Of these studies modalities, place and Study Date; those that were never surveyed are left out."""
        columns = (studies.c.study_instance_uid, studies.c.modalities, study_place(), studies.c.study_date)
        wanted, found = sorted(uids), dict[str, tuple[str, str, str]]()
        with self._database.read() as connection:
            for start in range(0, len(wanted), CHUNK):
                chosen = studies.c.study_instance_uid.in_(wanted[start : start + CHUNK])
                found.update((uid, (*told,)) for uid, *told in connection.execute(select(*columns).where(chosen)))
        return found

    def stock_by_sort(self, ordering: Ordering) -> Mapping[str, int]:
        """How many studies there are of each kind (`KindOfStudy.key`)."""
        key, found = sort_key(ordering).label("sort"), dict[str, int]()
        with self._database.read() as connection:
            query = select(key, func.count()).where(studies.c.gone_since == "").group_by("sort")
            found.update((sort, number) for sort, number in connection.execute(query))
        return found

    def order_plan(self, plan_id: str, ordering: Ordering) -> int:
        """Put what is left of a plan in the order of now; answers how many patients that are."""
        with self._database.begin() as connection:
            return order_again(connection, plan_id, ordering)

    def places_of(self, plan_id: str, uids: Collection[str]) -> Mapping[str, int]:
        """The places of these studies in a plan's order; those that it does not plan are left out."""
        table, wanted, found = work_units.c, sorted(uids), dict[str, int]()
        ours = (plan_items.c.plan_id == table.plan_id) & (plan_items.c.patient_key == table.patient_key)
        query = select(plan_items.c.study_instance_uid, table.place).join(work_units, ours)
        with self._database.read() as connection:
            for start in range(0, len(wanted), CHUNK):
                chosen = plan_items.c.study_instance_uid.in_(wanted[start : start + CHUNK])
                rows = connection.execute(query.where(plan_items.c.plan_id == plan_id, table.place > 0, chosen))
                found.update((uid, place) for uid, place in rows)
        return found

    def planned_in_order(self, plan_id: str, *, before: int) -> Iterator[tuple[int, str, int]]:
        """The plan's studies in its order, of patients whose rank is below `before`: place, UID and rank."""
        table, at = work_units.c, 0
        query = (
            select(table.place, plan_items.c.study_instance_uid, table.rank)
            .join(plan_items, (plan_items.c.plan_id == table.plan_id) & (plan_items.c.patient_key == table.patient_key))
            .where(table.plan_id == plan_id, table.rank < before)
        )
        while True:
            with self._database.read() as connection:
                ours = select(table.place).where(table.plan_id == plan_id, table.rank < before, table.place > at)
                places = connection.execute(ours.order_by(table.place).limit(_PAGE)).scalars().all()
                if not places:
                    return
                part = query.where(table.place > at, table.place <= places[-1])
                rows = connection.execute(part.order_by(table.place, plan_items.c.study_instance_uid)).all()
            yield from ((place, uid, rank) for place, uid, rank in rows)
            at = places[-1]
