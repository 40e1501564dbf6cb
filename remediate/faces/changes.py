"""What was changed in a study, as far as it may be shown, and the event of who saw it in clear; holds no command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from remediate.errors import KeysError
from remediate.plan.message_corrections import kept_output
from remediate.reasons.study import AccessReason
from remediate.records.ledger import EventType, NewEvent
from remediate.report.element_text import element_name, element_text
from remediate.texts.language import Language
from remediate.wiring import Session, now


def revealed(person: str, why: str, *, study: str) -> NewEvent:
    """That somebody sees old and new values in clear."""
    return NewEvent(
        type=EventType.KEY_USE,
        at=now(),
        actor=person,
        study=study,
        reason=AccessReason.REVEALED,
        details={"what": "old and new values", "why": why.strip()},
    )


def shows_values(changed: Collection[Mapping[str, object]]) -> bool:
    """Whether there is any value to see: of a study that was not corrected, or a batch that was shredded, there is
    none, and nobody can have looked."""
    return any(item["element"] for item in changed)


def changes_of(
    work: Session, study: str, *, reveal: bool, language: Language, undone: bool = False
) -> tuple[list[dict[str, object]], bool]:
    """What the newest verified correction changed, each change once with the number of objects that have it; and
    whether the archive was told by message: then only what stood there before is known. With `undone` also what a
    roll-back put back."""
    try:
        done = work.ledger.last_verified(study)
        if done is None and undone:
            done = work.ledger.last_undone(study)
    except KeysError as error:
        return [{"objects": 0, "element": "", "before": error.message.in_(language), "after": ""}], False
    told = done is not None and bool(kept_output(work.ledger, done.plan_id))
    counted = Counter(
        (change.tag, change.before, change.after, item.correction.transfer_syntax_uid)
        for item in (done.objects if done else ())
        for change in item.correction.changes
    )
    shown: Counter[tuple[str, str, str | None]] = Counter()  # other bytes, as of another syntax, may say the same
    for (tag, before, after, syntax), number in counted.items():
        was, became = (element_text(value, syntax, reveal=reveal, language=language) for value in (before, after))
        shown[element_name(tag), was, None if told else became] += number
    return [
        {"objects": number, "element": element, "before": before, "after": after}
        for (element, before, after), number in shown.items()
    ], told
