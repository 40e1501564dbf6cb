"""Counts of studies by group, look-ups for measuring, and the measurements that are kept. Judges no study."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, select, text

from remediate.identity.dates import read_da
from remediate.identity.evidence import Source
from remediate.ledger.events import append
from remediate.ledger.patients import CHUNK, patient_pseudonym
from remediate.ledger.states import INDEX_CHANGED, STATE_BEFORE
from remediate.ledger.store import Room
from remediate.ledger.tables.measurement import measurements as table
from remediate.ledger.tables.schema import events, reviews
from remediate.ledger.tables.study import studies
from remediate.ledger.times import moment_of, offset_text, utc_text
from remediate.records.ledger import NewEvent
from remediate.records.measurements import (
    Arrival,
    CensusRow,
    KeptMeasurement,
    Looks,
    MeasurementKind,
    Moments,
    Seen,
    day_in,
)
from remediate.records.states import State
from remediate.texts.printable import as_compared

_FIELDS = (
    "state, reason, substr(study_date, 1, 4), modalities, institution_name, station_name, referring_department,"
    f" CASE WHEN source <> '{Source.INDEX.value}' OR index_tells = 1 THEN 1 ELSE 0 END, found,"
    " CASE WHEN gone_since <> '' THEN 1 ELSE 0 END"
)
_MOST_GROUPS = 500_000
"""Groups counted before they are handed on: bounds memory where nearly every study is a group of its own."""

_AT_ONCE = 10_000  # rows fetched together
_HOUR = len("2026-11-28T04")


class MeasurementRoom(Room):
    """Port `MeasurementStore`."""

    def census(self) -> Iterator[CensusRow]:
        """Every study, in groups with the same state, reason and names; a group may come more than once."""
        with self._database.read() as connection:
            grouped = _grouped_here if self._database.is_sqlite else _grouped_there
            for fields, number in grouped(connection):
                yield _census_row(json.loads(fields), number)

    def listed(self) -> Iterator[tuple[str, CensusRow]]:
        """Every study's UID with its groups, in no order."""
        row_of = _Rows()
        with self._database.read() as connection:
            statement = f"SELECT study_instance_uid, {_encoded(connection)} FROM studies"  # noqa: S608 - our own names
            for uid, fields in _streamed(connection, statement):
                yield uid, row_of[fields]

    def undecided(self) -> Iterator[tuple[str, str, int, CensusRow]]:
        """Every study in state SURVEYED, in no order: UID, Study Date as its headers have it, their key, its groups."""
        row_of = _Rows()
        with self._database.read() as connection:
            columns = f"study_instance_uid, evidence_date, headers_id, {_encoded(connection)}"
            state = "+state" if self._database.is_sqlite else "state"  # by the index, SQLite would jump to and fro
            statement = f"SELECT {columns} FROM studies WHERE {state} = '{State.SURVEYED.value}'"  # noqa: S608
            for uid, study_date, headers_id, fields in _streamed(connection, statement):
                yield uid, study_date, headers_id, row_of[fields]

    def reviewed(self) -> frozenset[str]:
        """The studies that a person decided about, whether or not the decision still holds."""
        with self._database.read() as connection:
            return frozenset(connection.execute(select(reviews.c.study_instance_uid)).scalars())

    def in_state(self, state: State) -> tuple[str, ...]:
        """The Study Instance UIDs in one state, sorted."""
        query = select(studies.c.study_instance_uid).where(studies.c.state == state.value)
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def standings(self, uids: Collection[str]) -> Mapping[str, CensusRow]:
        """Where these studies stand, each with its groups; those that were never surveyed are left out."""
        found: dict[str, CensusRow] = {}
        alike: dict[CensusRow, CensusRow] = {}  # few differ: each is kept once
        ordered = sorted(uids)
        with self._database.read() as connection:
            for start in range(0, len(ordered), CHUNK):
                part = ordered[start : start + CHUNK]
                known = dict(zip(part, part, strict=True))  # their own texts, not copies of them
                query = select(studies.c.study_instance_uid, text(_FIELDS))
                for uid, *fields in connection.execute(query.where(studies.c.study_instance_uid.in_(part))).all():
                    row = _census_row(fields, 1)
                    found[known[uid]] = alike.setdefault(row, row)
        return found

    def seen(self, *, old_before: str, zone: tzinfo = UTC) -> Seen:
        """When the archive was last seen to have its studies, as days in `zone`; `old_before` is an ISO day."""
        last = studies.c.last_seen
        query = select(func.min(last), func.max(last), func.sum(case((last < old_before, 1), else_=0)))
        with self._database.read() as connection:
            first, latest, old = connection.execute(query.where(studies.c.gone_since == "")).one()
        return Seen(day_in(first or "", zone), day_in(latest or "", zone), int(old or 0))

    def from_elsewhere(self, own: Collection[str], *, since: str = "", until: str = "") -> tuple[str, ...]:
        """The studies of which Institution Name is given and none of `own` (case and blanks ignored), sorted.

        Dated from `since` to `until` (DA, both included); undated ones only when neither is given.
        """
        known = {as_compared(name) for name in own}
        query = select(studies.c.study_instance_uid, studies.c.institution_name)
        query = query.where(studies.c.institution_name != "")
        if since or until:
            query = query.where(studies.c.study_date >= (since or "0"), studies.c.study_date <= (until or "9" * 8))
        with self._database.read() as connection:
            rows = connection.execution_options(stream_results=True).execute(query)
            return tuple(sorted(uid for uid, name in rows if as_compared(name) not in known))

    def without_institution(self, *, besides: str, since: str = "", until: str = "") -> int:
        """How many studies that are in the archive have no Institution Name, dated likewise; those of the Patient ID
        `besides` (our own test study) are not counted."""
        others = studies.c.patient_key != patient_pseudonym(self._keys, besides, "")
        query = select(func.count()).select_from(studies)
        query = query.where(studies.c.institution_name == "", studies.c.gone_since == "", others)
        if since or until:
            query = query.where(studies.c.study_date >= (since or "0"), studies.c.study_date <= (until or "9" * 8))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def newest_from_elsewhere(self, own: Collection[str], *, until: date) -> date | None:
        """The newest Study Date, at most `until`, of a study from elsewhere that is there; None without one."""
        known = {as_compared(name) for name in own}
        query = select(studies.c.study_date, studies.c.institution_name).distinct()
        query = query.where(studies.c.institution_name != "", studies.c.gone_since == "")
        with self._database.read() as connection:
            made = (read_da(day) for day, name in connection.execute(query) if as_compared(name) not in known)
            return max((day for day in made if isinstance(day, date) and day <= until), default=None)

    def by_accession(self, wanted: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The studies under each of these Accession Numbers; those that no study has are left out.

        The numbers are sealed, so every study's is opened: some 30 seconds for ten million.
        """
        asked = frozenset(number.encode("utf-8", "surrogatepass") for number in wanted)
        found: dict[str, list[str]] = defaultdict(list)
        if not asked:
            return {}
        with self._database.read() as connection:
            for uid, sealed in _streamed(connection, "SELECT study_instance_uid, accession_number FROM studies"):
                number = self._keys.unseal("accession-number", sealed, uid.encode())
                if number in asked:
                    found[number.decode("utf-8", "surrogatepass")].append(uid)
        return {number: tuple(sorted(uids)) for number, uids in found.items()}

    def corrections_of(self, uids: Collection[str]) -> Mapping[str, tuple[tuple[datetime, bool], ...]]:
        """When each of these studies was corrected (True) or rolled back (False), oldest first; others are left out."""
        ends = [State.VERIFIED.value, State.ROLLED_BACK.value]
        query = select(events.c.study, events.c.at, events.c.state).where(events.c.state.in_(ends))
        found: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
        ordered = sorted(uids)
        with self._database.read() as connection:
            for start in range(0, len(ordered), CHUNK):
                chosen = events.c.study.in_(ordered[start : start + CHUNK])
                for study, at, state in connection.execute(query.where(chosen).order_by(events.c.seq)):
                    found[study].append((moment_of(at), state == State.VERIFIED.value))
        return {study: tuple(moments) for study, moments in found.items()}

    def moments(self, uids: Collection[str]) -> Mapping[str, Moments]:
        """What is known of these studies over time; those that were never surveyed are left out."""
        names = ("study_instance_uid", "first_seen", "last_seen", "same_since", "found")
        columns = [studies.c[name] for name in names]
        found: dict[str, Moments] = {}
        alike = lru_cache(maxsize=1 << 12)(_moments)  # many were seen together, and never corrected
        ordered = sorted(uids)
        corrections = self.corrections_of(ordered)
        with self._database.read() as connection:
            for start in range(0, len(ordered), CHUNK):
                part = ordered[start : start + CHUNK]
                known = dict(zip(part, part, strict=True))
                chosen = studies.c.study_instance_uid.in_(part)
                for uid, *texts in connection.execute(select(*columns).where(chosen)).all():
                    found[known[uid]] = alike(*texts, corrections.get(uid, ()))
        return found

    def looks(self) -> Looks | None:
        """When the archive was looked at; None where nothing was surveyed."""
        hour = func.substr(studies.c.first_seen, 1, _HOUR)
        edges = func.min(studies.c.first_seen), func.max(studies.c.last_seen)
        query = select(hour, studies.c.study_date, func.count(), *edges).group_by(hour, studies.c.study_date)
        with self._database.read() as connection:
            found = [tuple(row) for row in connection.execute(query)]
        if not found:
            return None
        new = {(moment_of(f"{at}:00:00Z"), study_date): number for at, study_date, number, _, _ in found}
        return Looks(
            first=moment_of(min(row[3] for row in found)), last=moment_of(max(row[4] for row in found)), new=new
        )

    def arrivals(self) -> Iterator[Arrival]:
        """Every study with when it came, in no order."""
        row_of, moments = _Rows(), _Moments()
        with self._database.read() as connection:
            columns = "study_instance_uid, study_date, first_seen, same_since > first_seen"
            statement = f"SELECT {columns}, {_encoded(connection)} FROM studies"  # noqa: S608 - our own names
            for uid, study_date, first_seen, changed, fields in _streamed(connection, statement):
                yield Arrival(uid, study_date, moments[first_seen], bool(changed), row_of[fields])

    def states_before_change(self, uids: Collection[str]) -> Mapping[str, State]:
        """In which state each of these studies stood when its index entry first changed; others are left out."""
        query = select(events.c.study, events.c.details).where(events.c.reason == INDEX_CHANGED)
        found: dict[str, State] = {}
        ordered = sorted(uids)
        with self._database.read() as connection:
            for start in range(0, len(ordered), CHUNK):
                chosen = events.c.study.in_(ordered[start : start + CHUNK])
                for study, details in connection.execute(query.where(chosen).order_by(events.c.seq)):
                    found.setdefault(study, State(json.loads(details)[STATE_BEFORE]))
        return found

    def keep_measurement(self, kind: MeasurementKind, figures: Mapping[str, Any], event: NewEvent) -> int:
        """Keep it, with its event, in one transaction; answers its number."""
        encoded = json.dumps(figures, separators=(",", ":"))  # in the order in which people read it
        values = {"kind": kind.value, "at": utc_text(event.at), "utc_offset": offset_text(event.at), "figures": encoded}
        with self._database.begin() as connection:
            number = connection.execute(insert(table).values(values).returning(table.c.measurement_id)).scalar_one()
            append(connection, self._context, (event,))
        return int(number)

    def measurements(self, kind: MeasurementKind) -> Iterator[KeptMeasurement]:
        """Those of one kind, oldest first."""
        query = select(table).where(table.c.kind == kind.value).order_by(table.c.measurement_id)
        with self._database.read() as connection:
            for row in connection.execute(query):
                yield _kept(row)

    def newest_measurement(self, kind: MeasurementKind) -> KeptMeasurement | None:
        """The last of one kind; None when there is none."""
        query = select(table).where(table.c.kind == kind.value).order_by(table.c.measurement_id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _kept(row)


def _kept(row: Row[Any]) -> KeptMeasurement:
    return KeptMeasurement(
        number=row.measurement_id,
        kind=MeasurementKind(row.kind),
        at=moment_of(row.at, row.utc_offset),
        figures=json.loads(row.figures),
    )


def _moments(first: str, last: str, since: str, found: str, corrections: tuple[tuple[datetime, bool], ...]) -> Moments:
    return Moments(
        first_seen=moment_of(first),
        last_seen=moment_of(last),
        same_since=moment_of(since),
        found=found,
        corrections=corrections,
    )


def _census_row(fields: Sequence[Any], number: int) -> CensusRow:
    state, reason, year, modalities, institution, station, department, looked_at, found, gone = fields
    modality = tuple(modalities.split("\\")) if modalities else ()
    return CensusRow(
        State(state),
        reason,
        year,
        modality,
        institution,
        station,
        department,
        number,
        bool(looked_at),
        found,
        bool(gone),
    )


class _Rows(dict[str, CensusRow]):
    """Rows by their encoding; few of them differ, so most are decoded once."""

    def __missing__(self, fields: str) -> CensusRow:
        row = _census_row(json.loads(fields), 1)
        if len(self) < _MOST_GROUPS:
            self[fields] = row
        return row


class _Moments(dict[str, datetime]):
    """Moments by their text; studies that were saved together share one."""

    def __missing__(self, text: str) -> datetime:
        moment = moment_of(text)
        if len(self) < _MOST_GROUPS:
            self[text] = moment
        return moment


def _encoded(connection: Connection) -> str:
    """The fields of a `CensusRow` as one text, for less to hand over."""
    if connection.dialect.name == "sqlite":
        return f"json_array({_FIELDS})"
    return f"json_build_array({_FIELDS})::text"


def _grouped_here(connection: Connection) -> Iterator[tuple[str, int]]:
    """SQLite sorts in order to group; counting its rows here takes a third of that."""
    counted: Counter[tuple[str]] = Counter()
    for rows in _pages(connection, f"SELECT {_encoded(connection)} FROM studies"):  # noqa: S608 - our own names
        counted.update(rows)
        if len(counted) > _MOST_GROUPS:
            yield from ((fields, number) for (fields,), number in counted.items())
            counted.clear()
    yield from ((fields, number) for (fields,), number in counted.items())


def _grouped_there(connection: Connection) -> Iterator[tuple[str, int]]:
    """Other databases group by hashing."""
    statement = f"SELECT {_encoded(connection)}, count(*) FROM studies GROUP BY 1"  # noqa: S608 - our own names
    yield from _streamed(connection, statement)


def _streamed(connection: Connection, statement: str) -> Iterator[Any]:
    """Rows one by one."""
    for rows in _pages(connection, statement):
        yield from rows


def _pages(connection: Connection, statement: str) -> Iterator[Sequence[Any]]:
    """Rows by the page, never all at once; from SQLite as its driver gives them, without the cost of Core's rows."""
    result = connection.execution_options(stream_results=True).exec_driver_sql(statement)
    if connection.dialect.name != "sqlite":  # Core has read the first rows of a server's cursor already
        yield from result.partitions(_AT_ONCE)
        return
    assert result.cursor is not None
    while rows := result.cursor.fetchmany(_AT_ONCE):
        yield rows
    result.close()
