"""`report`: what one batch did, as a page to read in the morning, to print and to keep."""

from __future__ import annotations

from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import studies
from remediate.cli.wiring import session
from remediate.digests import base32
from remediate.errors import LedgerError, UsageError
from remediate.ledger.chain import MERKLE_LEAVES, MERKLE_ROOT
from remediate.records.ledger import BatchRow, EventType, LedgerEvent, NewEvent
from remediate.records.states import State
from remediate.report.batch_figures import BatchFigures, figures_of
from remediate.report.batch_page import BatchPage, BatchProofText, page
from remediate.report.leak_scan import numbers_in
from remediate.report.measure.files import write_file
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now


@click.command()
@common_options
@click.option("--batch", "batch_id", default="", help="Which batch.  [default: the newest that did something]")
@click.option(
    "--out", "path", type=click.Path(dir_okay=False, path_type=Path), help="File.  [default: in report.folder]"
)
@pass_state
def report(state: CommandState, batch_id: str, path: Path | None) -> None:
    """Write one batch as a self-contained HTML page: outcomes, exceptions, throughput, people, proof."""
    out = state.output
    with session(state, exclusive=False) as work:
        batch = _batch(work, batch_id)
        figures, made = _page(work, batch, out.language)
        target = path or work.config.path(work.config.report.folder) / f"{batch.batch_id}.html"
        if next(numbers_in(made.encode()), None) is not None:
            raise LedgerError(
                Sentence(
                    "The page would hold a number that may be a BSN. It was not written.",
                    "De pagina zou een nummer bevatten dat een BSN kan zijn. Zij is niet geschreven.",
                )
            )
        work.ledger.record(_reported(work, batch))
        write_file(target, made.encode("utf-8", "replace"))
    ended, number = studies(len(figures.ended)), len(figures.exceptions)
    out.say(
        Sentence(
            f"{batch.batch_id}: {ended.en}, {number} to look at.",
            f"{batch.batch_id}: {ended.nl}, {number} om te bekijken.",
        )
    )
    out.say(Sentence(f"Page: {target}", f"Pagina: {target}"))
    out.answer(
        {
            "batch": batch.batch_id,
            "plan": batch.plan_id,
            "path": str(target),
            "outcomes": {state.value: number for state, number in sorted(figures.outcomes.items())},
            "exceptions": len(figures.exceptions),
        }
    )


def _batch(work: Session, batch_id: str) -> BatchRow:
    batches = work.ledger.batches()
    if not batches:
        raise UsageError(
            Sentence("There is no batch yet.", "Er is nog geen batch."),
            advice=Sentence("`remediate execute` makes one.", "`remediate execute` maakt er een."),
        )
    if not batch_id:
        return next((batch for batch in batches if _did_something(batch)), batches[0])
    found = next((batch for batch in batches if batch_id == batch.batch_id), None)
    if found is None:
        raise UsageError(
            Sentence(f"This ledger has no batch {batch_id}.", f"Dit logboek heeft geen batch {batch_id}."),
            advice=Sentence("`remediate status` names the newest.", "`remediate status` noemt de nieuwste."),
        )
    return found


def _did_something(batch: BatchRow) -> bool:
    """Whether it finished a study, or has not ended so far."""
    return batch.closed_at is None or any(batch.counts.get(state.value) for state in State)


def _page(work: Session, batch: BatchRow, language: Language) -> tuple[BatchFigures, str]:
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
    )
    return figures, page(shown, language)


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


def _reported(work: Session, batch: BatchRow) -> NewEvent:
    details = {"what": "batch report", "of_batch": batch.batch_id}
    return NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details)


COMMANDS = (report,)
