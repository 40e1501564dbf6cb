"""`execute`, `verify`, `pause`, `resume`, `stop`: the night's work and the hands on it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, time
from functools import partial

import click

from remediate.cli.arguments import tell_exchanged
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.copies.updates import exit_code as exit_code_of_updates
from remediate.cli.copies.updates import (
    newest_for_copies,
    settle_copies,
    tell_updates,
    update_copies,
    updates_json,
)
from remediate.cli.copies.verify import (
    are_amiss,
    copies_json,
    evidence_of,
    eye_on,
    finished_of,
    look_at_copies,
    not_corrected,
    require_copies,
    tell_copies,
)
from remediate.cli.ledger.proof import keep_checkpoints_elsewhere
from remediate.cli.night.batch_answer import advise, batch_json, exit_code, no_batch_json, tell_batch
from remediate.cli.night.working import Limits, run_plan, settle
from remediate.cli.ordering import order_again
from remediate.cli.outages import UNHARMED
from remediate.cli.output import Output, in_each, objects, studies
from remediate.cli.telling import tell_after
from remediate.cli.wiring import session
from remediate.errors import ExitCode, LedgerError, PlanError, UsageError
from remediate.night.controlling import ask_for
from remediate.night.execute import BatchResult
from remediate.night.intent import Details
from remediate.night.status import WAITS
from remediate.night.verify import Verification, Verifier, sample_of
from remediate.plan.approval import approved_with_work, require_approved
from remediate.plan.bound_settings import require_same_settings
from remediate.plan.document import PlanDocument
from remediate.plan.message_corrections import FILE
from remediate.plan.reading import read_bound_plan, read_plan
from remediate.plan.verification_means import chosen
from remediate.probe.probing import require_fitting_probe
from remediate.processes import this_process
from remediate.reasons.study import StopReason, sentence
from remediate.records.ledger import EventType, NewEvent, RunMode
from remediate.records.signs import Holder
from remediate.texts import notation
from remediate.texts.language import Sentence
from remediate.window import next_occurrence, opens_at
from remediate.wiring import Machine, Session, now, wait_until

_SEEDS = 10_000_000
"""Of samples: at most seven digits, so that none reads as a BSN."""


class _ClockTime(click.ParamType[time]):
    name = "HH:MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> time:
        try:
            return time.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 05:30", param, ctx)


@click.command()
@common_options
@click.argument("plan_path", metavar="[PLAN]", required=False)
@click.option(
    "--approved",
    is_flag=True,
    help="The oldest approved plan that can go on, or a newer one with all that it has left.",
)
@click.option(
    "--max-studies", type=click.IntRange(min=1), help="Stop after so many studies.  [default: execute.max_studies]"
)
@click.option(
    "--until",
    type=_ClockTime(),
    help="Stop at this time, in the zone of execute.window, such as 05:30.  [default: when the window ends]",
)
@click.option("--now", "at_once", is_flag=True, help="Work outside the window too.")
@click.option("--settle", "only_settle", is_flag=True, help="Only finish or put back what was begun, at any hour.")
@click.option("--copies", "for_copies", is_flag=True, help="Bring the plan's copies up to what the archive holds.")
@pass_state
def execute(
    state: CommandState,
    plan_path: str | None,
    approved: bool,
    max_studies: int | None,
    until: time | None,
    at_once: bool,
    only_settle: bool,
    for_copies: bool,
) -> int:
    """Execute an approved plan: retrieve, write down, correct, store, read back, verify; one study after the other."""
    out = state.output
    if bool(plan_path) + approved + only_settle != 1:
        raise UsageError(
            Sentence("Name a plan, or give --approved or --settle.", "Noem een plan, of geef --approved of --settle.")
        )
    if only_settle:
        return _settle_copies(state) if for_copies else _settle(state)
    if for_copies:
        return _execute_copies(state, plan_path, Limits(ignore_window=at_once, max_studies=max_studies), until)
    if not at_once:
        _wait_for_window(state, plan_path)
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        document = executable(work, out, plan_path) if plan_path else first_executable(work, out)
        if document is None:
            out.say(Sentence("No approved plan has work left.", "Geen goedgekeurd plan heeft nog werk."))
            out.answer(no_batch_json(chosen(work.config.execute)))
            return ExitCode.DONE
        plan_path = plan_path or document.plan_id
        by_message = bool(document.parameters.get("output"))
        require_fitting_probe(work.ledger, work.config, now=now(), by_message=by_message)
        work.archive.echo()
        moment = next_occurrence(until, work.config.execute.window, now()) if until else None
        limits = Limits(ignore_window=at_once, until=moment, max_studies=max_studies)
        order_again(work, out, document)
        state.how_far.begun = UNHARMED
        result = run_plan(work, out, document.plan_id, limits)
        conclude(work, out, result)
    tell_batch(out, result)
    _tell_opening(out, work, result)
    advise(out, result, plan_path)
    out.answer(batch_json(result))
    return exit_code(result)


def _execute_copies(state: CommandState, plan_path: str | None, limits: Limits, until: time | None) -> int:
    """Under one plan's approval; without PLAN the newest that is approved and covers a copy."""
    out = state.output
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        document, found = read_bound_plan(plan_path or newest_for_copies(work), work.ledger)
        tell_exchanged(out, require_approved(work.ledger, document, found, work.config.approval), found)
        moment = next_occurrence(until, work.config.execute.window, now()) if until else None
        state.how_far.begun = UNHARMED
        reports = update_copies(work, out, document, replace(limits, until=moment))
        work.ledger.checkpoint(NewEvent(type=EventType.CHECKPOINT, at=now(), plan=document.plan_id))
        keep_checkpoints_elsewhere(work, out)
    tell_updates(out, f"remediate execute {document.plan_id} --copies", reports)
    out.answer(updates_json(document.plan_id, reports))
    return exit_code_of_updates(reports)


def _settle_copies(state: CommandState) -> int:
    """After a kill, also where the plan was withdrawn since: no study in a copy stays half done."""
    out = state.output
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        state.how_far.begun = UNHARMED
        reports = settle_copies(work, out)
        if reports:
            work.ledger.checkpoint(NewEvent(type=EventType.CHECKPOINT, at=now()))
            keep_checkpoints_elsewhere(work, out)
    if not reports:
        out.say(_NOTHING_TO_SETTLE)
    tell_updates(out, "remediate execute --settle --copies", reports)
    out.answer(updates_json(None, reports))
    return exit_code_of_updates(reports)


def _wait_for_window(state: CommandState, plan_path: str | None) -> None:
    """Where `execute.outside` is `wait` and there is something to execute; without the ledger's lock, so that other
    commands can work meanwhile."""
    out = state.output
    with session(state, exclusive=False) as work:
        settings = work.config.execute
        opening = opens_at(settings.window, now())
        if settings.outside != "wait" or opening is None:
            return
        if (executable(work, out, plan_path) if plan_path else first_executable(work, out)) is None:
            return
    at = in_each(notation.minute, opening, settings.window.zone)
    out.notice(Sentence(f"The window opens at {at.en}: waiting.", f"Het venster gaat open op {at.nl}: wachten."))
    wait_for_opening(state, opening)


def wait_for_opening(state: CommandState, opening: datetime) -> None:
    """Without the ledger's lock; `status` says meanwhile who waits."""
    who = Holder(this_process(), state.how_far.name, now(), changes_studies=True)
    _tell_waiting(state, who.note(), opening)
    wait_until(opening)
    _tell_waiting(state, "", opening)


def _tell_waiting(state: CommandState, note: str, opening: datetime) -> None:
    with contextlib.suppress(LedgerError), session(state, exclusive=False) as work:
        details: Details = {"waits": bool(note), "window_opens": opening.isoformat()}
        work.ledger.set_fact(
            WAITS, note, NewEvent(type=EventType.CONTROL, at=now(), actor=work.account, details=details)
        )


def _tell_opening(out: Output, work: Session, result: BatchResult) -> None:
    """After a start outside the window."""
    opening = opens_at(work.config.execute.window, now())
    if result.stopped_because is StopReason.WINDOW_CLOSED and opening is not None:
        at = in_each(notation.minute, opening, work.config.execute.window.zone)
        out.say(Sentence(f"The window opens at {at.en}.", f"Het venster gaat open op {at.nl}."))


def _settle(state: CommandState) -> int:
    """After a kill, outside the window or under a plan that may not go on: no study stays half done."""
    out = state.output
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        work.archive.echo()
        state.how_far.begun = UNHARMED
        result = settle(work, out)
        if result is None:
            out.say(_NOTHING_TO_SETTLE)
            out.next_step("remediate status")
            out.answer(no_batch_json(chosen(work.config.execute)))
            return ExitCode.DONE
        conclude(work, out, result)
    tell_batch(out, result)
    out.next_step("remediate status")
    out.answer(batch_json(result))
    return exit_code(result)


_NOTHING_TO_SETTLE = Sentence("Nothing is left to settle.", "Er is niets af te handelen.")


def conclude(work: Session, out: Output, result: BatchResult) -> None:
    """Sign and hand on what a batch wrote."""
    if not result.batch_id:
        return
    work.ledger.checkpoint(NewEvent(type=EventType.CHECKPOINT, at=now(), batch=result.batch_id))
    keep_checkpoints_elsewhere(work, out)
    tell_after(work, out)


def executable(work: Session, out: Output, plan_path: str) -> PlanDocument:
    """The plan, approved and still fitting what is configured. Raises `PlanError` with what stands in the way."""
    document, found = read_bound_plan(plan_path, work.ledger)
    tell_exchanged(out, require_approved(work.ledger, document, found, work.config.approval), found)
    require_same_settings(document.kind, document.parameters, work.config)
    require_receiver(work, bool(document.parameters.get("output")))
    return document


def first_executable(work: Session, out: Output, *, without: Collection[str] = ()) -> PlanDocument | None:
    """The oldest approved plan that can go on, besides those that are named; one that cannot is told, and keeps no
    other from its night.

    Raises the first plan's `PlanError` when none can.
    """
    refused: dict[str, PlanError] = {}
    for plan_id in approved_with_work(work.ledger, work.config.approval):
        if plan_id in without:
            continue
        try:
            document = executable(work, out, plan_id)
        except PlanError as error:
            refused[plan_id] = error
            continue
        for left, why in refused.items():
            out.notice(Sentence(f"{left} is left out: {why}", f"{left} is overgeslagen: {why.sentence.nl}"))
        return document
    if refused:
        raise next(iter(refused.values()))
    return None


def require_receiver(work: Session, by_message: bool) -> None:
    """Without a host remediate sends nothing. Raises `PlanError`."""
    if by_message and not work.config.hl7_output.host:
        raise PlanError(
            Sentence(
                f"No hl7_output.host is set, so remediate sends nothing: {FILE} beside the plan is for others to send.",
                f"hl7_output.host is niet ingesteld, dus remediate verstuurt niets: {FILE} naast het plan is "
                "voor anderen om te versturen.",
            ),
            advice=Sentence(
                "Afterwards `remediate survey` and `remediate plan` show what the archive made of it.",
                "Daarna tonen `remediate survey` en `remediate plan` wat het archief ermee deed.",
            ),
        )


@click.command()
@common_options
@click.argument("plan_path", metavar="[PLAN]", required=False)
@click.option("--study", default="", help="Only this Study Instance UID.")
@click.option(
    "--sample",
    type=click.FloatRange(min=0, min_open=True, max=100),
    default=100.0,
    help="Per cent of the studies, drawn at random.  [default: all]",
)
@click.option("--seed", type=click.IntRange(0, _SEEDS - 1), help="Draw the same studies again.  [default: random]")
@click.option("--copies", "with_copies", is_flag=True, help="Ask the nodes of the section copies too.")
@pass_state
def verify(
    state: CommandState, plan_path: str | None, study: str, sample: float, seed: int | None, with_copies: bool
) -> int:
    """Read corrected studies back again and compare them with what the ledger wrote down; changes nothing."""
    out = state.output
    if plan_path and study:
        raise UsageError(Sentence("Name a plan or a study, not both.", "Noem een plan of een onderzoek, niet beide."))
    with session(state, exclusive=True) as work:
        whole = _studies(work, plan_path, study, with_copies=with_copies)
        seed = secrets.randbelow(_SEEDS) if seed is None else seed
        drawn = sample_of(whole, sample, seed)
        with out.progress(total=len(drawn), unit="studies", what="verify") as bar:
            verifier = Verifier(
                eye=eye_on(work, work.archive),
                vault=work.ledger,
                events=work.ledger,
                clock=now,
                settings=work.config.execute.spool,
                evidence=partial(evidence_of, work),
                progress=bar.update,
            )
            result = verifier.run(drawn, actor=work.account)
        copies = look_at_copies(work, drawn, is_sample=len(drawn) < len(whole)) if with_copies else []
    if not drawn:
        out.say(
            Sentence(
                "There is nothing to verify: no study stands corrected.",
                "Er is niets te verifiëren: geen onderzoek staat gecorrigeerd.",
            )
        )
    if len(drawn) < len(whole):
        _tell_sample(out, len(whole), seed)
    looked, read = studies(result.studies), objects(result.checked)
    out.say(
        Sentence(
            f"{looked.en}, {read.en} read back: {result.same} as written.",
            f"{looked.nl}, {read.nl} teruggelezen: {result.same} zoals geschreven.",
        )
    )
    _tell_uncompared(out, result)
    for uid, difference in result.different:
        out.say(f"  {uid}: {difference.value}. {sentence(difference, out.language)}")
    if result.released:
        waited = studies(result.released)
        out.say(
            Sentence(
                f"{waited.en} waited for this: the originals left the spool.",
                f"{waited.nl} wachtten hierop: de originelen zijn uit de spool verwijderd.",
            )
        )
    tell_copies(out, copies)
    if result.different:
        out.next_step(
            Sentence(
                "look at these studies in the archive before anything else; `remediate ledger show STUDY`",
                "bekijk eerst deze onderzoeken in het archief; `remediate ledger show STUDY`",
            )
        )
    out.answer(
        {
            "checked": result.checked,
            "same": result.same,
            "different": [{"sop_instance_uid": uid, "reason": reason.value} for uid, reason in result.different],
            "released": result.released,
            "seed": seed if len(drawn) < len(whole) else None,
            "not_comparable": [{"study_instance_uid": uid, "objects": number} for uid, number in result.uncompared],
            **({"copies": copies_json(out, copies)} if with_copies else {}),
        }
    )
    nothing_seen = result.uncompared and not result.checked
    return ExitCode.CHANGES if result.different or nothing_seen or are_amiss(copies) else ExitCode.DONE


def _tell_sample(out: Output, whole: int, seed: int) -> None:
    """So that somebody else can draw the same."""
    of = studies(whole)
    out.say(
        Sentence(
            f"Drawn at random from {of.en}; the same ones again: --seed {seed}.",
            f"Willekeurig getrokken uit {of.nl}; dezelfde opnieuw: --seed {seed}.",
        )
    )


def _tell_uncompared(out: Output, result: Verification) -> None:
    """What nobody can vouch for any more is counted and named."""
    if not result.uncompared:
        return
    whose, what = studies(len(result.uncompared)), objects(sum(number for _, number in result.uncompared))
    out.say(
        Sentence(
            f"{whose.en}, {what.en} cannot be compared any more: their old values were made unreadable "
            "(ledger shred), and the archive keeps them in other bytes than were sent.",
            f"{whose.nl}, {what.nl} zijn niet meer te vergelijken: de oude waarden zijn onleesbaar gemaakt "
            "(ledger shred), en het archief bewaart ze in andere bytes dan er verstuurd zijn.",
        )
    )
    for uid, number in result.uncompared:
        out.say(f"  {uid}: {objects(number).in_(out.language)}")


def _studies(work: Session, plan_path: str | None, study: str, *, with_copies: bool) -> tuple[str, ...]:
    """Those that stand corrected; copies are asked too for what was rolled back."""
    if with_copies:
        require_copies(work)
    plan_id = "" if plan_path is None else read_plan(plan_path, work.ledger).plan_id
    found = finished_of(work, plan_id, study)
    verified = set(work.ledger.verified_studies())
    if study and not with_copies and study not in verified:
        raise not_corrected()
    return found if with_copies else tuple(uid for uid in found if uid in verified)


def _control(state: CommandState, mode: RunMode, told: Sentence, *, idle: Sentence) -> None:
    """Hand the wish on. `idle` is said where nothing runs."""
    with session(state, exclusive=False) as work:
        machine = Machine(work.config)
        runs = ask_for(mode, work.ledger, work.ledger, machine, actor=work.account, now=now())
        stands = work.ledger.control()
    if not runs and (holder := machine.holder()) is not None:
        where = f"`{holder.command}` (pid {holder.process.pid})"
        state.output.say(
            Sentence(
                f"No batch is open, and other work hears only ctrl-c: {where} goes on.",
                f"Er is geen batch open, en ander werk luistert alleen naar ctrl-c: {where} gaat verder.",
            )
        )
    else:
        state.output.say(told if runs else idle)
    state.output.answer({"control": stands.value, "running": runs})


@click.command()
@common_options
@pass_state
def pause(state: CommandState) -> None:
    """Let running work wait after the study in hand."""
    _control(
        state,
        RunMode.PAUSE,
        Sentence(
            "Running work waits after the study in hand, until `remediate resume` or `remediate stop`.",
            "Lopend werk wacht na het onderzoek waaraan het bezig is, tot `remediate resume` of `remediate stop`.",
        ),
        idle=Sentence(
            "Nothing runs. What is begun later waits until `remediate resume`.",
            "Er loopt niets. Wat later begint, wacht tot `remediate resume`.",
        ),
    )


@click.command()
@common_options
@pass_state
def resume(state: CommandState) -> None:
    """Let paused work go on."""
    _control(
        state,
        RunMode.RUN,
        Sentence("Running work goes on.", "Lopend werk gaat verder."),
        idle=Sentence(
            "Nothing runs. What is begun later no longer waits.", "Er loopt niets. Wat later begint, wacht niet meer."
        ),
    )


@click.command()
@common_options
@pass_state
def stop(state: CommandState) -> None:
    """End running work after the study in hand."""
    _control(
        state,
        RunMode.STOP,
        Sentence(
            "Running work ends after the study in hand. `remediate execute` goes on later.",
            "Lopend werk stopt na het onderzoek waaraan het bezig is. `remediate execute` gaat later verder.",
        ),
        idle=Sentence("Nothing runs, so there is nothing to stop.", "Er loopt niets, dus er is niets om te stoppen."),
    )


COMMANDS = (execute, verify, pause, resume, stop)
