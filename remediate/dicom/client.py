"""The archive as the use cases know it: every operation of the port, over pooled associations. Decides nothing.

Queries and retrievals are tried again on transient failures; a store never is. Safe for use by several threads.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tenacity import AttemptManager

from remediate.config.archive import ArchiveSettings
from remediate.dicom import contexts as ctx
from remediate.dicom import find, retrieve, store
from remediate.dicom.arrivals import Reception
from remediate.dicom.associations import OfferedContext, is_response
from remediate.dicom.commands import NO_DATA_SET, CommandElement, Request, number
from remediate.dicom.faults import Fault, LinkError, Peer
from remediate.dicom.move import release_scp, shared_scp
from remediate.dicom.negotiation import MAX_CONTEXTS, Terms, why_closed
from remediate.dicom.pool import AssociationPool
from remediate.dicom.retrieve import RetrievalEnding
from remediate.dicom.retrying import never, tries, unheard
from remediate.dicom.sockets import Listener
from remediate.dicom.status import SUCCESS, name
from remediate.dicom.tls import client_context, server_context
from remediate.dicom.user_identity import identity_reader
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import (
    ExpectedObject,
    FindAnswer,
    FoundInstance,
    OutgoingObject,
    Retrieval,
    StoreResult,
    StoreVerdict,
    StudyQuery,
    nothing_expected,
)
from remediate.spool.files import SpoolFiles
from remediate.texts.language import Sentence

REMEMBERED_STUDIES = 256
MOST_FOR_ONE = 5_000
"""Answers taken to a query for one study: some archives give a row for each of its objects (pynetdicom's qrscp)."""


class Operation(StrEnum):
    """What was measured."""

    ECHO = "echo"
    FIND = "find"
    RETRIEVE = "retrieve"
    ARRIVAL = "arrival"  # of one object of a retrieval, since the one before
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredExchange:
    """One exchange with the archive, for throttle and circuit breaker."""

    operation: Operation
    seconds: float
    nbytes: int = 0
    objects: int = 0
    ok: bool = True


class DicomArchive:
    """One archive over DICOM, by C-GET or C-MOVE as configured; stores go to `settings.store` where that is set."""

    def __init__(
        self,
        settings: ArchiveSettings,
        evidence: EvidenceSettings,
        *,
        base: Path = Path(),
        files: SpoolFiles | None = None,
        observe: Callable[[MeasuredExchange], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        patience: float = 0,
        ending: Callable[[], bool] = never,
        hear: Callable[[Sentence | None], object] = unheard,
        listener: Listener | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        section: str = "archive",
    ) -> None:
        """`section` is where `settings` stand in the configuration, `base` the folder that paths in `settings.tls`
        start from; `files` makes what is retrieved, plain when it is None; `observe` hears of every exchange, `hear` of
        every try what went wrong, or None, `listener` of silence meanwhile; while no association can be had, it is
        tried for `patience` seconds; nothing is tried again once `ending` says that work is to end."""
        self._settings = settings
        self._evidence = evidence
        self._files = files or SpoolFiles()
        self._observe = observe or _ignore
        self._sleep = sleep
        self._patience = patience
        self._ending = ending
        self._hear = hear
        self._monotonic = monotonic
        called = settings.called_ae_title
        terms = _terms(settings, settings.host, settings.port, called, base, section=section, listener=listener)
        node = settings.store
        store_terms = terms
        if node is not None:
            store_terms = _terms(
                settings,
                node.host,
                node.port,
                node.called_ae_title,
                base,
                section=f"{section}.store",
                listener=listener,
            )
        self._reading = ctx.reading(settings.retrieve)
        by_get = settings.retrieve == "c-get"
        self._reads = AssociationPool(terms, as_scp=by_get, as_scu=node is None)
        self._stores = AssociationPool(store_terms)  # for another node, or one that keeps reading and storing apart
        self._destination = settings.move_destination or settings.ae_title
        self._scp = shared_scp(
            settings.listen,
            terms,
            callers=frozenset(settings.listen.callers or {settings.called_ae_title}),
            called=frozenset({self._destination, settings.ae_title}),
            tls=server_context(settings.tls, base),
        )
        self._listed: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = False

    def echo(self) -> None:
        """C-ECHO with the archive, and with the store node where that is another."""
        self._echo(self._reads, self._reading)
        if self._settings.store:
            self._echo(self._stores, ctx.VERIFYING)

    def _echo(self, pool: AssociationPool, wanted: Sequence[OfferedContext]) -> None:
        try:
            with self._measured(Operation.ECHO):
                for attempt in self._tries():
                    with attempt:
                        _echo(pool, wanted)
        except LinkError as error:
            raise (error.fault is Fault.CLOSED and why_closed(pool.terms)) or error from None

    def require_services(self) -> None:
        """That the archive offers us C-FIND and the configured way of retrieving. Raises `LinkError` that names what it
        does not offer; asks nothing else."""

        for attempt in self._tries():
            with attempt, self._reads.borrow(self._reading) as association:
                association.first_context(ctx.STUDY_ROOT_FIND)
                association.first_context(*retrieve.service(self._settings.retrieve))

    def find_studies(self, query: StudyQuery) -> FindAnswer:
        """Study Root C-FIND at study level."""
        most = self._settings.find_most
        if query.study_instance_uid:
            most = min(most, MOST_FOR_ONE)

        with self._measured(Operation.FIND):
            for attempt in self._tries():
                with attempt, self._reads.borrow(self._reading) as association:
                    answer = find.find_studies(association, query, self._evidence, most=most)
        return answer

    def find_instances(self, study_instance_uid: str, *, briefly: bool = False) -> tuple[FoundInstance, ...]:
        """Every object of the study, sorted by SOP Instance UID; `briefly` with nothing but UIDs, which is faster."""
        most = self._settings.find_most

        with self._measured(Operation.FIND):
            for attempt in self._tries():
                with attempt, self._reads.borrow(self._reading) as association:
                    found = find.find_instances(association, study_instance_uid, most=most, briefly=briefly)
        self._remember(study_instance_uid, found)
        return found

    def _remember(self, study_instance_uid: str, found: Sequence[FoundInstance]) -> None:
        """So that a retrieval that names all of a study can ask for the study."""
        with self._lock:
            self._listed[study_instance_uid] = frozenset(i.sop_instance_uid for i in found)
            self._listed.move_to_end(study_instance_uid)
            while len(self._listed) > REMEMBERED_STUDIES:
                self._listed.popitem(last=False)

    def _is_whole(self, study_instance_uid: str, instances: Sequence[FoundInstance]) -> bool:
        with self._lock:
            return self._listed.get(study_instance_uid) == frozenset(i.sop_instance_uid for i in instances)

    def retrieve(
        self,
        study_instance_uid: str,
        instances: Sequence[FoundInstance],
        folder: Path,
        expected: ExpectedObject = nothing_expected,
    ) -> Retrieval:
        """Bring the named objects into `folder`; after a broken link only what is still missing is asked for again.

        An object that comes byte for byte as `expected` says is only named in the answer, not kept. Raises `LinkError`
        when nothing could be asked at all, and `SpoolError` when the disk is full.
        """
        started = came = self._monotonic()

        def arrived(nbytes: int) -> None:
            nonlocal came
            before, came = came, self._monotonic()
            self._tell(Operation.ARRIVAL, before, nbytes=nbytes, objects=1)

        reception = Reception(folder, study_instance_uid, instances, expected, self._files, arrived)
        endings: list[RetrievalEnding] = []

        try:
            for attempt in self._tries():
                with attempt:
                    endings.clear()
                    missing = reception.missing() or tuple(instances)
                    whole = len(missing) == len(instances) and self._is_whole(study_instance_uid, instances)
                    endings.extend(self._retrieve(study_instance_uid, missing, reception, whole=whole))
        except LinkError:
            if not (reception.received or reception.same) and reception.failure is None:
                self._tell(Operation.RETRIEVE, started, ok=False)
                raise
            endings.append(RetrievalEnding(status=None))
        if reception.failure is not None:
            raise reception.failure
        answer = _retrieval(reception, endings)
        objects = len(answer.received) + len(answer.same)
        self._tell(Operation.RETRIEVE, started, nbytes=reception.nbytes, objects=objects, ok=answer.complete)
        return answer

    def _retrieve(
        self, study_instance_uid: str, instances: Sequence[FoundInstance], reception: Reception, *, whole: bool
    ) -> Iterator[RetrievalEnding]:
        if self._settings.retrieve == "c-move":
            yield from self._move(study_instance_uid, instances, reception, whole=whole)
            return
        known = [instance for instance in instances if instance.sop_class_uid]
        room = MAX_CONTEXTS - len(self._reading)
        groups = ctx.split(known, room)
        for members, contexts in groups:
            yield from self._get(study_instance_uid, members, contexts, reception, whole=whole and len(groups) == 1)
        if len(known) < len(instances):
            unknown = [instance for instance in instances if not instance.sop_class_uid]
            yield from self._get_in_turn(study_instance_uid, unknown, room, reception, whole=whole and not known)

    def _get_in_turn(
        self,
        study_instance_uid: str,
        instances: Sequence[FoundInstance],
        room: int,
        reception: Reception,
        *,
        whole: bool,
    ) -> list[RetrievalEnding]:
        """Objects of unknown SOP class: what has not come is asked for again under other contexts. How the last one
        ended is told: until then something failed of necessity."""
        endings: list[RetrievalEnding] = []
        for contexts in ctx.in_turn(instances, room):
            lost = {each.sop_instance_uid for each in reception.missing()}
            missing = [each for each in instances if each.sop_instance_uid in lost]
            if not missing:
                break
            whole = whole and len(missing) == len(instances)
            endings = self._get(study_instance_uid, missing, contexts, reception, whole=whole)
        return endings if reception.missing() else []

    def _get(
        self,
        study_instance_uid: str,
        members: Sequence[FoundInstance],
        contexts: Sequence[OfferedContext],
        reception: Reception,
        *,
        whole: bool,
    ) -> list[RetrievalEnding]:
        """One association's retrievals. Where the archive names objects that it cannot send and gives up (Orthanc), the
        others are asked for without them."""
        named: set[str] = set()
        with self._reads.borrow((*self._reading, *contexts)) as association:
            while True:
                requests = retrieve.requests(study_instance_uid, members, whole=whole and not named)
                endings = [retrieve.get(association, request, reception) for request in requests]
                failed = {uid for ending in endings for uid in ending.failed_uids} - named
                named |= failed
                missing = {each.sop_instance_uid for each in reception.missing()}
                left = [each for each in members if each.sop_instance_uid in missing - named]
                if not reception.anything_came and any(ending.tried_to_send for ending in endings):
                    retrieve.require_role(association, contexts)
                if not (failed and left):
                    return [*endings, retrieve.failed_by_name(named)]
                members = left

    def _move(
        self, study_instance_uid: str, instances: Sequence[FoundInstance], reception: Reception, *, whole: bool
    ) -> Iterator[RetrievalEnding]:
        self._scp.open()
        with (
            self._scp.expecting(reception) as running,
            self._reads.borrow(self._reading) as association,
        ):
            try:
                for request in retrieve.requests(study_instance_uid, instances, whole=whole):
                    yield retrieve.move(
                        association, request, self._destination, running.message_ids, lambda: reception.nbytes
                    )
            except LinkError as error:  # whom we turn away may say that it does not know us (pynetdicom does)
                if error.fault is not Fault.DESTINATION_UNKNOWN or not running.turned_away:
                    raise
            if running.turned_away and reception.missing():
                raise LinkError(Fault.CALLER_TURNED_AWAY, association.peer, ", ".join(sorted(running.turned_away)))

    def store(self, objects: Iterable[OutgoingObject]) -> Iterator[StoreResult]:
        """C-STORE one after the other, each sent when the caller asks for its result.

        A refusal or a broken link is a result; only an association that cannot be opened raises, and then nothing
        of that object has been sent.
        """
        for item in objects:
            started = self._monotonic()
            result = self._store(item)
            ok = result.verdict in (StoreVerdict.STORED, StoreVerdict.WARNING)
            self._tell(Operation.STORE, started, nbytes=item.nbytes, objects=1, ok=ok)
            yield result

    def _store(self, item: OutgoingObject) -> StoreResult:
        """Over the association that reads, wherever the archive lets us: each one holds a thread there."""
        wanted = store.context_of(item)
        if self._settings.store is None:
            with contextlib.ExitStack() as stack:
                both = (*self._reading, wanted)
                for attempt in self._tries():
                    with attempt:
                        association = stack.enter_context(self._reads.borrow(both))
                if association.takes(wanted):
                    return store.store(association, item)
        with contextlib.ExitStack() as stack:
            try:
                for attempt in self._tries():
                    with attempt:
                        association = stack.enter_context(self._stores.borrow([wanted]))
            except LinkError as error:
                if error.fault is not Fault.NO_CONTEXTS:
                    raise
                return store.not_accepted(item)
            return store.store(association, item)

    def not_taken(self, contexts: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of these SOP classes with their transfer syntaxes in which no object may be stored; stores nothing.

        Raises `LinkError` when the archive cannot be asked.
        """
        wanted = [OfferedContext(*each) for each in sorted(set(contexts))]
        if self._settings.store is None:
            room = MAX_CONTEXTS - len(self._reading)
            wanted = self._not_taken(self._reads, wanted, self._reading, room)
        refused = self._not_taken(self._stores, wanted, (), MAX_CONTEXTS)
        return frozenset((each.abstract_syntax, each.transfer_syntax) for each in refused)

    def _not_taken(
        self, pool: AssociationPool, wanted: Sequence[OfferedContext], besides: Sequence[OfferedContext], room: int
    ) -> list[OfferedContext]:
        refused: list[OfferedContext] = []
        for at in range(0, len(wanted), room):
            some = wanted[at : at + room]
            with contextlib.ExitStack() as stack:
                both = (*besides, *some)
                try:
                    for attempt in self._tries():
                        with attempt:
                            association = stack.enter_context(pool.borrow(both))
                except LinkError as error:
                    if error.fault is not Fault.NO_CONTEXTS:
                        raise
                    refused += some
                else:
                    refused += [each for each in some if not association.takes(each)]
        return refused

    def close(self) -> None:
        """Release every association and stop listening."""
        for pool in (self._reads, self._stores):
            pool.close()
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            release_scp(self._scp)

    def _tries(self) -> Iterator[AttemptManager]:
        retries, sleep = self._settings.retries, self._sleep
        return tries(retries=retries, sleep=sleep, patience=self._patience, ending=self._ending, hear=self._hear)

    @contextlib.contextmanager
    def _measured(self, operation: Operation) -> Iterator[None]:
        started = self._monotonic()
        try:
            yield
        except LinkError:
            self._tell(operation, started, ok=False)
            raise
        self._tell(operation, started)

    def _tell(
        self, operation: Operation, started: float, *, nbytes: int = 0, objects: int = 0, ok: bool = True
    ) -> None:
        seconds = self._monotonic() - started
        self._observe(MeasuredExchange(operation=operation, seconds=seconds, nbytes=nbytes, objects=objects, ok=ok))


def _ignore(_: MeasuredExchange) -> None:
    """Nobody listens."""


def _terms(
    settings: ArchiveSettings,
    host: str,
    port: int,
    called: str,
    base: Path,
    *,
    section: str = "archive",
    listener: Listener | None = None,
) -> Terms:
    return Terms(
        peer=Peer(host=host, port=port, called=called, calling=settings.ae_title, section=section),
        timeouts=settings.timeouts,
        max_pdu=settings.max_pdu,
        tls=client_context(settings.tls, base),
        own_certificate=settings.tls is not None and bool(settings.tls.certificate_file),
        user=identity_reader(settings.user_identity, base),
        listener=listener,
    )


def _echo(pool: AssociationPool, wanted: Sequence[OfferedContext]) -> None:
    """C-ECHO (PS3.7 9.1.5). Raises `LinkError` unless the answer is Success."""
    with pool.borrow(wanted) as association:
        context_id, _ = association.first_context(ctx.VERIFICATION)
        message_id = association.next_message_id()
        association.allow(seconds=association.timeouts.message)
        association.send(
            context_id,
            {
                CommandElement.AFFECTED_SOP_CLASS_UID: ctx.VERIFICATION,
                CommandElement.COMMAND_FIELD: Request.C_ECHO,
                CommandElement.MESSAGE_ID: message_id,
                CommandElement.DATA_SET_TYPE: NO_DATA_SET,
            },
        )
        message = association.receive()
        status = number(message.command, CommandElement.STATUS)
        if not is_response(message, Request.C_ECHO, message_id) or status is None:
            raise LinkError(Fault.NO_STATUS, association.peer, "C-ECHO")
        if status != SUCCESS:
            raise LinkError(Fault.REFUSED, association.peer, f"C-ECHO (status {name(status)})")


def _retrieval(reception: Reception, endings: Sequence[RetrievalEnding]) -> Retrieval:
    """The accounts of one retrieval. Its status is the first that is not Success, where there is one."""
    told = {problem for ending in endings for problem in ending.problems(reception.expected)}
    statuses = [ending.status for ending in endings]
    return Retrieval(
        received=tuple(reception.received[uid] for uid in sorted(reception.received)),
        status=next((status for status in statuses if status != SUCCESS), SUCCESS),
        problems=tuple(sorted({*reception.problems(), *told})),
        same=frozenset(reception.same),
    )
