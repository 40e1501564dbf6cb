"""`now`: one patient's studies through survey, plan, approval and execution at once, under the same rules as any night.

For somebody who is about to be referred. The patient's number is asked for: on the command line it would stay in its
history.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from remediate.cli.arguments import as_person, as_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.ledger.patient import typed_number
from remediate.cli.night.batch_answer import advise, batch_json, exit_code, is_in_other_hands, tell_batch
from remediate.cli.night.execution import carry_out, executable, require_receiver
from remediate.cli.night.working import Limits
from remediate.cli.output import Output, studies
from remediate.cli.planning import plan_pages, planner_of, tell_decisions
from remediate.cli.wiring import session
from remediate.errors import ExitCode, LedgerBusyError, UsageError
from remediate.faces.patient import numbers_of, people_of, pseudonyms_of
from remediate.header.uids import uid_problem
from remediate.night.execute import BatchResult
from remediate.plan.approval import approve, missing_approvals
from remediate.plan.document import PlanDocument
from remediate.plan.message_corrections import keep_output, output_of
from remediate.probe.probing import require_fitting_probe
from remediate.reasons.study import PlanReason, sentence
from remediate.records.dicom import FindAnswer, StudyQuery
from remediate.records.ledger import PlanItem
from remediate.records.states import WORDS, State
from remediate.report.plan_files import write_plan_files
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now

LOOK_SECONDS = 1.0
"""Between two looks for the other person's approval."""
_WILDCARDS = frozenset("*?\\")
_TWO_PEOPLE = Sentence("That number leads to more than one patient.", "Dat nummer leidt naar meer dan één patiënt.")
_WHOSE = Sentence(
    "Name the patient by --study, or say with --issuer whose hospital number it is.",
    "Noem de patiënt met --study, of zeg met --issuer van wie het ziekenhuisnummer is.",
)
_PERHAPS_MORE = Sentence(
    "The archive may have left out studies of this patient: it cut its answer off, or gave as many as "
    "archive.find_cap. What the inventory knows is done as well; `remediate survey` finds the rest.",
    "Het archief heeft misschien onderzoeken van deze patiënt weggelaten: het kapte zijn antwoord af, of gaf "
    "er evenveel als archive.find_cap. Wat de inventaris kent, gaat ook mee; `remediate survey` vindt de rest.",
)
_AT_ONCE = Limits(ignore_window=True)


@click.command("now")
@common_options
@click.option("--study", default="", help="The patient of this Study Instance UID.")
@click.option("--patient", is_flag=True, help="A patient whose number is asked for.")
@click.option("--issuer", default=None, help="Authority of the number.  [default: epd.default_issuer, and none]")
@click.option("--by", "person", callback=as_person, default="", help="Who asks for it and approves it: your name.")
@click.option("--why", callback=as_reason, default="", help="Why; kept in the ledger. No patient data.")
@click.option(
    "--wait",
    "minutes",
    type=click.FloatRange(0, 24 * 60),
    default=0.0,
    help="Minutes to wait for another person's approval, where one is needed.  [default: end with what they type]",
)
@pass_state
def at_once(
    state: CommandState, study: str, patient: bool, issuer: str | None, person: str, why: str, minutes: float
) -> int:
    """Correct one patient's studies now, at any hour: survey, plan, approval and execution in one, by the same rules.

    What a plan would leave to a person stays with that person. Where two people must approve, the other one is
    asked.
    """
    out = state.output
    if bool(study) + patient != 1:
        raise UsageError(Sentence("Give --study UID or --patient.", "Geef --study UID of --patient."))
    if study and uid_problem(study):
        raise UsageError(Sentence("That is no Study Instance UID.", "Dat is geen Study Instance UID."))
    number = typed_number() if patient else ""
    if patient and (not number or _WILDCARDS.intersection(number)):
        raise UsageError(Sentence("That is no patient's number.", "Dat is geen patiëntnummer."))
    state.how_far.begins_work = True
    with _alone(), session(state, exclusive=True) as work:
        person = work.person(person)
        by_message = bool(output_of(work.config))
        require_fitting_probe(work.ledger, work.config, now=now(), by_message=by_message)
        require_receiver(work, by_message)
        uids, is_whole = _studies(work, study, number, issuer)
        if not is_whole:
            out.notice(_PERHAPS_MORE)
        document, made = _planned(work, uids, person, why)
        _tell(out, document)
        if not document.counts()["planned"]:
            return max(_nothing(work, out, document), _at_least(is_whole))
        head = approve(work.ledger, document, made, person=person, now=now())
        state.how_far.begun = _approved(document.plan_id)
        missing = missing_approvals(head, work.config.approval)
        if missing is None:
            return _conclude(out, document, carry_out(state, work, document, _AT_ONCE), is_whole=is_whole)
    out.say(missing)
    asked = Sentence(
        f"the other person types: remediate approve {document.plan_id} --by NAME",
        f"de andere persoon typt: remediate approve {document.plan_id} --by NAAM",
    )
    if not _waited(state, document, minutes, asked):
        again = f"remediate execute {document.plan_id} --now"
        out.next_step(Sentence(f"{asked.en}; then: {again}", f"{asked.nl}; dan: {again}"))
        out.answer(_answer(document, missing.in_(out.language), None))
        return ExitCode.CHANGES
    with _alone(), session(state, exclusive=True) as work:
        executable(work, out, document.plan_id)
        return _conclude(out, document, carry_out(state, work, document, _AT_ONCE), is_whole=is_whole)


def _approved(plan_id: str) -> Sentence:
    """What holds once a person approved, whatever keeps it from being carried out."""
    on, back = f"remediate execute {plan_id} --now", f"remediate withdraw {plan_id}"
    return Sentence(
        f"Nothing in the archive was changed. The approval of {plan_id} stands: `{on}` goes on with it, and so does a "
        f"night's job; `{back}` takes it back.",
        f"In het archief is niets gewijzigd. De goedkeuring van {plan_id} blijft staan: `{on}` gaat ermee verder, en "
        f"een nachttaak ook; `{back}` trekt het plan in.",
    )


def _at_least(is_whole: bool) -> ExitCode:
    return ExitCode.DONE if is_whole else ExitCode.CHANGES


@contextmanager
def _alone() -> Iterator[None]:
    """An embedded ledger is for one process at work. Raises `LedgerBusyError` that says how to come in between."""
    try:
        yield
    except LedgerBusyError as error:
        raise LedgerBusyError(
            error.sentence,
            advice=Sentence(
                "`remediate stop` lets it end after the study in hand, then this, then `remediate execute` goes on. On "
                "PostgreSQL they work beside each other.",
                "Met `remediate stop` eindigt het na het onderzoek waaraan het bezig is; dan dit, dan gaat `remediate "
                "execute` verder. Op PostgreSQL werken ze naast elkaar.",
            ),
        ) from None


def _studies(work: Session, study: str, number: str, issuer: str | None) -> tuple[Sequence[str], bool]:
    """The patient's studies, as the archive lists them now; and whether it surely listed them all."""
    if study:
        work.new_survey(lambda _: None).only({study})
        row = work.ledger.study(study)
        named = {(head.patient_id, head.issuer) for head in row.evidence.headers[:1]} if row is not None else set()
        spelled = [(value, authority) for value, authority in named if value]
    else:
        if len(people_of(work, number, issuer)) > 1:
            raise UsageError(_TWO_PEOPLE, advice=_WHOSE)
        spelled = list(numbers_of(work, number, issuer))
    values = {value for value, _ in spelled if not _WILDCARDS.intersection(value)}
    answers = {each: work.archive.find_studies(StudyQuery(patient_id=each)) for each in sorted(values)}
    found = {uid for each, answer in answers.items() for uid in _of_patient(answer, each)}
    is_whole = all(one.complete and len(one.studies) < work.config.archive.find_cap for one in answers.values())
    if found:
        work.new_survey(lambda _: None).only(found - {study})
    pseudonyms = {work.ledger.patient_pseudonym(value, authority) for value, authority in spelled}
    if number:
        pseudonyms |= set(pseudonyms_of(work, number, issuer))
    return sorted({*work.ledger.studies_of(pseudonyms - {""}), *((study,) if study else ())}), is_whole


def _of_patient(answer: FindAnswer, patient_id: str) -> Sequence[str]:
    return [one.study_instance_uid for one in answer.studies if one.evidence.patient_id == patient_id]


def _planned(work: Session, uids: Sequence[str], person: str, why: str) -> tuple[PlanDocument, Mapping[str, str]]:
    """The plan over these studies, kept, and the digests of its files."""
    output, plan_id = output_of(work.config), work.ledger.next_plan_id()
    folder = work.config.path(work.config.report.folder) / plan_id
    planner = planner_of(work, output)
    rows = work.ledger.studies_named(uids)
    document = planner.make_of(rows, now=now(), actor=person, plan_id=plan_id, why=why)
    files = write_plan_files(document, folder, plan_pages(work, Language(work.config.report.language)))
    keep_output(work.ledger, plan_id, output, now=document.created_at, actor=document.created_by)
    planner.keep_of(document, rows, str(folder / "plan.json"), files)
    return document, files


def _tell(out: Output, document: PlanDocument) -> None:
    amount = studies(len(document.items))
    whose = Sentence("of this patient", "van deze patiënt")
    out.say(Sentence(f"{document.plan_id}: {amount.en} {whose.en}.", f"{document.plan_id}: {amount.nl} {whose.nl}."))
    for item in document.items:
        why = " ".join(sentence(reason, out.language) for reason in item.reasons)
        out.say(f"  {item.study_instance_uid}: {WORDS[item.state].in_(out.language)}. {why}")
    tell_decisions(out, document)


def _nothing(work: Session, out: Output, document: PlanDocument) -> int:
    """No study can be corrected: all are right, or wait for a person."""
    waiting = [item for item in document.items if item.state is State.REVIEW]
    out.say(Sentence("Nothing is to be corrected.", "Er is niets te corrigeren."))
    if waiting:
        out.next_step(_where(work, waiting))
    out.answer(_answer(document, "", None))
    return ExitCode.CHANGES if waiting else ExitCode.DONE


def _where(work: Session, waiting: Sequence[PlanItem]) -> str:
    """Where a person finds what waits: the review list has what the last whole plan left to people."""
    reasons = {item.reasons[0] for item in waiting}
    if PlanReason.OPEN_INTENT in reasons:
        return "remediate execute --settle"
    if reasons == {PlanReason.QUARANTINED}:
        return f"remediate ledger show {waiting[0].study_instance_uid}"
    rows = work.ledger.studies_named([item.study_instance_uid for item in waiting])
    is_listed = all(row.state in (State.REVIEW, State.QUARANTINED) for row in rows)
    return "remediate review list" if is_listed else "remediate plan, remediate review list"


def _waited(state: CommandState, document: PlanDocument, minutes: float, asked: Sentence) -> bool:
    """Wait, without the ledger's lock, until the other person approved or somebody withdrew; False when nobody did."""
    if not minutes:
        return False
    state.output.notice(Sentence(f"Waiting; {asked.en}", f"Wachten; {asked.nl}"))
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
        with session(state, exclusive=False) as work:
            head = work.ledger.plan(document.plan_id)
            if head is not None and (head.withdrawn or missing_approvals(head, work.config.approval) is None):
                return True
    return False


def _conclude(out: Output, document: PlanDocument, result: BatchResult, *, is_whole: bool) -> int:
    tell_batch(out, result)
    code = exit_code(result)
    if is_in_other_hands(result):
        code, on = ExitCode.STOPPED, f"remediate execute {document.plan_id} --now"
        out.next_step(
            Sentence(
                f"remediate status, until they are done; then: {on}", f"remediate status, tot dat klaar is; dan: {on}"
            )
        )
    else:
        advise(out, result, document.plan_id)
    out.answer(_answer(document, "", result))
    return ExitCode.CHANGES if code is ExitCode.DONE and (document.counts()["review"] or not is_whole) else code


def _answer(document: PlanDocument, missing: str, result: BatchResult | None) -> dict[str, Any]:
    return {
        "plan": document.plan_id,
        "digest": document.digest,
        "counts": document.counts(),
        "studies": [
            {"study_instance_uid": item.study_instance_uid, "state": item.state.value, "reasons": list(item.reasons)}
            for item in document.items
        ],
        "waits_because": missing,
        "batch": batch_json(result) if result is not None else None,
    }


COMMANDS = (at_once,)
