"""The vault's key can be replaced, and a batch's old values made unreadable, while the chain goes on to prove."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from remediate.errors import KeysError, LedgerError
from remediate.ledger.database import Database, open_database
from remediate.ledger.database_faults import ChainFault
from remediate.ledger.fast_sql import own_clock
from remediate.ledger.key_files import (
    create_keys,
    keys_from_credential,
    keys_from_environment,
    load_keys,
    replace_keys,
    write_keys,
)
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import data_keys, ledger_meta, life_signs
from remediate.ledger.vault_keys import expired
from remediate.reasons.study import AccessReason
from remediate.records.ledger import BatchRow, EventType, NewEvent
from remediate.records.signs import Process
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    NOW,
    begin,
    event,
    intent_objects,
    make_keys,
    move,
    new_ledger,
    open_ledger,
    planned_ledger,
    start_batch,
    take_claim,
)

OLD_KEYS = Keys(master=bytes(range(32)), signing=bytes(range(32, 64)))
"""As the first release made them: without a vault key."""


def _shred(batch_id: str) -> NewEvent:
    """What `ledger shred` writes down."""
    reason = AccessReason.OLD_VALUES_SHREDDED.value
    return event(EventType.KEY_USE, actor="P. Officer", batch=batch_id, reason=reason)


def _verified(ledger: SqlLedger, plan: str, *, days: int = 0) -> BatchRow:
    """One patient's studies verified in a batch of their own, closed."""
    at = NOW + timedelta(days=days)
    batch = start_batch(ledger, plan, at=at)
    claim = take_claim(ledger, batch, at=at)
    for study in claim.studies:
        begin(ledger, claim, study, at=at)
        move(ledger, claim, study, State.STORED, State.VERIFIED)
    ledger.finish(claim, done=True)
    ledger.close_batch(batch.batch_id, "", {}, event(EventType.BATCH_CLOSED, at=at, batch=batch.batch_id))
    return batch


@pytest.fixture
def worked(ledger: SqlLedger) -> SqlLedger:
    """Two closed batches of two studies each; which patient came first is the ledger's choice."""
    plan = planned_ledger(ledger, 4)
    _verified(ledger, plan)
    _verified(ledger, plan, days=10)
    return ledger


def _studies(ledger: SqlLedger, batch: str) -> tuple[str, ...]:
    found = ledger.verified_in(batch_id=batch)
    assert len(found) == 2
    return found


def _wrapped(database: Database) -> list[bytes]:
    with database.read() as connection:
        return list(connection.execute(select(data_keys.c.wrapped).order_by(data_keys.c.batch_id)).scalars())


# Replacing the key


def _rotation() -> object:
    return event(EventType.KEY_USE, actor="P. Officer", reason="vault-key-replaced", details={"why": "yearly"})


def test_old_values_are_read_with_the_new_key_and_no_longer_with_the_old(worked: SqlLedger, database: Database) -> None:
    saved: list[Keys] = []
    before = _wrapped(database)
    assert worked.rotate_vault_key(_rotation(), saved.append) == 2  # type: ignore[arg-type]
    assert not set(before) & set(_wrapped(database))
    for ledger in (worked, open_ledger(database, saved[-1])):
        done = ledger.last_verified(_studies(ledger, "batch-0001")[0])
        assert done is not None
        assert done.objects == tuple(intent_objects(done.study_instance_uid))
        assert ledger.verify().problems == ()
    with pytest.raises(KeysError, match="key file is older than the ledger"):
        open_ledger(database, make_keys())


def test_a_ledger_from_before_the_rotation_is_told_as_the_older_one(worked: SqlLedger, database: Database) -> None:
    saved: list[Keys] = []
    worked.rotate_vault_key(_rotation(), saved.append)  # type: ignore[arg-type]
    other = saved[-1].with_new_vault_key().without_vault_before()
    with pytest.raises(KeysError, match="ledger is older than its keys") as refused:
        open_ledger(database, other)
    assert "after the rotation" in refused.value.advice.en


def test_pseudonyms_and_signatures_stay_what_they_are(worked: SqlLedger, keys: Keys) -> None:
    saved: list[Keys] = []
    worked.rotate_vault_key(_rotation(), saved.append)  # type: ignore[arg-type]
    assert saved[-1].pseudonym("patient", "x") == keys.pseudonym("patient", "x")
    assert (saved[-1].public_key, saved[-1].key_id) == (keys.public_key, keys.key_id)


def test_the_event_tells_who_and_why_and_no_secret(worked: SqlLedger) -> None:
    saved: list[Keys] = []
    worked.rotate_vault_key(_rotation(), saved.append)  # type: ignore[arg-type]
    *_, last = worked.events(type_=EventType.KEY_USE)
    assert (last.event.actor, last.event.details["why"], last.event.details["batches"]) == ("P. Officer", "yearly", 2)
    assert last.event.details["key"] == saved[-1].vault_key_id


def test_keys_that_cannot_be_saved_change_nothing(worked: SqlLedger, database: Database) -> None:
    def failing(_: Keys) -> None:
        raise KeysError("The disk is full.")

    before, events = _wrapped(database), worked.verify().events
    with pytest.raises(KeysError, match="disk is full"):
        worked.rotate_vault_key(_rotation(), failing)  # type: ignore[arg-type]
    assert (_wrapped(database), worked.verify().events) == (before, events)


@pytest.mark.parametrize("first_keys", [make_keys(), OLD_KEYS], ids=["own vault key", "keys of the first release"])
def test_broken_off_anywhere_the_saved_keys_open_the_vault_and_finish_it(
    database: Database, first_keys: Keys, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    write_keys(first_keys, path)
    ledger = new_ledger(database, load_keys(path))
    plan = planned_ledger(ledger, 4)
    _verified(ledger, plan)

    class KilledError(Exception):
        pass

    for survives in (0, 1):
        calls = 0

        def save(keys: Keys, survives: int = survives) -> None:
            nonlocal calls
            replace_keys(keys, path)
            calls += 1
            if calls > survives:
                raise KilledError

        with pytest.raises(KilledError):
            open_ledger(database, load_keys(path)).rotate_vault_key(_rotation(), save)  # type: ignore[arg-type]
        again = open_ledger(database, load_keys(path))
        assert again.last_verified(_studies(again, "batch-0001")[0]) is not None
        if survives:
            _verified(again, plan)
    finished = open_ledger(database, load_keys(path))
    finished.rotate_vault_key(_rotation(), lambda keys: replace_keys(keys, path))  # type: ignore[arg-type]
    assert "vault_before" not in json.loads(path.read_text())
    last = open_ledger(database, load_keys(path))
    assert last.last_verified(_studies(last, "batch-0001")[0]) is not None
    assert last.verify().problems == ()


def test_a_backup_from_before_opens_with_no_key_that_is_left(sqlite_url: str, tmp_path: Path) -> None:
    """Shredding forgets a wrapped key; replacing the vault key makes the copies of it in backups worthless."""
    path = tmp_path / "keys.json"
    ledger = new_ledger(database := open_database(sqlite_url, create=True), create_keys(path))
    _verified(ledger, planned_ledger(ledger, 2))
    database.close()
    backup = tmp_path / "backup.db"
    backup.write_bytes((tmp_path / "ledger.db").read_bytes())
    ledger = open_ledger(open_database(sqlite_url, create=False), load_keys(path))
    ledger.shred_batch("batch-0001", event(EventType.KEY_USE, actor="P. Officer"))
    ledger.rotate_vault_key(_rotation(), lambda keys: replace_keys(keys, path))  # type: ignore[arg-type]
    with pytest.raises(KeysError, match="ledger is older than its keys"):
        open_ledger(open_database(f"sqlite:///{backup}", create=False), load_keys(path))


# Shredding a batch


def test_shredded_values_are_gone_and_the_chain_still_proves(worked: SqlLedger, database: Database) -> None:
    worked.shred_batch("batch-0001", _shred("batch-0001"))
    gone, kept = _studies(worked, "batch-0001"), _studies(worked, "batch-0002")
    for ledger in (worked, open_ledger(database, make_keys())):
        for study in gone:
            with pytest.raises(KeysError, match="unreadable for good"):
                ledger.last_verified(study)
        assert ledger.last_verified(kept[0]) is not None
        assert ledger.unreadable_studies() == set(gone)
        assert ledger.verify().problems == ()
    assert [(batch.batch_id, batch.readable) for batch in worked.kept_batches()] == [
        ("batch-0001", False),
        ("batch-0002", True),
    ]


def test_a_key_that_somebody_took_away_is_no_shredding(worked: SqlLedger, database: Database) -> None:
    """Whoever can write in the database would make old values unreadable, and nobody would have decided so."""
    with database.begin() as connection:
        connection.execute(update(data_keys).where(data_keys.c.batch_id == "batch-0001").values(wrapped=None))
    (problem,) = worked.verify().problems
    assert (problem.problem, "batch-0001" in problem.where) == (ChainFault.ROW_MISSING.value, True)


def test_a_shredding_after_which_the_key_is_back_is_told(worked: SqlLedger, database: Database) -> None:
    (wrapped, *_) = _wrapped(database)
    worked.shred_batch("batch-0001", _shred("batch-0001"))
    with database.begin() as connection:
        connection.execute(update(data_keys).where(data_keys.c.batch_id == "batch-0001").values(wrapped=wrapped))
    (problem,) = worked.verify().problems
    assert (problem.problem, "batch-0001" in problem.where) == (ChainFault.ROW_UNEXPLAINED.value, True)


def test_nothing_of_the_wrapped_key_stays_in_the_files(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    ledger = new_ledger(database := open_database(sqlite_url, create=True), keys)
    _verified(ledger, planned_ledger(ledger, 2))
    (wrapped,) = _wrapped(database)

    def held() -> bool:
        return any(wrapped in path.read_bytes() for path in tmp_path.glob("ledger.db*"))

    assert held()
    ledger.shred_batch("batch-0001", event(EventType.KEY_USE))
    assert not held()


def test_what_may_still_be_needed_is_not_shredded(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 4)
    batch = start_batch(ledger, plan)
    claim = take_claim(ledger, batch)
    begin(ledger, claim, claim.studies[0])
    shred = event(EventType.KEY_USE)
    with pytest.raises(LedgerError, match="still open"):
        ledger.shred_batch(batch.batch_id, shred)
    ledger.close_batch(batch.batch_id, "", {}, event(EventType.BATCH_CLOSED, batch=batch.batch_id))
    with pytest.raises(LedgerError, match="not settled"):
        ledger.shred_batch(batch.batch_id, shred)
    with pytest.raises(LedgerError, match="no batch"):
        ledger.shred_batch("batch-0009", shred)
    move(ledger, claim, claim.studies[0], State.STORED, State.VERIFIED)
    ledger.shred_batch(batch.batch_id, shred)
    with pytest.raises(LedgerError, match="before"):
        ledger.shred_batch(batch.batch_id, shred)


def test_a_batch_that_was_killed_ends_a_day_after_its_last_sign_of_life(ledger: SqlLedger, database: Database) -> None:
    """Nobody closes it: its old values would be kept for ever."""
    opened = event(EventType.BATCH_OPENED, plan=planned_ledger(ledger, 2))
    batch = ledger.open_batch(opened.plan, opened, process=Process("here", 1, "boot", "then"), steady=0.0)
    claim = take_claim(ledger, batch)
    begin(ledger, claim, claim.studies[0])
    shred = event(EventType.KEY_USE)
    _silent_for(database, hours=23)
    assert ledger.kept_batches() == ()
    with pytest.raises(LedgerError, match="still open"):
        ledger.shred_batch(batch.batch_id, shred)
    _silent_for(database, hours=25)
    assert [(kept.batch_id, kept.closed_at, kept.readable) for kept in ledger.kept_batches()] == [
        (batch.batch_id, NOW, True)
    ]
    with pytest.raises(LedgerError, match="not settled"):
        ledger.shred_batch(batch.batch_id, shred)
    move(ledger, claim, claim.studies[0], State.STORED, State.VERIFIED)
    ledger.shred_batch(batch.batch_id, shred)
    assert not ledger.kept_batches()[0].readable


def _silent_for(database: Database, *, hours: float) -> None:
    with database.begin() as connection:
        connection.execute(update(life_signs).values(heard=own_clock(connection) - hours * 3600))


def test_batches_past_their_time_are_told(worked: SqlLedger) -> None:
    def late(days: float, after: int) -> list[str]:
        now = NOW + timedelta(days=after)
        return [kept.batch_id for kept in worked.kept_batches() if expired(kept, now=now, days=days)]

    assert late(30, after=29) == []
    assert late(30, after=30) == ["batch-0001"]
    assert late(30, after=400) == ["batch-0001", "batch-0002"]
    worked.shred_batch("batch-0001", event(EventType.KEY_USE))
    assert late(30, after=400) == ["batch-0002"]


def test_a_ledger_names_the_key_of_its_vault(ledger: SqlLedger, database: Database, keys: Keys) -> None:
    with database.read() as connection:
        assert connection.execute(select(ledger_meta.c.vault_key_id)).scalar_one() == keys.vault_key_id != ""
    with pytest.raises(KeysError, match="ledger is older than its keys"):
        open_ledger(database, OLD_KEYS)


# Where keys are kept


def test_keys_of_the_first_release_are_read_and_kept_in_their_form(tmp_path: Path) -> None:
    write_keys(OLD_KEYS, tmp_path / "keys.json")
    fields = json.loads((tmp_path / "keys.json").read_text())
    assert (fields["format"], set(fields)) == ("remediate-keys-1", {"format", "key_id", "master", "signing"})
    assert load_keys(tmp_path / "keys.json").vault_key_id == ""


def test_keys_are_read_from_a_credential_of_systemd(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "remediate-keys")
    (tmp_path / "remediate-keys").chmod(0o400)
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert keys_from_credential("remediate-keys", environment).key_id == made.key_id
    with pytest.raises(KeysError, match="does not exist"):
        keys_from_credential("other", environment)
    with pytest.raises(KeysError, match="handed over no credentials"):
        keys_from_credential("remediate-keys", {})
    (tmp_path / "remediate-keys").chmod(0o444)
    with pytest.raises(KeysError, match="read by others"):
        keys_from_credential("remediate-keys", environment)


def test_keys_with_a_vault_key_are_read_from_the_environment(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.json")
    found = keys_from_environment("KEYS", {"KEYS": (tmp_path / "keys.json").read_text()})
    assert (found.key_id, found.vault_key_id) == (made.key_id, made.vault_key_id)
    assert made.vault_key_id


@pytest.mark.parametrize("value", ["", "aaaa", "not base32 !", 5])
def test_a_damaged_vault_key_is_one_line_without_secrets(tmp_path: Path, value: object) -> None:
    path = tmp_path / "keys.json"
    create_keys(path)
    fields = json.loads(path.read_text())
    path.write_text(json.dumps(fields | {"vault": value}))
    with pytest.raises(KeysError, match="vault is not a key of 256 bits") as raised:
        load_keys(path)
    assert fields["master"] not in str(raised.value)
    path.write_text(json.dumps({name: text for name, text in fields.items() if name != "vault"}))
    with pytest.raises(KeysError, match="vault"):
        load_keys(path)


def test_replaced_keys_are_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = create_keys(path)
    old = os.umask(0)
    try:
        replace_keys(keys.with_new_vault_key(), path)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["keys.json"]
    assert load_keys(path).vault_key_id != keys.vault_key_id


def test_no_secret_is_shown(keys: Keys) -> None:
    assert (repr(keys.secrets()), repr(keys)) == ("Secrets()", f"Keys({keys.key_id})")
