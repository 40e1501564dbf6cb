"""`execute --copies`: brings copies up to what the archive holds, under a plan's approval; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from remediate.cli.copies.verify import archive_of, copy_eye, require_copies
from remediate.cli.night.working import Limits, stop_on_signals
from remediate.cli.output import Output, objects, studies
from remediate.config.settings import Config
from remediate.copies.by_message import CopyMessages
from remediate.copies.turn import UpdateReport
from remediate.copies.update import CopyUpdater
from remediate.errors import ExitCode, PlanError
from remediate.hl7_output.sender import Hl7Sender
from remediate.night import ceilings
from remediate.night.execute import prepare_run
from remediate.night.gate import Gate, StopSwitch
from remediate.plan.approval import known_plan, missing_approvals
from remediate.plan.bound_copies import is_covered
from remediate.plan.document import PlanDocument
from remediate.plan.message_corrections import Messages, kept_output
from remediate.plan.reading import parameters_in, read_bound_plan
from remediate.ports import Archive, PlanStore
from remediate.probe.probing import archive_name, fact_of_copy, require_fitting_probe, withdraw_probe
from remediate.reasons.study import sentence
from remediate.records.copies import RIGHT, WORDS, CopyEnd
from remediate.records.ledger import PlanRow
from remediate.texts.language import Sentence
from remediate.wiring import Session, is_gone, now, steady, worker_name

_WRONG = (CopyEnd.PUT_BACK, CopyEnd.SET_APART)
_ENDS: Mapping[CopyEnd, Sentence] = {
    CopyEnd.UPDATED: Sentence("updated and read back", "bijgewerkt en teruggelezen"),
    CopyEnd.PUT_BACK: Sentence("not updated; as they were before", "niet bijgewerkt; zoals ze waren"),
    CopyEnd.SET_APART: Sentence(
        "set apart: a person must look; the copy's own objects are in the spool",
        "apart gezet: een mens moet kijken; de eigen objecten van de kopie staan in de spool",
    ),
}


def as_node(config: Config, name: str) -> Config:
    """The configuration with a copy in the archive's place, to probe it by."""
    return config.model_copy(update={"archive": config.copies[name].as_archive(config.archive)})


def newest_for_copies(work: Session) -> str:
    """The newest plan that is approved and covers a copy as it is configured. Raises `PlanError` where none does."""
    for head in work.ledger.plans():
        if missing_approvals(head, work.config.approval) is None and _covers_any(work, head):
            return head.plan_id
    raise PlanError(
        Sentence("No approved plan covers a copy.", "Geen goedgekeurd plan geldt voor een kopie."), advice=_PLAN_ANEW
    )


def _covers_any(work: Session, head: PlanRow) -> bool:
    try:
        with Path(head.path).open(encoding="utf-8", newline="\n") as file:
            parameters = parameters_in(file) or {}
    except (OSError, UnicodeDecodeError, PlanError):
        return False
    return any(is_covered(parameters, work.config, name) for name in work.config.copies)


_PLAN_ANEW = Sentence(
    "Set copies.NAME.update, then run `remediate plan` and have that plan approved, also where it is empty.",
    "Stel copies.NAAM.update in, voer dan `remediate plan` uit en laat dat plan goedkeuren, ook als het leeg is.",
)


def update_copies(work: Session, out: Output, document: PlanDocument, limits: Limits) -> list[UpdateReport]:
    """Every copy that the plan's approval covers, one after the other. Raises `PlanError` when there is none."""
    covered = _covered(work, out, document, work.config.copies)
    wanted = work.ledger.finished_studies(plan_ids=_up_to(work, document.plan_id))
    switch = StopSwitch()
    prepare_run(work.ledger, now=now(), actor="")
    with stop_on_signals(switch):
        return [_update(work, document, name, wanted, _gate(work, limits, switch)) for name in covered]


def _covered(work: Session, out: Output, document: PlanDocument, among: Collection[str]) -> list[str]:
    """Which of these copies the plan's approval covers, and their probe lets be written. Raises `PlanError`."""
    require_copies(work)
    named, config = document.parameters.get("archive"), work.config
    if named != archive_name(config):
        raise PlanError(
            Sentence(
                f"The plan was made for {named}, the configuration names {archive_name(config)}.",
                f"Het plan is gemaakt voor {named}, de configuratie noemt {archive_name(config)}.",
            )
        )
    updated = [name for name, copy in config.copies.items() if copy.update != "report" and name in among]
    covered = [name for name in updated if is_covered(document.parameters, config, name)]
    if not covered:
        raise PlanError(
            Sentence(
                f"{document.plan_id} covers no copy that is to be updated.",
                f"{document.plan_id} geldt voor geen kopie die bijgewerkt moet worden.",
            ),
            advice=_PLAN_ANEW,
        )
    for name in sorted(set(updated) - set(covered)):
        out.notice(
            Sentence(
                f"Copy {name} is left out: the approval of {document.plan_id} does not cover it as it is configured.",
                f"Kopie {name} is overgeslagen: de goedkeuring van {document.plan_id} geldt niet voor die kopie zoals "
                "nu ingesteld.",
            )
        )
    return _fitting(work, out, covered)


def _fitting(work: Session, out: Output, names: Sequence[str]) -> list[str]:
    """Those whose probe says that they may be written; one that may not keeps no other waiting. Raises the first one's
    `PlanError` when none may."""
    refused: dict[str, PlanError] = {}
    for name in names:
        if work.config.copies[name].update != "c-store":
            continue  # it is sent no object, so that there is nothing to probe
        try:
            require_fitting_probe(work.ledger, as_node(work.config, name), now=now(), fact=fact_of_copy(name))
        except PlanError as error:
            told, advice = error.message, error.advice
            refused[name] = PlanError(Sentence(f"Copy {name}: {told.en}", f"Kopie {name}: {told.nl}"), advice=advice)
    if len(refused) == len(names):
        raise next(iter(refused.values()))
    for why in refused.values():
        out.notice(why.sentence)
    return [name for name in names if name not in refused]


def settle_copies(work: Session, out: Output) -> list[UpdateReport]:
    """Finish or put back what was begun in copies under any plan, also one that was withdrawn or that another one took
    the place of, at any hour; begin nothing. Raises `PlanError` where nothing that is left may be settled here."""
    begun = [left for left in work.ledger.copies_left() if left.end is CopyEnd.OPEN]
    reports, refused, switch = [], [], StopSwitch()
    with stop_on_signals(switch):
        for plan_id in dict.fromkeys(left.plan_id for left in begun):
            try:
                document, found = read_bound_plan(plan_id, work.ledger)
                known_plan(work.ledger, document, found)
                names = _covered(work, out, document, {left.copy for left in begun if left.plan_id == plan_id})
            except PlanError as error:
                refused.append(error)
                continue
            gates = {name: _gate(work, Limits(ignore_window=True), switch) for name in names}
            reports += [_update(work, document, name, None, gate) for name, gate in gates.items()]
    if refused and not reports:
        raise refused[0]
    for why in refused:
        out.notice(why.sentence)
    return reports


def _up_to(work: Session, plan_id: str) -> list[str]:
    """The plan and all that were made before it."""
    newest_first = [head.plan_id for head in work.ledger.plans()]
    return newest_first[newest_first.index(plan_id) :]


def _gate(work: Session, limits: Limits, switch: StopSwitch) -> Gate:
    settings = work.config.execute
    return Gate(
        control=work.ledger,
        settings=settings,
        clock=work.shared_clock(now),
        steady=steady,
        switch=switch,
        ignore_window=limits.ignore_window,
        until=limits.until,
        asked=lambda: ceilings.asked(work.ledger),
        quota=limits.max_studies if limits.max_studies is not None else settings.max_studies,
    )


def _update(work: Session, document: PlanDocument, name: str, wanted: Sequence[str] | None, gate: Gate) -> UpdateReport:
    """Where nothing is `wanted` only what was begun is settled."""
    ledger = work.ledger
    with archive_of(work, name) as archive, _messages(work, name, archive) as message:
        updater = CopyUpdater(
            message=message,
            eye=copy_eye(work, name, archive),
            store=ledger,
            events=ledger,
            leases=ledger,
            spool=work.spool,
            gate=gate,
            owner=worker_name(),
            is_gone=is_gone,
            plan_id=document.plan_id,
            actor=work.account,
            is_withdrawn=partial(_is_withdrawn, ledger),
            is_told=lambda plan_id: bool(kept_output(ledger, plan_id)),
            least_room=work.config.execute.spool.min_free_bytes,
        )
        report = updater.settle() if wanted is None else updater.run(wanted)
    if report.mismatch and message is None:
        withdraw_probe(ledger, document.plan_id, now=now(), fact=fact_of_copy(name))
    return report


@contextmanager
def _messages(work: Session, name: str, copy: Archive) -> Iterator[CopyMessages | None]:
    """The HL7 interface of a copy that is told by message; None of one that is sent objects."""
    settings = work.config.copies[name].hl7
    if settings is None:
        yield None
        return
    with closing(Hl7Sender(settings=settings, base=work.config.base)) as sender:
        yield CopyMessages(
            copy=copy,
            studies=work.ledger,
            judge=work.judge,
            messages=Messages(
                pseudonym=work.ledger.pseudonym, settings=settings, default_issuer=work.config.epd.default_issuer
            ),
            sender=sender,
            settings=settings,
            clock=now,
            find_cap=work.config.archive.find_cap,
        )


def _is_withdrawn(plans: PlanStore, plan_id: str) -> bool:
    """Asked anew each time: a person may take a plan back while it is at work."""
    head = plans.plan(plan_id)
    return head is not None and head.withdrawn


def tell_updates(out: Output, again: str, reports: Sequence[UpdateReport]) -> None:
    """What became of each copy, for the person who finds it in the morning; `again` is the command that goes on."""
    for report in reports:
        out.say(_done_text(report))
        out.table((report.ends[end], _ENDS[end].in_(out.language)) for end in _WRONG if report.ends[end])
        out.table((number, WORDS[state].in_(out.language)) for state, number in sorted(report.states.items()))
        for code, number in sorted(report.reasons.items()):
            out.say(f"  {number} x {code}: {sentence(code, out.language)}")
        if report.stopped_because is not None:
            code, why = report.stopped_because.value, sentence(report.stopped_because.value, out.language)
            left = studies(report.left)
            out.say(
                Sentence(f"  Stopped with {left.en} left: {code}. {why}", f"  Gestopt, nog {left.nl}: {code}. {why}")
            )
    if exit_code(reports) is not ExitCode.DONE:
        out.next_step(
            Sentence(
                f"see what is said of each copy, then: {again}",
                f"bekijk wat er bij elke kopie staat, dan: {again}",
            )
        )


def _done_text(report: UpdateReport) -> Sentence:
    done, read = studies(report.ends[CopyEnd.UPDATED]), objects(report.objects)
    by_store = Sentence(f"{read.en} stored and read back", f"{read.nl} opgeslagen en teruggelezen")
    by_message = Sentence(
        f"messages sent: {report.messages}, {read.en} read back",
        f"berichten verstuurd: {report.messages}, {read.nl} teruggelezen",
    )
    how = by_message if report.is_told else by_store
    return Sentence(
        f"Copy {report.copy}: {done.en} updated, {how.en}.", f"Kopie {report.copy}: {done.nl} bijgewerkt, {how.nl}."
    )


def exit_code(reports: Sequence[UpdateReport]) -> ExitCode:
    """The gravest of them: a copy that says it stored and did not, what failed, work that is left."""
    if any(report.mismatch for report in reports):
        return ExitCode.CHANGES
    if any(report.troubled for report in reports):
        return ExitCode.ERROR
    return ExitCode.STOPPED if any(report.stopped_because for report in reports) else ExitCode.DONE


def updates_json(plan_id: str | None, reports: Sequence[UpdateReport]) -> dict[str, Any]:
    """For programs. No plan where what was begun under any was settled."""
    return {
        "plan": plan_id,
        "copies": [
            {
                "copy": report.copy,
                "updated": report.ends[CopyEnd.UPDATED],
                "put_back": report.ends[CopyEnd.PUT_BACK],
                "set_apart": report.ends[CopyEnd.SET_APART],
                "right": sum(report.states[state] for state in RIGHT),
                "objects": report.objects,
                "messages": report.messages,
                "states": {state.value: number for state, number in sorted(report.states.items())},
                "reasons": dict(sorted(report.reasons.items())),
                "left": report.left,
                "stopped_because": report.stopped_because.value if report.stopped_because else None,
            }
            for report in reports
        ],
    }
