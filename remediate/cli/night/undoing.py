"""`rollback`: a plan in reverse, previewed, approved, executed, verified and logged like any other."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from remediate.cli.arguments import as_person, as_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.copies.verify import tell_copies_after
from remediate.cli.night.batch_answer import advise, exit_code, tell_batch
from remediate.cli.night.execution import conclude
from remediate.cli.night.working import Limits, run_plan
from remediate.cli.outages import UNHARMED
from remediate.cli.output import Output, objects, studies
from remediate.cli.planning import plan_pages
from remediate.cli.wiring import session
from remediate.errors import ExitCode, PlanError, UsageError
from remediate.night.execute import BatchResult
from remediate.plan.approval import approve, missing_approvals
from remediate.plan.bound_copies import bound_copies
from remediate.plan.document import PlanDocument
from remediate.plan.reading import read_plan
from remediate.plan.reverse import RollbackPlanner, require_stored
from remediate.probe.probing import archive_name, require_fitting_probe
from remediate.records.states import State as StudyState
from remediate.report.plan_files import write_plan_files
from remediate.report.plan_words import corrections_in
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now

_NOW = Sentence("Restore these studies now?", "Deze onderzoeken nu terugzetten?")


@click.command()
@common_options
@click.argument("plan_path", metavar="[PLAN]", required=False)
@click.option("--batch", "batch_id", default="", help="Everything that one batch verified.")
@click.option("--study", default="", help="One Study Instance UID.")
@click.option("--by", "person", callback=as_person, default="", help="Who asks for it and approves it.")
@click.option("--why", callback=as_reason, required=True, help="Why; kept in the ledger. No patient data.")
@click.option("--preview", is_flag=True, help="Make the plan and show it; execute nothing.")
@click.option("--yes", is_flag=True, help="Do not ask on the terminal.")
@pass_state
def rollback(
    state: CommandState,
    plan_path: str | None,
    batch_id: str,
    study: str,
    person: str,
    why: str,
    preview: bool,
    yes: bool,
) -> int:
    """Undo verified corrections byte for byte; studies that were changed since are left out.

    Of a plan or batch that was a roll-back itself the corrections come back.
    """
    out = state.output
    if sum(map(bool, (plan_path, batch_id, study))) != 1:
        raise UsageError(
            Sentence(
                "Name one of: a plan, --batch ID, --study UID.", "Noem een van: een plan, --batch ID, --study UID."
            )
        )
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        person = work.person(person)
        named, again = _studies(work, plan_path, batch_id, study)
        if not again:
            require_stored(work.ledger, work.ledger, named)
        require_fitting_probe(work.ledger, work.config, now=now())
        document, made = _document(work, named, person, why, again=again)
        _preview(out, document)
        uids = [item.study_instance_uid for item in document.items]
        if preview:
            tell_copies_after(out, work, uids, document.plan_id)
            _ask_for_approval(out, document)
            return _answer(out, document)
        if not (yes or out.as_json) and sys.stdin.isatty():
            click.confirm(_NOW.in_(out.language), abort=True)
        approve(work.ledger, document, made, person=person, now=now())
        head = work.ledger.plan(document.plan_id)
        missing = missing_approvals(head, work.config.approval) if head else None
        if missing:
            out.say(missing)
            _ask_for_approval(out, document)
            _answer(out, document)
            return ExitCode.CHANGES
        state.how_far.begun = UNHARMED
        result = run_plan(work, out, document.plan_id, Limits(ignore_window=True))
        conclude(work, out, result)
        tell_batch(out, result)
        tell_copies_after(out, work, uids, document.plan_id)
    advise(out, result, document.plan_id)
    _answer(out, document, result)
    return _exit_code(result)


def _ask_for_approval(out: Output, document: PlanDocument) -> None:
    out.next_step(
        Sentence(
            f"remediate approve {document.plan_id} --by NAME, then: remediate execute {document.plan_id}",
            f"remediate approve {document.plan_id} --by NAAM, dan: remediate execute {document.plan_id}",
        )
    )


def _exit_code(result: BatchResult) -> ExitCode:
    """What was asked for and left alone, because others changed it since, is a difference that a person must see."""
    code = exit_code(result)
    return ExitCode.CHANGES if code is ExitCode.DONE and _left_alone(result) else code


def _left_alone(result: BatchResult) -> int:
    return result.outcomes.get(StudyState.DRIFTED.value, 0)


def _studies(work: Session, plan_path: str | None, batch_id: str, study: str) -> tuple[list[str], bool]:
    """Which studies are meant, and whether a roll-back of theirs is to be undone: that has to be named as such."""
    if study:
        return [study], False
    if batch_id and all(batch.batch_id != batch_id for batch in work.ledger.batches()):
        raise PlanError(
            Sentence("The ledger knows no such batch.", "Het logboek kent die batch niet."),
            advice=Sentence("`remediate status` names the newest.", "`remediate status` noemt de nieuwste."),
        )
    plan_id = "" if batch_id else read_plan(plan_path or "", work.ledger).plan_id
    undone = work.ledger.undone_in(batch_id=batch_id, plan_id=plan_id)
    if undone:
        return list(undone), True
    return list(work.ledger.verified_in(batch_id=batch_id, plan_id=plan_id)), False


def _document(
    work: Session, studies: list[str], person: str, why: str, *, again: bool
) -> tuple[PlanDocument, Mapping[str, str]]:
    """The plan, and the digests of its files."""
    plan_id = work.ledger.next_plan_id()
    folder = work.config.path(work.config.report.folder) / plan_id
    planner = RollbackPlanner(
        plans=work.ledger,
        studies=work.ledger,
        vault=work.ledger,
        facts=work.ledger,
        archive_name=archive_name(work.config),
        again=again,
        copies=bound_copies(work.config),
    )
    document = planner.make(studies, plan_id=plan_id, now=now(), actor=person, why=why)
    files = write_plan_files(document, folder, plan_pages(work, Language(work.config.report.language)))
    planner.keep(document, str(folder / "plan.json"), files)
    return document, files


def _preview(out: Output, document: PlanDocument) -> None:
    out.say(
        f"{document.plan_id} (rollback): {studies(len(document.items)).in_(out.language)}, digest {document.digest}"
    )
    for item in document.items[:20]:
        amount = objects(item.instances or 0).in_(out.language)
        out.say(f"  {item.study_instance_uid}: {amount}; {'; '.join(corrections_in(out.language, item.corrections))}")
    if len(document.items) > 20:
        out.say(Sentence(f"  ... and {len(document.items) - 20} more", f"  ... en nog {len(document.items) - 20}"))


def _answer(out: Output, document: PlanDocument, result: BatchResult | None = None) -> int:
    done = result.outcomes if result else {}
    stopped = result.stopped_because if result else None
    out.answer(
        {
            "plan": document.plan_id,
            "studies": len(document.items),
            "instances": result.instances if result else 0,
            "restored": sum(done.get(state.value, 0) for state in (StudyState.ROLLED_BACK, StudyState.VERIFIED)),
            "left_alone": _left_alone(result) if result else 0,
            "remaining": result.remaining if result else len(document.items),
            "stopped_because": stopped.value if stopped else None,
        }
    )
    return ExitCode.DONE


COMMANDS = (rollback,)
