"""Wires the order of a plan: which lists are configured, read and kept, and what is told of them; decides nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from remediate.cli.output import Output
from remediate.epd.appointments import read_appointments
from remediate.epd.deliveries import matching
from remediate.epd.hl7.time import wall_clock
from remediate.errors import PlanError, RemediateError
from remediate.files import replacing
from remediate.identity.bsn_spelling import masked_numbers
from remediate.measure.job_list import Period, read_job_list
from remediate.measure.sent_needs import keep_sent_needs
from remediate.plan.document import PlanDocument
from remediate.plan.order import ListRead, OrderTally, keep_list, settle_lists
from remediate.records.needs import STEP, Need, OrderBy, Ordering
from remediate.report.order_words import order_lines, order_rows, order_sheet
from remediate.texts.language import Language, Sentence, unreadable
from remediate.wiring import Session, is_gone, now, steady, today, worker_name

ORDER_FILE = "order.csv"
LISTS_SECONDS = 60.0
"""How long a plan waits for another process that reads the lists."""

_LEASE, _LEASE_SECONDS, _LOOK_SECONDS = "lists of needs", 600.0, 0.2


def order_of(work: Session, out: Output, by: str | None) -> OrderTally:
    """The order of the plan that is being made, its lists read. A list that cannot be read is told, and keeps no plan
    from being made: the order says when, never whether."""
    settings = work.config.needs
    ordering = Ordering(
        by=OrderBy(by or work.config.execute.order),
        today=today(work.config),
        longest_waiting=settings.longest_waiting,
    )
    if ordering.by is not OrderBy.NEED:
        return OrderTally(ordering=ordering)
    work.ledger.forget_needs("patient", "study", "sort")
    lists = [*_appointments(work, out), *_jobs(work, out, ordering)]
    left_out = settle_lists(work.ledger, ordering, days_ahead=settings.days_ahead)
    return OrderTally(ordering=ordering, needs=work.ledger, lists=lists, left_out=left_out)


@contextmanager
def reading_lists(work: Session, *, seconds: float = 0.0) -> Iterator[bool]:
    """Whether the lists are this process's to read, for the length of the block: what each keeps takes the place of
    what another kept, so that half of it would order a plan by half a list. Waits so long for another."""
    until, owner = steady() + seconds, worker_name()
    while (fence := work.ledger.take_lease(_LEASE, owner, _LEASE_SECONDS, is_gone=is_gone)) is None:
        if steady() >= until:
            break
        time.sleep(_LOOK_SECONDS)
    try:
        yield fence is not None
    finally:
        if fence is not None:
            work.ledger.end_lease(_LEASE, fence)


def in_hand_elsewhere() -> PlanError:
    """Another process reads the lists, and did not end in time."""
    return PlanError(
        Sentence(
            "Another process reads the lists by which plans are ordered; nothing was planned.",
            "Een ander proces leest de lijsten waarmee plannen worden geordend; er is niets gepland.",
        ),
        advice=Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit."),
    )


def order_again(work: Session, out: Output, document: PlanDocument) -> None:
    """Before a night: what is left of a plan by need goes in the order that today's lists give it, which no approval
    binds. Where one of them cannot be read, the order stays as it is."""
    plan_id, settings = document.plan_id, work.config.needs
    if document.order.get("by") != OrderBy.NEED or not (settings.appointments or settings.jobs):
        return
    with reading_lists(work) as is_ours:
        tally = order_of(work, out, OrderBy.NEED) if is_ours else None
        if tally is not None and not any(read.missing for read in tally.lists):
            work.ledger.order_plan(plan_id, tally.ordering)
            return
    out.notice(
        Sentence(
            f"{plan_id} goes on in the order in which it was.", f"{plan_id} gaat verder in de volgorde die het had."
        )
    )


def _appointments(work: Session, out: Output) -> Iterator[ListRead]:
    settings, moment = work.config.needs, wall_clock(now())
    for number, path in enumerate(_files(work, settings.appointments)):
        read = ListRead(name=masked_numbers(path.name))
        try:
            found = read_appointments(path, settings.csv, work.config.epd, now=moment)
            keep_list(found, read, needs=work.ledger, judge=work.judge, number=number)
        except (RemediateError, OSError) as error:  # also a share that goes while the list is read
            read.missing = True
            _tell_missing(out, path, error)
        yield read


def _jobs(work: Session, out: Output, ordering: Ordering) -> Iterator[ListRead]:
    settings = work.config.needs
    period = Period(ordering.today - timedelta(days=settings.jobs_days), None)
    for path in _files(work, settings.jobs):
        read = ListRead(name=masked_numbers(path.name))
        try:
            listed = read_job_list(path, work.config.measure.jobs, today=ordering.today, period=period)
            read.lines = listed.lines
            keep_sent_needs(listed.jobs, needs=work.ledger, census=work.ledger, ordering=ordering)
        except (RemediateError, OSError) as error:  # also a share that goes while the list is read
            read.missing = True
            _tell_missing(out, path, error)
        yield read


def _files(work: Session, patterns: Sequence[str]) -> list[Path]:
    """Each file once, in order."""
    return list(dict.fromkeys(path for pattern in patterns for path in matching(pattern, work.config.base)))


def _tell_missing(out: Output, path: Path, error: RemediateError | OSError) -> None:
    name, why = path.name, unreadable(path.name, error) if isinstance(error, OSError) else error.sentence
    english, dutch = f"{name} cannot order the plan: {why.en}", f"{name} kan het plan niet ordenen: {why.nl}"
    out.notice(Sentence(masked_numbers(english), masked_numbers(dutch)))


def write_order(work: Session, path: Path, plan_id: str, language: Language) -> None:
    """The studies that come first and why, in the plan's order; not those that only their date puts in a place."""
    first = work.ledger.planned_in_order(plan_id, before=Need.LIKELY * STEP)
    with replacing(path) as file:
        for line in order_sheet(first, language):
            file.write(line.encode("utf-8", "replace"))


def tell_order(out: Output, order: Mapping[str, Any]) -> None:
    """In which order a plan is worked on, and why, for people."""
    if not order:
        return
    said, *more = order_lines(order, out.language)
    out.say(said)
    out.table(order_rows(order, out.language))
    for line in more:
        out.say(line)
