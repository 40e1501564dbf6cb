"""The chain: what was written can be proved, and every kind of tampering is noticed and located."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from remediate.digests import base32, from_base32
from remediate.errors import LedgerError
from remediate.ledger.database import Database, open_database
from remediate.ledger.database_faults import ChainFault
from remediate.ledger.fast_sql import encoded_event, encoded_page
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.proof.chain import encode_event, link, origin
from remediate.ledger.proof.checkpoints import parse_checkpoint, sign_checkpoint
from remediate.ledger.tables.schema import events
from remediate.records.ledger import EventType
from remediate.records.states import State
from tests.ledger.ledger_samples import NOW, event, make_keys, new_ledger, night, open_ledger

EVENTS = 3_000
Tamper = Callable[[sqlite3.Connection, int], None]


def test_events_come_back_as_they_were_recorded(ledger: SqlLedger) -> None:
    written = night(50)
    ledger.record(*written[:20])
    ledger.record(*written[20:])
    read = [item.event for item in ledger.events()][1:]
    assert read == [replace(item, responsible="remediate") for item in written]
    first = next(ledger.events())
    assert (first.seq, first.event.type, first.software) == (1, EventType.LEDGER_CREATED, "remediate 0.1.0")
    assert first.event.at.utcoffset() == timedelta(hours=1)


def test_events_are_found_by_every_filter(ledger: SqlLedger) -> None:
    written = night(5000)
    written[3] = replace(written[3], state=State.STORED)
    ledger.record(*written)

    def numbers(**filters: object) -> list[int]:
        return [item.seq - 2 for item in ledger.events(**filters)]  # type: ignore[arg-type]

    assert numbers(study=written[7].study) == [7]
    assert numbers(patients=(written[7].patient, "nobody")) == [6, 7, 8]
    assert numbers(states=(State.STORED,), reason="read-back") == [3]
    assert numbers(reason="sent") == []
    assert numbers(person="REMEDIATE", after=4990) == list(range(4989, 5000))
    assert numbers(person="a_b") == []
    assert len(numbers(batch="batch-0001")) == 5000
    assert numbers(batch="batch-0002") == []
    assert numbers(type_=EventType.RETRIEVED, limit=3) == [0, 3, 6]
    assert numbers(since=written[10].at, until=written[12].at) == [10, 11]
    assert len(numbers(limit=4321)) == 4321
    assert numbers(limit=0) == []


def test_events_without_time_zone_or_json_are_refused_whole(ledger: SqlLedger) -> None:
    good = night(1)[0]
    for bad in (event(at=NOW.replace(tzinfo=None)), event(details={"share": float("nan")})):
        with pytest.raises(ValueError):
            ledger.record(good, bad)
    assert [item.seq for item in ledger.events()] == [1]


def test_digest_follows_the_documented_encoding(ledger: SqlLedger) -> None:
    """Computed here from the description in `chain.py` alone, as an auditor would."""
    ledger.record(*night(20))
    previous = hashlib.sha256(f"remediate-ledger-1:{ledger.ledger_id}".encode()).digest()
    for item in ledger.events():
        moment = item.event.at.astimezone(tz=NOW.tzinfo) - timedelta(hours=1)
        offset = "+01:00" if item.event.at.utcoffset() else "+00:00"
        details = json.dumps(dict(item.event.details), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        fields = [
            "remediate-event-2",
            item.seq,
            moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            offset,
            item.event.type.value,
            item.event.actor,
            item.event.study,
            item.event.patient,
            item.event.batch,
            item.event.plan,
            item.event.state.value if item.event.state else "",
            item.event.reason,
            details,
            item.system_account,
            item.software,
            item.config_digest,
            item.event.responsible,
        ]
        encoded = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        assert item.previous == base32(previous)
        previous = hashlib.sha256(previous + encoded).digest()
        assert item.digest == base32(previous)
    assert ledger.verify().head == base32(previous)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_every_text_is_encoded_alike_by_database_and_program(ledger: SqlLedger, reason: str, actor: str) -> None:
    reason, actor = reason.replace("\0", ""), actor.replace("\0", "")
    ledger.record(event(reason=reason, actor=actor, details={"text": reason}))
    with ledger._database.read() as connection:
        last = max(connection.execute(select(events.c.seq)).scalars())
        by_database = encoded_page(connection, last - 1, 10)
        assert [tuple(row) for row in by_database] == [encoded_event(connection, last)]
    assert ledger.verify().problems == ()


def test_every_character_is_encoded_alike_by_database_and_program(ledger: SqlLedger) -> None:
    characters = [chr(code) for code in range(1, 0x3000)] + ["\ufeff", "\ufffd", "\uffff", "😀"]
    ledger.record(*(event(reason=f"a{character}b") for character in characters))
    with ledger._database.read() as connection:
        for row in encoded_page(connection, 1, len(characters)):
            assert json.loads(row[1])[11] == f"a{characters[row[0] - 2]}b"
    assert ledger.verify().problems == ()


@given(st.lists(st.text(max_size=8), min_size=15, max_size=15), st.lists(st.text(max_size=8), min_size=15, max_size=15))
def test_different_events_have_different_encodings(one: list[str], other: list[str]) -> None:
    assert (encode_event(1, one) == encode_event(1, other)) == (one == other)


def test_ledger_is_proved_while_others_append(ledger: SqlLedger) -> None:
    with ThreadPoolExecutor(1) as pool:
        appending = pool.submit(lambda: [ledger.record(*night(20)) for _ in range(60)])
        seen = [ledger.verify()]
        while not appending.done():
            seen.append(ledger.verify())
    assert [report.problems for report in seen] == [()] * len(seen)
    assert ledger.verify().events == 1201


def test_database_itself_refuses_changes(ledger: SqlLedger, database: Database) -> None:
    ledger.record(*night(3))
    ledger.checkpoint(event(EventType.CHECKPOINT))
    for statement in (
        "UPDATE events SET reason = 'other' WHERE seq = 2",
        "DELETE FROM events WHERE seq = 2",
        "UPDATE checkpoints SET text = ''",
        "DELETE FROM checkpoints",
    ):
        with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
            connection.exec_driver_sql(statement)
    assert ledger.verify().problems == ()


def test_replacing_an_event_is_refused(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    new_ledger(open_database(sqlite_url, create=True), keys)
    raw = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute("INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 1")


# Tampering by someone who can write the file: triggers are dropped first, and put back to hide it.


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of some thousand events with a checkpoint outside, not to be changed."""
    folder = tmp_path_factory.mktemp("written")
    database = open_database(f"sqlite:///{folder}/ledger.db", create=True)
    ledger = new_ledger(database, make_keys())
    ledger.record(*night(EVENTS // 2))
    ledger.checkpoint(event(EventType.CHECKPOINT), file=folder / "checkpoints.txt")
    ledger.record(*night(EVENTS // 2, first=EVENTS // 2))
    ledger.checkpoint(event(EventType.CHECKPOINT), file=folder / "checkpoints.txt")
    database.close()
    return folder


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Iterator[tuple[SqlLedger, sqlite3.Connection, Path]]:
    """A copy of it: the ledger, a raw connection without triggers, and the checkpoints outside."""
    (tmp_path / "ledger.db").write_bytes((written / "ledger.db").read_bytes())
    raw = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    database = open_database(f"sqlite:///{tmp_path}/ledger.db", create=False)
    ledger = open_ledger(database, make_keys())
    yield ledger, _Restoring(raw, [sql for _, sql in triggers]), written / "checkpoints.txt"  # type: ignore[misc]
    database.close()
    raw.close()


class _Restoring:
    """A raw connection that puts the triggers back when asked."""

    def __init__(self, raw: sqlite3.Connection, triggers: list[str]) -> None:
        self.raw = raw
        self._triggers = triggers

    def hide(self) -> sqlite3.Connection:
        """Leave no trace of the missing triggers."""
        for sql in self._triggers:
            self.raw.execute(sql)
        return self.raw


def _edit(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("UPDATE events SET study = study || '9' WHERE seq = ?", (seq,))


def _edit_time(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("UPDATE events SET utc_offset = '+02:00' WHERE seq = ?", (seq,))


def _edit_to_blob(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("UPDATE events SET reason = CAST(reason AS BLOB) WHERE seq = ?", (seq,))


def _edit_to_bad_text(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("UPDATE events SET reason = CAST(x'c328' AS TEXT) WHERE seq = ?", (seq,))


def _edit_digest(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("UPDATE events SET digest = zeroblob(32) WHERE seq = ?", (seq,))


def _delete(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("DELETE FROM events WHERE seq = ?", (seq,))


def _delete_and_close_up(raw: sqlite3.Connection, seq: int) -> None:
    _delete(raw, seq)
    raw.execute("UPDATE events SET seq = -(seq - 1) WHERE seq > ?", (seq,))
    raw.execute("UPDATE events SET seq = -seq WHERE seq < 0")


def _insert(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("UPDATE events SET seq = -(seq + 1) WHERE seq >= ?", (seq,))
    raw.execute("UPDATE events SET seq = -seq WHERE seq < 0")
    row = list(raw.execute("SELECT * FROM events WHERE seq = ?", (seq - 1,)).fetchone())
    texts = row[1:-2]
    texts = [*texts]
    texts[10] = "inserted"
    raw.execute(f"INSERT INTO events VALUES ({', '.join('?' * 18)})", (seq, *texts, row[-1], link(row[-1], seq, texts)))


def _swap(raw: sqlite3.Connection, seq: int) -> None:
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        raw.execute("UPDATE events SET seq = ? WHERE seq = ?", (new, old))


def _replay(raw: sqlite3.Connection, seq: int) -> None:
    """An old event once more, in place of a later one."""
    columns = [
        row[1] for row in raw.execute("PRAGMA table_info(events)") if row[1] not in ("seq", "previous", "digest")
    ]
    values = raw.execute(f"SELECT {', '.join(columns)} FROM events WHERE seq = 2").fetchone()
    raw.execute(f"UPDATE events SET {', '.join(f'{name} = ?' for name in columns)} WHERE seq = ?", (*values, seq))


@pytest.mark.parametrize(
    "tamper",
    [
        _edit,
        _edit_time,
        _edit_to_blob,
        _edit_to_bad_text,
        _edit_digest,
        _delete,
        _delete_and_close_up,
        _insert,
        _swap,
        _replay,
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_tampering_is_noticed_at_its_place(copy: tuple[SqlLedger, _Restoring, Path], tamper: Tamper, seed: int) -> None:
    ledger, raw, _ = copy
    seq = random.Random(f"{tamper.__name__}{seed}").randrange(10, EVENTS - 10)
    tamper(raw.raw, seq)
    raw.hide()
    found = ledger.verify().problems
    assert found
    assert seq <= found[0].seq <= seq + 1


def _cut_tail(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("DELETE FROM events WHERE seq > ?", (seq,))


def _cut_tail_and_head(raw: sqlite3.Connection, seq: int) -> None:
    """The cut of somebody who knows every table."""
    _cut_tail(raw, seq)
    raw.execute("DELETE FROM checkpoints WHERE seq > ?", (seq,))
    raw.execute("UPDATE chain_head SET (seq, digest) = (SELECT seq, digest FROM events ORDER BY seq DESC LIMIT 1)")


def _rehash(raw: sqlite3.Connection, seq: int) -> None:
    """Edit, then compute every later digest anew."""
    raw.execute("BEGIN")
    _edit(raw, seq)
    previous = raw.execute("SELECT digest FROM events WHERE seq = ?", (seq - 1,)).fetchone()[0]
    for row in raw.execute("SELECT * FROM events WHERE seq >= ? ORDER BY seq", (seq,)).fetchall():
        digest = link(previous, row[0], row[1:-2])
        raw.execute("UPDATE events SET previous = ?, digest = ? WHERE seq = ?", (previous, digest, row[0]))
        previous = digest
    raw.execute("UPDATE chain_head SET digest = ?", (previous,))
    raw.execute("COMMIT")


@pytest.mark.parametrize("seq", [EVENTS - 5, EVENTS // 3, 1])
def test_cut_tail_is_noticed_and_located(copy: tuple[SqlLedger, _Restoring, Path], seq: int) -> None:
    ledger, raw, outside = copy
    _cut_tail(raw.raw, seq)
    raw.hide()
    found = ledger.verify().problems
    assert {(item.seq, item.problem) for item in found} == {(seq + 1, ChainFault.TAIL_MISSING.value)}
    assert ledger.verify([outside]).problems == found


@pytest.mark.parametrize("seq", [EVENTS - 5, EVENTS // 3, 1])
def test_skilful_cut_is_noticed_by_the_checkpoint_outside(copy: tuple[SqlLedger, _Restoring, Path], seq: int) -> None:
    ledger, raw, outside = copy
    _cut_tail_and_head(raw.raw, seq)
    raw.hide()
    assert ledger.verify().problems == ()
    found = ledger.verify([outside]).problems
    assert [(item.seq, item.problem) for item in found] == [(seq + 1, ChainFault.TAIL_MISSING.value)]


@pytest.mark.parametrize(("seq", "noticed_at"), [(20, EVENTS // 2 + 2), (EVENTS - 20, EVENTS + 3)])
def test_chain_written_anew_is_noticed_at_the_next_checkpoint(
    copy: tuple[SqlLedger, _Restoring, Path], seq: int, noticed_at: int
) -> None:
    ledger, raw, outside = copy
    _rehash(raw.raw, seq)
    raw.raw.execute("DELETE FROM checkpoints")
    raw.hide()
    assert ledger.verify().problems == ()
    found = ledger.verify([outside]).problems
    assert [(item.seq, item.problem) for item in found] == [(noticed_at, ChainFault.CHECKPOINT_DIFFERS.value)]


def test_events_added_by_hand_are_noticed(copy: tuple[SqlLedger, _Restoring, Path]) -> None:
    ledger, raw, _ = copy
    row = raw.raw.execute("SELECT * FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    digest = link(row[-1], row[0] + 1, row[1:-2])
    raw.raw.execute(f"INSERT INTO events VALUES ({', '.join('?' * 18)})", (row[0] + 1, *row[1:-2], row[-1], digest))
    raw.hide()
    found = ledger.verify().problems
    assert [(item.seq, item.problem) for item in found] == [(row[0] + 1, ChainFault.TAIL_ADDED.value)]


def test_older_copy_of_the_whole_file_is_noticed(written: Path, tmp_path: Path, keys: Keys) -> None:
    (tmp_path / "ledger.db").write_bytes((written / "ledger.db").read_bytes())
    database = open_database(f"sqlite:///{tmp_path}/ledger.db", create=False)
    ledger = open_ledger(database, keys)
    ledger.record(*night(5))
    outside = tmp_path / "outside.txt"
    ledger.checkpoint(event(EventType.CHECKPOINT), file=outside)
    database.close()
    (tmp_path / "ledger.db").write_bytes((written / "ledger.db").read_bytes())
    again = open_ledger(open_database(f"sqlite:///{tmp_path}/ledger.db", create=False), keys)
    assert again.verify().problems == ()
    assert [item.problem for item in again.verify([outside]).problems] == [ChainFault.TAIL_MISSING.value]


def test_dropped_triggers_are_told(copy: tuple[SqlLedger, _Restoring, Path]) -> None:
    ledger, raw, outside = copy
    found = ledger.verify([outside]).problems
    assert [item.problem for item in found] == [ChainFault.PROTECTION_MISSING.value]
    raw.hide()
    assert ledger.verify([outside]).problems == ()


def test_untouched_ledger_is_proved_with_its_checkpoints(copy: tuple[SqlLedger, _Restoring, Path]) -> None:
    ledger, raw, outside = copy
    raw.hide()
    report = ledger.verify([outside])
    assert (report.events, report.checkpoints, report.problems) == (EVENTS + 3, 2, ())


# Checkpoints


def test_checkpoint_can_be_typed_and_is_bound_to_ledger_and_key(ledger: SqlLedger, keys: Keys, tmp_path: Path) -> None:
    text = ledger.checkpoint(event(EventType.CHECKPOINT), file=tmp_path / "checkpoints.txt")
    signed = parse_checkpoint("\n".join(f"  {line} " for line in text.splitlines()))
    assert signed.text == text
    assert (signed.ledger_id, signed.events, signed.public_key) == (ledger.ledger_id, 2, keys.public_key)
    assert ledger.verify([tmp_path / "checkpoints.txt"]).checkpoints == 1


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("events: 2", "events: 1", ChainFault.CHECKPOINT_SIGNATURE),
        ("signature: ", "signature: a", ChainFault.CHECKPOINT_SIGNATURE),
        ("remediate-checkpoint-1", "remediate-checkpoint-2", ChainFault.CHECKPOINT_FORMAT),
        ("events: 2", "events: two", ChainFault.CHECKPOINT_FORMAT),
        ("at: 2026", "at: 2027", ChainFault.CHECKPOINT_SIGNATURE),
        ("ledger: ", "ledger: x", ChainFault.CHECKPOINT_OF_OTHER_LEDGER),
    ],
)
def test_edited_checkpoint_is_told(ledger: SqlLedger, tmp_path: Path, old: str, new: str, fault: ChainFault) -> None:
    text = ledger.checkpoint(event(EventType.CHECKPOINT))
    assert old in text
    (tmp_path / "edited.txt").write_text(text.replace(old, new, 1))
    found = ledger.verify([tmp_path / "edited.txt"]).problems
    assert [item.problem for item in found] == [fault.value]


def test_checkpoint_signed_by_another_key_is_told(ledger: SqlLedger, tmp_path: Path) -> None:
    text = ledger.checkpoint(event(EventType.CHECKPOINT))
    other = Keys(master=bytes(32), signing=bytes(32))
    head = from_base32(text.split("head: ")[1].split("\n")[0])
    forged = sign_checkpoint(other, ledger_id=ledger.ledger_id, events=2, head=head, at=NOW)
    (tmp_path / "forged.txt").write_text(forged.text)
    found = ledger.verify([tmp_path / "forged.txt"]).problems
    assert [item.problem for item in found] == [ChainFault.CHECKPOINT_SIGNATURE.value]


def test_checkpoint_file_that_cannot_be_read_or_written_is_one_line(ledger: SqlLedger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.verify([tmp_path / "absent.txt"])
    with pytest.raises(LedgerError, match="cannot be written"):
        ledger.checkpoint(event(EventType.CHECKPOINT), file=tmp_path / "absent" / "x.txt")
    assert ledger.verify().problems == ()


def test_chains_of_two_ledgers_never_fit(tmp_path: Path, keys: Keys) -> None:
    assert origin("one") != origin("other")
    ids = {new_ledger(open_database(f"sqlite:///{tmp_path}/{name}.db", create=True), keys).ledger_id for name in "ab"}
    assert len(ids) == 2
