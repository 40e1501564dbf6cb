"""One batch as a page: what it did, who stands for it, and its proof."""

from __future__ import annotations

from collections import Counter

from remediate.digests import base32
from remediate.errors import LedgerError
from remediate.ledger.proof.chain import MERKLE_LEAVES, MERKLE_ROOT
from remediate.night.in_hand import in_hand
from remediate.records.ledger import BatchRow, EventType, LedgerEvent, NewEvent
from remediate.report.batch_figures import BatchFigures, figures_of
from remediate.report.batch_page import BatchInHand, BatchPage, BatchProofText, page
from remediate.texts.language import Language, Sentence
from remediate.wiring import Machine, Session, now


def batch_page_of(work: Session, batch: BatchRow, language: Language) -> tuple[BatchFigures, str]:
    plan = work.ledger.plan(batch.plan_id)
    if plan is None:
        raise LedgerError(
            Sentence(
                f"The plan of {batch.batch_id} is not in the ledger.",
                f"Het plan van {batch.batch_id} staat niet in het logboek.",
            )
        )
    zone = work.config.execute.window.zone
    figures = figures_of(batch, work.ledger.events(batch=batch.batch_id), zone)
    opened = next(work.ledger.events(batch=batch.batch_id, type_=EventType.BATCH_OPENED))
    closing = next(work.ledger.events(batch=batch.batch_id, type_=EventType.BATCH_CLOSED), None)
    looks = work.ledger.copy_looks([item.study for item in figures.ended]) if figures.ended else []
    shown = BatchPage(
        figures=figures,
        plan=plan,
        ledger_id=work.ledger.ledger_id,
        public_key=base32(work.keys.public_key),
        account=opened.system_account,
        software=opened.software,
        config_digest=opened.config_digest,
        hospital=work.config.report.hospital,
        made_at=now(),
        zone=zone,
        proof=_proof(work, closing) if closing is not None else None,
        copies=dict(sorted(Counter((look.copy, look.state) for look in looks).items())),
        in_hand=_in_hand(work, batch) if batch.closed_at is None else (),
    )
    return figures, page(shown, language)


def _in_hand(work: Session, batch: BatchRow) -> tuple[BatchInHand, ...]:
    return tuple(
        BatchInHand(who=one.who, studies=one.patient.studies, since=one.patient.since, told=one.told)
        for one in in_hand(work.ledger, work.ledger, Machine(work.config))
        if one.batch_id == batch.batch_id
    )


def _proof(work: Session, closing: LedgerEvent) -> BatchProofText | None:
    details = closing.event.details
    signed = next((item for item in work.ledger.checkpoints() if item.events == closing.seq), None)
    if signed is None or MERKLE_ROOT not in details:
        return None
    return BatchProofText(
        leaves=int(details[MERKLE_LEAVES] or 0),
        root=str(details[MERKLE_ROOT]),
        head=closing.digest,
        checkpoint=signed.text,
    )


def batch_looked_at(work: Session, batch: BatchRow) -> NewEvent:
    details = {"what": "batch report", "of_batch": batch.batch_id}
    return NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details)
