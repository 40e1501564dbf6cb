"""`plan` and `approve`: the dry run that a person reads, and the name of the person who stands for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from remediate.cli.arguments import as_person, as_reason, tell_missing
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.ordering import (
    LISTS_SECONDS,
    ORDER_FILE,
    in_hand_elsewhere,
    order_of,
    reading_lists,
    tell_order,
    write_order,
)
from remediate.cli.output import Output, in_each, states, studies
from remediate.cli.wiring import session
from remediate.config.people import ApprovalSettings
from remediate.errors import ExitCode
from remediate.files import private_folder
from remediate.hl7_output.file import write_messages
from remediate.plan.approval import SAME_AGAIN, missing_approvals, resembling, shown_person, stop_work_on
from remediate.plan.approval import approve as approve_plan
from remediate.plan.approval import withdraw as withdraw_plan
from remediate.plan.bound_settings import changed_since
from remediate.plan.document import PlanDocument, decisions_json, exclusions_json
from remediate.plan.message_corrections import (
    FILE,
    keep_output,
    output_of,
    require_messages,
    sentence_of_output,
    tell_written,
    undecided_patients,
    updates_of,
)
from remediate.plan.planning import Planner
from remediate.plan.reading import digest_of, read_bound_plan, read_plan
from remediate.plan.verification_means import sentence_of, strength
from remediate.reasons.study import sentence
from remediate.records.ledger import PlanKind, PlanRow
from remediate.records.needs import OrderBy
from remediate.records.reviews import DecidedBy
from remediate.records.states import WORDS
from remediate.report.plan_files import PlanFiles
from remediate.report.plan_page import About, PlanPages, facts_of, lead_of
from remediate.report.plan_words import PlanWords
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now, processors

_LEFT_OUT = {
    "gone": Sentence("No longer in the archive, and not counted", "Niet meer in het archief, en niet meegeteld"),
    "not-looked-at": Sentence("Not looked at, and not counted", "Niet bekeken, en niet meegeteld"),
}
_DECISIONS = 10
"""People's decisions that the terminal shows, those on most studies first."""


@click.command()
@common_options
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when something is planned, 0 when nothing is.")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the plan's files.  [default: in report.folder]",
)
@click.option(
    "--order",
    type=click.Choice([by.value for by in OrderBy]),
    help="Which studies are corrected first.  [default: execute.order]",
)
@pass_state
def plan(state: CommandState, detailed_exitcode: bool, folder: Path | None, order: str | None) -> int:
    """The dry run: decide every surveyed study and write plan.json, plan.csv, review.csv and plan.html."""
    out = state.output
    with session(state, exclusive=True) as work, reading_lists(work, seconds=LISTS_SECONDS) as is_ours:
        if not is_ours:
            raise in_hand_elsewhere()
        plan_id = work.ledger.next_plan_id()
        ours = work.config.path(work.config.report.folder)
        if folder is None:
            private_folder(ours, even_if_there=True)
        where = (folder or ours / plan_id).resolve()
        output = output_of(work.config)
        planner = planner_of(work, output)
        tally = order_of(work, out, order)
        carried = work.reviews.carry(now=now())
        with PlanFiles(where, plan_pages(work, out.language)) as files:
            draft = planner.make(now=now(), actor=work.account, plan_id=plan_id, sheets=files, order=tally)
            document = draft.document
            made = files.finish(document)
        keep_output(work.ledger, plan_id, output, now=document.created_at, actor=document.created_by)
        planner.keep(draft, str(where / "plan.json"), made, ordering=tally.ordering)
        write_order(work, where / ORDER_FILE, plan_id, out.language)
        work.reviews.refill(plan_id)
        _write_messages(work, out, document, where)
    tell_plan(out, document, where, hints=draft.hints)
    counts = document.counts()
    out.answer(
        {
            "plan": document.plan_id,
            "digest": document.digest,
            "path": str(where / "plan.json"),
            "counts": counts,
            "reasons": document.reasons(),
            "coverage": document.coverage(),
            "decisions": decisions_json(document),
            "exclusions": exclusions_json(document),
            "remembered": document.tally.remembered(),
            "carried": len(carried),
            "nights": document.nights,
            "order": document.order,
            "hints": [hint.in_(out.language) for hint in draft.hints],
        }
    )
    return ExitCode.CHANGES if detailed_exitcode and counts["planned"] else ExitCode.DONE


def plan_pages(work: Session, language: Language) -> PlanPages:
    """How plans are shown here."""

    def about(uids: Sequence[str]) -> Mapping[str, About]:
        rows = work.ledger.studies_named(uids)
        return {row.study_instance_uid: About(row.study_date, row.modalities) for row in rows}

    return PlanPages(
        language=language,
        hospital=work.config.report.hospital,
        zone=work.config.execute.window.zone,
        people=work.config.approval.people,
        about=about,
    )


def planner_of(work: Session, output: Mapping[str, str]) -> Planner:
    """What makes plans here."""
    planner = Planner(
        studies=work.ledger,
        decisions=work.ledger,
        reviews=work.ledger,
        plans=work.ledger,
        batches=work.ledger,
        vault=work.ledger,
        judge=work.judge,
        config=work.config,
        processes=processors(),
    )
    if not output:
        return planner
    undecided = undecided_patients(work.ledger, work.ledger, work.judge, work.config.epd.default_issuer)
    return replace(planner, output=output, item_of=replace(work.messages, undecided=undecided).item)


def _write_messages(work: Session, out: Output, document: PlanDocument, folder: Path) -> None:
    """Where messages go, and the messages themselves where nobody else makes them."""
    output = document.parameters.get("output")
    if not output:
        return
    out.say(sentence_of_output(output).in_(out.language))
    if not work.config.hl7_output.host:
        updates = updates_of(work.ledger, work.ledger, work.judge, work.messages, document.plan_id)
        number = write_messages(folder / FILE, updates, work.config.hl7_output, at=document.created_at)
        tell_written(
            work.ledger, document.plan_id, digest_of(folder / FILE), number, now=document.created_at, actor=work.account
        )
        told = f"{folder / FILE} ({number}"
        out.say(Sentence(f"Messages: {told}; it holds BSNs)", f"Berichten: {told}; er staan BSN's in)"))


def tell_plan(out: Output, document: PlanDocument, folder: Path, *, hints: Iterable[Sentence] = ()) -> None:
    """Counts, reasons, coverage and files of a plan, for people."""
    counts = document.counts()
    seen = studies(document.tally.studies)
    out.say(Sentence(f"{document.plan_id}: {seen.en}", f"{document.plan_id}: {seen.nl}"))
    out.table(states(counts.items(), out.language))
    for state, reasons in document.reasons_by_state().items():
        word = WORDS[state]
        out.say(Sentence(f"Why {word.en}:", f"Waarom {word.nl}:"))
        out.table((number, code, sentence(code, out.language)) for code, number in reasons.items())
    for hint in hints:
        out.say(hint)
    tell_decisions(out, document)
    coverage = document.coverage()
    if coverage["before"] is None or coverage["after"] is None:
        out.say(
            Sentence(
                "Coverage: no study counts; all are exceptions, no longer in the archive, or not looked at.",
                "Dekking: er telt geen onderzoek mee; alle zijn uitzonderingen, niet meer in het archief of niet "
                "bekeken.",
            )
        )
    else:
        now_, after = (in_each(notation.share, coverage[at]) for at in ("before", "after"))
        out.say(
            Sentence(
                f"Coverage now {now_.en}, after execution {after.en} (target above 95 %).",
                f"Dekking nu {now_.nl}, na uitvoering {after.nl} (doel: meer dan 95 %).",
            )
        )
    for why, found in document.left_out.items():
        number = f": {sum(found.values())}."
        out.say(Sentence(_LEFT_OUT[why].en + number, _LEFT_OUT[why].nl + number))
    if counts["planned"]:
        _tell_meaning(out, document)
        tell_order(out, document.order)
    out.say(Sentence(f"Page:   {folder / 'plan.html'}", f"Pagina: {folder / 'plan.html'}"))
    out.say(f"Plan:   {folder / 'plan.json'}")
    _tell_next(out, document, folder)


def _tell_meaning(out: Output, document: PlanDocument) -> None:
    """What approving means, as the page says it."""
    say = PlanWords(out.language)
    nights = say.number(document.nights, 1) if document.nights is not None else "–"
    out.say(f"{say('means')}:")
    out.table(
        (
            (say("studies"), lead_of(document, say)),
            *facts_of(document, say, briefly=True),
            (say("nights"), say("about", number=nights)),
        )
    )


def tell_decisions(out: Output, document: PlanDocument) -> None:
    """What of a plan rests on people's decisions, and what they left out: who, when, why, and what spoke against."""
    decisions, planned = document.decisions(), document.counts()["planned"]
    if decisions:
        number = document.tally.decisions.total()
        out.say(
            Sentence(
                f"{number} of {studies(planned).en} to correct {'rests' if number == 1 else 'rest'} on a person's "
                "decision:",
                f"{number} van {studies(planned).nl} om te corrigeren {'rust' if number == 1 else 'rusten'} op de "
                "beslissing van een mens:",
            )
        )
        _tell_each(out, decisions)
        if remembered := document.tally.remembered():
            told = PlanWords(out.language).resting("remembered_here", remembered)
            out.say(f"  {told}")
    if exclusions := document.exclusions():
        left = studies(document.tally.exclusions.total())
        out.say(Sentence(f"People left {left.en} out:", f"Mensen hebben {left.nl} uitgesloten:"))
        _tell_each(out, exclusions)


def _tell_each(out: Output, decisions: Sequence[tuple[DecidedBy, int]]) -> None:
    for decision, times in decisions[:_DECISIONS]:
        account = f" (account {decision.account})" if decision.account not in ("", decision.person) else ""
        why = decision.why or PlanWords(out.language)("not_shown")
        out.say(f"  {times}  {decision.person}{account}, {out.moment(datetime.fromisoformat(decision.at))}: {why}")
        if decision.remembered:
            out.say(f"     {PlanWords(out.language)('remembered')}")
        if decision.seconded:
            out.say(f"     {PlanWords(out.language)('seconded', accounts=', '.join(decision.seconded))}")
        if against := " ".join(sentence(code, out.language) for code in decision.overrode):
            out.say(Sentence(f"     against: {against}", f"     ertegen: {against}"))
    if more := decisions[_DECISIONS:]:
        left = sum(times for _, times in more)
        out.say(
            Sentence(
                f"  ... and {left} more, by {len(more)} decisions; the page has them.",
                f"  ... en nog {left}, door {len(more)} beslissingen; de pagina heeft ze.",
            )
        )


def _tell_next(out: Output, document: PlanDocument, folder: Path) -> None:
    counts, plan_path = document.counts(), folder / "plan.json"
    if counts["planned"] and (folder / FILE).exists():
        out.next_step(
            Sentence(
                f"read the page; have {FILE} sent to the archive, then: remediate survey, remediate plan",
                f"lees de pagina; laat {FILE} naar het archief sturen, dan: remediate survey, remediate plan",
            )
        )
    elif counts["planned"]:
        out.next_step(
            Sentence(
                f"read the page, then: remediate approve {plan_path} --by NAME",
                f"lees de pagina, dan: remediate approve {plan_path} --by NAAM",
            )
        )
    elif counts["review"]:
        wait, where = studies(counts["review"]), folder / "review.csv"
        out.next_step(
            Sentence(
                f"nothing to execute; waiting for a person: {wait.en}, {where}",
                f"niets uit te voeren; er wachten op een mens: {wait.nl}, {where}",
            )
        )


def _tell_resembling(out: Output, head: PlanRow, settings: ApprovalSettings) -> None:
    """Two accounts are two people; where the names look like one person's, only `approval.names` can tell."""
    for one, other in resembling(head):
        if one.account in settings.names and other.account in settings.names:
            continue
        first, second = shown_person(one), shown_person(other)
        out.notice(
            Sentence(
                f"{first} and {second} count as two people, since their accounts differ, but may be one person by "
                "their names: look into it. Name both accounts in approval.names.",
                f"{first} en {second} tellen als twee personen, want hun accounts verschillen, maar kunnen naar hun "
                "naam één persoon zijn: ga dat na. Noem beide accounts in approval.names.",
            )
        )


@click.command()
@common_options
@click.argument("plan_path", metavar="PLAN")
@click.option("--by", "person", callback=as_person, default="", help="Who approves: your name.")
@pass_state
def approve(state: CommandState, plan_path: str, person: str) -> None:
    """Put a person's name under exactly this plan; a changed plan needs a new approval."""
    out = state.output
    with session(state, exclusive=False) as work:
        person = work.person(person)
        document, found = read_bound_plan(plan_path, work.ledger)
        require_messages(work.ledger, document.plan_id, found)
        head = approve_plan(work.ledger, document, found, person=person, now=now())
        changed = changed_since(document.kind, document.parameters, work.config)
        missing = changed or missing_approvals(head, work.config.approval)
    tell_missing(out, head, found)
    amount = studies(head.planned)
    out.say(
        Sentence(
            f"{head.plan_id} approved by {person}: {amount.en}, digest {head.digest}.",
            f"{head.plan_id} goedgekeurd door {person}: {amount.nl}, digest {head.digest}.",
        )
    )
    _tell_resembling(out, head, work.config.approval)
    out.say(lead_of(document, PlanWords(out.language)))
    tell_decisions(out, document)
    if strength(document.parameters) < strength({}):
        means = sentence_of(document.parameters)
        out.say(Sentence(f"With this also: {means.en}.", f"Hiermee ook: {means.nl}."))
    if missing:
        out.say(missing)
        again = f"remediate approve {plan_path} --by"
        someone = Sentence(f"another person: {again} NAME", f"iemand anders: {again} NAAM")
        set_back = Sentence(
            "set them back, or: remediate plan; this plan is not executed like this",
            "zet ze terug, of: remediate plan; zo wordt dit plan niet uitgevoerd",
        )
        out.next_step(set_back if changed else someone)
    else:
        out.next_step(f"remediate execute {plan_path}")
    out.answer(
        {
            "plan": head.plan_id,
            "digest": head.digest,
            "approvals": [
                {"by": given.person, "account": given.account, "at": given.at.isoformat(timespec="seconds")}
                for given in head.approvals
            ],
            "waits_because": missing.in_(out.language) if missing else "",
            "decisions": decisions_json(document),
            "exclusions": exclusions_json(document),
            "may_execute": not missing,
        }
    )


@click.command()
@common_options
@click.argument("plan_path", metavar="PLAN")
@click.option("--by", "person", callback=as_person, default="", help="Who takes it back: your name.")
@click.option("--why", required=True, callback=as_reason, help="Why; kept in the ledger. No patient data.")
@pass_state
def withdraw(state: CommandState, plan_path: str, person: str, why: str) -> None:
    """Take a plan back: nothing more is begun under it. What is verified stays; `rollback` undoes that."""
    out = state.output
    with session(state, exclusive=False) as work:
        person = work.person(person)
        head = withdraw_plan(work.ledger, read_plan(plan_path, work.ledger), person=person, why=why, now=now())
        left = work.ledger.plan_progress(head.plan_id, "").left_studies
        stop_work_on(work.ledger, work.ledger, head.plan_id, actor=work.account, now=now())
    amount = studies(left)
    out.say(
        Sentence(
            f"{head.plan_id} withdrawn. No work was left under it: what is done stays, and only `remediate rollback` "
            "undoes that.",
            f"{head.plan_id} ingetrokken. Er was geen werk meer over: wat gedaan is, blijft, en alleen `remediate "
            "rollback` draait dat terug.",
        )
        if not left
        else Sentence(
            f"{head.plan_id} withdrawn: {amount.en} will not be touched under it. Work on it ends after the study in "
            "hand; what was begun is put back by the next `remediate execute`.",
            f"{head.plan_id} ingetrokken: {amount.nl} {'wordt' if left == 1 else 'worden'} er niet meer onder gewijzigd"
            ". Lopend werk stopt na het onderzoek waaraan het bezig is; wat begonnen was, zet de volgende `remediate "
            "execute` terug.",
        )
    )
    if not left:
        out.next_step("remediate status")
    elif head.kind is PlanKind.ROLLBACK:
        out.next_step(
            Sentence(
                "nothing has to be done; whoever still wants to undo corrections makes a new one with remediate "
                "rollback",
                "er hoeft niets te gebeuren; wie toch correcties wil terugdraaien, maakt een nieuw met remediate "
                "rollback",
            )
        )
    else:
        out.say(SAME_AGAIN)
        out.next_step(
            Sentence(
                "put right what was wrong (remediate epd load, config.yaml, remediate review), then: remediate plan",
                "herstel wat er mis was (remediate epd load, config.yaml, remediate review), dan: remediate plan",
            )
        )
    out.answer({"plan": head.plan_id, "withdrawn": True, "left": left})


COMMANDS = (plan, approve, withdraw)
