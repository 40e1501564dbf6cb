"""`status`: what runs, how far it is, how fast it goes and when it will be done; decides nothing."""

from __future__ import annotations

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import Output, size
from remediate.cli.wiring import now, session
from remediate.errors import ExitCode
from remediate.records.ledger import BatchRow, RunMode
from remediate.records.states import State as StudyState
from remediate.workflow.reasons import sentence
from remediate.workflow.standing import Standing, standing

_MODES = {
    RunMode.RUN: "work may run",
    RunMode.PAUSE: "paused: running work waits for `remediate resume` or `remediate stop`",
    RunMode.STOP: "stopping: running work ends after the study in hand",
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
    out.say(f"Control: {_MODES[found.mode]}")
    out.say("Studies:")
    out.table(found.by_state().items())
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
    progress = found.progress
    if found.plan is not None:
        out.say(f"{found.plan.plan_id}: {_count(progress.left_studies, 'study', 'studies')} left of "
                f"{found.plan.planned}, {_count(progress.left_objects, 'object', 'objects')}.")  # fmt: skip
    if found.is_running:
        out.say(f"Done by this batch: {_count(progress.done_studies, 'study', 'studies')}.")
    if found.objects_a_second:
        out.say(f"Pace: {found.objects_a_second:.1f} objects a second.")
    if found.done_at is not None:
        out.say(f"At this pace done at about {found.done_at:%Y-%m-%d %H:%M %Z}.")


def _tell_waiting(out: Output, found: Standing) -> None:
    if found.waiting:
        studies = _count(len(found.waiting), "study", "studies")
        objects = _count(sum(one.objects for one in found.waiting), "original", "originals")
        nbytes, since = size(sum(one.nbytes for one in found.waiting)), min(one.since for one in found.waiting)
        out.say(f"Waiting in the spool for `remediate verify`: {objects} ({nbytes}) of {studies}, since {since:%F}.")


def _batch_line(batch: BatchRow, *, is_running: bool) -> str:
    if is_running:
        return f"{batch.batch_id} of {batch.plan_id} is open since {batch.opened_at:%Y-%m-%d %H:%M:%S %z}."
    why = f", stopped: {batch.stopped_because}" if batch.stopped_because else ""
    return f"{batch.batch_id} of {batch.plan_id} closed at {batch.closed_at:%Y-%m-%d %H:%M:%S %z}{why}."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _tell_next(out: Output, found: Standing) -> None:
    quarantined = sum(number for (state, _), number in found.counts.items() if state is StudyState.QUARANTINED)
    if found.plan is not None and not found.is_running:
        if found.missing:
            out.next_step(f"remediate approve {found.plan.plan_id} --by NAME")
        else:
            out.next_step(f"remediate execute {found.plan.plan_id}")
    if quarantined:
        out.next_step("`remediate ledger show STUDY` for each in quarantine; repaired: `remediate release STUDY`")


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
