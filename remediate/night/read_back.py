"""Reads a study back and compares each object with its intent: the only judge of success. Stores nothing.

Used after each store (weeks later `held.py` judges), by the configured means, which the ledger names, and after a
crash. Whenever `sample` or `find` show anything unexpected, every object is read back after all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from remediate.errors import ArchiveError, SpoolError
from remediate.header.changes import Correction
from remediate.header.compare import Different, Sameness
from remediate.header.dataset import Content, HeldDataSet, compare_held, corrected
from remediate.header.patient_elements import other_numbers
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.header.tags import ISSUER_OF_PATIENT_ID, OTHER_PATIENT_IDS, OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID
from remediate.identity.bsn import Bsn
from remediate.identity.bsn_spelling import read_identifier, without_bsn
from remediate.identity.evidence import BsnClaim, Evidence, Place, StudyEvidence
from remediate.night.intent import Details, Preparation
from remediate.night.turn import Begun
from remediate.plan.verification_means import Means, sampled
from remediate.ports import Archive, Spool
from remediate.reasons.study import WorkReason
from remediate.records.dicom import (
    FoundInstance,
    FoundStudy,
    OutgoingObject,
    ReceivedObject,
    Retrieval,
    StudyQuery,
    TransferProblem,
)
from remediate.records.ledger import Intent, IntentObject
from remediate.texts.language import Sentence


class Holding(StrEnum):
    """What the archive holds of one object."""

    INTENDED = "intended"
    BEFORE = "before"
    MISSING = "missing"  # the archive does not list it
    NOT_HANDED_OVER = "not-handed-over"  # listed, but not received: nothing is known
    LISTED = "listed"  # listed, and not asked for
    TRANSCODED = "transcoded"
    OTHER = "other"


_STRANGE = frozenset({TransferProblem.DUPLICATE_DIFFERS, TransferProblem.UNEXPECTED, TransferProblem.FOREIGN_STUDY})
"""Came beside what was asked for: the archive holds more than it lists, or two objects under one name."""
_UNSETTLED = frozenset({TransferProblem.FAILED_SUBOPERATIONS, TransferProblem.NO_FINAL_STATUS, TransferProblem.REFUSED})
"""The archive itself says that this was not all."""
NOTHING_RETRIEVED = Retrieval(received=(), status=None)
"""Where nothing was asked for."""

Strange = tuple[tuple[TransferProblem, str], ...]
"""What came beside what was asked for, each with its SOP Instance UID ("" where that is none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the archive holds of every object of an intent, and which objects it has besides."""

    holdings: Mapping[str, Holding]  # by SOP Instance UID
    extra: tuple[str, ...]  # SOP Instance UIDs in the study that the intent does not know
    objects: tuple[ReceivedObject, ...]  # as read back, on disk, those besides included, those in passing not
    tags: tuple[str, ...] = ()  # elements in which objects differ from both, for the ledger
    broken_off: bool = False  # the archive did not end its answer, so what was not handed over may well be there
    unsettled: bool = False  # the archive says that it did not hand over all, whatever came
    strange: Strange = ()

    @property
    def interrupted(self) -> bool:
        """The archive broke off, or says that more was to come; and of what was seen nothing calls for a person."""
        if self.strange or self.having(Holding.OTHER, Holding.TRANSCODED, Holding.MISSING):
            return False
        return self.broken_off or (self.unsettled and not self.having(Holding.NOT_HANDED_OVER))

    def having(self, *wanted: Holding) -> tuple[str, ...]:
        """The SOP Instance UIDs with one of these holdings."""
        return tuple(uid for uid, holding in self.holdings.items() if holding in wanted)

    @property
    def all_intended(self) -> bool:
        """The archive holds every object as intended, and handed over nothing that it does not list. New ones that it
        lists are another day's work: a survey sees them."""
        return not self.strange and set(self.holdings.values()) <= {Holding.INTENDED}

    @property
    def nothing_amiss(self) -> bool:
        """Every object is there, and what was looked at is as intended. Less than `all_intended` where only a part was
        asked for."""
        return not self.strange and set(self.holdings.values()) <= {Holding.INTENDED, Holding.LISTED}


def strange_in(retrieval: Retrieval) -> Strange:
    """What a retrieval brought that is no object of ours, or not the only one of its name."""
    return tuple(found for found in retrieval.problems if found[0] in _STRANGE)


def strange_reason(strange: Strange) -> WorkReason:
    """Two objects under one name are worse than one too many: nobody knows which of them the next reader gets."""
    two = any(problem is TransferProblem.DUPLICATE_DIFFERS for problem, _ in strange)
    return WorkReason.TWO_OBJECTS if two else WorkReason.UNLISTED_OBJECT


def strange_details(strange: Strange) -> Mapping[str, str | int]:
    """For the ledger: how many, and the first SOP Instance UIDs."""
    return {"strange": len(strange), "strange_objects": " ".join(uid for _, uid in strange[:5] if uid)}


def look(begun: Begun, in_passing: Collection[str] = (), only: Collection[str] | None = None) -> Look:
    """Read the study back into its empty folder and compare each object with the original and the intended one.

    Objects `in_passing` are compared as they arrive, and come to the folder only when they are not as intended. `only`
    names the objects that are read back; None is every one, those besides included. Raises `ArchiveError` when the
    archive broke off.
    """
    archive, spool, intent = begun.turn.hands.archive, begun.turn.hands.spool, begun.intent
    known = {item.sop_instance_uid: item for item in intent.objects}
    folder = begun.turn.read_back_folder()
    listed = _listed(archive, begun.uid, known)
    wanted = listed if only is None else tuple(i for i in listed if i.sop_instance_uid in only)

    def expected(uid: str) -> OutgoingObject | None:
        if uid not in in_passing:
            return None
        return object_of(known[uid], intended_bytes(known[uid], spool.read(begun.originals[uid])))

    retrieval = archive.retrieve(begun.uid, wanted, folder, expected) if wanted else NOTHING_RETRIEVED
    holdings = dict.fromkeys(known, Holding.MISSING)
    holdings |= {i.sop_instance_uid: Holding.LISTED for i in listed if i.sop_instance_uid in known}
    holdings |= {i.sop_instance_uid: Holding.NOT_HANDED_OVER for i in wanted if i.sop_instance_uid in known}
    holdings |= dict.fromkeys(retrieval.same, Holding.INTENDED)
    tags: set[str] = set()
    for actual in retrieval.received:
        uid = actual.sop_instance_uid
        if uid in known:
            holdings[uid], differing = _holding(spool, known[uid], begun.originals[uid], actual)
            tags.update(differing)
    seen = Look(
        holdings=holdings,
        extra=tuple(i.sop_instance_uid for i in listed if i.sop_instance_uid not in known),
        objects=retrieval.received,
        tags=tuple(sorted(tags)),
        broken_off=bool(wanted) and retrieval.status is None,
        unsettled=any(problem in _UNSETTLED for problem, _ in retrieval.problems),
        strange=strange_in(retrieval),
    )
    if seen.interrupted:
        raise ArchiveError(
            Sentence(
                "The archive broke off while a study was read back.",
                "Het archief brak af terwijl een onderzoek werd teruggelezen.",
            ),
            transient=True,
        )
    return seen


def _listed(archive: Archive, study_uid: str, known: Mapping[str, IntentObject]) -> tuple[FoundInstance, ...]:
    """What the archive lists. An object that we do not know is asked after again, with its SOP class."""
    listed = archive.find_instances(study_uid, briefly=True)
    if any(instance.sop_instance_uid not in known for instance in listed):
        return archive.find_instances(study_uid)
    return tuple(replace(i, sop_class_uid=known[i.sop_instance_uid].sop_class_uid) for i in listed)


def _holding(
    spool: Spool, item: IntentObject, original: ReceivedObject, actual: ReceivedObject
) -> tuple[Holding, tuple[str, ...]]:
    before, held = spool.read(original), spool.read(actual)
    found = compare_held(item.correction, before, held)
    if isinstance(found, Refusal):
        raise _unfit(found)
    if not isinstance(found, Different):
        return Holding.INTENDED, ()
    if not item.correction.is_empty and isinstance(compare_held(_unchanged(item), before, held), Sameness):
        return Holding.BEFORE, ()
    if found.reason is HeaderReason.TRANSCODED:
        return Holding.TRANSCODED, ()
    return Holding.OTHER, found.tags


def object_of(item: IntentObject, content: Content) -> OutgoingObject:
    """One object of an intent with these bytes."""
    return OutgoingObject(
        sop_instance_uid=item.sop_instance_uid,
        sop_class_uid=item.sop_class_uid,
        transfer_syntax_uid=item.transfer_syntax_uid,
        parts=content,
        nbytes=content.nbytes,
    )


def intended_bytes(item: IntentObject, before: HeldDataSet, *, as_before: bool = False) -> Content:
    """The data set as it is to be stored, or as it was, as pieces of the original.

    Raises `SpoolError` when the original does not fit the intent: it was damaged on disk.
    """
    content = corrected(_unchanged(item) if as_before else item.correction, before)
    if isinstance(content, Refusal):
        raise _unfit(content)
    return content


def _unchanged(item: IntentObject) -> Correction:
    return Correction(transfer_syntax_uid=item.transfer_syntax_uid)


def _unfit(refusal: Refusal) -> SpoolError:
    return SpoolError(
        Sentence(
            f"An original in the spool no longer fits its intent: {refusal.reason.value}.",
            f"Een origineel in de spool past niet meer bij zijn voornemen: {refusal.reason.value}.",
        )
    )


# By which means: every object, a sample of them, or what the index says.


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was seen, and how."""

    seen: Look
    means: Means
    read_back: int  # objects
    details: Details  # for the ledger
    evidence: StudyEvidence | None = None  # what was stored, where nothing was read back that says it


def after_storing(
    begun: Begun, preparation: Preparation, stored: Collection[str], alike: frozenset[str] | None
) -> Checked:
    """As configured; every object once anything is not as it should be, or where work was interrupted (`alike` None,
    else as in `Prepared`)."""
    settings = begun.turn.hands.settings
    means = Means(settings.verify)
    found = None
    if alike is not None and means is Means.SAMPLE:
        found = _sample(begun, settings.verify_sample, stored, alike)
    elif alike is not None and means is Means.FIND:
        found = _find(begun, preparation, alike)
    return found or every(look(begun, alike or ()), len(begun.intent.objects))


def every(seen: Look, objects: int) -> Checked:
    """A look at every object."""
    details: Details = {"by": Means.EVERY.value, "read_back": objects}
    return Checked(seen=seen, means=Means.EVERY, read_back=objects, details=details)


def _sample(begun: Begun, percent: float, stored: Collection[str], alike: frozenset[str]) -> Checked | None:
    """A random part of what was stored, and one object of each kind of header, by which the study is known."""
    seed = f"{begun.intent.batch_id}|{begun.uid}"
    part = sampled(stored, percent, seed)
    kinds = {item.sop_instance_uid for item in begun.intent.objects} - alike
    seen = look(begun, alike, part | kinds)
    if not _as_far_as_looked(seen):
        return None
    details: Details = {
        "by": Means.SAMPLE.value,
        "read_back": len(part | kinds),
        "listed": len(begun.intent.objects),
        "sample_of_stored": percent,
        "seed": seed,
        "drawn": len(part),
    }
    return Checked(seen=seen, means=Means.SAMPLE, read_back=len(part | kinds), details=details)


def _find(begun: Begun, preparation: Preparation, alike: frozenset[str]) -> Checked | None:
    """Every object is listed, and study level shows the correction where it tells who the patient is."""
    intent = begun.intent
    seen = look(begun, (), ())
    if not _as_far_as_looked(seen):
        return None
    intended = preparation.intended(intent, begun.originals, alike)
    answer = begun.turn.hands.archive.find_studies(StudyQuery(study_instance_uid=begun.uid))
    if not isinstance(intended, StudyEvidence) or not answer.complete or len(answer.studies) != 1:
        return None
    told = index_answer(answer.studies[0], intent, intended)
    if told is IndexAnswer.SHOWS_OTHERWISE:
        return None
    details: Details = {"by": Means.FIND.value, "read_back": 0, "listed": len(intent.objects), "index": told.value}
    return Checked(seen=seen, means=Means.FIND, read_back=0, details=details, evidence=intended)


def _as_far_as_looked(seen: Look) -> bool:
    """An object besides may be a fork of one of ours."""
    return seen.nothing_amiss and not seen.extra


class IndexAnswer(StrEnum):
    """What the index says of a correction."""

    SHOWS_IT = "shows-it"
    DOES_NOT_TELL = "does-not-tell"  # it does not answer the elements that were corrected
    SHOWS_OTHERWISE = "shows-otherwise"  # some archives do not renew their index when an object is stored again


def index_answer(found: FoundStudy, intent: Intent, intended: StudyEvidence) -> IndexAnswer:
    """Compare the claims of the index with the intended ones, in the elements that were corrected and are answered."""
    changed = {change.tag for item in intent.objects for change in item.correction.changes}
    places: set[Place] = set()
    if found.answers_other_ids and changed & {OTHER_PATIENT_IDS, OTHER_PATIENT_IDS_SEQUENCE}:
        places |= _IN_OTHER_IDS
    if changed & {PATIENT_ID, ISSUER_OF_PATIENT_ID}:
        places |= _IN_PATIENT_ID
    if not places:
        return IndexAnswer.DOES_NOT_TELL
    shown = _claims((found.evidence,), places)
    return IndexAnswer.SHOWS_IT if shown == _claims(intended.headers, places) else IndexAnswer.SHOWS_OTHERWISE


def _claims(headers: Iterable[Evidence], places: Collection[Place]) -> frozenset[tuple[Place, object]]:
    return frozenset(_said(claim) for header in headers for claim in header.claims if claim.place in places)


def _said(claim: BsnClaim) -> tuple[Place, object]:
    return claim.place, claim.value


_IN_OTHER_IDS = frozenset({Place.OTHER_PATIENT_IDS, Place.ITEM_COMPLETE, Place.ITEM_PARTIAL, Place.ITEM_BARE})
_IN_PATIENT_ID = frozenset({Place.PATIENT_ID_COMPLETE, Place.PATIENT_ID_PARTIAL, Place.PATIENT_ID_BARE})


def numbers_meant(held: HeldDataSet) -> frozenset[str]:
    """The patient's other numbers: each must survive, in whichever of the two elements. A BSN may be written better."""
    found = other_numbers(held.header, held.transfer_syntax_uid)
    if isinstance(found, Refusal):
        return frozenset()
    return frozenset(_as_meant(number) for number in found)


def _as_meant(number: str) -> str:
    bsns = [found.value for found in read_identifier(number, is_declared=True) if isinstance(found.value, Bsn)]
    return bsns[0].digits if len(bsns) == 1 and not without_bsn(number, bsns[0], is_declared=True) else number
