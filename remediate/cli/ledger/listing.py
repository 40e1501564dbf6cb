"""`ledger list` and `ledger show`: what was done, by whom, to which study, and what stood there before and after.

The group's other commands stand in `proof.py`, `vault.py` and `export.py`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from remediate.cli.arguments import as_person, as_reason, require_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.ledger.events import event_json, event_line
from remediate.cli.ledger.export import backup, export, forward, grant
from remediate.cli.ledger.patient import patient, typed_number
from remediate.cli.ledger.proof import checkpoint, public_key, verify
from remediate.cli.ledger.vault import retention, rotate_key, shred
from remediate.cli.output import Output, objects
from remediate.cli.wiring import session
from remediate.errors import ExitCode, PlanError
from remediate.faces.changes import changes_of, revealed, shows_values
from remediate.faces.patient import pseudonyms_of
from remediate.reasons.study import sentence
from remediate.records.ledger import EventType, LedgerEvent
from remediate.records.states import AMISS, WORDS
from remediate.records.states import State as StudyState
from remediate.report.event_words import told_of
from remediate.texts.language import Sentence
from remediate.wiring import Session


@click.group()
def ledger() -> None:
    """The audit ledger: history by study, patient, person, batch, date or outcome; proof; exports; the vault."""


for command in (patient, verify, checkpoint, public_key, rotate_key, shred, retention, export, forward, backup, grant):
    ledger.add_command(command)


@ledger.command("list")
@common_options
@click.option("--batch", default="", help="Only this batch.")
@click.option("--study", default="", help="Only this Study Instance UID.")
@click.option("--patient", is_flag=True, help="Only one patient: asks for the number, which is never shown or kept.")
@click.option("--issuer", default=None, help="Authority of that number.  [default: epd.default_issuer, and none]")
@click.option("--person", default="", help="Only what this person did or answers for, or this account.")
@click.option(
    "--type",
    "type_",
    type=click.Choice([t.value for t in EventType]),
    metavar="TYPE",
    help="Only events of this type.",
)
@click.option(
    "--outcome",
    type=click.Choice([s.value for s in StudyState]),
    multiple=True,
    metavar="OUTCOME",
    help="Only studies that became this; may be given again.",
)
@click.option("--reason", default="", help="Only this reason code.")
@click.option("--since", type=click.DateTime(), help="From this moment, such as 2026-11-01 or 2026-11-01T20:00:00.")
@click.option("--until", type=click.DateTime(), help="Up to this moment.")
@click.option("--failed", is_flag=True, help="Only failed, quarantined and drifted studies.")
@click.option("--limit", type=click.IntRange(min=1), default=None, help="At most so many lines.  [default: all]")
@pass_state
def list_(
    state: CommandState,
    batch: str,
    study: str,
    patient: bool,
    issuer: str | None,
    person: str,
    type_: str | None,
    outcome: tuple[str, ...],
    reason: str,
    since: datetime | None,
    until: datetime | None,
    failed: bool,
    limit: int | None,
) -> None:
    """Events in order, one a line."""
    out = state.output
    with session(state, exclusive=False) as work:
        events = list(
            work.ledger.events(
                study=study,
                patients=pseudonyms_of(work, typed_number(), issuer) if patient else (),
                batch=batch,
                type_=EventType(type_) if type_ else None,
                person=person,
                states=(*map(StudyState, outcome), *(AMISS if failed else ())),
                reason=reason,
                since=since.astimezone() if since else None,
                until=until.astimezone() if until else None,
                limit=limit,
            )
        )
    for event in events:
        out.say(event_line(event, out))
    if not events:
        out.say(Sentence("No event is like that.", "Geen gebeurtenis voldoet daaraan."))
    out.answer({"events": [event_json(event) for event in events]})


@ledger.command()
@common_options
@click.argument("study")
@click.option("--reveal", is_flag=True, help="Old and new values in clear; asks for --why, and is itself recorded.")
@click.option("--why", callback=as_reason, default="", help="Why they must be seen. No patient data.")
@click.option("--by", "person", callback=as_person, default="", help="Who looks: your name.")
@click.option("--proof", type=click.Path(dir_okay=False, path_type=Path), help="Write a proof of this history to FILE.")
@pass_state
def show(state: CommandState, study: str, reveal: bool, why: str, person: str, proof: Path | None) -> int:
    """The history of one study, with what was changed: masked, unless --reveal."""
    out = state.output
    require_reason(reveal=reveal, why=why)
    with session(state, exclusive=False) as work:
        row = work.ledger.study(study)
        if row is None:
            raise PlanError(Sentence("The ledger knows no such study.", "Het logboek kent dat onderzoek niet."))
        who = work.person(person) if reveal else ""
        changed, told = changes_of(work, study, reveal=reveal, language=out.language)
        if reveal and shows_values(changed):  # told before anything is shown
            work.ledger.record(revealed(who, why, study=study))
        events = list(work.ledger.events(study=study))
        proved = _write_proof(work, study, proof) if proof else None
    out.say(Sentence(f"Study {study}", f"Onderzoek {study}"))
    out.say(f"  {WORDS[row.state].in_(out.language)}: {sentence(row.reason, out.language)}")
    _say_history(out, events)
    _say_changes(out, changed, told=told)
    if proved is not None:
        out.say(
            Sentence(
                f"Proof of {proved} events: {proof}. Anybody who has the key of `remediate ledger public-key` checks "
                f"it with: remediate ledger verify --proof {proof} --public-key KEY",
                f"Bewijs van {proved} gebeurtenissen: {proof}. Iedereen met de sleutel van `remediate ledger "
                f"public-key` controleert het met: remediate ledger verify --proof {proof} --public-key SLEUTEL",
            )
        )
    out.answer(
        {
            "study": study,
            "state": row.state.value,
            "reason": row.reason,
            "events": [event_json(entry) for entry in events],
            "changed": changed,
            "proved": proved,
        }
    )
    return ExitCode.DONE


def _write_proof(work: Session, study: str, path: Path) -> int:
    made = work.ledger.prove_study(study)
    path.write_text(made.to_json(), encoding="utf-8")
    return made.events


def _say_history(out: Output, events: list[LedgerEvent]) -> None:
    for entry in events:
        out.say(event_line(entry, out))
        out.say(f"        {told_of(entry, out.language)}")


_SHOWN_BEFORE = Sentence(
    "What the archive showed before it was told of the patient:",
    "Wat het archief toonde voordat het over de patiënt werd ingelicht:",
)
_CHANGED = Sentence("Changed in the archive:", "Gewijzigd in het archief:")


def _say_changes(out: Output, changed: list[dict[str, object]], *, told: bool) -> None:
    if not changed:
        return
    out.say(_SHOWN_BEFORE if told else _CHANGED)
    for item in changed:
        if not item["element"]:
            out.say(f"  {item['before']}")
            continue
        out.say(f"  {item['element']}  ({objects(int(str(item['objects']))).in_(out.language)})")
        out.say(Sentence(f"    before: {item['before']}", f"    ervoor: {item['before']}"))
        if not told:
            out.say(Sentence(f"    after:  {item['after']}", f"    erna:   {item['after']}"))


COMMANDS = (ledger,)
