"""`tell`: what waits for those who hear of corrected studies, what they never heard, and the telling itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import click

from remediate.cli.arguments import as_person, as_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output, count
from remediate.cli.tellers import teller_of
from remediate.cli.wiring import session
from remediate.errors import ExitCode, LedgerError, RemediateError, UsageError
from remediate.reasons.study import sentence
from remediate.reasons.tell import TellReason
from remediate.records.ledger import EventType, NewEvent
from remediate.records.notifications import DeadLetter, NotificationState, WaitingNotifications
from remediate.telling.outbox import Delivered, Outbox, next_try
from remediate.texts.language import Sentence
from remediate.wiring import Session, is_gone, now, worker_name

AFTER_SECONDS = 60.0
"""How long one receiver is told after a batch, which is over by then; what is left waits for the next time."""
TURN_SECONDS = 60.0
"""How long one receiver is told before it is the next one's turn: one that is slow, or new and has years to hear, keeps
no other from what is new."""
_SHOWN = 20
_LEFT = (NotificationState.DEAD, NotificationState.AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one receiver stands."""

    waiting: WaitingNotifications
    is_configured: bool
    next_try: datetime | None  # None when the next pass tries


def standings(work: Session) -> list[Standing]:
    """Of every receiver that is configured, or that something still waits for."""
    found = []
    for one in work.ledger.waiting_notifications(work.config.tell):
        settings = work.config.tell.get(one.cursor.receiver)
        if settings is None and not one.notifications and not one.dead:
            continue
        again = next_try(one.cursor, settings, now()) if settings is not None else None
        found.append(Standing(waiting=one, is_configured=settings is not None, next_try=again))
    return found


def notifications(number: int) -> Sentence:
    """A number of notifications."""
    return Sentence(count(number, "message", "messages"), count(number, "bericht", "berichten"))


def lines_of(out: Output, found: Sequence[Standing]) -> list[Sentence]:
    """What waits and since when, for people; nothing of a receiver that has heard everything."""
    return [line for one in found for line in _lines(out, one)]


def _lines(out: Output, one: Standing) -> list[Sentence]:
    name, said = one.waiting.cursor.receiver, []
    if one.waiting.notifications and one.waiting.since is not None:
        number, since = notifications(one.waiting.notifications), out.moment(one.waiting.since)
        why = _why(out, one)
        said.append(
            Sentence(
                f"Waiting to be told to {name}: {number.en}, since {since}.{why.en}",
                f"Wacht op ontvanger {name}: {number.nl}, sinds {since}.{why.nl}",
            )
        )
    if one.waiting.dead:
        number = notifications(one.waiting.dead)
        said.append(
            Sentence(
                f"Never heard by {name}: {number.en}; `remediate tell --list` names them.",
                f"Nooit aangekomen bij {name}: {number.nl}; `remediate tell --list` noemt ze.",
            )
        )
    return said


def _why(out: Output, one: Standing) -> Sentence:
    name = one.waiting.cursor.receiver
    if not one.is_configured:
        return Sentence(
            f" No receiver of that name is configured: `remediate tell --from {name} --to NAME` hands it on.",
            f" Er is geen ontvanger met die naam ingesteld: `remediate tell --from {name} --to NAAM` draagt het over.",
        )
    cursor = one.waiting.cursor
    if not cursor.reason:
        return Sentence("", "")
    code = f" ({cursor.code})" if cursor.code else ""
    again = f" {out.moment(one.next_try)}." if one.next_try else ""
    told = [sentence(cursor.reason, language) for language in type(out.language)]
    next_en, next_nl = (f" Next try:{again}", f" Volgende poging:{again}") if again else ("", "")
    return Sentence(f" {told[0]}{code}{next_en}", f" {told[1]}{code}{next_nl}")


def standings_json(out: Output, found: Sequence[Standing]) -> list[dict[str, Any]]:
    """The same for programs."""

    def at(moment: datetime | None) -> str | None:
        return moment.astimezone(out.zone).isoformat(timespec="seconds") if moment else None

    return [
        {
            "receiver": one.waiting.cursor.receiver,
            "configured": one.is_configured,
            "waiting": one.waiting.notifications,
            "since": at(one.waiting.since),
            "dead": one.waiting.dead,
            "failures": one.waiting.cursor.failures,
            "reason": one.waiting.cursor.reason or None,
            "code": one.waiting.cursor.code or None,
            "next_try": at(one.next_try),
            "told": " ".join(line.in_(out.language) for line in _lines(out, one)),
        }
        for one in found
    ]


def deliver(work: Session, *, only: str = "", seconds: float | None = None, at_once: bool = False) -> list[Delivered]:
    """Every receiver, or only that of this name, in turns until all is told; with `seconds` one turn each."""
    outbox = Outbox(
        zone=work.config.execute.window.zone,
        store=work.ledger,
        leases=work.ledger,
        pseudonym=work.ledger.pseudonym,
        clock=now,
        owner=worker_name(),
        is_gone=is_gone,
    )
    wanted = {name: settings for name, settings in work.config.tell.items() if only in ("", name)}
    done = {name: Delivered(receiver=name, has_more=True) for name in wanted}
    turn = TURN_SECONDS if seconds is None else seconds
    while waiting := [name for name, one in done.items() if one.has_more]:
        for name in waiting:
            with teller_of(work, wanted[name]) as teller:
                done[name].add(outbox.deliver(name, wanted[name], teller, seconds=turn, at_once=at_once))
        if seconds is not None:
            break
    return list(done.values())


def tell_after(work: Session, out: Output) -> None:
    """After a batch: what waits is told, for a moment; whatever goes wrong fails no batch, and stays waiting."""
    if not work.config.tell:
        return
    try:
        done = deliver(work, seconds=AFTER_SECONDS)
    except RemediateError as error:
        out.notice(Sentence(f"Nobody was told: {error.sentence.en}", f"Niemand is bericht: {error.sentence.nl}"))
        return
    for one in done:
        _say_delivered(out, one)
    for line in lines_of(out, standings(work)):
        out.say(line)


def _say_delivered(out: Output, one: Delivered) -> None:
    if one.told:
        number = notifications(one.told)
        out.say(Sentence(f"Told {one.receiver}: {number.en}.", f"Verteld aan {one.receiver}: {number.nl}."))


@click.command()
@common_options
@click.option("--list", "only_list", is_flag=True, help="Only say what waits, and name what was never heard.")
@click.option("--retry", is_flag=True, help="Try what was never heard once more.")
@click.option("--receiver", default="", help="Only this receiver, by its name in the section tell.")
@click.option("--at-once", is_flag=True, help="Wait for no pause after a failure.")
@click.option("--from", "old", default="", help="Hand what waits for this name to that of --to.")
@click.option("--to", "new", default="", help="The receiver that it is handed to.")
@click.option("--by", "person", callback=as_person, default="", help="Who asks for it.")
@click.option("--why", callback=as_reason, default="", help="Why; kept in the ledger. No patient data.")
@pass_state
def tell(
    state: CommandState,
    only_list: bool,
    retry: bool,
    receiver: str,
    at_once: bool,
    old: str,
    new: str,
    person: str,
    why: str,
) -> int:
    """Tell every receiver what was put right or rolled back since it last heard, in order; what does not go waits."""
    out = state.output
    if bool(old) != bool(new) or (only_list and (retry or old)):
        raise UsageError(
            Sentence("--from and --to go together, and --list alone.", "--from en --to horen samen, en --list alleen.")
        )
    with session(state, exclusive=False) as work:
        _require_known(work, receiver or new)
        if old:
            _hand_on(work, old, new, work.person(person), why)
        if retry:
            _ask_again(work, receiver, work.person(person), why)
        done = [] if only_list else deliver(work, only=receiver, at_once=at_once or retry)
        found = [one for one in standings(work) if receiver in ("", one.waiting.cursor.receiver)]
        dead = work.ledger.dead_letters(receiver, states=_LEFT)
    for one in done:
        _say_delivered(out, one)
    for line in lines_of(out, found):
        out.say(line)
    if only_list:
        _say_dead(out, dead)
    if not any(one.waiting.notifications or one.waiting.dead for one in found):
        out.say(Sentence("Everybody has heard everything.", "Iedereen heeft alles gehoord."))
    out.answer(
        {
            "told": {one.receiver: one.told for one in done},
            "receivers": standings_json(out, found),
            "never_heard": [_dead_json(one) for one in dead],
        }
    )
    waits = any(one.waiting.notifications or one.waiting.dead for one in found)
    return ExitCode.ERROR if waits and not only_list else ExitCode.DONE


def _require_known(work: Session, receiver: str) -> None:
    if receiver and receiver not in work.config.tell:
        raise UsageError(
            Sentence(
                f"No receiver {receiver} is configured in the section tell.",
                f"Er is geen ontvanger {receiver} ingesteld in de sectie tell.",
            )
        )


def _hand_on(work: Session, old: str, new: str, person: str, why: str) -> None:
    """What an old name of a receiver has not heard is told to the new one; nothing is told twice or not at all."""
    if old in work.config.tell:
        raise UsageError(
            Sentence(f"{old} is still configured itself.", f"{old} is zelf nog ingesteld."),
        )
    if all(one.cursor.receiver != old for one in work.ledger.waiting_notifications(())):
        raise LedgerError(Sentence(f"Nothing was ever told to {old}.", f"Aan {old} is nooit iets verteld."))
    details: dict[str, str | int | float | bool | None] = {"receiver": new, "from": old, "why": why}
    event = NewEvent(type=EventType.TOLD, at=now(), actor=person, reason=TellReason.RENAMED.value, details=details)
    work.ledger.rename_receiver(old, new, event)


def _ask_again(work: Session, receiver: str, person: str, why: str) -> None:
    dead = work.ledger.dead_letters(receiver, states=(NotificationState.DEAD,))
    for name, ones in groupby(dead, key=lambda one: one.receiver):
        seqs = [one.notification.seq for one in ones]
        details: dict[str, str | int | float | bool | None] = {"receiver": name, "notifications": len(seqs), "why": why}
        event = NewEvent(
            type=EventType.TOLD, at=now(), actor=person, reason=TellReason.ASKED_AGAIN.value, details=details
        )
        work.ledger.turn_notifications(name, seqs, NotificationState.AGAIN, event)


def _say_dead(out: Output, dead: Sequence[DeadLetter]) -> None:
    for one in dead[:_SHOWN]:
        why, code = sentence(one.reason, out.language), f" ({one.code})" if one.code else ""
        at = out.moment(one.died_at)
        what = f"{one.notification.study_instance_uid}, {one.notification.occasion.value}"
        out.say(f"  {one.receiver}: {what}, {at}: {why}{code}")
    if len(dead) > _SHOWN:
        more = len(dead) - _SHOWN
        out.say(Sentence(f"  ... and {more} more; --json has all", f"  ... en nog {more}; --json heeft alle"))
    if dead:
        out.next_step(
            Sentence(
                "see to what is said of each, then: remediate tell --retry",
                "verhelp wat er bij elk staat, dan: remediate tell --retry",
            )
        )


def _dead_json(one: DeadLetter) -> dict[str, Any]:
    return {
        "receiver": one.receiver,
        "study_instance_uid": one.notification.study_instance_uid,
        "event": one.notification.occasion.value,
        "notification": one.notification.seq,
        "state": one.state.value,
        "reason": one.reason,
        "code": one.code or None,
    }


COMMANDS = (tell,)
