"""Signed checkpoints: a text that says how far the chain had come, to be kept where the ledger is not.

A hash chain shows every change but not that its tail was cut, nor that all of it was written anew; a checkpoint kept
elsewhere shows both. Its text form, which can be printed and typed:

    remediate-checkpoint-1
    ledger: <identifier of the ledger>
    events: <number of the last event>
    head: <digest of that event, base32>
    at: <UTC>
    key: <Ed25519 public key, base32>
    signature: <Ed25519 signature, base32>

The signature (RFC 8032) covers the bytes of the lines above it, each with its newline. A file may hold any number of
checkpoints, separated by empty lines.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from remediate.digests import base32, from_base32
from remediate.errors import LedgerError
from remediate.ledger.database_faults import ChainFault, problem
from remediate.ledger.keys import Keys, signature_holds
from remediate.ledger.proof.chain import ChainWalk
from remediate.ledger.times import utc_text
from remediate.records.ledger import ChainProblem
from remediate.texts.language import Sentence, strerror_nl

TITLE = "remediate-checkpoint-1"
"""First line of every checkpoint."""

_FIELDS = ("ledger", "events", "head", "at", "key", "signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was signed."""

    ledger_id: str
    events: int
    head: bytes
    at: str
    public_key: bytes
    signature: bytes

    @property
    def signed_text(self) -> str:
        """The lines that the signature covers."""
        return (
            f"{TITLE}\nledger: {self.ledger_id}\nevents: {self.events}\nhead: {base32(self.head)}\n"
            f"at: {self.at}\nkey: {base32(self.public_key)}\n"
        )

    @property
    def text(self) -> str:
        """The whole text form."""
        return f"{self.signed_text}signature: {base32(self.signature)}\n"


def sign_checkpoint(keys: Keys, *, ledger_id: str, events: int, head: bytes, at: datetime) -> Checkpoint:
    """Sign that `events` events stood in the ledger, the last with digest `head`."""
    fields = {"ledger_id": ledger_id, "events": events, "head": head, "at": utc_text(at), "public_key": keys.public_key}
    unsigned = Checkpoint(**fields, signature=b"")  # type: ignore[arg-type]
    return Checkpoint(**fields, signature=keys.sign(unsigned.signed_text.encode()))  # type: ignore[arg-type]


def parse_checkpoint(text: str) -> Checkpoint:
    """Read one checkpoint; only white space around its lines may differ. Raises ValueError on any other text."""
    lines = [line.strip() for line in text.strip().splitlines()]
    values = [line.partition(": ") for line in lines[1:]]
    if lines[:1] != [TITLE] or tuple(name for name, _, _ in values) != _FIELDS:
        raise ValueError("not a checkpoint")
    ledger_id, events, head, at, key, signature = (value for _, _, value in values)
    checkpoint = Checkpoint(
        ledger_id=ledger_id,
        events=int(events),
        head=from_base32(head),
        at=at,
        public_key=from_base32(key),
        signature=from_base32(signature),
    )
    if checkpoint.text.splitlines() != lines:  # base32 and numbers can be written in more than one way
        raise ValueError("not a checkpoint as it is written")
    return checkpoint


def append_to_file(checkpoint: Checkpoint, path: Path) -> None:
    """Add a checkpoint to a file, durably. Raises `LedgerError` when the file cannot be written."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            file.write(checkpoint.text + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise LedgerError(
            Sentence(
                f"The checkpoint cannot be written to {path.name}: {error.strerror}.",
                f"Het controlepunt kan niet naar {path.name} worden geschreven: {strerror_nl(error)}.",
            )
        ) from None


def texts_in_files(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Where each checkpoint in the files stands, and its text. Raises `LedgerError` when a file cannot be opened."""
    for path in paths:
        try:
            content = path.read_text(encoding="ascii", errors="replace")
        except OSError as error:
            raise LedgerError(
                Sentence(
                    f"The checkpoints in {path.name} cannot be read: {error.strerror}.",
                    f"De controlepunten in {path.name} kunnen niet worden gelezen: {strerror_nl(error)}.",
                )
            ) from None
        parts = [part.strip() for part in content.replace("\r\n", "\n").split("\n\n") if part.strip()]
        for number, part in enumerate(parts, start=1):
            yield f"{path.name}, checkpoint {number}", part


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCheckpoints:
    """Checkpoints that are ours and truly signed, and what was wrong with the others."""

    good: tuple[Checkpoint, ...]
    problems: tuple[ChainProblem, ...]


def read_checkpoints(texts: Mapping[str, str], *, ledger_id: str, public_key: bytes) -> ReadCheckpoints:
    """Read and judge each text by itself; the values say where it stands. `public_key` is the only key believed."""
    good: list[Checkpoint] = []
    problems: list[ChainProblem] = []
    for text, where in texts.items():
        try:
            checkpoint = parse_checkpoint(text)
        except ValueError:
            problems.append(problem(0, ChainFault.CHECKPOINT_FORMAT, where=where))
            continue
        fault = _fault_of(checkpoint, ledger_id, public_key)
        if fault is None:
            good.append(checkpoint)
        else:
            problems.append(problem(checkpoint.events, fault, where=where))
    return ReadCheckpoints(good=tuple(good), problems=tuple(problems))


def compare(walk: ChainWalk, checkpoints: Iterable[Checkpoint]) -> tuple[ChainProblem, ...]:
    """Whether the chain that was walked holds what the checkpoints signed; the earliest difference of each kind."""
    found: dict[ChainFault, ChainProblem] = {}
    proved = 0
    for checkpoint in sorted(checkpoints, key=lambda item: item.events):
        if checkpoint.events > walk.last_seq:
            missing = problem(walk.last_seq + 1, ChainFault.TAIL_MISSING)
            found.setdefault(ChainFault.TAIL_MISSING, missing)
        elif walk.digests.get(checkpoint.events) == checkpoint.head:
            proved = checkpoint.events
        else:
            differs = problem(checkpoint.events, ChainFault.CHECKPOINT_DIFFERS, after=proved)
            found.setdefault(ChainFault.CHECKPOINT_DIFFERS, differs)
    return tuple(found.values())


def _fault_of(checkpoint: Checkpoint, ledger_id: str, public_key: bytes) -> ChainFault | None:
    if checkpoint.ledger_id != ledger_id:
        return ChainFault.CHECKPOINT_OF_OTHER_LEDGER
    signed = checkpoint.signed_text.encode()
    if checkpoint.public_key != public_key or not signature_holds(public_key, checkpoint.signature, signed):
        return ChainFault.CHECKPOINT_SIGNATURE
    return None
