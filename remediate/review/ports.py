"""What reviewing asks of the ledger: decisions that do not count yet, what is remembered, the queue in pages, leases.

Met by `ledger/` by shape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from remediate.ports import ReviewStore
from remediate.records.ledger import NewEvent
from remediate.records.reviews import Lease, QueueEntry, QueueGroup, QueuePatient, ReviewDecision, Round, Stage


class LookStore(ReviewStore, Protocol):
    """Decisions with all that is kept beside them."""

    def save_reviews(
        self,
        decisions: Sequence[ReviewDecision],
        events: Sequence[NewEvent],
        rounds: Sequence[Round] = (),
        waiting: Sequence[QueueEntry] = (),
    ) -> None:
        """Keep the newest decision of each study, what does not count yet, and the events, in one transaction. What
        is `waiting` all the same stands in the queue from then on."""

    def open_rounds(self, study_instance_uids: Collection[str]) -> Mapping[str, Round]:
        """What was decided about these studies and does not count yet."""

    def pairs(self) -> Iterator[Round]:
        """Every study about which two people decided without seeing each other's decision."""

    def pairs_so_far(self) -> int:
        """How many of these there are."""

    def second_looks(self) -> Mapping[Stage, int]:
        """How many studies wait for a second and for a third person."""

    def remembered(self) -> Iterator[tuple[str, tuple[ReviewDecision, ...]]]:
        """Studies about which nobody decided, with the decisions about earlier ones that have the same headers."""

    def carried_from(self, study_instance_uids: Collection[str]) -> Sequence[ReviewDecision]:
        """The decisions that count because one about these studies was remembered."""


class QueueStore(Protocol):
    """The studies that wait for people, in pages, and who has which in hand. Accounts are the reviewers'."""

    def fill_queue(self, plan_id: str, entries: Iterable[QueueEntry]) -> int:
        """From now on the queue holds these, and nothing else; answers how many."""

    def queue_plan(self) -> str:
        """The plan whose studies in review the queue holds; "" before the first."""

    def queue_groups(self) -> Sequence[QueueGroup]:
        """What waits by what the studies have in common, the largest first."""

    def queue_patients(
        self, account: str, *, group: str = "", after: str = "", most: int = 20
    ) -> Sequence[QueuePatient]:
        """The next patients after one, each with all studies that wait for this account, perhaps of one group only."""

    def queue_entry(self, study_instance_uid: str) -> QueueEntry | None:
        """A study of the queue, waiting or decided."""

    def queue_beside(
        self, account: str, entry: QueueEntry | None, *, group: str = "", back: bool = False
    ) -> QueueEntry | None:
        """The study that stands next to this one, or before it; the first where none is named."""

    def queue_of_group(self, account: str, group: str, *, most: int, may_confirm_first: bool = False) -> Sequence[str]:
        """So many studies of a group at most that wait for this account, those of a patient together."""

    def lease_review(
        self, study_instance_uid: str, account: str, person: str, length: timedelta, *, now: datetime
    ) -> Lease:
        """Who may decide about a study from now on: this account, unless another one has it still."""

    def end_leases(self, account: str, study_instance_uids: Collection[str] | None = None) -> None:
        """What this account has in hand is free again: these studies, or all."""

    def leases(self, study_instance_uids: Collection[str], *, now: datetime) -> Mapping[str, Lease]:
        """Who has which of these studies in hand."""
