"""The hash chain over events: canonical encoding, digests, and the walk that proves them. Knows no database.

The digest of an event is SHA-256 over the digest of the event before it (32 bytes) followed by the event's canonical
encoding: the JSON array

    ["remediate-event-2", seq, at, utc_offset, type, actor, study, patient, batch, plan, state, reason, details,
     system_account, software, config_digest, responsible]

in UTF-8 without white space and without escapes other than those JSON demands (RFC 8259, section 7). `seq` is a number;
all else are strings. `at` is UTC with microseconds and `Z`; `details` is itself the text of a JSON object with sorted
keys. The first event follows SHA-256 over "remediate-ledger-1:" and the ledger's identifier, which binds the chain to
its ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from remediate.digests import base32
from remediate.ledger.database_faults import ChainFault, problem
from remediate.ledger.proof.merkle import Tree
from remediate.records.ledger import ChainProblem, EventType

EVENT_FORMAT = "remediate-event-2"
"""First element of an encoded event."""

MAX_PROBLEMS = 100
"""After so many faults the walk only counts on."""

DETAILS = 12
"""Where the details stand in an encoded event."""

MERKLE_ROOT = "merkle_root"
MERKLE_LEAVES = "merkle_leaves"
"""In the details of an event that closes a batch: the Merkle Tree Hash (RFC 6962, base32) over the canonical encodings
of the batch's earlier events in order, and how many these are."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode
_quote = json.encoder.encode_basestring
_sha256 = hashlib.sha256
_BATCH = itemgetter(4)
_CLOSED = EventType.BATCH_CLOSED.value


def origin(ledger_id: str) -> bytes:
    """What the first event follows."""
    return _sha256(f"remediate-ledger-1:{ledger_id}".encode()).digest()


def encode_details(details: Mapping[str, Any]) -> str:
    """An event's details as canonical JSON. Raises ValueError or TypeError on what JSON cannot hold."""
    return _encode(dict(details)) if details else "{}"


def encode_event(seq: int, texts: Sequence[str]) -> bytes:
    """The canonical encoding: `texts` are the fields from `at` to `responsible`. Raises TypeError on other types."""
    return f'["{EVENT_FORMAT}",{seq},{",".join(map(_quote, texts))}]'.encode()


def link(previous: bytes, seq: int, texts: Sequence[str]) -> bytes:
    """The digest of an event that follows the one with digest `previous`."""
    return _sha256(previous + encode_event(seq, texts)).digest()


Encoded = tuple[int, bytes, bytes, bytes, str, str]
"""seq, canonical encoding, digest of the event before, digest, batch, type: as they stand in the database."""


@dataclass(slots=True)
class ChainWalk:
    """A pass over the whole chain; `digests` keeps those at the places that checkpoints name.

    As long as nothing is at fault, the Merkle root in each event that closes a batch is compared with that of the
    batch's events.
    """

    running: bytes
    watched: frozenset[int] = frozenset()
    events: int = 0
    last_seq: int = 0
    problems: list[ChainProblem] = field(default_factory=list)
    digests: dict[int, bytes] = field(default_factory=dict)
    _trees: defaultdict[str, Tree] = field(default_factory=lambda: defaultdict(Tree))

    def advance(self, rows: Sequence[Encoded]) -> bool:
        """Follow rows that are all in order; where one is not, nothing moves and the answer is False."""
        seq, running = self.last_seq, self.running
        found: dict[int, bytes] = {}
        for number, encoded, previous, digest, _, _ in rows:
            seq += 1
            if number != seq or previous != running or _sha256(running + encoded).digest() != digest:
                return False
            running = digest
            if seq in self.watched:
                found[seq] = digest
        self.events += len(rows)
        self.last_seq, self.running = seq, running
        self.digests.update(found)
        if not self.problems:
            self._grow(rows)
        return True

    def _grow(self, rows: Sequence[Encoded]) -> None:
        """Add the events of batches to their trees."""
        for batch, part in groupby(rows, _BATCH):
            if not batch:
                continue
            entries: list[bytes] = []
            for row in part:
                if row[5] != _CLOSED:
                    entries.append(row[1])
                    continue
                tree = self._trees.pop(batch, Tree())
                tree.extend(entries)
                entries = []
                if not root_fits(row[1], tree):
                    self._note(row[0], ChainFault.MERKLE_ROOT)
            self._trees[batch].extend(entries)

    @property
    def has_enough(self) -> bool:
        """Whether so many faults were found that looking for more would tell nobody anything."""
        return len(self.problems) >= MAX_PROBLEMS

    def count_on(self, rows: Sequence[Encoded]) -> None:
        """Follow rows without judging them."""
        for seq, _, _, digest, _, _ in rows:
            self._step(seq, digest)

    def stumble(self, row: Encoded) -> None:
        """Follow one row that may be at fault; the stored digest leads on, so that one fault is told once."""
        seq, encoded, previous, digest, _, _ = row
        if seq != self.last_seq + 1:
            self._note(seq, ChainFault.EVENT_MISSING)
        elif previous != self.running:
            self._note(seq, ChainFault.LINK_BROKEN)
        elif _sha256(previous + encoded).digest() != digest:
            self._note(seq, ChainFault.CONTENT_CHANGED)
        elif not self.problems:
            self._grow((row,))
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
        if not self.has_enough:
            self.problems.append(problem(seq, fault))


def root_fits(closing: bytes, tree: Tree) -> bool:
    """Whether the event that closed a batch holds the root of that tree; one of an older release holds none."""
    details = json.loads(json.loads(closing)[DETAILS])
    if MERKLE_ROOT not in details:
        return True
    return bool(details[MERKLE_ROOT] == base32(tree.root()) and details[MERKLE_LEAVES] == tree.size)
