"""`ledger export`, `forward`, `backup` and `grant`: the log for others to read, and copies of it."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import islice
from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.wiring import session
from remediate.errors import LedgerError, UsageError
from remediate.faces.export import FORMS, source_of, write_events
from remediate.files import PARTIAL
from remediate.ledger.backup import back_up
from remediate.ledger.proof.checkpoints import Checkpoint
from remediate.ledger.roles import Right
from remediate.ledger.roles import grant as grant_right
from remediate.ledger.syslog import Receiver, SyslogMessage, send_group
from remediate.records.ledger import LedgerEvent
from remediate.report.event_source import EventSource
from remediate.report.leak_scan import numbers_in
from remediate.texts.language import Sentence
from remediate.wiring import Session

_KINDS = {"dicom-audit": "DICOM+RFC3881", "nen7513": "NEN7513"}
"""MSGID of messages of each form that syslog carries; the first is what DICOM PS3.15 A.6 asks for."""

_GROUP = 500
"""Messages that are sent, and known to be received, together."""


def _checkpoint_message(entry: LedgerEvent, checkpoint: Checkpoint, source: EventSource) -> bytes:
    """The receiver becomes a second place: what it holds shows whether the ledger was rewritten later."""
    text = json.dumps({"checkpoint": checkpoint.text})
    return SyslogMessage(
        at=entry.event.at, host=source.host, kind="CHECKPOINT", sequence=entry.seq, text=text
    ).encoded()


@click.command()
@common_options
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(list(FORMS)), required=True, help="One event a line, in this form.")
@click.option("--batch", default="", help="Only this batch.")
@click.option("--study", default="", help="Only this Study Instance UID.")
@click.option("--since", type=click.DateTime(), help="From this moment, such as 2026-11-01 or 2026-11-01T20:00:00.")
@click.option("--until", type=click.DateTime(), help="Up to this moment.")
@pass_state
def export(
    state: CommandState, path: Path, form: str, batch: str, study: str, since: datetime | None, until: datetime | None
) -> None:
    """Write events to a new file: CSV, JSON lines, NEN 7513 records or DICOM audit messages (PS3.15 A.5).

    The file is looked through for numbers that may be a BSN; if there is one, no file is left.
    """
    out = state.output
    if path.exists():
        raise UsageError(
            Sentence(
                f"{path} exists already and is never overwritten.", f"{path} bestaat al en wordt nooit overschreven."
            ),
            advice=Sentence("Name another file.", "Noem een ander bestand."),
        )
    with session(state, exclusive=False) as work:
        found = work.ledger.events(
            batch=batch,
            study=study,
            since=since.astimezone() if since else None,
            until=until.astimezone() if until else None,
        )
        part = path.with_name(path.name + PARTIAL)
        try:
            number = write_events(work, part, found, form, batch=batch, study=study)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    out.say(
        Sentence(
            f"{number} events written to {path}; it holds no number that may be a BSN.",
            f"{number} gebeurtenissen geschreven naar {path}; er staat geen nummer in dat een BSN kan zijn.",
        )
    )
    out.answer({"path": str(path), "format": form, "events": number})


@click.command()
@common_options
@click.option("--to", "target", default="", help="HOST:PORT of the receiver.  [default: ledger.syslog]")
@click.option("--ca", type=click.Path(exists=True, path_type=Path), help="Who signed the receiver's certificate.")
@click.option("--format", "form", type=click.Choice(list(_KINDS)), help="Form.  [default: ledger.syslog.form]")
@pass_state
def forward(state: CommandState, target: str, ca: Path | None, form: str | None) -> None:
    """Send the events that the receiver does not have yet, by syslog over TLS (RFC 5424, 5425), in order.

    Each signed checkpoint follows the last event that it covers, so that the receiver is a second place for them.
    Run it from cron or after each batch. When the receiver is away nothing is lost: the next time goes on from there.
    """
    out = state.output
    with session(state, exclusive=False) as work:
        receiver = _receiver(work, target, ca)
        chosen = form or work.config.ledger.syslog.form
        sent = _forward(work, receiver, chosen)
        out.say(
            Sentence(
                f"{sent} events sent to {receiver} as {chosen}; it has everything up to now.",
                f"{sent} gebeurtenissen verstuurd naar {receiver} als {chosen}; die heeft nu alles tot en met nu.",
            )
        )
        out.answer({"receiver": str(receiver), "format": chosen, "sent": sent})


def _receiver(work: Session, target: str, ca: Path | None) -> Receiver:
    settings, path = work.config.ledger.syslog, work.config.path
    host, _, port = target.rpartition(":") if target else (settings.host, ":", str(settings.port))
    if not host or not port.isdecimal():
        raise UsageError(
            Sentence(
                "Name a receiver: ledger.syslog.host in the configuration, or --to HOST:PORT.",
                "Noem een ontvanger: ledger.syslog.host in de configuratie, of --to HOST:POORT.",
            )
        )
    return Receiver(
        host=host.strip("[]"),
        port=int(port),
        ca_file=ca or (path(settings.ca_file) if settings.ca_file else None),
        certificate_file=path(settings.certificate_file) if settings.certificate_file else None,
        key_file=path(settings.key_file) if settings.key_file else None,
        timeout=settings.timeout,
    )


def _forward(work: Session, receiver: Receiver, form: str) -> int:
    name, source = f"{receiver} {form}", source_of(work)
    events = work.ledger.events(after=work.ledger.forwarded(name))
    signed = {checkpoint.events: checkpoint for checkpoint in work.ledger.checkpoints()}
    sent = 0
    while group := list(islice(events, _GROUP)):
        messages = []
        for entry in group:
            messages.append(_message(entry, form, source))
            if entry.seq in signed:
                messages.append(_checkpoint_message(entry, signed[entry.seq], source))
        send_group(receiver, messages)
        work.ledger.mark_forwarded(name, group[-1].seq)
        sent += len(group)
    return sent


def _message(entry: LedgerEvent, form: str, source: EventSource) -> bytes:
    text = FORMS[form](entry, source)
    if next(numbers_in(text.encode()), None) is not None:
        raise LedgerError(
            Sentence(
                f"Event {entry.seq} would hold a number that may be a BSN; nothing from there on was sent.",
                f"Gebeurtenis {entry.seq} zou een nummer bevatten dat een BSN kan zijn; vanaf daar is niets verstuurd.",
            )
        )
    return SyslogMessage(
        at=entry.event.at, host=source.host, kind=_KINDS[form], sequence=entry.seq, text=text
    ).encoded()


@click.command()
@common_options
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@pass_state
def backup(state: CommandState, path: Path) -> None:
    """Copy the ledger to a new file while it is in use, and prove the copy. Keep the keys apart from it."""
    out = state.output
    with session(state, exclusive=False) as work:
        ledger_id, key = work.ledger.ledger_id, work.keys.public_key
        report = back_up(work.database, path, public_key=key)
    out.say(
        Sentence(
            f"ok  ledger {ledger_id} copied to {path}: {report.events} events, proved.",
            f"ok  logboek {ledger_id} gekopieerd naar {path}: {report.events} gebeurtenissen, nagegaan.",
        )
    )
    out.say(
        Sentence(
            "    To restore: put the file in the place that ledger.url names, while nothing runs. "
            "Then `ledger verify`.",
            "    Terugzetten: zet het bestand op de plek die ledger.url noemt, terwijl er niets draait. "
            "Dan `ledger verify`.",
        )
    )
    out.answer({"path": str(path), "events": report.events, "head": report.head})


_MAY = {
    Right.WORK: Sentence(
        "may now add events, never change them.", "mag nu gebeurtenissen toevoegen, en nooit wijzigen."
    ),
    Right.AUDIT: Sentence("may now read what proves.", "mag nu lezen wat bewijst."),
}


@click.command()
@common_options
@click.argument("role")
@click.option("--for", "right", type=click.Choice([right.value for right in Right]), default=Right.WORK.value,
              show_default=True, help="To work with the ledger, or to audit it.")  # fmt: skip
@pass_state
def grant(state: CommandState, role: str, right: str) -> None:
    """PostgreSQL: give a role the rights it needs and no others; as the owner of the tables, and after upgrades."""
    out = state.output
    with session(state, exclusive=False) as work:
        grant_right(work.database, role, Right(right))
    out.say(_MAY[Right(right)].after(f"{role} "))
    out.answer({"role": role, "right": right})
