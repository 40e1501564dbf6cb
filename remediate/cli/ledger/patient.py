"""`ledger patient`: one document of all that was done with one patient's studies, for a request of access."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from remediate.audit.patient_answer import StudyAnswer, answer_for
from remediate.cli.arguments import as_person, as_reason, require_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.ledger.events import event_json
from remediate.cli.speaking import in_own_words
from remediate.cli.wiring import session
from remediate.errors import ExitCode, LedgerError
from remediate.faces.changes import revealed
from remediate.faces.patient import in_plan, page_of, pseudonyms_of
from remediate.records.ledger import EventType, NewEvent
from remediate.report.leak_scan import numbers_in
from remediate.report.measure.files import write_file
from remediate.report.patient_page import PatientPage, html, lines
from remediate.texts.language import Sentence
from remediate.wiring import now


@click.command()
@common_options
@click.option("--issuer", default=None, help="Authority of the number.  [default: epd.default_issuer, and none]")
@click.option(
    "--from-file",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Numbers of the one patient, one a line, instead of asking for one.",
)
@click.option("--reveal", is_flag=True, help="Old and new values in clear; asks for --why, and is itself recorded.")
@click.option("--why", callback=as_reason, default="", help="Why they must be seen. No patient data.")
@click.option("--by", "person", callback=as_person, default="", help="Who answers the request: your name.")
@click.option("--out", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a page to FILE too.")
@pass_state
def patient(
    state: CommandState, issuer: str | None, source: Path | None, reveal: bool, why: str, person: str, path: Path | None
) -> int:
    """All that was done with one patient's studies: what, when, from what to what, on which proofs, by whom.

    Asks for a hospital number or a BSN, which is neither shown nor kept. That the question was asked is recorded.
    """
    out = state.output
    require_reason(reveal=reveal, why=why)
    numbers = source.read_text(encoding="utf-8").split() if source else [typed_number()]
    with session(state, exclusive=False) as work:
        who = work.person(person) if reveal or person else ""
        pseudonyms = tuple(dict.fromkeys(p for number in numbers for p in pseudonyms_of(work, number, issuer)))
        answer = answer_for(
            pseudonyms,
            lambda head, uids: in_plan(head, uids),
            studies=work.ledger,
            plans=work.ledger,
            events=work.ledger,
        )
        named = next((one for one in pseudonyms if work.ledger.studies_of((one,))), "")
        page = page_of(work, answer, language=out.language, zone=out.zone, reveal=reveal, who=who or work.account)
        if page.revealed:
            work.ledger.record(*(revealed(who, why, study=uid) for uid in page.changes if page.shows_values_of(uid)))
        told = NewEvent(
            type=EventType.EXPORT,
            at=now(),
            actor=who or work.account,
            patient=named,
            details={"what": "answer for a patient", "why": why, "studies": len(answer.studies)},
        )
        work.ledger.record(told)
    if path is not None:
        _write(path, html(page, out.language), reveal=reveal)
    for line in lines(page, out.language):
        out.say("  " * max(0, line.level - 1) + line.text)
    out.answer(_as_json(page, path))
    return ExitCode.DONE if answer.studies else ExitCode.ERROR


def typed_number() -> str:
    """From the terminal without echo; from a pipe as its first line: on the command line it would stay in its
    history."""
    if sys.stdin.isatty():
        return str(click.prompt(in_own_words("Patient's number"), hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


def _write(path: Path, text: str, *, reveal: bool) -> None:
    """Owner-only. Raises `LedgerError` where a page that is masked would still hold a number."""
    if not reveal and next(numbers_in(text.encode()), None) is not None:
        raise LedgerError(
            Sentence(
                "The page would hold a number that may be a BSN. It was not written.",
                "De pagina zou een nummer bevatten dat een BSN kan zijn. Zij is niet geschreven.",
            )
        )
    write_file(path, text.encode("utf-8", "replace"))


def _as_json(page: PatientPage, path: Path | None) -> dict[str, object]:
    return {
        "studies": [_study_json(one, page) for one in page.answer.studies],
        "looked": [event_json(entry) for entry in page.answer.looked],
        "revealed": page.revealed,
        "page": str(path) if path else None,
    }


def _study_json(one: StudyAnswer, page: PatientPage) -> dict[str, object]:
    uid = one.row.study_instance_uid
    return {
        "study_instance_uid": uid,
        "study_date": one.row.study_date,
        "state": one.row.state.value,
        "reason": one.row.reason,
        "plans": [
            {
                "plan": each.plan.plan_id,
                "kind": each.plan.kind.value,
                "batches": list(each.batches),
                "reasons": list(each.entry.get("reasons", ())),
                "proofs": list(each.entry.get("proofs", ())),
                "decision": each.entry.get("decision"),
                "approvals": [
                    {"by": given.person, "account": given.account, "at": given.at.isoformat(timespec="seconds")}
                    for given in each.plan.approvals
                ],
            }
            for each in one.plans
        ],
        "changed": [change._asdict() for change in page.changes.get(uid, [])],
        "history": [event_json(entry) for entry in one.history],
    }
