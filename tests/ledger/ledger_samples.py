"""Values and helpers for the ledger's tests: studies, plans, events of a night. BSNs are from the test range."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import bindparam, inspect, select, text

from remediate.errors import LedgerError
from remediate.header.correction import Correction, ElementChange
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place, Source, Strength, StudyEvidence
from remediate.ledger.database import Database
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.left_to_do import REVERSIBLE
from remediate.ledger.tables.schema import plan_left
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import (
    BatchRow,
    Claim,
    Decided,
    EventType,
    IntentObject,
    NewEvent,
    PlanItem,
    PlanKind,
    PlanRow,
)
from remediate.records.states import State

NOW = datetime(2026, 11, 23, 22, 15, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
LEASE = timedelta(minutes=5)
TEST_BSN = "999911120"
NAME = "Vries^Jan de"
BIRTH_DATE = "19700213"
WHO = {"system_account": "remediate", "software": "remediate 0.1.0", "config_digest": "c" * 52}


def make_keys() -> Keys:
    """Keys that are the same in every test run; those of the first release had no vault key."""
    return Keys(master=bytes(range(32)), signing=bytes(range(32, 64)), vault=bytes(range(64, 96)))


def new_ledger(database: Database, keys: Keys) -> SqlLedger:
    """An empty ledger."""
    return SqlLedger.create(database, keys, now=NOW, **WHO)


def open_ledger(database: Database, keys: Keys) -> SqlLedger:
    """A ledger that exists."""
    return SqlLedger.open(database, keys, **WHO)


def event(type_: EventType = EventType.STATE, *, at: datetime = NOW, **fields: object) -> NewEvent:
    """An event with as little as possible."""
    return NewEvent(type=type_, at=at, **fields)  # type: ignore[arg-type]


def night(number: int, *, first: int = 0) -> list[NewEvent]:
    """Events as a night makes them, each a little different; of studies that no table knows, so they move none."""
    return [
        NewEvent(
            type=EventType.VERIFY if index % 3 else EventType.RETRIEVED,
            at=NOW.astimezone(UTC) + timedelta(seconds=index),
            study=f"1.2.826.0.1.3680043.8.498.{index}",
            patient=f"pseudonym{index // 3}",
            batch="batch-0001",
            plan="plan-0001",
            reason="read-back",
            details={
                "instances": index,
                "bytes": index * 524_288,
                "note": 'é "quoted" \\ €',
                "share": 0.5,
                "odd": None,
            },
        )
        for index in range(first, first + number)
    ]


def uid(number: int) -> str:
    """A Study Instance UID; sorted as its number."""
    return f"1.2.826.0.1.3680043.8.498.{number:06d}"


def header(patient_id: str = "H1000001", **fields: object) -> Evidence:
    """Evidence with a claim, a problem and a flag."""
    claims = (
        BsnClaim(
            place=Place.OTHER_PATIENT_IDS, path="(0010,1000)[0]", strength=Strength.CANDIDATE, value=Bsn(TEST_BSN)
        ),
        BsnClaim(place=Place.COMMENTS, path="(0010,4000)", strength=Strength.EXPLICIT, value=BsnProblem.ELEVEN_TEST),
    )
    values: dict[str, object] = {
        "patient_id": patient_id,
        "issuer": "HOSPITAL",
        "patient_name": NAME,
        "birth_date": BIRTH_DATE,
        "sex": "M",
        "claims": claims,
        "flags": frozenset({Flag.ENCAPSULATED_DOCUMENT}),
    }
    return Evidence(**(values | fields))  # type: ignore[arg-type]


def found(number: int, *, patient_id: str = "", **fields: object) -> FoundStudy:
    """A study as the archive's index tells; two studies to a patient."""
    values: dict[str, object] = {
        "study_instance_uid": uid(number),
        "study_date": "20190304",
        "modalities": ("CT", "SR"),
        "institution_name": "Ziekenhuis",
        "station_name": "CT1",
        "referring_department": "RAD",
        "accession_number": f"A{number}",
        "instances": 3,
        "evidence": header(patient_id or f"H{1_000_000 + number // 2}"),
    }
    return FoundStudy(**(values | fields))  # type: ignore[arg-type]


def probed(number: int, source: Source = Source.PROBE, **fields: object) -> StudyEvidence:
    """Stronger evidence of the same study."""
    values: dict[str, object] = {"patient_id": f"H{1_000_000 + number // 2}"} | fields
    headers = (header(**values),)  # type: ignore[arg-type]
    return StudyEvidence(study_instance_uid=uid(number), study_date="20190304", source=source, headers=headers)


def item(number: int, state: State = State.PLANNED, **fields: object) -> PlanItem:
    """One line of a plan."""
    values: dict[str, object] = {
        "study_instance_uid": uid(number),
        "patient_id": f"H{1_000_000 + number // 2}",
        "issuer": "HOSPITAL",
        "epd_patient_id": "E1",
        "state": state,
        "proofs": ("bsn-valid", "sex-equal"),
        "corrections": ("add (0010,1002)",),
        "bsn_masked": "******120",
        "fingerprint": "f" * 26,
        "instances": 3,
    }
    return PlanItem(**(values | fields))  # type: ignore[arg-type]


def plan_head(plan_id: str, planned: int, kind: PlanKind = PlanKind.CORRECT) -> PlanRow:
    """A plan's head."""
    return PlanRow(
        plan_id=plan_id,
        kind=kind,
        digest="d" * 52,
        path="plan.json",
        created_at=NOW,
        created_by="Planner",
        planned=planned,
    )


def planned_ledger(ledger: SqlLedger, studies: int) -> str:
    """Survey and plan so many studies; answers the plan."""
    ledger.save_found([found(number) for number in range(studies)], now=NOW)
    return make_plan(ledger, [item(number) for number in range(studies)])


def make_plan(ledger: SqlLedger, items: Sequence[PlanItem], kind: PlanKind = PlanKind.CORRECT) -> str:
    """Keep a plan over the items, with its decisions."""
    plan_id = ledger.next_plan_id()
    planned = sum(1 for each in items if each.state is State.PLANNED)
    head, made = plan_head(plan_id, planned, kind), event(EventType.PLANNED, plan=plan_id, actor="Planner")
    if kind is PlanKind.CORRECT:
        ledger.begin_decisions(head.plan_id, "")
        ledger.keep_plan(head, [decided(each) for each in items], made)
    else:
        ledger.save_plan(head, items, made)
    return plan_id


def decided(item: PlanItem) -> Decided:
    """What a plan with this line makes of its study."""
    first = item.reasons[0] if item.reasons else ""
    return Decided(item.study_instance_uid, item.state, first, item.fingerprint)


def start_batch(ledger: SqlLedger, plan_id: str, *, at: datetime = NOW) -> BatchRow:
    """Open a batch."""
    return ledger.open_batch(plan_id, event(EventType.BATCH_OPENED, at=at, plan=plan_id))


def take_claim(ledger: SqlLedger, batch: BatchRow, *, at: datetime = NOW, owner: str = "worker") -> Claim:
    """A claim that must be there."""
    claim = next_claim(ledger, batch.batch_id, owner, at=at)
    assert claim is not None
    return claim


def next_claim(ledger: SqlLedger, batch_id: str, owner: str = "worker", *, at: datetime = NOW) -> Claim | None:
    """One patient's studies; None when nothing is free."""
    return next(iter(ledger.claim(batch_id, owner, LEASE, now=at)), None)


def intent_objects(study: str, number: int = 2) -> list[IntentObject]:
    """Objects with the old and new bytes of an element."""
    return [
        IntentObject(
            sop_instance_uid=f"{study}.1.{index}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            before_sha256=f"{index:064x}",
            intended_sha256=f"{index + 1:064x}",
            correction=Correction(
                transfer_syntax_uid="1.2.840.10008.1.2.1",
                changes=(
                    ElementChange(tag=0x00101000, before=b"\x10\x00\x00\x10LO\x0a\x00" + TEST_BSN.encode(), after=b""),
                ),
            ),
        )
        for index in range(number)
    ]


def work_event(claim: Claim, type_: EventType, *, at: datetime = NOW, reason: str = "") -> NewEvent:
    """An event of a study at work."""
    return event(type_, at=at, batch=claim.batch_id, plan=claim.plan_id, reason=reason)


def begin(ledger: SqlLedger, claim: Claim, study: str, *, at: datetime = NOW) -> int:
    """Write the intent on one study; answers its number."""
    intent = ledger.write_intent(
        claim, study, intent_objects(study), "original", work_event(claim, EventType.INTENT, at=at)
    )
    return intent.intent_id


def move(ledger: SqlLedger, claim: Claim, study: str, *states: State) -> None:
    """Move a study through states, one event each."""
    for state in states:
        ledger.move(study, state, work_event(claim, EventType.STATE, reason=f"to-{state.value}"))


def assert_left_is_exact(database: Database) -> dict[str, tuple[int, int]]:
    """That each kept count of what is left is what a count over all studies finds; answers the kept ones."""
    counted = text(
        "SELECT count(*), coalesce(sum(coalesce(i.instances, 1)), 0) FROM plan_items i JOIN studies s"
        " ON s.study_instance_uid = i.study_instance_uid JOIN plans p ON p.plan_id = i.plan_id"
        " WHERE i.plan_id = :plan AND i.state IN ('planned', 'intent', 'stored', 'failed') AND (s.state IN"
        " ('planned', 'intent', 'stored', 'failed') OR (p.kind = 'rollback' AND s.state IN :reversible))"
    ).bindparams(bindparam("reversible", [state.value for state in REVERSIBLE], expanding=True))
    with suppress(LedgerError), database.read() as connection:
        if not inspect(connection).has_table(plan_left.name):
            return {}
        kept = {row.plan_id: (row.studies, row.objects) for row in connection.execute(select(plan_left))}
        for plan, left in kept.items():
            assert tuple(map(int, connection.execute(counted, {"plan": plan}).one())) == left, plan
        return kept
    return {}  # a test made it unreadable
