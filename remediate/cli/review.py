"""`review list|export|import`: the queue of undecided studies, out to people and their decisions back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from remediate.cli.arguments import as_person
from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import Output
from remediate.cli.wiring import Session, now, session
from remediate.errors import ExitCode
from remediate.records.ledger import EventType, NewEvent
from remediate.records.reviews import Decision
from remediate.report.review_files import read_answers, review_csv, write_review
from remediate.workflow.reasons import sentence
from remediate.workflow.review import Rejected, ReviewQueue, Taken
from remediate.workflow.review_reasons import SENTENCES
from remediate.workflow.review_rows import ReviewRow

_SHOWN = 20


@click.group()
def review() -> None:
    """The studies that wait for a person, likeliest first.

    \b
    review export FILE     a CSV for the spreadsheet: what speaks for and against each candidate
    (type confirm or exclude in column decision, and a reason in column why)
    review import FILE     takes the decisions; the next plan acts on them

    A decision holds as long as study and EPD record stay as the person saw them. Nobody can confirm a BSN that is
    not valid, verified and unique, or a study that carries another one.
    """


@review.command("list")
@common_options
@click.option("--limit", type=click.IntRange(min=1), default=_SHOWN, show_default=True, help="Studies to show.")
@pass_state
def list_(state: State, limit: int) -> None:
    """Undecided studies of the last plan, with their candidates; --json lists them all."""
    out = state.output
    with session(state, exclusive=False) as work:
        rows = _queue(work).rows()
        _record(work, "review list", rows)
    uids = list(dict.fromkeys(row.study_instance_uid for row in rows))
    out.say(f"{len(uids)} studies wait for a person.")
    shown = set(uids[:limit])
    for row in rows:
        if row.study_instance_uid in shown:
            _show(out, row)
    if len(uids) > limit:
        out.say(f"... and {len(uids) - limit} more.")
    if rows:
        out.next_step("remediate review export FILE")
    out.answer({"studies": len(uids), "rows": [_json(row) for row in rows]})


@review.command()
@common_options
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_state
def export(state: State, file: Path) -> None:
    """Write the queue as a CSV with empty columns decision and why; never over a file that exists."""
    out = state.output
    with session(state, exclusive=False) as work:
        rows = _queue(work).rows()
        write_review(file, review_csv(rows, out.language))
        _record(work, "review export", rows)
    studies = len({row.study_instance_uid for row in rows})
    out.say(f"{studies} studies, {len(rows)} lines: {file}")
    out.next_step(f"type confirm or exclude, and why; then: remediate review import {file} --by NAME")
    out.answer({"path": str(file), "studies": studies, "rows": len(rows)})


@review.command("import")
@common_options
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--by", "person", callback=as_person, default="", help="Who decided: your name.")
@pass_state
def import_(state: State, file: Path, person: str) -> int:
    """Take the decisions of a CSV; lines that cannot be taken are told with their reason, and the exit code is 1."""
    out = state.output
    answers = read_answers(file)
    with session(state, exclusive=True) as work:
        person = work.person(person)
        taken = _queue(work).take(answers, person=person, now=now())
    _tell(out, taken)
    kinds = Counter(item.decision for item in taken.decisions)
    out.answer(
        {
            "file": str(file),
            "by": person,
            "confirmed": kinds[Decision.CONFIRM],
            "excluded": kinds[Decision.EXCLUDE],
            "unchanged": taken.unchanged,
            "undecided": taken.undecided,
            "rejected": [
                {"line": item.line, "reason": item.problem.value, "policy": list(item.reasons)}
                for item in taken.rejected
            ],
        }
    )
    return ExitCode.ERROR if taken.rejected else ExitCode.DONE


def _queue(work: Session) -> ReviewQueue:
    return ReviewQueue(ledger=work.ledger, judge=work.judge)


def _record(work: Session, what: str, rows: list[ReviewRow]) -> None:
    """Who looked at whose data is an event of its own (NEN 7513)."""
    event = NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details={"what": what, "lines": len(rows)})
    work.ledger.record(event)


def _show(out: Output, row: ReviewRow) -> None:
    if row.candidate <= 1:
        out.say(f"{row.study_instance_uid}  {row.study_date}  {row.issuer} {row.patient_id}".rstrip())
    who = f"{row.authority} {row.epd_patient_id}" if row.candidate else "no candidate"
    out.say(
        f"  {row.likeness:>3}  {who}" + ("" if row.may_confirm or not row.candidate else "  (may not be confirmed)")
    )
    for code in row.reasons:
        out.say(f"       {code}: {sentence(code, out.language)}")


def _json(row: ReviewRow) -> dict[str, object]:
    return {
        "study_instance_uid": row.study_instance_uid,
        "patient_id": row.patient_id,
        "issuer": row.issuer,
        "epd_patient_id": row.epd_patient_id or None,
        "authority": row.authority or None,
        "candidate": row.candidate,
        "candidates": row.candidates,
        "likeness": row.likeness,
        "for": list(row.proofs),
        "against": list(row.reasons),
        "surname": list(row.surname),
        "given_name": list(row.given_name),
        "birth_date": list(row.birth_date),
        "sex": list(row.sex),
        "may_confirm": row.may_confirm,
        "not_negotiable": list(row.not_negotiable),
        "lapsed": row.earlier is not None,
        "seen": row.seen,
    }


def _tell(out: Output, taken: Taken) -> None:
    kinds = Counter(item.decision for item in taken.decisions)
    out.say(
        f"{kinds[Decision.CONFIRM]} confirmed, {kinds[Decision.EXCLUDE]} excluded, {taken.unchanged} taken before, "
        f"{taken.undecided} undecided, {len(taken.rejected)} rejected."
    )
    for item in taken.rejected[:_SHOWN]:
        out.say(f"  line {item.line}: {item.problem.value}. {_why_not(item, out)}")
    if len(taken.rejected) > _SHOWN:
        out.say(f"  ... and {len(taken.rejected) - _SHOWN} more; --json lists them all.")
    if taken.decisions:
        out.next_step("remediate plan")


def _why_not(item: Rejected, out: Output) -> str:
    policy = (sentence(code, out.language) for code in item.reasons)
    return " ".join((SENTENCES[item.problem].in_(out.language), *policy))


COMMANDS = (review,)
