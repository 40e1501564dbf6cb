"""Merkle roots of batches, proofs of one study, checkpoints in a second place, copies proved without keys."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from remediate.digests import base32
from remediate.errors import LedgerError
from remediate.ledger.database import Database, open_copy, open_database
from remediate.ledger.database_faults import ChainFault
from remediate.ledger.fast_sql import encoded_event
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.proof.checkpoint_folder import file_name, files_in, keep_in_folder
from remediate.ledger.proof.checkpoints import parse_checkpoint
from remediate.ledger.proof.proofs import faults_of, read_proof
from remediate.ledger.verification import verify_copy
from remediate.records.ledger import EventType
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    begin,
    event,
    make_keys,
    make_plan,
    move,
    new_ledger,
    next_claim,
    night,
    planned_ledger,
    start_batch,
    uid,
)

STRANGER = Keys(master=bytes(32), signing=bytes(32))


def _run_batch(ledger: SqlLedger, plan: str) -> None:
    """One batch over the whole plan."""
    batch = start_batch(ledger, plan)
    while (claim := next_claim(ledger, batch.batch_id, "worker")) is not None:
        for study in claim.studies:
            begin(ledger, claim, study)
            move(ledger, claim, study, State.STORED, State.VERIFIED)
        ledger.finish(claim, done=True)
    closed = event(EventType.BATCH_CLOSED, batch=batch.batch_id, plan=plan, details={"verified": 1})
    ledger.close_batch(batch.batch_id, "", {"verified": 1}, closed)


@pytest.fixture
def closed(ledger: SqlLedger) -> SqlLedger:
    """A ledger with a closed batch over five studies, and events after it, one of them about that batch."""
    _run_batch(ledger, planned_ledger(ledger, 5))
    ledger.record(*night(3))
    ledger.record(event(EventType.VERIFY, study=uid(1), batch="batch-0001"))
    return ledger


def test_the_closing_event_holds_the_root_over_the_events_of_its_batch(closed: SqlLedger, database: Database) -> None:
    """Computed here by the definition of RFC 6962 from the canonical encodings in `chain.py`'s description."""
    (closing,) = closed.events(type_=EventType.BATCH_CLOSED)
    leaves = [entry for entry in closed.events(batch="batch-0001") if entry.seq < closing.seq]
    with database.read() as connection:
        encoded = [encoded_event(connection, entry.seq)[1] for entry in leaves]
    assert [json.loads(text)[1] for text in encoded] == [entry.seq for entry in leaves]
    assert closing.event.details["merkle_leaves"] == len(leaves)
    assert closing.event.details["merkle_root"] == base32(_root([b"\x00" + text for text in encoded]))
    assert closing.event.details["verified"] == 1
    assert closed.verify().problems == ()


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def test_a_proof_holds_with_the_public_key_alone_and_shows_nobody_else(closed: SqlLedger, keys: Keys) -> None:
    proof = read_proof(closed.prove_study(uid(1)).to_json())
    assert faults_of(proof, keys.public_key) == ()
    told = [json.loads(one.event) for batch in proof.batches for one in batch.events]
    recorded = [
        entry for entry in closed.events(study=uid(1)) if entry.event.batch and entry.event.type is not EventType.VERIFY
    ]
    assert [fields[1] for fields in told] == [entry.seq for entry in recorded]
    assert {fields[6] for fields in told} == {uid(1)}
    (told,) = faults_of(proof, STRANGER.public_key)
    assert told.en == "a checkpoint is not signed by this ledger's key"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda p, b, e: replace(e, event=e.event.replace("to-verified", "to-nothing0")), "does not lead"),
        (lambda p, b, e: replace(e, index=e.index + 1), "does not lead"),
        (lambda p, b, e: replace(e, path=(*e.path[:-1], bytes(32))), "does not lead"),
        (lambda p, b, e: replace(b, leaves=b.leaves + 1), "number of events"),
        (lambda p, b, e: replace(b, previous=bytes(32)), "not the one that the checkpoint signed"),
        (lambda p, b, e: replace(b, closing=b.closing.replace('verified\\":1', 'verified\\":2')), "not the one that"),
        (lambda p, b, e: replace(b, closing="[]"), "cannot be read"),
        (lambda p, b, e: replace(b, checkpoint=b.checkpoint.replace("events: ", "events: 1")), "not signed"),
        (lambda p, b, e: replace(p, ledger_id="another"), "not signed"),
        (lambda p, b, e: replace(p, study=uid(3)), "of another study"),
        (lambda p, b, e: replace(p, batches=()), "no event"),
    ],
)
def test_a_changed_proof_does_not_hold(closed: SqlLedger, keys: Keys, change: object, fault: str) -> None:
    proof = closed.prove_study(uid(1))
    batch = proof.batches[0]
    last = batch.events[-1]
    changed = change(proof, batch, last)  # type: ignore[operator]
    if type(changed) is type(last):
        changed = replace(batch, events=(*batch.events[:-1], changed))
    if type(changed) is type(batch):
        changed = replace(proof, batches=(changed,))
    assert changed != proof
    assert any(fault in told.en for told in faults_of(changed, keys.public_key))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "remediate-proof-1"}', '{"format": "other"}', "null"])
def test_what_is_no_proof_is_one_line(text: str) -> None:
    with pytest.raises(LedgerError, match="no proof of the form"):
        read_proof(text)


def test_a_wrong_root_is_found_although_the_chain_fits(ledger: SqlLedger) -> None:
    """The program itself wrote it: a fault of ours, or of who had the keys."""
    ledger.record(event(batch="b", study=uid(0)), event(batch="b", study=uid(1)))
    right = {"merkle_root": "", "merkle_leaves": 2}
    ledger.record(event(EventType.BATCH_CLOSED, batch="b", details=right | {"merkle_root": base32(bytes(32))}))
    assert [(p.seq, p.problem) for p in ledger.verify().problems] == [(4, ChainFault.MERKLE_ROOT.value)]


def test_roots_of_interleaved_batches_are_told_apart(ledger: SqlLedger) -> None:
    plans = [make_plan(ledger, []), make_plan(ledger, [])]
    one, other = (start_batch(ledger, plan) for plan in plans)
    for number in range(6):
        ledger.record(event(batch=(one, other)[number % 2].batch_id, reason=f"step-{number}"))
    for batch in (one, other):
        ledger.close_batch(batch.batch_id, "", {}, event(EventType.BATCH_CLOSED, batch=batch.batch_id))
    roots = [entry.event.details["merkle_root"] for entry in ledger.events(type_=EventType.BATCH_CLOSED)]
    assert len(set(roots)) == 2
    assert ledger.verify().problems == ()


# Checkpoints in a second place


def test_checkpoints_are_brought_to_a_second_place_and_never_changed_there(ledger: SqlLedger, tmp_path: Path) -> None:
    for _ in range(3):
        ledger.checkpoint(event(EventType.CHECKPOINT))
    assert keep_in_folder(ledger.checkpoints(), tmp_path) == 3
    before = {path: path.read_bytes() for path in files_in(tmp_path)}
    ledger.checkpoint(event(EventType.CHECKPOINT))
    assert keep_in_folder(ledger.checkpoints(), tmp_path) == 1
    assert {path: path.read_bytes() for path in before} == before
    assert [path.name for path in files_in(tmp_path)] == [file_name(item) for item in ledger.checkpoints()]
    report = ledger.verify(files_in(tmp_path))
    assert (report.problems, report.checkpoints, report.elsewhere) == ((), 4, 4)


def test_a_second_place_that_is_not_mounted_is_one_line_and_made_good_later(ledger: SqlLedger, tmp_path: Path) -> None:
    ledger.checkpoint(event(EventType.CHECKPOINT))
    with pytest.raises(LedgerError, match="is not there") as raised:
        keep_in_folder(ledger.checkpoints(), tmp_path / "share")
    assert "mounted" in str(raised.value)
    (tmp_path / "share").mkdir()
    assert keep_in_folder(ledger.checkpoints(), tmp_path / "share") == 1


def test_what_a_crash_left_there_is_no_checkpoint(ledger: SqlLedger, tmp_path: Path) -> None:
    ledger.checkpoint(event(EventType.CHECKPOINT))
    (tmp_path / (file_name(ledger.checkpoints()[0]) + ".part")).write_text("remediate-check")
    assert keep_in_folder(ledger.checkpoints(), tmp_path) == 1
    assert ledger.verify(files_in(tmp_path)).problems == ()


def test_closing_a_batch_signs_its_closing_event(closed: SqlLedger) -> None:
    (entry,) = closed.events(type_=EventType.BATCH_CLOSED)
    signed = next(item for item in closed.checkpoints() if item.events == entry.seq)
    assert base32(signed.head) == entry.digest
    assert parse_checkpoint(signed.text) == signed


# A copy, without any key


def test_a_copy_is_proved_with_the_public_key_alone(closed: SqlLedger, database: Database, tmp_path: Path) -> None:
    keep_in_folder(closed.checkpoints(), tmp_path)
    report = verify_copy(database, public_key=make_keys().public_key, checkpoint_files=files_in(tmp_path))
    assert (report.problems, report.elsewhere) == ((), 2)  # of the plan, and of the batch
    wrong = verify_copy(database, public_key=STRANGER.public_key, checkpoint_files=files_in(tmp_path))
    found = {problem.problem for problem in wrong.problems}
    assert found == {ChainFault.KEY_SWAPPED.value, ChainFault.CHECKPOINT_SIGNATURE.value}


def test_reading_a_copy_leaves_file_and_folder_as_they_are(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    ledger = new_ledger(database := open_database(sqlite_url, create=True), keys)
    ledger.record(*night(50))
    database.close()
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    tmp_path.chmod(0o500)
    try:
        copy = open_copy(tmp_path / "ledger.db")
        assert verify_copy(copy, public_key=keys.public_key, checkpoint_files=()).events == 51
        copy.close()
    finally:
        tmp_path.chmod(0o700)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_a_copy_of_a_running_ledger_is_read_with_what_stands_beside_it(
    sqlite_url: str, keys: Keys, tmp_path: Path
) -> None:
    ledger = new_ledger(open_database(sqlite_url, create=True), keys)
    ledger.record(*night(50))
    assert (tmp_path / "ledger.db-wal").stat().st_size
    copy = open_copy(tmp_path / "ledger.db")
    assert verify_copy(copy, public_key=keys.public_key, checkpoint_files=()).events == 51
    copy.close()


def test_what_is_no_whole_ledger_is_one_line(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="There is no file"):
        open_copy(tmp_path / "absent.db")
    (tmp_path / "text.db").write_bytes(b"something else " * 1000)
    with pytest.raises(LedgerError, match="not a database"):
        open_copy(tmp_path / "text.db")
    new_ledger(database := open_database(sqlite_url, create=True), keys)
    with database.begin() as connection:
        connection.execute(text("DROP TABLE checkpoints"))
    with pytest.raises(LedgerError, match="no table checkpoints"):
        verify_copy(database, public_key=keys.public_key, checkpoint_files=())
