"""C-FIND: what the archive's index says it has, at study, series and image level. Retrieves no object.

A response counts as pending only by number (FF00, FF01); an answer is complete only when the final status is 0000.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from remediate.dicom import contexts as ctx
from remediate.dicom import identifiers
from remediate.dicom.associations import Association, MemorySink, OfferedContext, is_response
from remediate.dicom.commands import DATA_SET, MEDIUM, CommandElement, Request, number
from remediate.dicom.faults import Fault, LinkError
from remediate.dicom.status import OUT_OF_RESOURCES, PENDING, SUCCESS, name
from remediate.header.evidence_reader import EvidenceSettings
from remediate.header.uids import uid_problem
from remediate.identity.evidence import Evidence
from remediate.records.dicom import FindAnswer, FoundInstance, FoundStudy, StudyQuery
from remediate.texts.language import Sentence

BYTES_PER_ANSWER = 256
"""Of each answer that is taken, on average, in memory as bytes: what comes beyond that in all ends the query too."""
MOST_NAMED, LONGEST_NAMED = 1_000, 128
"""What is no UID is named so often, and with so many of its signs."""


@dataclass(slots=True)
class StreamedAnswer:
    """Takes the final status of a query while its responses stream by."""

    most: int  # responses that are taken
    status: int | None = None
    taken: int = 0
    nbytes: int = 0

    def is_full(self, data: bytearray) -> bool:
        """Count one more response; whether that one is too many."""
        self.taken += 1
        self.nbytes += len(data)
        return self.taken > self.most or self.nbytes > self.most * BYTES_PER_ANSWER


def ask(
    association: Association, request: Dataset, answer: StreamedAnswer
) -> Iterator[tuple[bytearray, OfferedContext]]:
    """Send one C-FIND and yield each response identifier in bytes. Raises `LinkError`; also on a missing status, and
    on more responses than `answer.most`."""
    context_id, context = association.first_context(ctx.STUDY_ROOT_FIND)
    message_id = association.next_message_id()
    association.allow_exchange(seconds=association.timeouts.message)
    association.send(
        context_id,
        {
            CommandElement.AFFECTED_SOP_CLASS_UID: ctx.STUDY_ROOT_FIND,
            CommandElement.COMMAND_FIELD: Request.C_FIND,
            CommandElement.MESSAGE_ID: message_id,
            CommandElement.PRIORITY: MEDIUM,
            CommandElement.DATA_SET_TYPE: DATA_SET,
        },
        [identifiers.encode_identifier(request, context)],
    )
    while True:
        message = association.receive()
        if not is_response(message, Request.C_FIND, message_id):
            association.abort()
            raise LinkError(
                Fault.PROTOCOL,
                association.peer,
                Sentence(" (not an answer to our query)", " (geen antwoord op onze zoekvraag)"),
            )
        answer.status = number(message.command, CommandElement.STATUS)
        if answer.status is None:
            association.abort()
            raise LinkError(Fault.NO_STATUS, association.peer, "C-FIND")
        if answer.status not in PENDING:
            return
        if isinstance(message.sink, MemorySink):
            if answer.is_full(message.sink.data):
                association.abort()
                raise LinkError(Fault.TOO_MANY_ANSWERS, association.peer, f" ({answer.most})")
            yield message.sink.data, context


def find_studies(association: Association, query: StudyQuery, settings: EvidenceSettings, *, most: int) -> FindAnswer:
    """All studies that match, in the order of the responses; of more than `most` the first, and then not complete."""
    answer = StreamedAnswer(most)
    found: list[FoundStudy] = []
    no_uids: dict[str, None] = {}
    cut_at: int | None = None
    try:
        for data, context in ask(association, identifiers.study_request(query), answer):
            study = brief_study(data, context) if query.briefly else found_study(data, context, settings)
            if not uid_problem(study.study_instance_uid):
                found.append(study)
            elif len(no_uids) < MOST_NAMED:
                no_uids[study.study_instance_uid[:LONGEST_NAMED]] = None
    except LinkError as error:
        if error.fault is not Fault.TOO_MANY_ANSWERS:
            raise
        answer.status, cut_at = None, len(found)
    return FindAnswer(
        studies=tuple(found),
        complete=answer.status == SUCCESS,
        status=answer.status,
        cut_at=cut_at,
        no_uids=tuple(no_uids),
    )


def brief_study(data: bytearray, context: OfferedContext) -> FoundStudy:
    """One response to a brief query."""
    response = identifiers.Response(data, context)
    return FoundStudy(
        study_instance_uid=response.text("StudyInstanceUID"),
        study_date=response.text("StudyDate"),
        evidence=Evidence(patient_id=response.text("PatientID")),
    )


def found_study(data: bytearray, context: OfferedContext, settings: EvidenceSettings) -> FoundStudy:
    """One response at study level. What its identity claims is read by the same reader as an object's header."""
    response = identifiers.Response(data, context)
    return FoundStudy(
        study_instance_uid=response.text("StudyInstanceUID"),
        study_date=response.text("StudyDate"),
        study_time=response.text("StudyTime"),
        modalities=response.texts("ModalitiesInStudy"),
        institution_name=response.text("InstitutionName"),
        station_name=response.text("StationName"),
        referring_department=response.text("InstitutionalDepartmentName"),
        accession_number=response.text("AccessionNumber"),
        instances=identifiers.instances_count(response),
        evidence=response.evidence(settings),
        answers_other_ids=identifiers.answers_other_ids(response),
    )


def find_instances(
    association: Association, study_instance_uid: str, *, most: int, briefly: bool = False
) -> tuple[FoundInstance, ...]:
    """Every object of a study, series by series, sorted by SOP Instance UID; `briefly` leaves out all but the UIDs.

    Raises `LinkError` on any other end than Success, for half a list would read as a small study; so it would where a
    series or an object is named by what is no UID.
    """
    found: dict[str, FoundInstance] = {}
    series_request = identifiers.series_request(study_instance_uid)
    every_series = {
        _uid(association, each, "SeriesInstanceUID"): each.text("Modality")
        for each in _all(association, series_request, most)
    }
    for series_uid, modality in every_series.items():
        request = identifiers.image_request(study_instance_uid, series_uid, briefly=briefly)
        for response in _all(association, request, most):
            uid = _uid(association, response, "SOPInstanceUID")
            found[uid] = identifiers.instance_of(response, series_uid, modality)
    return tuple(found[uid] for uid in sorted(found))


def _uid(association: Association, response: identifiers.Response, keyword: str) -> str:
    """A unique key. Raises `LinkError`, without repeating what stood there."""
    uid = response.text(keyword)
    problem = uid_problem(uid)
    if problem is not None:
        association.abort()
        raise LinkError(Fault.NO_UID, association.peer, f"{keyword}: {problem.value}")
    return uid


def _all(association: Association, request: Dataset, most: int) -> Iterator[identifiers.Response]:
    """Every response, one at a time. The whole of it must be taken before the association is used again."""
    answer = StreamedAnswer(most)
    for data, context in ask(association, request, answer):
        yield identifiers.Response(data, context)
    if answer.status != SUCCESS:
        fault = Fault.OUT_OF_RESOURCES if answer.status in OUT_OF_RESOURCES else Fault.REFUSED
        raise LinkError(
            fault,
            association.peer,
            Sentence(f"a query (status {name(answer.status)})", f"een zoekvraag (status {name(answer.status)})"),
        )
