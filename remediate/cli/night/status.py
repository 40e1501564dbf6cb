"""`status`: what runs or why nothing does, how far it is, how fast it goes, when it will be done; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.copies.verify import copies_left_json, copy_counts_json, tell_copies_left, tell_copy_counts
from remediate.cli.night.in_hand_words import in_hand_json, tell_in_hand
from remediate.cli.output import Output, count, in_each, objects, states, studies
from remediate.cli.telling import lines_of, standings, standings_json
from remediate.cli.wiring import session
from remediate.errors import ExitCode
from remediate.night.exchange_times import is_exchange
from remediate.night.in_hand import in_hand
from remediate.night.life import OpenBatch
from remediate.night.next_step import next_step
from remediate.night.status import MAY_MOVE, Condition, NightStatus
from remediate.reasons.study import sentence
from remediate.records.ledger import BatchRow
from remediate.records.signs import Doing, Hold, Holder
from remediate.records.states import AMISS, WORDS
from remediate.records.states import State as StudyState
from remediate.report.status_words import headline
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.wiring import Machine


@click.command()
@common_options
@pass_state
def status(state: CommandState) -> int:
    """What runs or why nothing does, how far it is, how fast it goes, what to do next. Exit 2 while work is left."""
    out = state.output
    with session(state, exclusive=False) as work:
        machine = Machine(work.config)
        found = work.standing()
        held = in_hand(work.ledger, work.ledger, machine)
        told = standings(work)
        held_copies, left_in_copies = work.ledger.copy_counts(), work.ledger.copies_left()
        step = next_step(found, machine, is_known=work.account in work.config.approval.names)
    said = headline(out, found)
    for line in said:
        out.say(line)
    _tell_plan(out, found)
    if found.is_running and found.work is not None:
        tell_at_a_time(out, found.work.doing)
    tell_in_hand(out, held, waits=found.condition is Condition.PAUSED and not found.is_running)
    _tell_end(out, found)
    _tell_last(out, found)
    _tell_studies(out, found)
    _tell_waiting(out, found)
    tell_copy_counts(out, held_copies)
    tell_copies_left(out, left_in_copies, work.config.copies)
    for line in lines_of(out, told):
        out.say(line)
    if step is not None:
        out.next_step(step)
    document = _as_json(out, found, said, step)
    beside = {
        "telling": standings_json(out, told),
        "copies": copy_counts_json(held_copies),
        "left_in_copies": copies_left_json(left_in_copies),
    }
    out.answer(document | beside | {"in_hand": [in_hand_json(out, one) for one in held]})
    return ExitCode.CHANGES if found.pending or found.work is not None else ExitCode.DONE


def tell_at_a_time(out: Output, doing: Doing) -> None:
    """Why so many, unless the archive's answer is the reason that nothing goes: that was told first."""
    if doing.pace.en and doing.hold is not Hold.ARCHIVE:
        out.say(doing.pace)


def _tell_plan(out: Output, found: NightStatus) -> None:
    if found.plan is None or not found.plan.planned:
        return
    plan, planned, left = found.plan.plan_id, found.plan.planned, found.progress.left_studies
    done, rest = planned - left, objects(found.progress.left_objects)
    share = notation.part_of(done, planned, out.language)
    still = Sentence(f"; left {studies(left).en}, {rest.en}", f"; nog {studies(left).nl}, {rest.nl}")
    if not left:
        still = Sentence("", "")
    out.say(
        Sentence(
            f"{plan}: {done} of {studies(planned).en} done ({share}){still.en}.",
            f"{plan}: {done} van {studies(planned).nl} gedaan ({share}){still.nl}.",
        )
    )


def _tell_end(out: Output, found: NightStatus) -> None:
    """Pace and expectations; none where nothing moves or may."""
    if not (found.condition in MAY_MOVE and found.objects_a_second and found.progress.left_objects):
        return
    pace = in_each(notation.pace, found.objects_a_second)
    whose = Sentence("over the last minutes", "over de laatste minuten")
    if not found.is_recent:
        whose = Sentence("of the last batch long enough to tell", "van de laatste batch die lang genoeg duurde")
    out.say(Sentence(f"Pace {whose.en}: {pace.en}.", f"Tempo {whose.nl}: {pace.nl}."))
    if found.ends_at is not None and found.left_at_end is not None:
        end, left = out.moment(found.ends_at), studies(found.left_at_end)
        are = "is" if found.left_at_end == 1 else "zijn"
        then = Sentence(f"{left.en} will be left then", f"{are} er dan nog {left.nl} over")
        if not found.left_at_end:
            then = Sentence("it will be done before", "is het daarvóór klaar")
        out.say(
            Sentence(
                f"It must end at {end}; at this pace {then.en}.",
                f"Het moet stoppen op {end}; in dit tempo {then.nl}.",
            )
        )
    if found.done_at is not None:
        at = out.moment(found.done_at)
        out.say(
            Sentence(
                f"At this pace the whole plan is done around {at}.", f"In dit tempo is het hele plan klaar rond {at}."
            )
        )


def _tell_last(out: Output, found: NightStatus) -> None:
    batch = found.batch
    if found.work is not None or batch is None or batch.closed_at is None:
        return
    at, why = out.moment(batch.closed_at), Sentence("", "")
    if batch.stopped_because:
        code = batch.stopped_because
        why = Sentence(*(f" ({code}): {sentence(code, language)}" for language in type(out.language)))
    out.say(
        Sentence(
            f"Last batch: {batch.batch_id} of {batch.plan_id}, ended at {at}{why.en or '.'}",
            f"Laatste batch: {batch.batch_id} van {batch.plan_id}, geëindigd op {at}{why.nl or '.'}",
        )
    )


def _tell_studies(out: Output, found: NightStatus) -> None:
    if not found.counts:
        return
    out.say(Sentence("Studies:", "Onderzoeken:"))
    out.table(_by_state(found, out.language))
    for (study_state, reason), number in sorted(found.counts.items()):
        if study_state in AMISS:
            out.say(f"  {number} {WORDS[study_state].in_(out.language)}: {sentence(reason, out.language)}")


def _by_state(found: NightStatus, language: Language) -> Iterator[tuple[str, int, str]]:
    """Studies by state, counted as a plan counts them: what we put right is right."""
    counts = found.by_state()
    ours = counts.pop(StudyState.VERIFIED.value, 0)
    counts[StudyState.CORRECT.value] = counts.get(StudyState.CORRECT.value, 0) + ours
    told = Sentence(
        f"of which corrected by us and verified: {ours}", f"waarvan door ons gecorrigeerd en geverifieerd: {ours}"
    )
    for word, number in states(sorted((state, number) for state, number in counts.items() if number), language):
        yield word, number, told.in_(language) if ours and word == WORDS[StudyState.CORRECT].in_(language) else ""


def _tell_waiting(out: Output, found: NightStatus) -> None:
    for place, number in found.originals.items():
        if place == found.here:
            continue
        whose = studies(number)
        out.say(
            Sentence(
                f"Not settled or in quarantine: the originals of {whose.en} lie on {place}; only there "
                "`remediate execute` can go on, or `remediate originals` copy them.",
                f"Niet afgehandeld of in quarantaine: de originelen van {whose.nl} staan op {place}; alleen daar kan "
                "`remediate execute` verder, of `remediate originals` ze kopiëren.",
            )
        )
    if found.waiting:
        whose = studies(len(found.waiting))
        number = sum(one.objects for one in found.waiting)
        nbytes = in_each(notation.size, sum(one.nbytes for one in found.waiting))
        since = in_each(notation.day, min(one.since for one in found.waiting))
        out.say(
            Sentence(
                f"Waiting in the spool for `remediate verify`: {count(number, 'original', 'originals')} "
                f"({nbytes.en}) of {whose.en}, since {since.en}.",
                f"In de spool wachten op `remediate verify`: {count(number, 'origineel', 'originelen')} "
                f"({nbytes.nl}) van {whose.nl}, sinds {since.nl}.",
            )
        )


def _as_json(out: Output, found: NightStatus, told: list[Sentence], step: Sentence | None) -> dict[str, object]:
    def at(moment: datetime | None) -> str | None:
        return moment.astimezone(out.zone).isoformat(timespec="seconds") if moment else None

    planned, left, batch = (found.plan.planned if found.plan else 0), found.progress.left_studies, found.batch
    return {
        "state": found.condition.value,
        "told": " ".join(line.in_(out.language) for line in told),
        "next": step.in_(out.language) if step else None,
        "running": found.is_running,
        "control": found.control.mode.value,
        "controlled": {"by": found.control.account or None, "since": at(found.control.since)},
        "studies": found.by_state(),
        "pending": found.pending,
        "process": _process_json(found.work) if found.work else None,
        "command": _holder_json(other, at(other.since)) if (other := found.other or found.waits) else None,
        "archive": _archive_json(out, found, at(found.work.doing.since) if found.work else None),
        "batch": _batch_json(batch, at(batch.opened_at), at(batch.closed_at)) if batch else None,
        "plan": found.plan.plan_id if found.plan is not None else None,
        "percent": int(1000 * (planned - left) / planned) / 10 if planned else None,
        "missing": found.missing.in_(out.language) if found.missing else None,
        "left": {"studies": left, "objects": found.progress.left_objects},
        "left_at_end": found.left_at_end if found.is_running else None,
        "pace": _pace_json(out, found),
        "objects_a_second": round(found.objects_a_second, 2) if found.objects_a_second else None,
        "window": {"opens_at": at(found.opens_at), "ends_at": at(found.ends_at), "timezone": str(out.zone)},
        "waiting": {
            "studies": len(found.waiting),
            "objects": sum(one.objects for one in found.waiting),
            "bytes": sum(one.nbytes for one in found.waiting),
        },
        "begun": found.begun,
        "originals": dict(found.originals),
        "done_at": at(found.done_at),
    }


def _pace_json(out: Output, found: NightStatus) -> dict[str, object] | None:
    """How many patients may be worked on at the same time, and why; None where nothing runs."""
    if found.work is None or found.work.doing.at_a_time is None:
        return None
    doing = found.work.doing
    return {"at_a_time": doing.at_a_time, "reason": doing.pace.in_(out.language)}


def _process_json(work: OpenBatch) -> dict[str, object]:
    process = work.process
    return {
        "batch": work.batch.batch_id,
        "life": work.life.value,
        "machine": process.machine if process else None,
        "pid": process.pid if process else None,
        "boot": process.boot.partition(" ")[0] or None if process else None,
        "silent_for": round(work.silent_for, 1) if work.silent_for is not None else None,
        "studies_in_hand": work.doing.in_hand,
    }


def _archive_json(out: Output, found: NightStatus, since: str | None) -> dict[str, object] | None:
    """What keeps work waiting for the archive."""
    if found.work is None or found.condition not in (Condition.WAITING_ARCHIVE, Condition.WAITING_ROOM):
        return None
    doing = found.work.doing
    said = {"answered": doing.told.in_(out.language), "waits_for": None}
    if doing.hold is Hold.ANSWER:
        said = {"answered": None, "waits_for": doing.told.in_(out.language)}
    return {**said, "since": since}


def _holder_json(holder: Holder, since: str | None) -> dict[str, object]:
    """The command that has the ledger to itself."""
    return {"name": holder.command, "machine": holder.process.machine, "pid": holder.process.pid, "since": since}


def _batch_json(batch: BatchRow, opened: str | None, closed: str | None) -> dict[str, object]:
    return {
        "batch": batch.batch_id,
        "plan": batch.plan_id,
        "opened_at": opened,
        "closed_at": closed,
        "stopped_because": batch.stopped_because or None,
        "counts": {name: number for name, number in batch.counts.items() if not is_exchange(name)},
    }


COMMANDS = (status,)
