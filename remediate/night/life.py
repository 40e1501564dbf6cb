"""Whether the process of a batch that was not closed is at work, frozen or gone, from what can be seen. Looks at
nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from remediate.ports import BatchStore
from remediate.records.ledger import BatchRow
from remediate.records.signs import Doing, Fate, Holder, LifeSign, Process

SILENT_SECONDS = 60.0
"""Without a sign of life from which on a process is not called at work any more; it gives one every few seconds."""


class Watch(Protocol):
    """What this machine tells of processes."""

    def fate_of(self, process: Process) -> Fate:
        """What became of a process."""

    def is_of_this_boot(self, process: Process) -> bool:
        """Whether it runs, or ran, under the kernel that runs here now."""

    def since_boot(self) -> float:
        """Seconds since this machine began, on a clock that nobody sets."""

    @property
    def machine(self) -> str:
        """The name of this machine."""

    def is_locked(self) -> bool | None:
        """Whether a process holds the lock of an embedded ledger; None where none tells."""

    def holder(self) -> Holder | None:
        """Who holds that lock, as far as it told."""

    def ledger_room(self) -> int | None:
        """Bytes free on the disk under an embedded ledger; None where a server keeps it."""

    def may_write(self) -> bool:
        """Whether the ledger can be written here, as far as its file and folder tell."""


class Life(StrEnum):
    """How a batch that was not closed stands."""

    ALIVE = "alive"
    FROZEN = "frozen"  # its process is there and does nothing: it may go on at any moment
    SILENT = "silent"  # nothing is heard of it, and nobody here can look: it may be gone
    GONE = "gone"  # it was killed, or its machine was


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBatch:
    """A batch that was not closed."""

    batch: BatchRow
    life: Life
    process: Process | None  # None: of an older release, which did not write it down
    doing: Doing
    silent_for: float | None  # seconds since its last sign of life; None when a clock was set back, or it gave none

    @property
    def may_go_on(self) -> bool:
        """Whether its process may still write."""
        return self.life is not Life.GONE


def open_batches(batches: BatchStore, watch: Watch) -> tuple[OpenBatch, ...]:
    """Every batch that was not closed, newest first."""
    opened = [batch for batch in batches.batches() if batch.closed_at is None]
    signs = batches.signs([batch.batch_id for batch in opened]) if opened else {}
    return tuple(_standing(batch, signs.get(batch.batch_id), watch, opened) for batch in opened)


def _standing(batch: BatchRow, sign: LifeSign | None, watch: Watch, opened: Sequence[BatchRow]) -> OpenBatch:
    if sign is None:
        is_newest = batch is opened[0]
        life = Life.SILENT if is_newest and watch.is_locked() is not False else Life.GONE
        return OpenBatch(batch=batch, life=life, process=None, doing=Doing(), silent_for=None)
    is_here = watch.is_of_this_boot(sign.process)
    passed = watch.since_boot() - sign.steady if is_here else sign.seconds_ago
    silent_for = passed if passed > -SILENT_SECONDS else None
    life = life_of(sign.process, watch, silent_for)
    return OpenBatch(batch=batch, life=life, process=sign.process, doing=sign.doing, silent_for=silent_for)


def life_of(process: Process, watch: Watch, silent_for: float | None) -> Life:
    """What the machine says of its own process counts most, then the lock that a living one holds, then signs."""
    fate = watch.fate_of(process)
    if fate is Fate.GONE or (fate is Fate.UNKNOWN and watch.is_locked() is False):
        return Life.GONE
    is_heard = silent_for is not None and silent_for <= SILENT_SECONDS
    if fate is Fate.STOPPED:
        return Life.FROZEN
    if is_heard:
        return Life.ALIVE
    if fate is Fate.LIVES:
        return Life.FROZEN
    return Life.GONE if _began_anew(process, watch) else Life.SILENT


def _began_anew(process: Process, watch: Watch) -> bool:
    """Whether this is its machine, which was started again since: a namesake of it would have been heard."""
    return bool(process.boot) and process.machine == watch.machine and not watch.is_of_this_boot(process)
