"""Keeps what plans decided about headers for as long as all on which it rests is the same; decides nothing itself.

A decision rests on its headers, which have one key for ever; on settings and program, of which one digest stands in the
head; and on what the EPD answered. Of that the keys are kept under which was asked: of whatever changes in the
registry, `epd/` notes the keys under which it is found, before and after. Where the two meet, the decision is dropped.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select

from remediate.digests import sha256_of_value
from remediate.errors import LedgerError
from remediate.identity.evidence import Evidence
from remediate.ledger.events import PAGE
from remediate.ledger.fast_sql import decisions_page, insert_or_keep, insert_rows, plan_page, put, select_in
from remediate.ledger.headers import headers_of_patients
from remediate.ledger.keys import Keys
from remediate.ledger.patients import CHUNK
from remediate.ledger.store import Room
from remediate.ledger.tables.decision import decision_head, decision_kinds, decisions
from remediate.ledger.tables.registry import epd_changed_keys, epd_registry
from remediate.ledger.tables.study import headers
from remediate.records.ledger import HeadersDecided, StudyFacts
from remediate.records.states import State
from remediate.texts.language import Sentence

_KIND, _OWN, _DIGEST = "decision-kind", "decision", "decision-kind-digest"
_STATES = {state.value: state for state in State}
_KINDS = "SELECT digest, kind_id FROM decision_kinds"
_WORTH_FOLLOWING = 1_000_000
"""Changed keys up to which single decisions are dropped; after more all are made anew."""

_MOST_KINDS = 100_000
"""Kinds of decisions that are kept in memory at once."""


class DecisionRoom(Room):
    """Port `DecisionStore`."""

    def begin_decisions(self, plan_id: str, rests_on: str) -> int:
        """From now on this plan judges. Decisions that may be others now are dropped; answers how many headers are to
        be judged.

        `rests_on` is a digest of settings and program. What the EPD is asked later may be newer than what is noted
        here: then it is only judged once more by the next plan.
        """
        with self._database.begin() as connection:
            registry = connection.execute(select(epd_registry).with_for_update()).first()
            told = [] if registry is None else [registry.rule, registry.default_issuer, registry.rival_keys]
            ours = sha256_of_value([rests_on, *told])
            head = connection.execute(
                select(decision_head).with_for_update()
            ).first()  # nobody adds a decision meanwhile
            changed = connection.execute(select(func.count()).select_from(epd_changed_keys)).scalar_one()
            if head is None or head.rests_on != ours or changed > _WORTH_FOLLOWING:
                connection.execute(delete(decisions))
                connection.execute(delete(decision_kinds))
            elif changed:
                _drop(connection, frozenset(connection.execute(select(epd_changed_keys)).scalars()))
                used = select(decisions.c.kind_id)
                connection.execute(delete(decision_kinds).where(decision_kinds.c.kind_id.not_in(used)))
            connection.execute(delete(epd_changed_keys))
            revision = 0 if registry is None else registry.revision
            put(connection, decision_head, {"id": 1}, {"rests_on": ours, "revision": revision, "plan_id": plan_id})
            every, decided = (
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (headers, decisions)
            )
        return every - decided

    def headers_to_judge(self, part: int, parts: int) -> Iterator[list[tuple[int, tuple[Evidence, ...]]]]:
        """One of `parts` equal shares of the headers of which no decision is kept, those of a patient together, a page
        at a time."""
        return headers_of_patients(self._database, self._keys, part, parts, undecided=True)

    def keep_decisions(self, plan_id: str, decided: Sequence[HeadersDecided]) -> None:
        """Keep what the plan decided. Raises `LedgerError` when another one began since."""
        if not decided:
            return
        with self._database.begin() as connection:
            rests_on = require_judging(connection, plan_id)
            digests = {text: self._keys.digest(_DIGEST, text.encode()) for text in {each.shared for each in decided}}
            kinds = self._kinds(connection, digests)
            rows: list[tuple[object, ...]] = []
            for each in decided:
                digest, asked = digests[each.shared], array("q", each.asked).tobytes()
                told = (each.headers_id, kinds[digest], each.state.value, each.reason, each.fingerprint, asked)
                sealed = self._keys.seal(_OWN, each.own.encode(), _place(rests_on, digest, told))
                rows.append((*told, sealed))
            insert_rows(connection, decisions, rows)

    def _kinds(self, connection: Connection, digests: dict[str, str]) -> dict[str, int]:
        """The keys of kinds by digest, added where they are new."""
        wanted = list(digests.values())
        known = _known_kinds(connection, wanted)
        rows = [
            (digest, self._keys.seal(_KIND, text.encode(), digest.encode()))
            for text, digest in digests.items()
            if digest not in known
        ]
        if rows:
            insert_or_keep(connection, decision_kinds, ("digest", "content"), rows)
            known |= _known_kinds(connection, wanted)
        return known

    def decided_inventory(self) -> Iterator[list[tuple[StudyFacts, HeadersDecided | None]]]:
        """Every study as a plan needs it, sorted by Study Instance UID, a page at a time, with what is decided about
        its headers. Raises `KeysError` on a decision that was changed."""
        after: str | None = None
        kinds: dict[int, tuple[str, str]] = {}
        while True:
            with self._database.read() as connection:
                rests_on = connection.execute(select(decision_head.c.rests_on)).scalar()
                rows = plan_page(connection, after, PAGE, decided=True)
                if len(kinds) > _MOST_KINDS:
                    kinds.clear()
                _read_kinds(connection, self._keys, {row[7] for row in rows if row[7] is not None}, kinds)
            yield [
                (
                    StudyFacts(uid, _STATES[state], *told),
                    None if decided[0] is None else self._opened(rests_on or "", told[3], decided, kinds),
                )
                for row in rows
                for (uid, state, *told), decided in ((row[:7], row[7:]),)
            ]
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def _opened(
        self, rests_on: str, headers_id: int, row: Sequence[Any], kinds: dict[int, tuple[str, str]]
    ) -> HeadersDecided:
        kind_id, state, reason, fingerprint, asked, content = row
        digest, shared = kinds[kind_id]
        place = _place(rests_on, digest, (headers_id, kind_id, state, reason, fingerprint, asked))
        own = self._keys.unseal(_OWN, content, place).decode()
        return HeadersDecided(headers_id, _STATES[state], reason, fingerprint, shared, own)


def require_judging(connection: Connection, plan_id: str) -> str:
    """On what the decisions rest that this plan makes. Raises `LedgerError` when another one began since, or the EPD is
    read under other settings: what was decided before may not stand beside what is decided now."""
    head = connection.execute(select(decision_head).with_for_update(read=True)).first()
    if head is None or head.plan_id != plan_id:
        raise LedgerError(
            Sentence(
                "Another plan was begun meanwhile, or the EPD is read under other settings now.",
                "Er is intussen een ander plan begonnen, of het EPD wordt nu met andere instellingen gelezen.",
            ),
            advice=Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit."),
        )
    return str(head.rests_on)


def are_kept(connection: Connection) -> bool:
    """Whether decisions are kept, so that changes in the registry have to be noted."""
    return connection.execute(select(decision_head.c.id)).first() is not None


def note_changed(connection: Connection, keys: Collection[int]) -> None:
    """What the EPD answers under these keys may be another answer from now on."""
    if keys:
        insert_or_keep(connection, epd_changed_keys, ("changed_key",), [(key,) for key in sorted(keys)])


def forget_all(connection: Connection) -> None:
    """Let no decision be used again, and none that is being made."""
    connection.execute(delete(decision_head))


def _drop(connection: Connection, changed: frozenset[int]) -> None:
    """Drop the decisions for which the EPD was asked under one of these keys."""
    after = -1
    while rows := decisions_page(connection, after, PAGE):
        met = [key for key, asked in rows if not changed.isdisjoint(array("q", asked))]
        for start in range(0, len(met), CHUNK):
            connection.execute(delete(decisions).where(decisions.c.headers_id.in_(met[start : start + CHUNK])))
        after = rows[-1][0]


def _known_kinds(connection: Connection, digests: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(digests), CHUNK):
        found.update(select_in(connection, _KINDS, "digest", digests[start : start + CHUNK]))
    return found


def _read_kinds(connection: Connection, keys: Keys, ids: set[int], known: dict[int, tuple[str, str]]) -> None:
    """Add the digest and content of those kinds that are not known."""
    wanted = sorted(ids - known.keys())
    for start in range(0, len(wanted), CHUNK):
        these = decision_kinds.c.kind_id.in_(wanted[start : start + CHUNK])
        for kind_id, digest, content in connection.execute(select(decision_kinds).where(these)):
            known[kind_id] = digest, keys.unseal(_KIND, content, digest.encode()).decode()


def _place(rests_on: str, digest: str, told: tuple[object, ...]) -> bytes:
    """What a decision is bound to: its whole row, the content of its kind, and the head."""
    *texts, asked = told
    assert isinstance(asked, bytes)
    return "\x1f".join(map(str, (rests_on, digest, *texts))).encode() + b"\x1f" + asked
