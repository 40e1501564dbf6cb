"""`ledger rotate-key`, `shred` and `retention`: the key of the vault, and how long old values can be read."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import click

from remediate.cli.arguments import as_person, as_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import count, in_each
from remediate.cli.speaking import typed
from remediate.cli.wiring import session
from remediate.errors import UsageError
from remediate.ledger.key_files import replace_keys, write_keys
from remediate.ledger.keys import Keys
from remediate.ledger.vault_keys import SaveKeys, expired
from remediate.reasons.study import AccessReason
from remediate.records.ledger import EventType, NewEvent
from remediate.texts import notation
from remediate.texts.language import Sentence
from remediate.wiring import Session, now

_BY = click.option("--by", "person", callback=as_person, default="", help="Who asks for it: your name.")
_WHY = click.option("--why", callback=as_reason, required=True, help="Why; kept in the ledger. No patient data.")


@click.command("rotate-key")
@common_options
@_BY
@_WHY
@click.option(
    "--to", "path", type=click.Path(dir_okay=False, path_type=Path), help="New key file, instead of in place."
)
@pass_state
def rotate_key(state: CommandState, person: str, why: str, path: Path | None) -> None:
    """Replace the key of the vault: every batch's data key is wrapped anew, and older key files open nothing any more.

    Broken off, it is finished by calling it again.
    """
    out = state.output
    with session(state, exclusive=True) as work:
        person, target = work.person(person), path or work.config.path(work.config.keys.file)
        if path is None and not work.config.keys.in_file:
            raise UsageError(
                Sentence(
                    "These keys are not kept in a file here.", "Deze sleutels worden hier niet in een bestand bewaard."
                ),
                advice=Sentence(
                    "Write the new ones to one: --to FILE.", "Schrijf de nieuwe naar een bestand: --to BESTAND."
                ),
            )
        event = NewEvent(
            type=EventType.KEY_USE, at=now(), actor=person, reason=AccessReason.VAULT_KEY_REPLACED, details={"why": why}
        )
        number = work.ledger.rotate_vault_key(event, _saver(path, target))
    out.say(
        Sentence(
            f"The vault has a new key; it wraps the keys of {count(number, 'batch', 'batches')} anew. The keys are in "
            f"{target}.",
            f"De kluis heeft een nieuwe sleutel; die verpakt de sleutels van "
            f"{count(number, 'batch', 'batches')} opnieuw. De sleutels staan in {target}.",
        )
    )
    out.next_step(
        Sentence(
            "make a new backup of the ledger now (`remediate ledger backup FILE`): no earlier one opens with these "
            "keys; back the key file up apart from it, and destroy old copies of both",
            "maak nu een nieuwe reservekopie van het logboek (`remediate ledger backup BESTAND`): met deze sleutels "
            "gaat geen eerdere meer open; bewaar een kopie van de sleutels apart en vernietig oude kopieën van beide",
        )
    )
    out.answer({"batches": number, "keys": str(target)})


def _saver(path: Path | None, target: Path) -> SaveKeys:
    """In place of the old keys; or to a new file, which must not exist before the first time."""
    saved = False

    def save(keys: Keys) -> None:
        nonlocal saved
        (write_keys if path is not None and not saved else replace_keys)(keys, target)
        saved = True

    return save


@click.command()
@common_options
@click.option("--batch", "batch_id", default="", help="The batch whose old values become unreadable.")
@click.option("--expired", "all_expired", is_flag=True, help="Every batch older than ledger.retention says.")
@_BY
@_WHY
@pass_state
def shred(state: CommandState, batch_id: str, all_expired: bool, person: str, why: str) -> None:
    """Make the old values of a batch unreadable for good. Its studies can then not be rolled back any more."""
    out = state.output
    if bool(batch_id) == all_expired:
        raise UsageError(Sentence("Name a batch, or give --expired.", "Noem een batch, of geef --expired."))
    with session(state, exclusive=True) as work:
        person = work.person(person)
        chosen = _expired(work) if all_expired else [batch_id]
        for name in chosen:
            event = NewEvent(
                type=EventType.KEY_USE,
                at=now(),
                actor=person,
                batch=name,
                reason=AccessReason.OLD_VALUES_SHREDDED,
                details={"why": why},
            )
            work.ledger.shred_batch(name, event)
            out.say(
                Sentence(
                    f"The old values of {name} can no longer be read by anybody.",
                    f"De oude waarden van {name} kan niemand meer lezen.",
                )
            )
    if not chosen:
        out.say(Sentence("No batch is past its time.", "Geen batch is over zijn tijd."))
    else:
        out.next_step(
            Sentence(
                "so that a backup made before does not open them either: remediate ledger rotate-key --by NAME --why "
                "TEXT",
                "zodat ook een eerdere reservekopie ze niet opent: remediate ledger rotate-key --by NAAM --why TEKST",
            )
        )
    out.answer({"shredded": chosen})


_VALUES = {
    "past their time": Sentence("past their time", "over hun tijd"),
    "readable": Sentence("readable", "leesbaar"),
    "shredded": Sentence("shredded", "voorgoed onleesbaar"),
}


def _expired(work: Session) -> list[str]:
    days = work.config.ledger.retention.old_values_days
    if days is None:
        raise UsageError(
            Sentence(
                "ledger.retention.old_values_days is not set, so no batch is ever past its time.",
                "ledger.retention.old_values_days is niet ingesteld, dus geen batch is ooit over zijn tijd.",
            )
        )
    return [kept.batch_id for kept in work.ledger.kept_batches() if expired(kept, now=now(), days=days)]


@click.command()
@common_options
@pass_state
def retention(state: CommandState) -> None:
    """Until when the ledger must be kept, and which batches' old values can still be read."""
    out = state.output
    with session(state, exclusive=False) as work:
        rules = work.config.ledger.retention
        last = work.ledger.last_event_at()
        kept = work.ledger.kept_batches()
    until = last.date() + timedelta(days=math.ceil(365.25 * rules.log_years))
    day = in_each(notation.day, until)
    out.say(
        Sentence(
            f"Events are never deleted. The ledger must be kept until {day.en}: {rules.log_years} years.",
            f"Gebeurtenissen worden nooit verwijderd. Het logboek moet bewaard blijven tot {day.nl}: "
            f"{rules.log_years} jaar.",
        )
    )
    rows = []
    for batch in kept:
        late = rules.old_values_days is not None and expired(batch, now=now(), days=rules.old_values_days)
        state_of = "past their time" if late else "readable" if batch.readable else "shredded"
        rows.append((batch.batch_id, f"{batch.closed_at.astimezone(out.zone):%Y-%m-%d}", state_of))
    out.table(
        (name, notation.day(date.fromisoformat(day), out.language), _VALUES[how].in_(out.language))
        for name, day, how in rows
    )
    if any(batch.readable for batch in kept):
        out.say(
            typed(
                "Readable: a roll-back can still put these batches back, and `--reveal` shows their old values, until "
                "remediate ledger shred --batch BATCH --by NAME --why TEXT",
                "Leesbaar: deze batches zijn nog terug te draaien en `--reveal` toont de oude waarden, tot remediate "
                "ledger shred --batch BATCH --by NAAM --why TEKST",
            )
        )
    out.answer(
        {
            "keep_until": f"{until:%Y-%m-%d}",
            "batches": [{"batch": name, "closed": day, "old_values": how} for name, day, how in rows],
        }
    )
