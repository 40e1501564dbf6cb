"""Keeps associations open between operations and lends each to one user at a time; knows no service.

Opening costs round trips, so one association serves what follows at once; but each open association holds a thread at
the archive (Orthanc has four in all), so few are kept, an idle one that does not fit is released before another is
opened, and one over which nothing is asked for a moment is released by a thread that all pools share. One that the
archive ended meanwhile is noticed before use and replaced.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from remediate.dicom import contexts as ctx
from remediate.dicom.associations import Association, OfferedContext
from remediate.dicom.faults import LinkError
from remediate.dicom.negotiation import MAX_CONTEXTS, Terms, open_association
from remediate.program_log import Happened, tell

IDLE_SECONDS = 0.2
"""Long enough for what a worker computes between two questions; who waits for something else has let it go."""
MAX_KNOWN = 1024
"""How many contexts of earlier studies are remembered, to be proposed again."""


@dataclass(frozen=True, slots=True, eq=False)
class _Idle:
    association: Association
    since: float


class AssociationPool:
    """Associations with one node. Safe for use by several threads."""

    def __init__(
        self,
        terms: Terms,
        *,
        as_scp: bool = False,
        as_scu: bool = False,
        keep: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`as_scp` lets us take objects over these associations (C-GET), `as_scu` beside that also send them."""
        self.terms = terms
        self._as_scp = as_scp
        self._as_scu = as_scu
        self._keep = keep
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []
        self._known: dict[OfferedContext, None] = {}
        self.opened = 0
        _keep_watch(self)

    @contextlib.contextmanager
    def borrow(self, wanted: Sequence[OfferedContext]) -> Iterator[Association]:
        """An association on which all of `wanted` were proposed; afterwards it is kept if it is still usable."""
        association = self._take(frozenset(wanted)) or self._open(wanted)
        try:
            yield association
        except LinkError as error:
            tell(Happened.EXCHANGE_FAILED, level=logging.WARNING, peer=self.terms.peer.address, fault=error.fault)
            association.abort()
            raise
        except BaseException:
            association.abort()
            raise
        self._give_back(association)

    def _take(self, wanted: frozenset[OfferedContext]) -> Association | None:
        """An idle association that fits. When there is none, all idle ones make room for a new one."""
        now = self._monotonic()
        with self._lock:
            alive = [i for i in self._idle if now - i.since < IDLE_SECONDS and i.association.idle_and_open]
            ended = [i for i in self._idle if i not in alive]
            found = next((i for i in alive if wanted <= i.association.negotiated.proposed), None)
            if found is None:
                ended += alive
            self._idle = [i for i in alive if found is not None and i is not found]
        for idle in ended:
            idle.association.release()
        return found.association if found else None

    def _open(self, wanted: Sequence[OfferedContext]) -> Association:
        with self._lock:
            proposed = ctx.widen(wanted, self._known, MAX_CONTEXTS)
        association = self._associate(proposed)
        with self._lock:
            self._known = dict.fromkeys(islice((*wanted, *self._known), MAX_KNOWN))
        return association

    def _associate(self, proposed: Sequence[OfferedContext]) -> Association:
        """A peer that grants one role but not both is asked for the one that a C-GET needs, from then on."""
        classes = ctx.sop_classes(proposed) if self._as_scp else ()
        peer = self.terms.peer.address
        try:
            association = open_association(self.terms, proposed, as_scp=classes, as_scu=self._as_scu)
        except LinkError as error:
            error.while_opening = True
            tell(Happened.ASSOCIATION_REFUSED, level=logging.WARNING, peer=peer, fault=error.fault)
            raise
        tell(Happened.ASSOCIATION_OPENED, peer=peer, contexts=len(association.negotiated.contexts))
        with self._lock:
            self.opened += 1
        taken = {context.abstract_syntax for context in association.negotiated.contexts.values()}
        if not self._as_scu or all(association.negotiated.may_take(uid) for uid in taken.intersection(classes)):
            return association
        association.release()
        self._as_scu = False
        return self._associate(proposed)

    def _give_back(self, association: Association) -> None:
        if not association.usable:
            return
        with self._lock:
            self._idle.append(_Idle(association, self._monotonic()))
            too_many = self._idle[: -self._keep]
            self._idle = self._idle[-self._keep :]
        for idle in too_many:
            idle.association.release()

    def release_idle(self) -> None:
        """Release what nobody asked anything over for a moment."""
        now = self._monotonic()
        with self._lock:
            ended = [idle for idle in self._idle if now - idle.since >= IDLE_SECONDS]
            self._idle = [idle for idle in self._idle if now - idle.since < IDLE_SECONDS]
        for idle in ended:
            idle.association.release()

    def close(self) -> None:
        """Release what is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.association.release()


_POOLS: weakref.WeakSet[AssociationPool] = weakref.WeakSet()
_WATCH = threading.Lock()
_watching: list[threading.Thread] = []


def _keep_watch(pool: AssociationPool) -> None:
    """One thread for all pools of this process; a process that was forked off begins one of its own."""
    with _WATCH:
        _POOLS.add(pool)
        if not (_watching and _watching[0].is_alive()):
            _watching[:] = [threading.Thread(target=_watch, name="idle-associations", daemon=True)]
            _watching[0].start()


def _watch() -> None:
    while True:
        time.sleep(IDLE_SECONDS / 2)
        _release_all()


def _release_all() -> None:
    with _WATCH:
        pools = list(_POOLS)
    for pool in pools:
        pool.release_idle()
