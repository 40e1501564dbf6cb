"""`report`: what one batch did, as a page to read in the morning, to print and to keep."""

from __future__ import annotations

from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import studies
from remediate.cli.wiring import session
from remediate.errors import LedgerError, UsageError
from remediate.faces.batch import batch_looked_at, batch_page_of
from remediate.records.ledger import BatchRow
from remediate.records.states import State
from remediate.report.leak_scan import numbers_in
from remediate.report.measure.files import write_file
from remediate.texts.language import Sentence
from remediate.wiring import Session


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
        figures, made = batch_page_of(work, batch, out.language)
        target = path or work.config.path(work.config.report.folder) / f"{batch.batch_id}.html"
        if next(numbers_in(made.encode()), None) is not None:
            raise LedgerError(
                Sentence(
                    "The page would hold a number that may be a BSN. It was not written.",
                    "De pagina zou een nummer bevatten dat een BSN kan zijn. Zij is niet geschreven.",
                )
            )
        work.ledger.record(batch_looked_at(work, batch))
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


COMMANDS = (report,)
