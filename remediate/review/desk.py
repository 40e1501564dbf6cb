"""What one reviewer works with, page by page: the queue, one study, a decision, a group. The pages stand elsewhere.

Whoever opens a study has it in hand for a while, so that nobody else decides about it. What may sway a person is kept
back: how alike study and candidate look until the decision is made, where the configuration says so, and what somebody
else decided until both have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediate.ports import Events
from remediate.reasons.study import AccessReason
from remediate.records.ledger import EventType, NewEvent, StudyRow
from remediate.records.reviews import Decision, Lease, QueueEntry, QueuePatient, ReviewDecision, Stage
from remediate.review.groups import Preview, preview
from remediate.review.queue import Answered, ReviewQueue, Taken
from remediate.review.rows import ReviewRow
from remediate.review.second_look import Concordance, agreement, categories
from remediate.review.words import ReviewProblem

MOST_TOGETHER = 250
"""Studies that one decision is about: all of them are judged anew before it is shown, and again before it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One study as a reviewer sees it, with both sides in clear."""

    entry: QueueEntry
    row: StudyRow
    lines: tuple[ReviewRow, ...]  # a line for each candidate; none where it waits for nobody any more
    lease: Lease  # who has it in hand
    others: tuple[ReviewDecision, ...] = ()  # what two people decided who differ, for the third
    is_mine: bool = False  # whoever asks decided already, and another has to
    hides_likeness: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some patients of the queue, with what is known of their studies."""

    patients: tuple[QueuePatient, ...]
    rows: Mapping[str, StudyRow]  # by Study Instance UID
    leases: Mapping[str, Lease]  # of other people


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One person's, under one account."""

    queue: ReviewQueue
    events: Events
    person: str
    known: Concordance | None = None  # what was told of as many pairs, for whoever asks often

    def page(self, *, now: datetime, group: str = "", after: str = "", most: int = 20) -> QueuePage:
        """The next patients of the queue, perhaps of one group only."""
        store, account = self.queue.queue, self.queue.account
        patients = store.queue_patients(account, group=group, after=after, most=most)
        uids = [entry.study_instance_uid for one in patients for entry in one.entries]
        held = store.leases(uids, now=now)
        return QueuePage(
            patients=tuple(patients),
            rows={row.study_instance_uid: row for row in self.queue.studies.studies_named(uids)},
            leases={uid: lease for uid, lease in held.items() if lease.account != account},
        )

    def item(self, study_instance_uid: str, *, now: datetime, again: bool = False) -> ReviewItem | None:
        """One study, which whoever asks has in hand from now on instead of any other, with the event that it was seen
        unless it stands there `again`; None when the queue does not hold it."""
        store, account = self.queue.queue, self.queue.account
        entry, row = store.queue_entry(study_instance_uid), self.queue.studies.study(study_instance_uid)
        if entry is None or row is None:
            return None
        case, looked = next(self.queue.undecided([row]), (None, None))
        lines = () if case is None else self.queue.lines(case, reveal=True)
        hides = self.queue.settings.hide_likeness
        length = timedelta(minutes=self.queue.settings.lease_minutes)
        if not again:
            self.events.record(revealed(study_instance_uid, self.person, "review", now))
        store.end_leases(account)
        is_mine = self.queue.is_mine(looked)
        return ReviewItem(
            entry=entry,
            row=row,
            lines=_in_no_order(lines) if hides else lines,
            lease=store.lease_review(study_instance_uid, account, self.person, length, now=now),
            others=looked.looked if looked is not None and looked.stage is Stage.THIRD and not is_mine else (),
            is_mine=is_mine,
            hides_likeness=hides,
        )

    def beside(self, item: QueueEntry | None, *, group: str = "", back: bool = False) -> str:
        """The Study Instance UID of what stands next in the queue, or before; "" at its end."""
        found = self.queue.queue.queue_beside(self.queue.account, item, group=group, back=back)
        return "" if found is None else found.study_instance_uid

    def decide(
        self, study_instance_uid: str, decision: str, *, seen: str, epd_patient_id: str, why: str, now: datetime
    ) -> Taken:
        """Decide about one study and the candidate that was seen, and give it out of hand."""
        answer = Answered(
            line=1,
            study_instance_uid=study_instance_uid,
            epd_patient_id=epd_patient_id,
            seen=seen,
            decision=decision,
            why=why,
        )
        taken = self.queue.take([answer], person=self.person, now=now)
        if not taken.rejected:
            self.queue.queue.end_leases(self.queue.account, [study_instance_uid])
        return taken

    def undo(self, study_instance_uid: str, *, now: datetime) -> ReviewProblem | None:
        """Take back one's own decision; why that cannot be, else None."""
        return self.queue.undo(study_instance_uid, person=self.person, now=now)

    def preview(self, group: str, decision: Decision, *, now: datetime) -> Preview | None:
        """What one decision about a group would do, of the first studies that nobody else has in hand; None when no
        study of it waits for whoever asks."""
        store, account = self.queue.queue, self.queue.account
        may = decision is Decision.CONFIRM
        uids = store.queue_of_group(account, group, most=MOST_TOGETHER + 1, may_confirm_first=may)
        held = store.leases(uids, now=now)
        free = [uid for uid in uids if uid not in held or held[uid].account == account]
        rows = [
            line
            for case, _ in self.queue.undecided(self.queue.studies.studies_named(free[:MOST_TOGETHER]))
            for line in self.queue.lines(case)
        ]
        found = preview(rows, group, decision)
        return found and replace(found, first=MOST_TOGETHER if len(uids) > MOST_TOGETHER else None)

    def decide_group(
        self, group: str, decision: Decision, *, seen: str, why: str, now: datetime
    ) -> tuple[Preview | None, Taken | None]:
        """Decide about just the studies that a preview showed: nothing is taken when they are no longer as shown."""
        found = self.preview(group, decision, now=now)
        if found is None or found.digest != seen:
            return found, None
        return found, self.queue.take(found.answers(why), person=self.person, now=now, alone=False)

    def agreement(self) -> Concordance:
        """How well people agree who decided about the same study without seeing each other's decision."""
        reviews = self.queue.reviews
        number = reviews.pairs_so_far()
        if self.known is None or self.known.pairs != number:
            return agreement(map(categories, reviews.pairs()))
        return self.known


def revealed(study: str, person: str, why: str, at: datetime) -> NewEvent:
    """That somebody saw both sides of a study in clear, and for what (NEN 7513)."""
    details = {"what": "names, birth date and sex of study and EPD", "why": why}
    return NewEvent(
        type=EventType.KEY_USE, at=at, actor=person, study=study, reason=AccessReason.REVEALED, details=details
    )


def _in_no_order(lines: Sequence[ReviewRow]) -> tuple[ReviewRow, ...]:
    """The candidates of a study by their numbers, so that their order tells nothing."""
    ordered = sorted(lines, key=lambda line: (line.authority, line.epd_patient_id))
    if len(ordered) == 1:
        return tuple(ordered)
    return tuple(replace(line, candidate=number) for number, line in enumerate(ordered, start=1))
