"""`status`: what runs, how far it is, how fast it goes and when it will be done; decides nothing."""

from __future__ import annotations

import click

from remediate import notation
from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import Output, count, in_each, objects, studies
from remediate.cli.wiring import now, session
from remediate.errors import ExitCode
from remediate.language import Sentence
from remediate.records.ledger import BatchRow, RunMode
from remediate.records.states import State as StudyState
from remediate.workflow.reasons import sentence
from remediate.workflow.standing import Standing, standing

_MODES = {
    RunMode.RUN: Sentence("Control: work may run", "Sturing: er mag gewerkt worden"),
    RunMode.PAUSE: Sentence(
        "Control: paused: running work waits for `remediate resume` or `remediate stop`",
        "Sturing: gepauzeerd: lopend werk wacht op `remediate resume` of `remediate stop`",
    ),
    RunMode.STOP: Sentence(
        "Control: stopping: running work ends after the study in hand",
        "Sturing: stopt: lopend werk eindigt na het onderzoek waaraan het bezig is",
    ),
}
_TOLD = (StudyState.FAILED, StudyState.QUARANTINED, StudyState.DRIFTED)


@click.command()
@common_options
@pass_state
def status(state: State) -> int:
    """What runs, how far it is, how fast it goes and when it will be done. Exit 2 while work is left."""
    out = state.output
    with session(state, exclusive=False) as work:
        found = standing(work.ledger, work.spool, work.config, now=now())
    out.say(_MODES[found.mode])
    if found.counts:
        out.say(Sentence("Studies:", "Onderzoeken:"))
        out.table(found.by_state().items())
    else:
        out.say(Sentence("No study was surveyed yet.", "Er is nog geen onderzoek geïnventariseerd."))
        out.next_step("remediate survey")
    for (study_state, reason), number in sorted(found.counts.items()):
        if study_state in _TOLD:
            out.say(f"  {number} {study_state.value}: {sentence(reason, out.language)}")
    _tell_work(out, found)
    _tell_waiting(out, found)
    _tell_next(out, found)
    out.answer(_as_json(found))
    return ExitCode.CHANGES if found.pending else ExitCode.DONE


def _tell_work(out: Output, found: Standing) -> None:
    if found.batch is not None:
        out.say(_batch_line(found.batch, is_running=found.is_running))
    left, number = found.progress, found.progress.left_studies
    if found.plan is not None:
        plan, planned, amount = found.plan.plan_id, found.plan.planned, objects(left.left_objects)
        out.say(
            Sentence(
                f"{plan}: {studies(number).en} left of {planned}, {amount.en}.",
                f"{plan}: nog {studies(number).nl} van {planned}, {amount.nl}.",
            )
        )
    if found.is_running:
        done = studies(left.done_studies)
        out.say(Sentence(f"Done by this batch: {done.en}.", f"Gedaan door deze batch: {done.nl}."))
    if found.objects_a_second:
        pace = f"{found.objects_a_second:.1f}"
        out.say(Sentence(f"Pace: {pace} objects a second.", f"Tempo: {pace} objecten per seconde."))
    if found.done_at is not None:
        moment = f"{found.done_at:%Y-%m-%d %H:%M %Z}"
        out.say(Sentence(f"At this pace done at about {moment}.", f"In dit tempo klaar om ongeveer {moment}."))


def _tell_waiting(out: Output, found: Standing) -> None:
    for place, number in found.originals.items():
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


def _batch_line(batch: BatchRow, *, is_running: bool) -> Sentence:
    if is_running:
        since = f"{batch.opened_at:%Y-%m-%d %H:%M:%S %z}"
        return Sentence(
            f"{batch.batch_id} of {batch.plan_id} is open since {since}.",
            f"{batch.batch_id} van {batch.plan_id} is open sinds {since}.",
        )
    moment = f"{batch.closed_at:%Y-%m-%d %H:%M:%S %z}"
    why = Sentence(f", stopped: {batch.stopped_because}", f", gestopt: {batch.stopped_because}")
    if not batch.stopped_because:
        why = Sentence("", "")
    return Sentence(
        f"{batch.batch_id} of {batch.plan_id} closed at {moment}{why.en}.",
        f"{batch.batch_id} van {batch.plan_id} gesloten op {moment}{why.nl}.",
    )


def _tell_next(out: Output, found: Standing) -> None:
    quarantined = sum(number for (state, _), number in found.counts.items() if state is StudyState.QUARANTINED)
    if found.plan is not None and not found.is_running:
        if found.missing:
            out.next_step(f"remediate approve {found.plan.plan_id} --by NAME")
        else:
            out.next_step(f"remediate execute {found.plan.plan_id}")
    if quarantined:
        out.next_step(
            Sentence(
                "`remediate ledger show STUDY` for each in quarantine; repaired: `remediate release STUDY`",
                "`remediate ledger show STUDY` voor elk in quarantaine; hersteld: `remediate release STUDY`",
            )
        )


def _as_json(found: Standing) -> dict[str, object]:
    return {
        "control": found.mode.value,
        "studies": found.by_state(),
        "pending": found.pending,
        "running": found.is_running,
        "batch": _batch_json(found.batch) if found.batch is not None else None,
        "plan": found.plan.plan_id if found.plan is not None else None,
        "left": {"studies": found.progress.left_studies, "objects": found.progress.left_objects},
        "objects_a_second": round(found.objects_a_second, 2) if found.objects_a_second else None,
        "waiting": {
            "studies": len(found.waiting),
            "objects": sum(one.objects for one in found.waiting),
            "bytes": sum(one.nbytes for one in found.waiting),
        },
        "originals": dict(found.originals),
        "done_at": found.done_at.isoformat(timespec="minutes") if found.done_at else None,
    }


def _batch_json(batch: BatchRow) -> dict[str, object]:
    return {
        "batch": batch.batch_id,
        "plan": batch.plan_id,
        "opened_at": batch.opened_at.isoformat(timespec="seconds"),
        "closed_at": batch.closed_at.isoformat(timespec="seconds") if batch.closed_at else None,
        "stopped_because": batch.stopped_because or None,
        "counts": dict(batch.counts),
    }


COMMANDS = (status,)
