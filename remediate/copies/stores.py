"""What the copies ask of the ledger, met by `ledger/` by shape; and the right to work on one copy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from remediate.records.copies import CopyEnd, CopyIntent, CopyLook, Finished
from remediate.records.ledger import Intent, NewEvent


class CopyStore(Protocol):
    """What copies hold, and what was begun in them."""

    def last_finished(self, study_instance_uid: str, *, sealed: bool = False) -> Finished | None:
        """The newest intent on a study that was read back: what its archive holds since. `sealed` without its values,
        for what was made unreadable."""

    def earlier_verified(self, intent: Intent) -> tuple[Intent, ...]:
        """Those before it on the same study that were verified and not rolled back, newest first."""

    def save_look(self, look: CopyLook, event: NewEvent) -> None:
        """Keep what a copy holds of a study now, with its event."""

    def write_copy_intent(
        self,
        copy: str,
        node: str,
        plan_id: str,
        finished: Finished,
        objects: Sequence[str],
        spool_folder: str,
        event: NewEvent,
    ) -> CopyIntent:
        """Write down what is about to be stored in a copy at this node; durable on return."""

    def copy_looks(self, studies: Collection[str] | None = None) -> Sequence[CopyLook]:
        """The last look at each copy of these studies, or of all; by copy and study."""

    def copy_intents(self, copy: str, end: CopyEnd) -> tuple[CopyIntent, ...]:
        """What was begun in a copy and ended like this, or not at all, oldest first."""

    def end_copy_intent(self, intent: CopyIntent, end: CopyEnd, look: CopyLook, event: NewEvent) -> None:
        """Finished, as was read back: outcome, what the copy holds, and the event."""


class LeaseStore(Protocol):
    """The right to work on a node outside, for one process at a time."""

    def take_lease(self, node: str, owner: str, seconds: float, *, is_gone: Callable[[str], bool]) -> int | None:
        """The fence under which `owner` may work on the node from now; None while another one does."""

    def renew_lease(self, node: str, fence: int, seconds: float) -> bool:
        """Prolong it; False when it ended or another one took it: then nothing more may be sent there."""

    def end_lease(self, node: str, fence: int) -> None:
        """Let another one work on it."""


LEASE_SECONDS = 600.0
"""How long a copy is ours without a word; longer than a store and its answer take."""


@dataclass(slots=True, kw_only=True)
class CopyLease:
    """The right of this process to work on one copy, whoever it is."""

    leases: LeaseStore
    owner: str  # names this process
    is_gone: Callable[[str], bool]  # whether the process that a lease names is known to have ended
    _node: str = ""
    _fence: int = 0

    def take(self, copy: str) -> bool:
        """Whether it is ours from now; not while another process has it."""
        self._node = node_of(copy)
        fence = self.leases.take_lease(self._node, self.owner, LEASE_SECONDS, is_gone=self.is_gone)
        self._fence = fence or 0
        return fence is not None

    def renew(self) -> bool:
        """Prolong it; False when another one took it."""
        return self.leases.renew_lease(self._node, self._fence, LEASE_SECONDS)

    def end(self) -> None:
        """Let another one work on it."""
        self.leases.end_lease(self._node, self._fence)


def node_of(copy: str) -> str:
    """What is leased of a copy."""
    return f"copy {copy}"
