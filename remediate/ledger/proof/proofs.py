"""The proof that some events of one study stand in batches that a ledger closed and signed, as a document to hand out.

    {"format": "remediate-proof-1", "ledger": ..., "study": ..., "batches": [
        {"leaves": n,
         "events": [{"index": i, "event": canonical encoding, "path": [hash, ...]}, ...],
         "previous": digest of the event before the closing one,
         "closing": canonical encoding of the event that closed the batch,
         "checkpoint": the signed checkpoint}, ...]}

Hashes are SHA-256 in base32. To check a batch: the leaf hash of each event and its path lead to one root over `leaves`
leaves (RFC 6962); `closing` holds that root in its details; SHA-256 over `previous` and `closing` is the head that the
checkpoint signs with the ledger's key. Pure: no database, no secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from remediate.digests import base32, from_base32
from remediate.errors import LedgerError
from remediate.ledger.keys import signature_holds
from remediate.ledger.proof.chain import DETAILS, MERKLE_LEAVES, MERKLE_ROOT
from remediate.ledger.proof.checkpoints import parse_checkpoint
from remediate.ledger.proof.merkle import leaf_hash, root_by_path
from remediate.texts.language import Sentence

FORMAT = "remediate-proof-1"
"""First field of a proof."""

_STUDY = 6  # place in an encoded event


@dataclass(frozen=True, slots=True, kw_only=True)
class EventProof:
    """One event and the way from it to the root of its batch."""

    index: int
    event: str  # canonical encoding
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProof:
    """A study's events in one closed batch."""

    leaves: int
    events: tuple[EventProof, ...]
    previous: bytes
    closing: str  # canonical encoding of the event that closed the batch
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyProof:
    """What proves the history of one study."""

    ledger_id: str
    study: str
    batches: tuple[BatchProof, ...]

    @property
    def events(self) -> int:
        """How many events it proves."""
        return sum(len(batch.events) for batch in self.batches)

    def to_json(self) -> str:
        """The document as a file."""
        batches = [
            {
                "leaves": batch.leaves,
                "events": [
                    {"index": item.index, "event": item.event, "path": [base32(node) for node in item.path]}
                    for item in batch.events
                ],
                "previous": base32(batch.previous),
                "closing": batch.closing,
                "checkpoint": batch.checkpoint,
            }
            for batch in self.batches
        ]
        document = {"format": FORMAT, "ledger": self.ledger_id, "study": self.study, "batches": batches}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_proof(text: str) -> StudyProof:
    """Read what `to_json` wrote. Raises `LedgerError` on anything else."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError
        batches = tuple(map(_read_batch, document["batches"]))
        return StudyProof(ledger_id=str(document["ledger"]), study=str(document["study"]), batches=batches)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LedgerError(
            Sentence(f"The file is no proof of the form {FORMAT}.", f"Het bestand is geen bewijs van de vorm {FORMAT}.")
        ) from None


def _read_batch(item: Mapping[str, Any]) -> BatchProof:
    return BatchProof(
        leaves=int(item["leaves"]),
        events=tuple(
            EventProof(
                index=int(one["index"]), event=str(one["event"]), path=tuple(from_base32(node) for node in one["path"])
            )
            for one in item["events"]
        ),
        previous=from_base32(item["previous"]),
        closing=str(item["closing"]),
        checkpoint=str(item["checkpoint"]),
    )


def faults_of(proof: StudyProof, public_key: bytes) -> tuple[Sentence, ...]:
    """What does not hold, in words; nothing when the proof is good under that key, the only one that is believed."""
    found = [fault for batch in proof.batches for fault in _faults_of_batch(proof, batch, public_key)]
    if not proof.events:
        found.append(Sentence("it proves no event", "het bewijst geen gebeurtenis"))
    return tuple(found)


def _faults_of_batch(proof: StudyProof, batch: BatchProof, public_key: bytes) -> Iterator[Sentence]:
    try:
        signed = parse_checkpoint(batch.checkpoint)
        details = json.loads(json.loads(batch.closing)[DETAILS])
        root = from_base32(details[MERKLE_ROOT])
    except (ValueError, KeyError, IndexError, TypeError):
        yield Sentence(
            "a closing event or a checkpoint cannot be read",
            "een afsluitende gebeurtenis of een controlepunt is onleesbaar",
        )
        return
    trusted = signed.public_key == public_key and signed.ledger_id == proof.ledger_id
    if not trusted or not signature_holds(public_key, signed.signature, signed.signed_text.encode()):
        yield Sentence(
            "a checkpoint is not signed by this ledger's key",
            "een controlepunt is niet met de sleutel van dit logboek ondertekend",
        )
    if hashlib.sha256(batch.previous + batch.closing.encode()).digest() != signed.head:
        yield Sentence(
            "a closing event is not the one that the checkpoint signed",
            "een afsluitende gebeurtenis is niet die welke het controlepunt ondertekende",
        )
    if details.get(MERKLE_LEAVES) != batch.leaves:
        yield Sentence(
            "the number of events of a batch is not the one that was signed",
            "het aantal gebeurtenissen van een batch is niet het ondertekende",
        )
    for item in batch.events:
        if not _leads_to(item, batch.leaves, root):
            yield Sentence(
                f"event {item.index + 1} of a batch does not lead to the signed root",
                f"gebeurtenis {item.index + 1} van een batch leidt niet naar de ondertekende wortel",
            )
        elif _study_of(item.event) != proof.study:
            yield Sentence(
                f"event {item.index + 1} of a batch is of another study",
                f"gebeurtenis {item.index + 1} van een batch is van een ander onderzoek",
            )


def _leads_to(item: EventProof, leaves: int, root: bytes) -> bool:
    try:
        return root_by_path(leaf_hash(item.event.encode()), item.index, leaves, item.path) == root
    except ValueError:
        return False


def _study_of(event: str) -> str:
    try:
        return str(json.loads(event)[_STUDY])
    except (ValueError, IndexError, TypeError, KeyError):
        return ""
