"""`plan` and `approve`: the dry run that a person reads, and the name of the person who stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from remediate.cli.arguments import read_plan, refuse_numbers
from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import Output, percent
from remediate.cli.wiring import Session, account, now, processors, session
from remediate.errors import ExitCode
from remediate.hl7_output.file import write_messages
from remediate.report.plan_files import PlanFiles
from remediate.workflow.approval import approve as approve_plan
from remediate.workflow.approval import missing_approvals
from remediate.workflow.messages import (
    FILE,
    keep_output,
    output_of,
    sentence_of_output,
    undecided_patients,
    updates_of,
)
from remediate.workflow.plan import Planner
from remediate.workflow.plan_document import PlanDocument
from remediate.workflow.reading_back import sentence_of, strength
from remediate.workflow.reasons import sentence


@click.command()
@common_options
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when something is planned, 0 when nothing is.")
@click.option("--out", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder for the plan's files.")
@pass_state
def plan(state: State, detailed_exitcode: bool, folder: Path | None) -> int:
    """The dry run: decide every surveyed study and write plan.json, plan.csv, review.csv and plan.html."""
    out = state.output
    with session(state, exclusive=True) as work:
        plan_id = work.ledger.next_plan_id()
        where = (folder or work.config.path(work.config.report.folder) / plan_id).resolve()
        output = output_of(work.config)
        planner = _planner(work, output)
        with PlanFiles(where, language=out.language, hospital=work.config.report.hospital) as files:
            draft = planner.make(now=now(), actor=account(), plan_id=plan_id, sheets=files)
            document = draft.document
            files.finish(document)
        keep_output(work.ledger, plan_id, output, now=document.created_at, actor=document.created_by)
        planner.keep(draft, str(where / "plan.json"))
        _write_messages(work, out, document, where)
    tell_plan(out, document, where)
    counts = document.counts()
    out.answer(
        {
            "plan": document.plan_id,
            "digest": document.digest,
            "path": str(where / "plan.json"),
            "counts": counts,
            "reasons": document.reasons(),
            "coverage": document.coverage(),
            "nights": document.nights,
        }
    )
    return ExitCode.CHANGES if detailed_exitcode and counts["planned"] else ExitCode.DONE


def _planner(work: Session, output: Mapping[str, str]) -> Planner:
    planner = Planner(ledger=work.ledger, judge=work.judge, config=work.config, processes=processors())
    if not output:
        return planner
    undecided = undecided_patients(work.ledger, work.judge, work.config.epd.default_issuer)
    return replace(planner, output=output, item_of=replace(work.messages, undecided=undecided).item)


def _write_messages(work: Session, out: Output, document: PlanDocument, folder: Path) -> None:
    """Where messages go, and the messages themselves where nobody else makes them."""
    output = document.parameters.get("output")
    if not output:
        return
    out.say(sentence_of_output(output).in_(out.language))
    if not work.config.hl7_output.host:
        updates = updates_of(work.ledger, work.judge, work.messages, document.plan_id)
        number = write_messages(folder / FILE, updates, work.config.hl7_output, at=document.created_at)
        out.say(f"Messages: {folder / FILE} ({number}; it holds BSNs)")


def tell_plan(out: Output, document: PlanDocument, folder: Path) -> None:
    """Counts, reasons, coverage and files of a plan, for people."""
    counts = document.counts()
    out.say(f"{document.plan_id}: {document.tally.studies} studies")
    out.table(counts.items())
    for state, reasons in document.reasons_by_state().items():
        out.say(f"Why {state.value}:")
        out.table((number, code, sentence(code, out.language)) for code, number in reasons.items())
    coverage = document.coverage()
    if coverage["before"] is None or coverage["after"] is None:
        out.say("Coverage: no study counts, all are exceptions.")
    else:
        now_, after = percent(coverage["before"]), percent(coverage["after"])
        out.say(f"Coverage now {now_}, after execution {after} (target above 95 %).")
    if counts["planned"]:
        out.say(f"Estimated nights: {document.nights}")
    if strength(document.parameters) < strength({}):
        out.say(f"Verification after storing: {sentence_of(document.parameters).in_(out.language)}.")
    out.say(f"Page:   {folder / 'plan.html'}")
    out.say(f"Plan:   {folder / 'plan.json'}")
    if counts["planned"]:
        out.next_step(f"read the page, then: remediate approve {folder / 'plan.json'} --by NAME")
    elif counts["review"]:
        out.next_step(f"nothing to execute; {counts['review']} studies wait for a person: {folder / 'review.csv'}")


@click.command()
@common_options
@click.argument("plan_path", metavar="PLAN")
@click.option("--by", "person", required=True, help="Who approves: your name.")
@pass_state
def approve(state: State, plan_path: str, person: str) -> None:
    """Put a person's name under exactly this plan; a changed plan needs a new approval."""
    out = state.output
    refuse_numbers(person)
    with session(state, exclusive=False) as work:
        document = read_plan(plan_path, work.ledger)
        head = approve_plan(work.ledger, document, person=person.strip(), now=now())
        missing = missing_approvals(head, work.config.approval)
    out.say(f"{head.plan_id} approved by {person.strip()}: {head.planned} studies, digest {head.digest}.")
    if strength(document.parameters) < strength({}):
        out.say(f"With this also: {sentence_of(document.parameters).in_(out.language)}.")
    if missing:
        out.say(missing)
        out.next_step(f"another person: remediate approve {plan_path} --by NAME")
    else:
        out.next_step(f"remediate execute {plan_path}")
    out.answer(
        {
            "plan": head.plan_id,
            "digest": head.digest,
            "approvals": [{"by": name, "at": at.isoformat(timespec="seconds")} for name, at in head.approvals],
            "may_execute": not missing,
        }
    )


COMMANDS = (plan, approve)
