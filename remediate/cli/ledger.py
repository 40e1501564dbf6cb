"""`ledger list|show|verify|checkpoint`: what was done, to which study, and the proof that this is all of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.wiring import account, now, session
from remediate.errors import ExitCode, UsageError
from remediate.records.ledger import EventType, LedgerEvent, NewEvent
from remediate.workflow.reasons import sentence

_FAILURES = ("failed", "quarantined", "drifted")


@click.group()
def ledger() -> None:
    """The audit ledger: history by study, batch, date or outcome, and its proof."""


@ledger.command("list")
@common_options
@click.option("--batch", default="", help="Only this batch.")
@click.option("--study", default="", help="Only this Study Instance UID.")
@click.option("--type", "type_", type=click.Choice([t.value for t in EventType]), help="Only events of this type.")
@click.option("--since", type=click.DateTime(), help="From this moment.")
@click.option("--until", type=click.DateTime(), help="Up to this moment.")
@click.option("--failed", is_flag=True, help="Only failed, quarantined and drifted studies.")
@click.option("--limit", type=click.IntRange(min=1), default=None, help="At most so many lines.")
@pass_state
def list_(
    state: State,
    batch: str,
    study: str,
    type_: str | None,
    since: datetime | None,
    until: datetime | None,
    failed: bool,
    limit: int | None,
) -> None:
    """Events in order, one a line."""
    out = state.output
    with session(state, exclusive=False) as work:
        found = work.ledger.events(
            study=study,
            batch=batch,
            type_=EventType(type_) if type_ else None,
            since=since.astimezone() if since else None,
            until=until.astimezone() if until else None,
            limit=None if failed else limit,
        )
        events = [e for e in found if not failed or (e.event.state and e.event.state.value in _FAILURES)][:limit]
    for event in events:
        out.say(_line(event))
    out.answer({"events": [_json(event) for event in events]})


def _line(entry: LedgerEvent) -> str:
    event = entry.event
    parts = (
        f"{entry.seq:>6}",
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        f"{event.type.value:<15}",
        event.state.value if event.state else "",
        event.reason,
        event.study,
        " ".join(f"{key}={value}" for key, value in event.details.items() if value not in ("", None)),
        f"by {event.actor}" if event.actor else "",
    )
    return "  ".join(part for part in parts if part)


def _json(entry: LedgerEvent) -> dict[str, object]:
    event = entry.event
    return {
        "seq": entry.seq,
        "at": event.at.isoformat(),
        "type": event.type.value,
        "actor": event.actor,
        "system_account": entry.system_account,
        "study": event.study,
        "patient": event.patient,
        "batch": event.batch,
        "plan": event.plan,
        "state": event.state.value if event.state else None,
        "reason": event.reason,
        "details": dict(event.details),
        "digest": entry.digest,
    }


@ledger.command()
@common_options
@click.argument("study")
@pass_state
def show(state: State, study: str) -> int:
    """The history of one study, with what was changed, masked."""
    out = state.output
    with session(state, exclusive=False) as work:
        row = work.ledger.study(study)
        events = list(work.ledger.events(study=study))
        done = work.ledger.last_verified(study)
    if row is None:
        raise UsageError("The ledger knows no such study.")
    out.say(f"Study {study}")
    out.say(f"  {row.state.value}: {sentence(row.reason, out.language)}")
    for entry in events:
        why = sentence(entry.event.reason, out.language) if entry.event.reason else ""
        out.say(f"{_line(entry)}" + (f"\n        {why}" if why and why != entry.event.reason else ""))
    changed = [
        {"sop_instance_uid": item.sop_instance_uid, "changed": list(item.correction.changed_tags)}
        for item in (done.objects if done else ())
    ]
    if changed:
        out.say("Changed in the archive (old values are in the vault; BSN masked):")
        for item in changed:
            out.say(f"  {item['sop_instance_uid']}: {', '.join(item['changed']) or 'nothing'}")
    out.answer(
        {
            "study": study,
            "state": row.state.value,
            "reason": row.reason,
            "events": [_json(entry) for entry in events],
            "changed": changed,
        }
    )
    return ExitCode.DONE


@ledger.command()
@common_options
@click.option(
    "--checkpoints", type=click.Path(exists=True, path_type=Path), help="Checkpoints that were kept elsewhere."
)
@pass_state
def verify(state: State, checkpoints: Path | None) -> int:
    """Recompute every event's digest from its content and compare with the signed checkpoints."""
    out = state.output
    with session(state, exclusive=False) as work:
        report = work.ledger.verify(_files(checkpoints))
    if report.problems:
        for problem in report.problems:
            out.say(f"!!  event {problem.seq}: {problem.problem}. {problem.sentence}")
    else:
        out.say(f"ok  {report.events} events, {report.checkpoints} signed checkpoints: the ledger is what was written.")
        out.say(f"    head {report.head}")
    out.answer(
        {
            "ok": not report.problems,
            "events": report.events,
            "checkpoints": report.checkpoints,
            "head": report.head,
            "problems": [{"event": p.seq, "problem": p.problem, "sentence": p.sentence} for p in report.problems],
        }
    )
    return ExitCode.CHANGES if report.problems else ExitCode.DONE


def _files(path: Path | None) -> tuple[Path, ...]:
    if path is None:
        return ()
    return tuple(sorted(p for p in path.iterdir() if p.is_file())) if path.is_dir() else (path,)


@ledger.command()
@common_options
@click.option("--to", "path", type=click.Path(path_type=Path), required=True, help="File on another disk or share.")
@pass_state
def checkpoint(state: State, path: Path) -> None:
    """Sign the ledger's head and write it to a file that is kept elsewhere."""
    out = state.output
    with session(state, exclusive=False) as work:
        event = NewEvent(type=EventType.CHECKPOINT, at=now(), actor=account())
        text = work.ledger.checkpoint(event, file=path)
    out.say(text.strip())
    out.next_step(f"keep {path} where nobody who runs remediate can write")
    out.answer({"checkpoint": text, "path": str(path)})


COMMANDS = (ledger,)
