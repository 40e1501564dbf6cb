"""What an archive's index says of a study, in the form in which the inventory keeps and compares it; writes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import Evidence, Place, Source, StudyEvidence, without_lacks
from remediate.ledger.evidence_codec import encode_headers
from remediate.ledger.fast_sql import select_in
from remediate.ledger.keys import Keys
from remediate.ledger.tables.schema import IntentOutcome
from remediate.records.dicom import FoundStudy
from remediate.records.states import State

ACCESSION_NUMBER = "accession-number"
"""What accession numbers are sealed as: some hospitals put a patient's number in them."""
KEEP = "surrogatepass"
"""A text decoded with the wrong character set can hold what UTF-8 cannot."""

_DAY = len("2026-11-28")

_STATES = {state.value: state for state in State}
_KNOWN = f"""
SELECT study_instance_uid, state, index_digest, headers_id, source, last_seen, gone_since, index_tells, EXISTS (
    SELECT 1 FROM intents
    WHERE intents.study_instance_uid = studies.study_instance_uid AND intents.outcome = '{IntentOutcome.OPEN.value}'
) FROM studies"""  # noqa: S608 - a code of our own


class IndexEntry(NamedTuple):
    """What the index says of a study."""

    item: FoundStudy
    headers: bytes  # by `encode_headers`
    digest: str  # keyed, of all of it

    @property
    def evidence(self) -> StudyEvidence:
        """The evidence that it is."""
        item = self.item
        return StudyEvidence(
            study_instance_uid=item.study_instance_uid,
            study_date=item.study_date,
            source=Source.INDEX,
            headers=(item.evidence, *item.others),
        )

    def columns(self, keys: Keys, changed_at: str) -> dict[str, Any]:
        """The columns that describe the study, apart from its evidence and state."""
        item = self.item
        accession_number = item.accession_number.encode("utf-8", KEEP)
        return {
            "study_date": storable(item.study_date),
            "modalities": storable("\\".join(item.modalities)),
            "institution_name": storable(item.institution_name),
            "station_name": storable(item.station_name),
            "referring_department": storable(item.referring_department),
            "accession_number": keys.seal(ACCESSION_NUMBER, accession_number, item.study_instance_uid.encode()),
            "instances": item.instances,
            "index_digest": self.digest,
            "changed_at": changed_at,
            "last_seen": changed_at,
            "gone_since": "",
            "index_tells": int(item.answers_other_ids),
        }


class KnownStudy(NamedTuple):
    """What the inventory has of a study."""

    state: State
    index_digest: str
    headers_id: int
    source: str
    last_seen: str
    gone_since: str
    index_tells: int
    is_open: bool  # an intent on it is

    @property
    def was_looked_at(self) -> bool:
        """Whether it was known where a BSN stands, by a header or by an index that answers it."""
        return bool(self.index_tells) or self.source != Source.INDEX

    def is_behind(self, item: FoundStudy, moment: str) -> bool:
        """Whether the row does not tell yet that the study was seen today."""
        tells = item.answers_other_ids and not self.index_tells
        return tells or bool(self.gone_since) or self.last_seen[:_DAY] != moment[:_DAY]


def entry_of(keys: Keys, item: FoundStudy) -> IndexEntry:
    """The entry of a study. Its digest is keyed, since it covers names and numbers."""
    headers = encode_headers((item.evidence, *item.others))
    fields = [
        item.study_instance_uid,
        item.study_date,
        item.modalities,
        item.institution_name,
        item.station_name,
        item.referring_department,
        item.accession_number,
        item.instances,
    ]
    compared = encode_headers([without_lacks(header) for header in (item.evidence, *item.others)])
    return IndexEntry(item, headers, keys.digest("index-entry", json.dumps(fields).encode() + compared))


def hold_known(connection: Connection, uids: Sequence[str]) -> dict[str, KnownStudy]:
    """Those of these studies that were surveyed before; no worker begins with one before the transaction ends."""
    tail = "" if connection.dialect.name == "sqlite" else "ORDER BY study_instance_uid FOR UPDATE"
    rows = select_in(connection, _KNOWN, "study_instance_uid", uids, tail=tail)
    return {uid: KnownStudy(_STATES[state], *others) for uid, state, *others in rows}


def is_told_by(stored: Sequence[Evidence], item: FoundStudy) -> bool:
    """Whether the headers read before say all that the index now says."""

    def person(header: Evidence) -> tuple[str, ...]:
        return (header.patient_id, header.issuer, header.patient_name, header.birth_date, header.sex)

    def claims(header: Evidence) -> set[tuple[Place, Bsn | BsnProblem]]:
        return {(claim.place, claim.value) for claim in header.claims}

    def is_told(index: Evidence) -> bool:
        return any(person(header) == person(index) and claims(index) <= claims(header) for header in stored)

    return all(map(is_told, (item.evidence, *item.others)))


def storable(text: str) -> str:
    """Without what databases refuse: NUL, and halves of surrogate pairs from headers decoded amiss."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
