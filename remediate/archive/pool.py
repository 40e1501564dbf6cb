"""Keeps associations open between operations and lends each to one user at a time; knows no service.

Opening costs a round trip and a thread at the archive, so one association serves many studies. An idle association
that the archive ended meanwhile is noticed before use and replaced.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from remediate.archive import contexts as ctx
from remediate.archive.associations import Association, Context
from remediate.archive.negotiation import MAX_CONTEXTS, Terms, open_association

IDLE_SECONDS = 20.0
"""Shorter than the 30 s after which common archives end an idle association."""
MAX_IDLE = 8


@dataclass(slots=True)
class _Idle:
    association: Association
    since: float


class AssociationPool:
    """Associations with one node. Safe for use by several threads."""

    def __init__(self, terms: Terms, *, as_scp: bool = False, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._terms = terms
        self._as_scp = as_scp
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []
        self._known: dict[Context, None] = {}
        self.opened = 0

    @contextlib.contextmanager
    def borrow(self, wanted: Sequence[Context]) -> Iterator[Association]:
        """An association on which all of `wanted` were proposed; afterwards it is kept if it is still usable."""
        association = self._take(frozenset(wanted)) or self._open(wanted)
        try:
            yield association
        except BaseException:
            association.abort()
            raise
        self._give_back(association)

    def _take(self, wanted: frozenset[Context]) -> Association | None:
        now = self._monotonic()
        ended: list[Association] = []
        found: Association | None = None
        with self._lock:
            keep: list[_Idle] = []
            for idle in reversed(self._idle):
                if now - idle.since > IDLE_SECONDS or not idle.association.idle_and_open:
                    ended.append(idle.association)
                elif found is None and wanted <= idle.association.negotiated.proposed:
                    found = idle.association
                else:
                    keep.insert(0, idle)
            self._idle = keep
        for association in ended:
            association.release()
        return found

    def _open(self, wanted: Sequence[Context]) -> Association:
        with self._lock:
            proposed = ctx.widen(wanted, self._known, MAX_CONTEXTS)
        roles = ctx.sop_classes(proposed) if self._as_scp else ()
        association = open_association(self._terms, proposed, as_scp=roles)
        with self._lock:
            self.opened += 1
            self._known = dict.fromkeys([*wanted, *self._known])
        return association

    def _give_back(self, association: Association) -> None:
        if not association.usable:
            return
        with self._lock:
            self._idle.append(_Idle(association, self._monotonic()))
            too_many = self._idle[:-MAX_IDLE]
            self._idle = self._idle[-MAX_IDLE:]
        for idle in too_many:
            idle.association.release()

    def close(self) -> None:
        """Release what is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.association.release()
