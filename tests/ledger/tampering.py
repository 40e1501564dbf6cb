"""Ways to tamper with a ledger, for somebody who can write its file, knows every table and hides what was done.

Each way changes a copy at a random place and says where the first fault must be found. What the attacker does not have
is the ledger's key, and the folder with checkpoints.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from remediate.digests import base32
from remediate.ledger.database import open_copy, open_database
from remediate.ledger.database_faults import ChainFault
from remediate.ledger.keys import Keys
from remediate.ledger.proof.chain import link
from remediate.ledger.proof.checkpoint_folder import files_in, keep_in_folder
from remediate.ledger.proof.checkpoints import parse_checkpoint, sign_checkpoint
from remediate.ledger.verification import verify_copy
from remediate.records.ledger import ChainReport, EventType
from tests.ledger.ledger_samples import NOW, event, make_keys, new_ledger, night, planned_ledger, uid

_INTERVALS = 10
_PLANNED = 20
_STRANGER = Keys(master=bytes(32), signing=bytes(32))
_TEXTS = (
    "at", "utc_offset", "type", "actor", "study", "patient", "batch", "plan", "reason", "details", "system_account",
    "software", "config_digest", "responsible",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A ledger as it was written, with checkpoints outside and what its file was at some earlier moments."""

    file: Path
    outside: Path
    older: tuple[tuple[int, Path], ...]  # last event, copy
    checkpoints: tuple[int, ...]  # events that they name, ascending
    public_key: bytes

    @property
    def events(self) -> int:
        return self.checkpoints[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Where the first fault is found; `where` is a part of the name of a checkpoint."""

    seqs: range
    problems: frozenset[ChainFault]
    where: str = ""


def write_ledger(folder: Path, events: int) -> Written:
    """A ledger with an approved plan and so many events, a checkpoint outside after each tenth of them."""
    outside = folder / "outside"
    outside.mkdir(parents=True)
    file = folder / "ledger.db"
    ledger = new_ledger(database := open_database(f"sqlite:///{file}", create=True), make_keys())
    plan = planned_ledger(ledger, _PLANNED)
    ledger.approve(plan, event(EventType.APPROVED, plan=plan, actor="A. Reviewer"))
    older, named = [], [signed.events for signed in ledger.checkpoints()]
    for part in range(_INTERVALS):
        size = -(-events // _INTERVALS)
        for first in range(0, size, 2_000):
            ledger.record(*night(min(2_000, size - first), first=part * size + first))
        ledger.checkpoint(event(EventType.CHECKPOINT, at=NOW + timedelta(hours=part)))
        keep_in_folder(ledger.checkpoints(), outside)
        named.append(ledger.checkpoints()[-1].events)
        if part < _INTERVALS - 1:
            copy = folder / f"older-{part}.db"
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            older.append((named[-1], copy))
    database.close()
    return Written(
        file=file,
        outside=outside,
        older=tuple(older),
        checkpoints=tuple(named),
        public_key=make_keys().public_key,
    )


def prove(file: Path, outside: Path, public_key: bytes) -> ChainReport:
    """What an auditor does: a copy, the checkpoints, the public key, and nothing else."""
    copy = open_copy(file)
    try:
        return verify_copy(copy, public_key=public_key, checkpoint_files=files_in(outside))
    finally:
        copy.close()


@contextmanager
def _unprotected(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection without triggers; they are put back afterwards, so that their absence does not give it away."""
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("BEGIN")
    yield raw
    raw.execute("COMMIT")
    for _, sql in triggers:
        raw.execute(sql)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()


def _row(raw: sqlite3.Connection, seq: int) -> tuple[object, ...]:
    row: tuple[object, ...] = raw.execute("SELECT * FROM events WHERE seq = ?", (seq,)).fetchone()
    return row


def _chained(*seqs: int) -> Expected:
    faults = frozenset({ChainFault.CONTENT_CHANGED, ChainFault.LINK_BROKEN, ChainFault.EVENT_MISSING})
    return Expected(seqs=range(min(seqs), max(seqs) + 1), problems=faults)


def edit(copy: Path, written: Written, rng: random.Random) -> Expected:
    """One field of one event."""
    seq, column = rng.randint(2, written.events), rng.choice(_TEXTS)
    with _unprotected(copy) as raw:
        raw.execute(f"UPDATE events SET {column} = {column} || '9' WHERE seq = ?", (seq,))
    return _chained(seq)


def delete(copy: Path, written: Written, rng: random.Random) -> Expected:
    """One event; sometimes the later ones are numbered anew."""
    seq = rng.randint(2, written.events - 1)
    with _unprotected(copy) as raw:
        raw.execute("DELETE FROM events WHERE seq = ?", (seq,))
        if rng.random() < 0.5:
            raw.execute("UPDATE events SET seq = -(seq - 1) WHERE seq > ?", (seq,))
            raw.execute("UPDATE events SET seq = -seq WHERE seq < 0")
            return _chained(seq)
    return _chained(seq + 1)


def insert(copy: Path, written: Written, rng: random.Random) -> Expected:
    """An invented event with a digest that fits what comes before it."""
    seq = rng.randint(2, written.events)
    with _unprotected(copy) as raw:
        raw.execute("UPDATE events SET seq = -(seq + 1) WHERE seq >= ?", (seq,))
        raw.execute("UPDATE events SET seq = -seq WHERE seq < 0")
        before = _row(raw, seq - 1)
        texts = [*before[1:-2]]
        texts[10] = "invented"
        values = (seq, *texts, before[-1], link(before[-1], seq, texts))  # type: ignore[arg-type]
        raw.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(values))})", values)
    return _chained(seq, seq + 1)


def reorder(copy: Path, written: Written, rng: random.Random) -> Expected:
    """Two events change places."""
    one, other = sorted(rng.sample(range(2, written.events), 2))
    with _unprotected(copy) as raw:
        for old, new in ((one, -1), (other, one), (-1, other)):
            raw.execute("UPDATE events SET seq = ? WHERE seq = ?", (new, old))
    return _chained(one)


def replay(copy: Path, written: Written, rng: random.Random) -> Expected:
    """What an earlier event said, once more in the place of a later one; sometimes digests and all."""
    one, other = sorted(rng.sample(range(2, written.events), 2))
    columns = (*_TEXTS, "previous", "digest") if rng.random() < 0.5 else _TEXTS
    with _unprotected(copy) as raw:
        values = raw.execute(f"SELECT {', '.join(columns)} FROM events WHERE seq = ?", (one,)).fetchone()
        raw.execute(f"UPDATE events SET {', '.join(f'{name} = ?' for name in columns)} WHERE seq = ?", (*values, other))
    return _chained(other)


def truncate(copy: Path, written: Written, rng: random.Random) -> Expected:
    """The tail, with everything in the file that tells of it."""
    seq = rng.randint(1, written.events - 1)
    with _unprotected(copy) as raw:
        raw.execute("DELETE FROM events WHERE seq > ?", (seq,))
        raw.execute("DELETE FROM checkpoints WHERE seq > ?", (seq,))
        raw.execute("UPDATE chain_head SET (seq, digest) = (SELECT seq, digest FROM events ORDER BY seq DESC LIMIT 1)")
    return Expected(seqs=range(seq + 1, seq + 2), problems=frozenset({ChainFault.TAIL_MISSING}))


def roll_back_file(copy: Path, written: Written, rng: random.Random) -> Expected:
    """The whole file as it was at an earlier moment."""
    last, older = rng.choice(written.older)
    shutil.copyfile(older, copy)
    return Expected(seqs=range(last + 1, last + 2), problems=frozenset({ChainFault.TAIL_MISSING}))


def _rehash(raw: sqlite3.Connection, seq: int) -> None:
    """Every digest from there on, as if it had always been so."""
    previous = raw.execute("SELECT digest FROM events WHERE seq = ?", (seq - 1,)).fetchone()[0]
    changed = []
    for row in raw.execute("SELECT * FROM events WHERE seq >= ? ORDER BY seq", (seq,)).fetchall():
        digest = link(previous, row[0], row[1:-2])
        changed.append((previous, digest, row[0]))
        previous = digest
    raw.executemany("UPDATE events SET previous = ?, digest = ? WHERE seq = ?", changed)
    raw.execute("UPDATE chain_head SET digest = ?", (previous,))
    raw.execute("DELETE FROM checkpoints WHERE seq >= ?", (seq,))


def rehash(copy: Path, written: Written, rng: random.Random) -> Expected:
    """A changed event, and the whole chain after it written anew: only a checkpoint outside tells."""
    seq = rng.randint(2, written.events)
    with _unprotected(copy) as raw:
        raw.execute("UPDATE events SET reason = 'nothing-happened' WHERE seq = ?", (seq,))
        _rehash(raw, seq)
    noticed = min(number for number in written.checkpoints if number >= seq)
    return Expected(seqs=range(noticed, noticed + 1), problems=frozenset({ChainFault.CHECKPOINT_DIFFERS}))


def swap_key(copy: Path, written: Written, rng: random.Random) -> Expected:
    """History written anew under a stranger's key, which the ledger then names as its own and signs everything with."""
    seq = rng.randint(2, written.events)
    with _unprotected(copy) as raw:
        raw.execute("UPDATE events SET reason = 'nothing-happened' WHERE seq = ?", (seq,))
        _rehash(raw, seq)
        raw.execute("DELETE FROM checkpoints")
        ledger_id = raw.execute("SELECT ledger_id FROM ledger_meta").fetchone()[0]
        for number in written.checkpoints:
            head = raw.execute("SELECT digest FROM events WHERE seq = ?", (number,)).fetchone()[0]
            signed = sign_checkpoint(_STRANGER, ledger_id=ledger_id, events=number, head=head, at=NOW)
            raw.execute("INSERT INTO checkpoints VALUES (?, ?)", (number, signed.text))
        raw.execute("UPDATE ledger_meta SET public_key = ?", (base32(_STRANGER.public_key),))
    return Expected(seqs=range(1), problems=frozenset({ChainFault.KEY_SWAPPED}))


_ROWS = frozenset({ChainFault.ROW_UNEXPLAINED, ChainFault.ROW_MISSING})


def _row_changed(copy: Path, written: Written, statement: str, where: str, *values: object) -> Expected:
    """A row that decides, and nothing else: the chain proves by itself."""
    with _unprotected(copy) as raw:
        raw.execute(statement, values)
    return Expected(seqs=range(written.events + 1), problems=_ROWS, where=where)


def set_state(copy: Path, written: Written, rng: random.Random) -> Expected:
    """A planned study is said to be elsewhere."""
    study, state = uid(rng.randrange(_PLANNED)), rng.choice(["verified", "correct", "excluded", "surveyed", "stored"])
    statement = "UPDATE studies SET state = ? WHERE study_instance_uid = ?"
    return _row_changed(copy, written, statement, study, state, study)


def forge_approval(copy: Path, written: Written, rng: random.Random) -> Expected:
    """A row as approving writes it, one less, or one by another account."""
    change = rng.choice(["DELETE FROM approvals", "UPDATE approvals SET system_account = 'other'", "INSERT"])
    if change != "INSERT":
        return _row_changed(copy, written, change, "A. Reviewer")
    statement = "INSERT INTO approvals SELECT plan_id, 'A. Nobody', at, utc_offset, system_account FROM approvals"
    return _row_changed(copy, written, statement, "A. Nobody")


def change_item(copy: Path, written: Written, rng: random.Random) -> Expected:
    """A study less in the plan, or one for other reasons, or one that seems done."""
    study = uid(rng.randrange(_PLANNED))
    change = rng.choice(["DELETE FROM plan_items", "UPDATE plan_items SET fingerprint = 'x'",
                         "UPDATE plan_items SET state = 'verified'"])  # fmt: skip
    return _row_changed(copy, written, f"{change} WHERE study_instance_uid = ?", "plan-0001", study)


def hollow_triggers(copy: Path, written: Written, rng: random.Random) -> Expected:
    """A trigger of the same name that does nothing."""
    raw = sqlite3.connect(copy, isolation_level=None)
    name, sql = rng.choice(raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    raw.execute(f"DROP TRIGGER {name}")
    raw.execute(sql.partition("BEGIN")[0] + "BEGIN SELECT 1; END")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return Expected(seqs=range(1), problems=frozenset({ChainFault.PROTECTION_MISSING}))


WAYS: Mapping[str, Callable[[Path, Written, random.Random], Expected]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "reorder": reorder,
    "truncate": truncate,
    "replay": replay,
    "whole-file rollback": roll_back_file,
    "swapped key": swap_key,
    "re-hashed chain": rehash,
    "state set by hand": set_state,
    "forged approval": forge_approval,
    "changed plan": change_item,
    "hollow trigger": hollow_triggers,
}
"""Ways that change the file; `edit_checkpoint` changes what is kept outside."""


def edit_checkpoint(outside: Path, rng: random.Random) -> Expected:
    """One sign of one value of a checkpoint outside."""
    path = rng.choice(files_in(outside))
    events = parse_checkpoint(path.read_text()).events
    lines = path.read_text().splitlines()
    number = rng.randrange(1, len(lines))
    name, _, value = lines[number].partition(": ")
    at = rng.randrange(len(value))
    other = rng.choice([sign for sign in "abcdefghijklmnopqrstuvwxyz234567" if sign != value[at]])
    lines[number] = f"{name}: {value[:at]}{other}{value[at + 1 :]}"
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n")
    claimed = lines[2].removeprefix("events: ")
    places = {0, events} | ({int(claimed)} if claimed.isdecimal() else set())
    faults = {
        ChainFault.CHECKPOINT_FORMAT,
        ChainFault.CHECKPOINT_SIGNATURE,
        ChainFault.CHECKPOINT_OF_OTHER_LEDGER,
    }
    return Expected(seqs=range(min(places), max(places) + 1), problems=frozenset(faults), where=path.name)


def one_trial(written: Written, folder: Path, way: str, rng: random.Random) -> str:
    """Tamper with a copy in one way; "" when it was detected and located, else what went wrong."""
    copy, outside = folder / "copy.db", written.outside
    shutil.copyfile(written.file, copy)
    if way == "edited checkpoint":
        outside = folder / "outside"
        shutil.rmtree(outside, ignore_errors=True)
        shutil.copytree(written.outside, outside)
        expected = edit_checkpoint(outside, rng)
    else:
        expected = WAYS[way](copy, written, rng)
    report = prove(copy, outside, written.public_key)
    if not report.problems:
        return "not detected"
    first = report.problems[0]
    if first.seq not in expected.seqs or ChainFault(first.problem) not in expected.problems:
        return f"{first.problem} at {first.seq}, expected {sorted(expected.problems)} at {expected.seqs}"
    if expected.where not in first.where:
        return f"at {first.where!r}, expected {expected.where!r}"
    return ""


ALL_WAYS = (*WAYS, "edited checkpoint")
