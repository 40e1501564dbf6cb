"""The one thing to do next, as a command that works when it is typed. Does nothing itself."""

from __future__ import annotations

from remediate.night.life import Watch
from remediate.night.status import Condition, NightStatus
from remediate.records.ledger import PlanKind, RunMode
from remediate.records.signs import Fate
from remediate.records.states import State
from remediate.texts import notation
from remediate.texts.language import Language, Sentence

_ALWAYS = {
    Condition.NOTHING_SURVEYED: "remediate survey",
    Condition.NO_PLAN: "remediate plan",
    Condition.NO_PROBE: "remediate doctor --probe",
    Condition.PROBE_FORBIDS: "remediate doctor --probe",
    Condition.PAUSED: "remediate resume",
    Condition.WAITING_ARCHIVE: "remediate doctor",
    Condition.WAITING_ROOM: "remediate doctor",
    Condition.READ_ONLY: "remediate doctor",
}
_ROUNDED = 1.05
"""What is asked for is never less than what lacks, however it is rounded."""
_SETTLE = "remediate execute --settle"


def next_step(found: NightStatus, watch: Watch, *, is_known: bool) -> Sentence | None:
    """In both languages, since a name may have to be filled in: not where the person's account `is_known`. None where
    there is nothing to do but wait, or nothing."""
    command = _ALWAYS.get(found.condition) or _command(found, watch)
    if command is None:
        return None
    if found.condition is Condition.SPOOL_FULL and not found.waiting:
        folder = found.here.partition(":")[2]
        return _with_room(found, f"under {folder}", f"onder {folder}", command)
    if found.condition is Condition.LEDGER_FULL:
        return _with_room(found, "under the ledger", "onder het logboek", "remediate status")
    if found.condition is Condition.OUTSIDE_WINDOW:
        return Sentence(
            f"wait until the window opens; then: {command}", f"wacht tot het venster opengaat; dan: {command}"
        )
    if found.condition is Condition.APPROVAL_MISSING and not is_known:
        return Sentence(f"{command} --by NAME", f"{command} --by NAAM")
    return Sentence(command, command)


def _command(found: NightStatus, watch: Watch) -> str | None:
    match found.condition:
        case Condition.RUNNING | Condition.STOPPING | Condition.BUSY | Condition.WAITING_WINDOW:
            return None
        case Condition.FROZEN:
            return _wake(found, watch)
        case Condition.INTERRUPTED:
            return _go_on(found)
        case Condition.WITHDRAWN:
            return _SETTLE if found.begun else "remediate plan"
        case Condition.APPROVAL_MISSING:
            return f"remediate approve {found.plan.plan_id}" if found.plan else None
        case Condition.SETTINGS_CHANGED:
            return None if found.plan and found.plan.kind is PlanKind.ROLLBACK else "remediate plan"
        case Condition.FAILURES:
            return "remediate doctor" if found.is_unreachable else "remediate ledger list --failed"
        case Condition.SPOOL_FULL if found.waiting:
            return "remediate verify"
        case Condition.NOTHING_TO_DO:
            return _afterwards(found)
    return f"remediate execute {found.plan.plan_id}" if found.plan else None


def _with_room(found: NightStatus, under_en: str, under_nl: str, command: str) -> Sentence:
    """Before there is room every execution ends as it begins."""
    size_en, size_nl = (notation.size(int(found.lacks_bytes * _ROUNDED), language) for language in Language)
    return Sentence(
        f"make room for {size_en} more on the disk {under_en}; then: {command}",
        f"maak {size_nl} extra ruimte op de schijf {under_nl}; dan: {command}",
    )


def _wake(found: NightStatus, watch: Watch) -> str:
    """A process that was stopped goes on when it is told to; one that hangs has to be looked at on its machine."""
    process = found.work.process if found.work else found.other.process if found.other else None
    if process is None:
        return "remediate stop"
    return f"kill -CONT {process.pid}" if watch.fate_of(process) is Fate.STOPPED else f"kill {process.pid}"


def _go_on(found: NightStatus) -> str | None:
    """After a kill: what was begun is settled first, whatever is done; outside the window nothing more than that."""
    if found.control.mode is RunMode.PAUSE:
        return "remediate resume"
    if found.problem is not None:
        return "remediate doctor --probe"
    if found.begun and (found.missing or found.opens_at):
        return _SETTLE
    if found.missing:
        return "remediate plan"
    return f"remediate execute {found.plan.plan_id}" if found.plan else None


def _afterwards(found: NightStatus) -> str | None:
    if found.number(State.QUARANTINED):
        return "remediate ledger list --outcome quarantined"
    if found.waiting:
        return "remediate verify"
    return "remediate review list" if found.number(State.REVIEW) else None
