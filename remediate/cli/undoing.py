"""`rollback`: a plan in reverse, previewed, approved, executed, verified and logged like any other."""

from __future__ import annotations

import sys

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.ledger_proof import keep_checkpoints_elsewhere
from remediate.cli.output import Output
from remediate.cli.planning import read_plan, refuse_numbers
from remediate.cli.wiring import Session, now, session
from remediate.cli.working import Limits, exit_code, run_plan, tell_batch
from remediate.errors import ExitCode, UsageError
from remediate.records.states import State as StudyState
from remediate.report.plan_files import write_plan_files
from remediate.workflow.approval import approve, missing_approvals
from remediate.workflow.plan_document import PlanDocument
from remediate.workflow.probing import archive_name, require_fitting_probe
from remediate.workflow.rollback import RollbackPlanner, require_stored


@click.command()
@common_options
@click.argument("plan_path", metavar="[PLAN]", required=False)
@click.option("--batch", "batch_id", default="", help="Everything that one batch verified.")
@click.option("--study", default="", help="One Study Instance UID.")
@click.option("--by", "person", required=True, help="Who asks for it and approves it.")
@click.option("--why", required=True, help="Why; kept in the ledger. No patient data.")
@click.option("--preview", is_flag=True, help="Make the plan and show it; execute nothing.")
@click.option("--yes", is_flag=True, help="Do not ask on the terminal.")
@pass_state
def rollback(
    state: State, plan_path: str | None, batch_id: str, study: str, person: str, why: str, preview: bool, yes: bool
) -> int:
    """Undo verified corrections byte for byte; studies that were changed since are left out.

    Of a plan or batch that was a roll-back itself the corrections come back.
    """
    out = state.output
    refuse_numbers(person, why)
    if sum(map(bool, (plan_path, batch_id, study))) != 1:
        raise UsageError("Name one of: a plan, --batch ID, --study UID.")
    with session(state, exclusive=True) as work:
        studies, again = _studies(work, plan_path, batch_id, study)
        if not again:
            require_stored(work.ledger, studies)
        require_fitting_probe(work.ledger, work.config, now=now())
        document = _document(work, studies, person, why, again=again)
        _preview(out, document)
        if preview:
            out.next_step(f"remediate approve {document.plan_id} --by NAME, then: remediate execute {document.plan_id}")
            return _answer(out, document, instances=0, restored=0)
        if not (yes or out.as_json) and sys.stdin.isatty():
            click.confirm("Restore these studies now?", abort=True)
        approve(work.ledger, document, person=person, now=now())
        head = work.ledger.plan(document.plan_id)
        missing = missing_approvals(head, work.config.approval) if head else ""
        if missing:
            out.say(missing)
            out.next_step(f"remediate approve {document.plan_id} --by NAME, then: remediate execute {document.plan_id}")
            _answer(out, document, instances=0, restored=0)
            return ExitCode.CHANGES
        result = run_plan(work, out, document.plan_id, Limits(ignore_window=True))
        keep_checkpoints_elsewhere(work, out)
    tell_batch(out, result)
    restored = sum(result.outcomes.get(state.value, 0) for state in (StudyState.ROLLED_BACK, StudyState.VERIFIED))
    _answer(out, document, instances=result.instances, restored=restored)
    return exit_code(result)


def _studies(work: Session, plan_path: str | None, batch_id: str, study: str) -> tuple[list[str], bool]:
    """Which studies are meant, and whether a roll-back of theirs is to be undone: that has to be named as such."""
    if study:
        return [study], False
    plan_id = "" if batch_id else read_plan(plan_path or "", work.ledger).plan_id
    undone = work.ledger.undone_in(batch_id=batch_id, plan_id=plan_id)
    if undone:
        return list(undone), True
    return list(work.ledger.verified_in(batch_id=batch_id, plan_id=plan_id)), False


def _document(work: Session, studies: list[str], person: str, why: str, *, again: bool) -> PlanDocument:
    plan_id = work.ledger.next_plan_id()
    folder = work.config.path(work.config.report.folder) / plan_id
    planner = RollbackPlanner(ledger=work.ledger, archive_name=archive_name(work.config), again=again)
    document = planner.make(studies, plan_id=plan_id, now=now(), actor=person, why=why)
    write_plan_files(document, folder, language=work.config.report.language, hospital=work.config.report.hospital)
    planner.keep(document, str(folder / "plan.json"))
    return document


def _preview(out: Output, document: PlanDocument) -> None:
    out.say(f"{document.plan_id} (rollback): {len(document.items)} studies, digest {document.digest}")
    for item in document.items[:20]:
        out.say(f"  {item.study_instance_uid}: {item.instances} objects; {'; '.join(item.corrections)}")
    if len(document.items) > 20:
        out.say(f"  ... and {len(document.items) - 20} more")


def _answer(out: Output, document: PlanDocument, *, instances: int, restored: int) -> int:
    out.answer({"plan": document.plan_id, "studies": len(document.items), "instances": instances, "restored": restored})
    return ExitCode.DONE


COMMANDS = (rollback,)
