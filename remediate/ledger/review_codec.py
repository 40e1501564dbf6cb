"""A person's decision as the fields that are sealed, and back; seals nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from remediate.errors import LedgerError
from remediate.records.reviews import Decision, ReviewDecision
from remediate.texts.language import Sentence

_FORM = 3
"""First element of a sealed decision; form 2 lacks what is remembered and who else looked, form 1 the account, and
those before begin with the decision itself."""


def fields_of(item: ReviewDecision, *, with_before: bool = True) -> list[Any]:
    """A decision as it is sealed, with the one that it replaced."""
    before = fields_of(item.before, with_before=False) if item.before is not None and with_before else None
    return [
        _FORM,
        item.decision.value,
        item.authority,
        item.epd_patient_id,
        item.seen,
        item.settled,
        item.person,
        item.at.isoformat(),
        item.why,
        item.account,
        item.memory,
        item.remembered_from,
        list(item.seconded),
        before,
    ]


def decision_of(uid: str, sealed: Sequence[Any]) -> ReviewDecision:
    """The decision again. Raises `LedgerError` when a newer release sealed it."""
    form, *fields = sealed
    if isinstance(form, str):
        fields = [form, *fields, ""]
    elif form == 1:
        fields = [*fields, ""]
    elif form not in (2, _FORM):
        raise LedgerError(
            Sentence(
                f"A review decision has form {form}; this release knows {_FORM}.",
                f"Een beslissing van een beoordelaar heeft vorm {form}; deze versie kent {_FORM}.",
            ),
            advice=Sentence("Use the newer release.", "Gebruik de nieuwere versie."),
        )
    decision, authority, epd_patient_id, seen, settled, person, at, why, account, *rest = fields
    memory, remembered_from, seconded, before = rest or ("", "", (), None)
    return ReviewDecision(
        study_instance_uid=uid,
        decision=Decision(decision),
        authority=authority,
        epd_patient_id=epd_patient_id,
        seen=seen,
        settled=settled,
        person=person,
        account=account,
        at=datetime.fromisoformat(at),
        why=why,
        memory=memory,
        remembered_from=remembered_from,
        seconded=tuple(seconded),
        before=None if before is None else decision_of(uid, before),
    )
