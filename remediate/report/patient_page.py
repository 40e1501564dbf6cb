"""The answer for one patient as lines and as a page of its own; counts and decides nothing.

No script, font or picture from elsewhere. Values come as they may be shown: whoever calls masks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from remediate.audit.patient_answer import InPlan, PatientAnswer, StudyAnswer
from remediate.reasons.study import sentence
from remediate.records.ledger import EventType, LedgerEvent
from remediate.records.reviews import Decision
from remediate.records.states import WORDS
from remediate.report.page_template import page_template
from remediate.report.patient_words import PatientWords
from remediate.report.review_words import decided
from remediate.texts import notation
from remediate.texts.language import Language

_SAYS_ITS_STATE = frozenset({EventType.INTENT, EventType.STORED, EventType.VERIFIED, EventType.ROLLBACK})
"""Events of which the words tell what the study became."""


class Changed(NamedTuple):
    """One change, with the number of objects that have it."""

    objects: int
    element: str
    before: str
    after: str


class PatientPage(NamedTuple):
    """Everything that is shown."""

    answer: PatientAnswer
    changes: dict[str, list[Changed]]  # by Study Instance UID
    revealed: bool  # whether values stand in it in clear
    hospital: str
    made_at: datetime
    made_by: str
    zone: tzinfo | None

    def shows_values_of(self, study: str) -> bool:
        """Whether any old or new value is there: none is of a batch that was shredded."""
        return any(change.element for change in self.changes.get(study, ()))


class AnswerLine(NamedTuple):
    """One line of the answer; `level` 0 is a heading, 1 a study or its headings, 2 and 3 what belongs under it."""

    level: int
    text: str


def lines(page: PatientPage, language: Language) -> list[AnswerLine]:
    """The whole answer in order."""
    say = PatientWords(language)
    made = AnswerLine(2, say("made", at=notation.second(page.made_at, page.zone, language), who=page.made_by))
    found = [
        AnswerLine(0, say("title")),
        AnswerLine(2, say("lead")),
        made,
        AnswerLine(2, say("revealed" if page.revealed else "masked")),
    ]
    if not page.answer.studies:
        return [*found, AnswerLine(1, say("none"))]
    for study in page.answer.studies:
        found += _study(study, page, say)
    found.append(AnswerLine(1, say("looked")))
    if not page.answer.looked:
        found.append(AnswerLine(2, say("nobody_looked")))
    return found + [AnswerLine(2, _looked(entry, page.zone, say)) for entry in page.answer.looked]


def html(page: PatientPage, language: Language) -> str:
    """The same as a page."""
    return page_template("patient.html.j2", trim=True).render(
        page=page, lines=lines(page, language), title=PatientWords(language)("title"), language=language.value
    )


def _study(study: StudyAnswer, page: PatientPage, say: PatientWords) -> Iterator[AnswerLine]:
    row = study.row
    dated = f" {say('dated', date=_day(row.study_date, say.language))}" if row.study_date else ""
    yield AnswerLine(1, f"{say('study')} {row.study_instance_uid}{dated}")
    yield AnswerLine(2, f"{say('stands')}: {WORDS[row.state].in_(say.language)}. {sentence(row.reason, say.language)}")
    for one in study.plans:
        yield from _plan(one, page.zone, say)
    changes = page.changes.get(row.study_instance_uid, [])
    yield AnswerLine(2, f"{say('changed')}:" if changes else say("nothing_changed"))
    for change in changes:
        if not change.element:
            yield AnswerLine(3, change.before)
            continue
        amount = f" ({change.objects} x)" if change.objects else ""
        yield AnswerLine(3, f"{change.element}{amount}: {say('before')} {change.before}; {say('after')} {change.after}")
    yield AnswerLine(2, f"{say('history')}:" if study.history else say("no_history"))
    for entry in study.history:
        yield AnswerLine(3, _event(entry, page.zone, say))


def _plan(one: InPlan, zone: tzinfo | None, say: PatientWords) -> Iterator[AnswerLine]:
    batches = f", {say('batch')} {', '.join(one.batches)}" if one.batches else ""
    withdrawn = f" ({say('withdrawn')})" if one.plan.withdrawn else ""
    yield AnswerLine(2, f"{say('plan')} {one.plan.plan_id}{withdrawn}{batches}")
    if one.entry:
        yield AnswerLine(3, f"{say('because')}: {_codes(one.entry.get('reasons'), say)}")
        yield AnswerLine(3, f"{say('proofs')}: {_codes(one.entry.get('proofs'), say)}")
    else:
        yield AnswerLine(3, say("no_file"))
    decision = one.entry.get("decision")
    if decision:
        who = f"{decision['by']} ({say('account', account=decision['account'])})"
        against = f"; {say('against')}: {_codes(codes, say)}" if (codes := decision.get("overrode")) else ""
        yield AnswerLine(3, f'{say("decided")}: {who}: "{decision["why"]}"{against}')
    given = [
        f"{each.person} ({say('account', account=each.account)}, {notation.second(each.at, zone, say.language)})"
        for each in one.plan.approvals
    ]
    yield AnswerLine(3, f"{say('approved')}: {'; '.join(given) or say('nobody')}")


def _codes(codes: Any, say: PatientWords) -> str:
    return " ".join(sentence(str(code), say.language) for code in codes or ()) or "–"


def _event(entry: LedgerEvent, zone: tzinfo | None, say: PatientWords) -> str:
    event = entry.event
    where = " ".join(part for part in (event.plan, event.batch) if part)
    told = [
        notation.second(event.at, zone, say.language),
        say.event(event.type),
        WORDS[event.state].in_(say.language) if event.state and event.type not in _SAYS_ITS_STATE else "",
        say.reason(event),
        *(_decision(event.details, say) if event.type is EventType.REVIEW_DECISION else ()),
        where,
        entry.who,
    ]
    return "; ".join(part for part in told if part)


def _decision(details: Mapping[str, Any], say: PatientWords) -> tuple[str, ...]:
    """What a person decided, in what words, and what spoke against it."""
    against = str(details.get("overrode") or "").split()
    return (
        decided(Decision(str(details["decision"])), say.language),
        f'"{details.get("why", "")}"',
        f"{say('against')}: {_codes(against, say).removesuffix('.')}" if against else "",
    )


def _looked(entry: LedgerEvent, zone: tzinfo | None, say: PatientWords) -> str:
    event = entry.event
    what, why = str(event.details.get("what", "")), str(event.details.get("why", ""))
    told = [
        notation.second(event.at, zone, say.language),
        entry.who,
        say.event(event.type),
        say.looked_at(what),
        why,
        event.study,
    ]
    return "; ".join(dict.fromkeys(part for part in told if part))


def _day(study_date: str, language: Language) -> str:
    try:
        return notation.day(date.fromisoformat(study_date), language)
    except ValueError:  # as the archive has it
        return study_date
