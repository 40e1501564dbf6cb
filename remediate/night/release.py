"""Lets a study out of quarantine after a person looked at it; touches neither the archive nor the originals kept."""

from __future__ import annotations

from datetime import datetime

from remediate.errors import PlanError
from remediate.plan.typed_reason import named_and_said
from remediate.ports import StudyStore
from remediate.reasons.study import WorkReason
from remediate.records.ledger import EventType, NewEvent
from remediate.records.states import WORDS, State
from remediate.texts.language import Sentence


def release(studies: StudyStore, study_instance_uid: str, *, person: str, why: str, now: datetime) -> None:
    """Back to the survey: the next survey and plan judge the study as it then stands.

    Raises `PlanError` when the study is not in quarantine, `UsageError` when nobody is named or no reason given.
    """
    person, why = named_and_said(person, why, Sentence("A release", "vrijgeven"))
    row = studies.study(study_instance_uid)
    if row is None:
        raise PlanError(Sentence("The ledger knows no such study.", "Het logboek kent dat onderzoek niet."))
    if row.state is not State.QUARANTINED:
        raise PlanError(
            Sentence(
                f"That study is not in quarantine but {WORDS[row.state].en}.",
                f"Dat onderzoek staat niet in quarantaine maar is {WORDS[row.state].nl}.",
            )
        )
    event = NewEvent(
        type=EventType.STATE, at=now, actor=person, reason=WorkReason.RELEASED_BY_PERSON, details={"why": why}
    )
    studies.move(study_instance_uid, State.SURVEYED, event)
