"""The hash chain over events: canonical encoding, digests, and the walk that proves them. Knows no database.

The digest of an event is SHA-256 over the digest of the event before it (32 bytes) followed by the event's canonical
encoding: the JSON array

    ["remediate-event-1", seq, at, utc_offset, type, actor, study, patient, batch, plan, state, reason, details,
     system_account, software, config_digest]

in UTF-8 without white space and without escapes other than those JSON demands (RFC 8259, section 7). `seq` is a number;
all else are strings. `at` is UTC with microseconds and `Z`; `details` is itself the text of a JSON object with sorted
keys. The first event follows SHA-256 over "remediate-ledger-1:" and the ledger's identifier, which binds the chain to
its ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from remediate.language import Sentence
from remediate.records.ledger import ChainProblem

EVENT_FORMAT = "remediate-event-1"
"""First element of every encoded event."""

MAX_PROBLEMS = 100
"""After so many faults the walk only counts on."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode
_quote = json.encoder.encode_basestring
_HEAD = f'["{EVENT_FORMAT}",'
_sha256 = hashlib.sha256


class ChainFault(StrEnum):
    """What can be wrong with a ledger."""

    EVENT_MISSING = "event-missing"
    LINK_BROKEN = "link-broken"
    CONTENT_CHANGED = "content-changed"
    UNREADABLE = "event-unreadable"
    TAIL_MISSING = "tail-missing"
    TAIL_ADDED = "tail-added"
    PROTECTION_MISSING = "protection-missing"
    CHECKPOINT_FORMAT = "checkpoint-format"
    CHECKPOINT_SIGNATURE = "checkpoint-signature"
    CHECKPOINT_OF_OTHER_LEDGER = "checkpoint-of-other-ledger"
    CHECKPOINT_DIFFERS = "checkpoint-differs"


SENTENCES: Mapping[ChainFault, Sentence] = {
    ChainFault.EVENT_MISSING: Sentence(
        "One or more events before this one are gone, or its number was changed.",
        "Een of meer gebeurtenissen vóór deze ontbreken, of het nummer is veranderd.",
    ),
    ChainFault.LINK_BROKEN: Sentence(
        "This event does not follow the one before it: inserted, moved or replaced.",
        "Deze gebeurtenis volgt niet op de vorige: ingevoegd, verplaatst of vervangen.",
    ),
    ChainFault.CONTENT_CHANGED: Sentence(
        "The content of this event was changed after it was written.",
        "De inhoud van deze gebeurtenis is na het schrijven veranderd.",
    ),
    ChainFault.UNREADABLE: Sentence("This event cannot be read.", "Deze gebeurtenis is onleesbaar."),
    ChainFault.TAIL_MISSING: Sentence(
        "The last events are gone: the ledger once held more.",
        "De laatste gebeurtenissen ontbreken: het logboek bevatte er meer.",
    ),
    ChainFault.TAIL_ADDED: Sentence(
        "The last events were not added by this program.",
        "De laatste gebeurtenissen zijn niet door dit programma toegevoegd.",
    ),
    ChainFault.PROTECTION_MISSING: Sentence(
        "The database no longer forbids changes to the ledger: its triggers were removed.",
        "De database verbiedt wijzigingen in het logboek niet meer: de triggers zijn verwijderd.",
    ),
    ChainFault.CHECKPOINT_FORMAT: Sentence("A checkpoint cannot be read.", "Een controlepunt is onleesbaar."),
    ChainFault.CHECKPOINT_SIGNATURE: Sentence(
        "The signature of a checkpoint is not that of this ledger's key.",
        "De handtekening van een controlepunt is niet van de sleutel van dit logboek.",
    ),
    ChainFault.CHECKPOINT_OF_OTHER_LEDGER: Sentence(
        "A checkpoint belongs to another ledger.", "Een controlepunt hoort bij een ander logboek."
    ),
    ChainFault.CHECKPOINT_DIFFERS: Sentence(
        "The events up to here are not those that the checkpoint signed: history was rewritten.",
        "De gebeurtenissen tot hier zijn niet die van het controlepunt: de geschiedenis is herschreven.",
    ),
}


def problem(seq: int, fault: ChainFault) -> ChainProblem:
    """A fault with its place (0: the ledger as a whole) and its sentence."""
    return ChainProblem(seq=seq, problem=fault.value, sentence=SENTENCES[fault].en)


def origin(ledger_id: str) -> bytes:
    """What the first event follows."""
    return _sha256(f"remediate-ledger-1:{ledger_id}".encode()).digest()


def encode_details(details: Mapping[str, Any]) -> str:
    """An event's details as canonical JSON. Raises ValueError or TypeError on what JSON cannot hold."""
    return _encode(dict(details)) if details else "{}"


def encode_event(seq: int, texts: Sequence[str]) -> bytes:
    """The canonical encoding: `texts` are the fields from `at` to `config_digest`. Raises TypeError on other types."""
    return f"{_HEAD}{seq},{','.join(map(_quote, texts))}]".encode()


def link(previous: bytes, seq: int, texts: Sequence[str]) -> bytes:
    """The digest of an event that follows the one with digest `previous`."""
    return _sha256(previous + encode_event(seq, texts)).digest()


Encoded = tuple[int, bytes, bytes, bytes]
"""seq, canonical encoding, digest of the event before, digest: as they stand in the database."""


@dataclass(slots=True)
class Walk:
    """A pass over the whole chain; `digests` keeps those at the places that checkpoints name."""

    running: bytes
    watched: frozenset[int] = frozenset()
    events: int = 0
    last_seq: int = 0
    problems: list[ChainProblem] = field(default_factory=list)
    digests: dict[int, bytes] = field(default_factory=dict)

    def advance(self, rows: Sequence[Encoded]) -> bool:
        """Follow rows that are all in order; where one is not, nothing moves and the answer is False."""
        seq, running = self.last_seq, self.running
        found: dict[int, bytes] = {}
        for number, encoded, previous, digest in rows:
            seq += 1
            if number != seq or previous != running or _sha256(running + encoded).digest() != digest:
                return False
            running = digest
            if seq in self.watched:
                found[seq] = digest
        self.events += len(rows)
        self.last_seq, self.running = seq, running
        self.digests.update(found)
        return True

    def stumble(self, row: Encoded) -> None:
        """Follow one row that may be at fault; the stored digest leads on, so that one fault is told once."""
        seq, encoded, previous, digest = row
        if seq != self.last_seq + 1:
            self._note(seq, ChainFault.EVENT_MISSING)
        elif previous != self.running:
            self._note(seq, ChainFault.LINK_BROKEN)
        elif _sha256(previous + encoded).digest() != digest:
            self._note(seq, ChainFault.CONTENT_CHANGED)
        self._step(seq, digest)

    def skip(self, seq: int, fault: ChainFault) -> None:
        """Note a row that cannot be read at all; the link after it will be seen as broken, too."""
        self._note(seq, fault)
        self._step(seq, b"")

    def _step(self, seq: int, digest: bytes) -> None:
        self.events += 1
        self.last_seq, self.running = seq, digest
        if seq in self.watched:
            self.digests[seq] = digest

    def _note(self, seq: int, fault: ChainFault) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem(seq, fault))
