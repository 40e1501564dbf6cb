"""Wires a batch for `execute` and `rollback`: workers, signals, progress. The order of the work stands in night/."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from remediate.cli.night.notices import Notices, pace_of
from remediate.cli.output import Output
from remediate.config.execute import ExecuteSettings
from remediate.messages.intent import MessagePreparation
from remediate.messages.job import MessageJob
from remediate.night import ceilings
from remediate.night.execute import (
    Batch,
    BatchResult,
    Settling,
    merged,
    plans_to_settle,
    prepare_run,
    written_well,
)
from remediate.night.gate import Book, Gate, StopSwitch
from remediate.night.intent import CorrectionPreparation, Preparation, ReversalPreparation
from remediate.night.life import Life, open_batches
from remediate.night.pace import FIRST, Pace
from remediate.night.pulse import Pulse
from remediate.night.retention import remove_expired_originals
from remediate.night.seats import Seats
from remediate.night.study_job import StudyJob
from remediate.night.study_times import StudyTimes, Told, of_earlier
from remediate.night.turn import Hands, StudyJobs, StudyOutcome
from remediate.night.warm_up import Ramp
from remediate.plan.message_corrections import kept_output, output_digest, output_of
from remediate.plan.planning import ASSUMED_OBJECTS_A_SECOND, measured_pace
from remediate.plan.verification_means import every_object, settings_for
from remediate.ports import MessageSender
from remediate.probe.probing import is_withdrawn, require_fitting_probe, withdraw_probe
from remediate.processes import since_boot, this_process
from remediate.reasons.study import StopReason
from remediate.records.ledger import BatchRow, PlanKind, PlannedStudy, PlanRow
from remediate.records.states import WORDS
from remediate.survey.access_log import LoggedArchive
from remediate.texts.language import Sentence
from remediate.wiring import THREAD_SECONDS, Machine, Session, is_gone, now, steady, worker_name

BOOKED_SECONDS = 15.0
"""For which a process has its associations without asking again; it asks every second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator asked of this run."""

    ignore_window: bool = False
    until: datetime | None = None
    max_studies: int | None = None
    stays: bool = False  # until other workers are done with the plan too


@contextmanager
def stop_on_signals(switch: StopSwitch) -> Iterator[None]:
    """SIGTERM and ctrl-c end the work between two objects; a second one ends the process at once."""

    def handler(number: int, _frame: object) -> None:
        switch.stop(StopReason.SIGNAL)
        signal.signal(number, signal.SIG_DFL)

    previous = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


def run_plan(work: Session, out: Output, plan_id: str, limits: Limits) -> BatchResult:
    """Settle what was begun and not finished, then run this plan; one answer over all of it."""
    with _running(work) as switch:
        results = _settled(work, out, plan_id, limits, switch)
        if not (results and switch.stopped):
            results.append(_batch(work, out, plan_id, limits, switch, settling=None))
        return merged(results)


def settle(work: Session, out: Output) -> BatchResult | None:
    """Settle what was begun and not finished under any plan, at any hour, and begin nothing; None when all is."""
    with _running(work) as switch:
        results = _settled(work, out, "", Limits(ignore_window=True), switch)
        return merged(results) if results else None


@contextmanager
def _running(work: Session) -> Iterator[StopSwitch]:
    switch = StopSwitch()
    sys.setswitchinterval(THREAD_SECONDS)
    if work.database.is_sqlite or not any(one.may_go_on for one in open_batches(work.ledger, Machine(work.config))):
        prepare_run(work.ledger, now=now(), actor="")
    work.ledger.take_back(frozenset(filter(is_gone, work.ledger.owners())))
    remove_expired_originals(
        work.spool,
        work.config.execute.spool,
        studies=work.ledger,
        work=work.ledger,
        vault=work.ledger,
        events=work.ledger,
        now=now(),
    )
    with stop_on_signals(switch):
        yield switch


def _settled(work: Session, out: Output, plan_id: str, limits: Limits, switch: StopSwitch) -> list[BatchResult]:
    results = []
    for open_plan, settling in plans_to_settle(work.ledger, work.ledger, work.ledger, plan_id).items():
        if not switch.stopped:
            _require_probe(work, open_plan)
            out.say(
                Sentence(
                    f"Settling what an interruption left of {open_plan}.",
                    f"Afhandelen wat een onderbreking van {open_plan} liet liggen.",
                )
            )
            results.append(_batch(work, out, open_plan, limits, switch, settling=settling))
    return results


def _require_probe(work: Session, plan_id: str) -> None:
    """What another plan began may want objects stored, which this archive must still take. Raises `PlanError`."""
    by_message = bool(kept_output(work.ledger, plan_id))
    require_fitting_probe(work.ledger, work.config, now=now(), by_message=by_message)


def _batch(
    work: Session, out: Output, plan_id: str, limits: Limits, switch: StopSwitch, *, settling: Settling | None
) -> BatchResult:
    head = work.ledger.plan(plan_id)
    if head is None:
        raise ValueError("a plan that the ledger does not know cannot be run")
    settings = settings_for(head.kind, work.config.execute)
    if kept_output(work.ledger, plan_id):
        settings = every_object(settings)
    items = {item.study_instance_uid: item for item in work.ledger.planned_studies(plan_id)}
    owner = worker_name()
    gate = _gate(work, out, limits, switch, settings, owner, plan_id)
    done = written_well(work.ledger, work.ledger, plan_id, sum(settings.ramp))
    steps = () if settling else settings.ramp
    behind = None if gate.book is None or not steps else _behind(work, plan_id, sum(steps), switch)
    ramp = Ramp(steps, switch, done=done, behind=behind)
    left = _begun(work, plan_id) if settling else work.ledger.plan_progress(plan_id, "").left_studies
    with out.progress(total=left, unit="studies", what=plan_id, more=lambda: pace_of(out, gate.pulse)) as bar:

        def told(outcome: StudyOutcome) -> None:
            bar.set_postfix_str(WORDS[outcome.state].in_(out.language))
            bar.update(1 if outcome.finished else 0)

        batch = Batch(
            plans=work.ledger,
            batches=work.ledger,
            studies=work.ledger,
            work=work.ledger,
            vault=work.ledger,
            spool=work.spool,
            clock=gate.clock,
            gate=gate,
            ramp=ramp,
            settings=settings,
            open_job=lambda batch_id: _job(work, gate, ramp, head, batch_id, items),
            owner=owner,
            stays=limits.stays,
            on_mismatch=lambda batch_id: withdraw_probe(work.ledger, batch_id, now=gate.clock()),
            is_gone=is_gone,
            progress=told,
            sizes={uid: item.instances for uid, item in items.items()},
            by_patient=bool(kept_output(work.ledger, plan_id)),
            echo=work.echo_alone,
            settling=settling,
            process=this_process(),
            since_boot=since_boot,
        )
        try:
            return batch.run(plan_id)
        finally:
            if gate.book is not None:
                work.ledger.release_seats(owner)


def _gate(
    work: Session, out: Output, limits: Limits, switch: StopSwitch, settings: ExecuteSettings, owner: str, plan_id: str
) -> Gate:
    """What lets studies and objects through: window, ceilings, pace, and what other processes have."""
    first = ceilings.found_before(work.ledger)
    pace = Pace(settings.associations, steady(), first=first or FIRST, fixed=settings.pace == "fixed")
    seats = Seats(pace, steady)
    pulse = Pulse(
        clock=now,
        steady=steady,
        until=limits.until,
        ignores_window=limits.ignore_window,
        on_hold=Notices(out),
        pace=seats.told,
    )
    book = None if work.database.is_sqlite else _booking(work, owner)
    return Gate(
        control=work.ledger,
        settings=settings,
        clock=work.shared_clock(now),
        steady=steady,
        switch=switch,
        ignore_window=limits.ignore_window,
        until=limits.until,
        pulse=pulse,
        seats=seats,
        asked=lambda: ceilings.asked(work.ledger),
        quota=limits.max_studies if limits.max_studies is not None else settings.max_studies,
        book=book,
        is_forbidden=lambda: book is not None and is_withdrawn(work.ledger),
        times=StudyTimes(of_earlier(work.ledger, plan_id) or _assumed(work, pace)),
    )


def _assumed(work: Session, pace: Pace) -> Told:
    """What a study takes a worker, by the objects a second of all of them together."""
    return Told(0, round(1000 * pace.allowed / (measured_pace(work.ledger) or ASSUMED_OBJECTS_A_SECOND)))


def _booking(work: Session, owner: str) -> Book:
    """Shares the archive's associations with the other processes at work."""
    return lambda in_use, ceiling: work.ledger.book_seats(owner, in_use, ceiling, BOOKED_SECONDS, is_gone=is_gone)


def _behind(work: Session, plan_id: str, most: int, switch: StopSwitch) -> Callable[[], int | None]:
    """For a ramp: the oldest living process of the plan makes the careful start, and the others wait for it."""
    machine, process, begun = Machine(work.config), this_process(), now()

    def done() -> int | None:
        opened = [one for one in open_batches(work.ledger, machine) if one.batch.plan_id == plan_id]
        ours = next((number for number, one in enumerate(opened) if one.process == process), len(opened))
        if any(_failed_since(batch, plan_id, begun) for batch in work.ledger.batches()):
            switch.stop(StopReason.RAMP_FAILED)
            return None
        written = written_well(work.ledger, work.ledger, plan_id, most)
        is_first = all(one.life is not Life.ALIVE for one in opened[ours + 1 :])
        return written if is_first or written >= most else None

    return done


def _begun(work: Session, plan_id: str) -> int:
    """Studies of the plan that are to be settled, or were left by somebody who has them in hand."""
    begun = (work.ledger.open_intent(uid) for uid in work.ledger.open_studies())
    return sum(1 for intent in begun if intent is not None and intent.plan_id == plan_id)


def _failed_since(batch: BatchRow, plan_id: str, begun: datetime) -> bool:
    is_late = batch.closed_at is not None and batch.closed_at >= begun
    return is_late and batch.plan_id == plan_id and batch.stopped_because == StopReason.RAMP_FAILED


@contextmanager
def _job(
    work: Session, gate: Gate, ramp: Ramp, head: PlanRow, batch_id: str, items: dict[str, PlannedStudy]
) -> Iterator[StudyJobs]:
    with ExitStack() as stack:
        archive = LoggedArchive(
            archive=work.new_archive(gate), events=work.ledger, clock=gate.clock, plan=head.plan_id, batch=batch_id
        )
        stack.callback(archive.close)
        hands = Hands(
            studies=work.ledger,
            work=work.ledger,
            vault=work.ledger,
            events=work.ledger,
            archive=archive,
            spool=work.spool,
            clock=gate.clock,
            gate=gate,
            ramp=ramp,
            store_retries=work.config.archive.retries,
        )
        if head.kind is PlanKind.CORRECT and (approved := kept_output(work.ledger, head.plan_id)):
            sender = work.new_sender() if output_digest(output_of(work.config)) == approved else None
            if sender is not None:
                stack.callback(sender.close)
            yield _message_job(work, hands, head, items, sender)
        else:
            yield _study_job(work, hands, head, items)


def _study_job(work: Session, hands: Hands, head: PlanRow, items: dict[str, PlannedStudy]) -> StudyJob:
    preparation: Preparation
    if head.kind is PlanKind.ROLLBACK:
        preparation = ReversalPreparation(
            archive=hands.archive,
            vault=work.ledger,
            spool=work.spool,
            items=items,
            evidence_settings=work.evidence_settings,
            withdrawn=head.withdrawn,
        )
    else:
        preparation = CorrectionPreparation(
            archive=hands.archive,
            spool=work.spool,
            judge=work.judge,
            items=items,
            evidence_settings=work.evidence_settings,
            provenance=work.provenance(),
            withdrawn=head.withdrawn,
        )
    return StudyJob(hands=hands, preparation=preparation)


def _message_job(
    work: Session, hands: Hands, head: PlanRow, items: dict[str, PlannedStudy], sender: MessageSender | None
) -> MessageJob:
    preparation = MessagePreparation(
        archive=hands.archive,
        studies=work.ledger,
        spool=work.spool,
        judge=work.judge,
        items=items,
        evidence_settings=work.evidence_settings,
        provenance=work.provenance(),
        messages=work.messages,
        find_cap=work.config.archive.find_cap,
        withdrawn=head.withdrawn,
    )
    return MessageJob(
        hands=hands,
        preparation=preparation,
        plans=work.ledger,
        sender=sender,
        output=work.config.hl7_output,
    )
