"""The four ways to tell a receiver: HL7 v2, Instance Availability Notification, a program, a webhook. Keeps nothing.

Of what a receiver answers only codes are kept: its words may quote a patient. A program and a webhook hear of a study
and a keyed pseudonym, and of nothing else.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace

from remediate.config.morning import WebhookSettings
from remediate.config.telling import CommandSettings, ReceiverSettings
from remediate.dicom.availability import DUPLICATE, AvailabilityNode
from remediate.dicom.status import SUCCESS, name
from remediate.errors import ArchiveError, ConfigError, MessageError
from remediate.hl7_output.sender import Hl7Sender
from remediate.jobs.delivery import TOOK, post_status
from remediate.plan.message_corrections import Messages
from remediate.ports import Archive
from remediate.reasons.tell import TellReason
from remediate.records.messages import MessageAnswer, PatientUpdate
from remediate.records.notifications import Attempt, Notification, Occasion, TellAnswer
from remediate.telling.outbox import Channel
from remediate.texts.language import Sentence
from remediate.wiring import Session

_TEMPORARY = 75  # EX_TEMPFAIL of sysexits.h
_LATER_STATUSES = frozenset({408, 425, 429, *range(500, 600)})
_TOLD = TellAnswer(delivery=Attempt.TOLD, reason=TellReason.TOLD)
_NOTHING = TellAnswer(delivery=Attempt.IMPOSSIBLE, reason=TellReason.NOTHING_TO_SAY)


@contextmanager
def teller_of(work: Session, receiver: ReceiverSettings) -> Iterator[Channel]:
    """What tells one receiver, over connections of its own. One whose certificate is gone keeps no other waiting."""
    with ExitStack() as stack:
        try:
            channel = _channel(work, receiver, stack)
        except ConfigError:
            channel = _NotSetUp()
        yield channel


def _channel(work: Session, receiver: ReceiverSettings, stack: ExitStack) -> Channel:
    """Raises `ConfigError` on certificate files that cannot be used."""
    if receiver.hl7 is not None:
        sender = Hl7Sender(settings=receiver.hl7, base=work.config.base)
        messages = Messages(
            pseudonym=work.ledger.pseudonym, settings=receiver.hl7, default_issuer=work.config.epd.default_issuer
        )
        stack.enter_context(closing(sender))
        return _ByMessage(work=work, sender=sender, messages=messages)
    if receiver.ian is not None:
        archive = work.config.archive
        node = AvailabilityNode(
            receiver.ian,
            work.config.base,
            ae_title=archive.ae_title,
            retrieve_ae_title=archive.called_ae_title,
        )
        stack.enter_context(closing(node))
        return _ByNotification(node=node, archive=work.archive)
    if receiver.command is not None:
        return _ByProgram(settings=receiver.command)
    assert receiver.webhook is not None  # one way is named
    return _ByWebhook(settings=receiver.webhook, work=work)


def reaches(work: Session, receiver: ReceiverSettings) -> bool | None:
    """Whether a receiver is there, without telling it anything; None where that cannot be tried."""
    with teller_of(work, receiver) as teller:
        if isinstance(teller, _ByMessage):
            return teller.sender.reaches()
        if isinstance(teller, _ByNotification):
            return teller.node.reaches()
        if isinstance(teller, _NotSetUp):
            return False
    return None if receiver.command is None else os.access(receiver.command.arguments[0], os.X_OK)


def _later(reason: TellReason, code: str = "") -> TellAnswer:
    return TellAnswer(delivery=Attempt.LATER, reason=reason, code=code)


def _refused(code: str) -> TellAnswer:
    return TellAnswer(delivery=Attempt.REFUSED, reason=TellReason.REFUSED, code=code)


class _NotSetUp:
    """Nothing can be sent as it is configured: what is to be told waits."""

    def tell(self, _notification: Notification, _notification_id: str) -> TellAnswer:
        """See `Channel`."""
        return _later(TellReason.NOT_SET_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByMessage:
    """ADT with what the EPD says of the patient at this moment; after a roll-back without the BSN."""

    work: Session
    sender: Hl7Sender
    messages: Messages

    def tell(self, notification: Notification, notification_id: str) -> TellAnswer:
        """See `Channel`."""
        update = self._update(notification)
        if update is None:
            return _NOTHING
        try:
            answer = self.sender.send(update, control_id=notification_id, at=notification.at)
        except MessageError:
            return _NOTHING
        match answer.answer:
            case MessageAnswer.ACCEPTED:
                return _TOLD
            case MessageAnswer.REFUSED:
                return _refused(" ".join(filter(None, (answer.code, answer.error))))
            case MessageAnswer.UNREACHABLE:
                return _later(TellReason.UNREACHABLE)
            case _:
                return _later(TellReason.UNANSWERED)

    def _update(self, notification: Notification) -> PatientUpdate | None:
        row = self.work.ledger.study(notification.study_instance_uid)
        update = None if row is None else self.messages.update(self.work.judge.judge(row.evidence))
        if update is None or notification.occasion is Occasion.VERIFIED:
            return update
        return replace(update, is_taken_back=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByNotification:
    """The archive is asked which objects there are; the notification names them all."""

    node: AvailabilityNode
    archive: Archive

    def tell(self, notification: Notification, notification_id: str) -> TellAnswer:
        """See `Channel`."""
        try:
            instances = self.archive.find_instances(notification.study_instance_uid)
        except ArchiveError:
            return _later(TellReason.NOT_NOW)
        if not instances:
            return _NOTHING
        try:
            status = self.node.notify(notification.study_instance_uid, instances, notification_id)
        except ArchiveError as error:
            return _later(TellReason.UNREACHABLE if error.transient else TellReason.UNANSWERED)
        if status in (SUCCESS, DUPLICATE) or 0xB000 <= status <= 0xBFFF:
            return _TOLD
        return _refused(name(status))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByProgram:
    """A program of the hospital's own; no shell, and of our environment only where programs are."""

    settings: CommandSettings

    def tell(self, notification: Notification, notification_id: str) -> TellAnswer:
        """See `Channel`."""
        said = {
            "{study}": notification.study_instance_uid,
            "{pseudonym}": notification.patient,
            "{event}": notification.occasion.value,
            "{id}": notification_id,
        }
        try:
            code = _exit_code([_filled(argument, said) for argument in self.settings.arguments], self.settings.timeout)
        except subprocess.TimeoutExpired:
            return _later(TellReason.UNANSWERED)
        except OSError:
            return _later(TellReason.UNREACHABLE)
        if code == 0:
            return _TOLD
        if code == _TEMPORARY or code < 0:
            return _later(TellReason.NOT_NOW, f"exit {code}")
        return _refused(f"exit {code}")


def _exit_code(arguments: Sequence[str], seconds: float) -> int:
    """How a program ended; one that does not in time is ended with everything that it started, else that would still
    be at work when it is told again. Raises `OSError` and `subprocess.TimeoutExpired`."""
    with subprocess.Popen(  # noqa: S603 - arguments of the configuration, and UIDs and digests of our own
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        start_new_session=True,
    ) as process:
        try:
            return process.wait(seconds)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise


def _filled(argument: str, said: dict[str, str]) -> str:
    for place, value in said.items():
        argument = argument.replace(place, value)
    return argument


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByWebhook:
    """A POST of JSON."""

    settings: WebhookSettings
    work: Session

    def tell(self, notification: Notification, notification_id: str) -> TellAnswer:
        """See `Channel`."""
        document = {
            "id": notification_id,
            "event": notification.occasion.value,
            "study_instance_uid": notification.study_instance_uid,
            "pseudonym": notification.patient,
            "at": notification.at.isoformat(timespec="seconds"),
        }
        status = post_status(self.settings, self.work.config.base, os.environ, document)
        if isinstance(status, Sentence):
            return _later(TellReason.UNREACHABLE)
        if status in TOOK:
            return _TOLD
        code = f"HTTP {status}"
        return _later(TellReason.NOT_NOW, code) if status in _LATER_STATUSES else _refused(code)
