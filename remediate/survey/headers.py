"""Reads one header of a study, or of each of its series, for what the index does not tell; finds no study.

A study whose header does not come is named and goes on with what the index says of it, marked so that no plan takes
that for all there is. Only an archive that hands over nothing any more ends the reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from remediate.errors import ArchiveError
from remediate.header.evidence_reader import EvidenceSettings
from remediate.header.refusal import Refusal
from remediate.identity.evidence import Evidence, Flag, Source, StudyEvidence
from remediate.ports import Archive, Clock, Spool, StudyStore
from remediate.records.dicom import FoundInstance, FoundStudy, ReceivedObject
from remediate.survey.fetch import beside_index, evidence_of_objects
from remediate.texts.language import Sentence

BROKEN_IN_A_ROW = 5
"""Links that broke while headers were read, one after the other, after which no more are asked for in this survey."""
_FOLDER = "survey"


@dataclass(kw_only=True)
class HeaderProbes:
    """The headers that one survey reads."""

    archive: Archive
    studies: StudyStore
    spool: Spool
    clock: Clock
    by_series: bool
    settings: EvidenceSettings
    read: int = 0  # studies
    unread: dict[str, str] = field(default_factory=dict)  # Study Instance UID -> why, in words or as codes
    stopped: bool = False
    _broken: int = 0

    def probe(self, study: FoundStudy) -> None:
        """Keep what the header says; where it does not come, that it is not known."""
        if self.stopped:
            return
        uid = study.study_instance_uid
        try:
            wanted = one_of_each(self.archive.find_instances(uid), by_series=self.by_series)
            received, why = self._retrieved(uid, wanted) if wanted else ((), "no-objects-listed")
        except ArchiveError as error:
            self._link_broke(error)
            received, why = (), error.message.en
        evidence = evidence_of_objects(self.spool, uid, received, self.settings)
        if isinstance(evidence, Refusal):
            self._keep_index(study, (), evidence.reason.value)
        elif why:
            self._keep_index(study, evidence.headers, why)
        else:
            self.studies.save_evidence(probe_evidence(evidence, study), now=self.clock())
            self.read += 1
            self._broken = 0
        self.spool.remove(self.spool.folder(_FOLDER))

    def _retrieved(self, uid: str, wanted: tuple[FoundInstance, ...]) -> tuple[tuple[ReceivedObject, ...], str]:
        """What came, and why that is not all that was asked for; "" when it is."""
        self.spool.remove(self.spool.folder(_FOLDER))
        retrieval = self.archive.retrieve(uid, wanted, self.spool.folder(_FOLDER))
        if retrieval.status is None:
            raise ArchiveError(
                Sentence(
                    "The archive broke off while the header was read.",
                    "Het archief brak af terwijl de header werd gelezen.",
                ),
                transient=True,
            )
        problems = sorted({problem.value for problem, _ in retrieval.problems})
        return retrieval.received, ", ".join(problems) if len(retrieval.received) < len(wanted) else ""

    def _link_broke(self, error: ArchiveError) -> None:
        """A refusal is about one study; a link that breaks again and again is about all."""
        self._broken = self._broken + 1 if error.transient else 0
        self.stopped = self._broken >= BROKEN_IN_A_ROW

    def _keep_index(self, study: FoundStudy, headers: tuple[Evidence, ...], why: str) -> None:
        self.unread[study.study_instance_uid] = why
        index = replace(study.evidence, flags=study.evidence.flags | {Flag.NOT_READ})
        evidence = StudyEvidence(
            study_instance_uid=study.study_instance_uid,
            study_date=study.study_date,
            source=Source.INDEX,  # the next survey asks for it again
            headers=tuple(dict.fromkeys((*headers, index))),
        )
        self.studies.save_evidence(evidence, now=self.clock())


def one_of_each(instances: Iterable[FoundInstance], *, by_series: bool) -> tuple[FoundInstance, ...]:
    """The first object of each series, or of the study."""
    first: dict[str, FoundInstance] = {}
    for instance in instances:
        first.setdefault(instance.series_instance_uid if by_series else "", instance)
    return tuple(first.values())


def probe_evidence(read: StudyEvidence, found: FoundStudy) -> StudyEvidence:
    """The header's evidence, with the index beside it where that names another person."""
    date = found.study_date or read.study_date
    return replace(beside_index(read, found.evidence), study_date=date, source=Source.PROBE)
