"""`verify --copies`: what other nodes hold of the studies that were put right, told for people; judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from remediate.cli.output import Output, in_each, studies
from remediate.config.copies import CopySettings
from remediate.copies.beside import ArchiveBeside
from remediate.copies.look import CopyEye, CopyReport
from remediate.copies.share import CopyShare, copy_share
from remediate.copies.stores import CopyLease
from remediate.dicom.client import DicomArchive
from remediate.errors import PlanError, UsageError
from remediate.header.refusal import Refusal
from remediate.identity.evidence import StudyEvidence
from remediate.night.held import HeldEye
from remediate.plan.judge import Judgement
from remediate.ports import Archive
from remediate.records.copies import AMISS, BEHIND, WORDS, CopyEnd, CopyLeft, CopyLook, CopyState
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import EventType
from remediate.survey.access_log import LoggedArchive
from remediate.survey.fetch import evidence_of_objects
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, is_gone, now, worker_name

_SHOWN = 20
"""Studies of one copy that the terminal names; --json has them all."""


def eye_on(work: Session, archive: Archive) -> HeldEye:
    """Judges what a node holds of studies that were put right."""
    return HeldEye(
        archive=archive, studies=work.ledger, facts=work.ledger, spool=work.spool, bsn_in_place=work.bsn_in_place
    )


def evidence_of(work: Session, study_uid: str, objects: tuple[ReceivedObject, ...]) -> StudyEvidence | Refusal:
    """What the objects of a study claim that were read."""
    return evidence_of_objects(work.spool, study_uid, objects, work.evidence_settings)


@contextmanager
def archive_of(work: Session, name: str) -> Iterator[LoggedArchive]:
    """A copy to speak to; each retrieval from it is written down first."""
    archive = DicomArchive(
        work.config.copies[name].as_archive(work.config.archive),
        work.evidence_settings,
        base=work.config.base,
        files=work.spool_files,
        listener=work.patience,
        section=f"copies.{name}",
    )
    try:
        yield LoggedArchive(archive=archive, events=work.ledger, clock=now, type=EventType.RETRIEVED, node=name)
    finally:
        archive.close()


def copy_eye(work: Session, name: str, copy: Archive) -> CopyEye:
    """Looks at a copy that is spoken to."""
    return CopyEye(
        copy=name,
        node=work.config.copies[name].node,
        eye=eye_on(work, copy),
        archive=work.archive,
        store=work.ledger,
        clock=now,
        unreadable=work.ledger.unreadable_finished(),
        beside=_beside(work) if work.config.copies[name].update == "hl7" else None,
    )


def _beside(work: Session) -> ArchiveBeside:
    def judgement(study_uid: str, received: tuple[ReceivedObject, ...]) -> Judgement | None:
        evidence = evidence_of(work, study_uid, received)
        return None if isinstance(evidence, Refusal) else work.judge.judge(evidence)

    return ArchiveBeside(archive=work.archive, spool=work.spool, judgement=judgement)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFound:
    """One copy as it was found."""

    settings: CopySettings
    report: CopyReport
    share: CopyShare


def require_copies(work: Session) -> None:
    """Raises `UsageError` where none is configured."""
    if not work.config.copies:
        raise UsageError(
            Sentence(
                "No copies are configured: name them in the section copies.",
                "Er zijn geen kopieën ingesteld: noem ze in de sectie copies.",
            )
        )


def not_corrected() -> PlanError:
    """What was asked for was never put right."""
    return PlanError(
        Sentence(
            "The ledger knows no verified correction of that study.",
            "Het logboek kent geen geverifieerde correctie van dat onderzoek.",
        )
    )


def finished_of(work: Session, plan_id: str, study: str) -> tuple[str, ...]:
    """The studies of a plan, or of all, that were put right or rolled back; one alone where it is named."""
    found = work.ledger.finished_studies()
    if study:
        if study not in found:
            raise not_corrected()
        return (study,)
    if not plan_id:
        return found
    planned = {item.study_instance_uid for item in work.ledger.planned_studies(plan_id)}
    return tuple(uid for uid in found if uid in planned)


def look_at_copies(work: Session, drawn: Sequence[str], *, is_sample: bool) -> list[CopyFound]:
    """Ask every copy for these studies."""
    found = []
    for name, settings in work.config.copies.items():
        with archive_of(work, name) as archive:
            turn = CopyLease(leases=work.ledger, owner=worker_name(), is_gone=is_gone)
            report = copy_eye(work, name, archive).report(drawn, turn, actor=work.account)
        share = copy_share(report.states, is_sample=is_sample, confidence=work.config.measure.confidence)
        found.append(CopyFound(settings=settings, report=report, share=share))
    return found


def tell_copies(out: Output, found: Sequence[CopyFound]) -> None:
    """Each copy with its share, what differs, and what to do."""
    for one in found:
        report, settings = one.report, one.settings
        asked = studies(report.asked)
        out.say(
            Sentence(
                f"Copy {report.copy} ({settings.node}), {asked.en}: {_share_text(one).en}",
                f"Kopie {report.copy} ({settings.node}), {asked.nl}: {_share_text(one).nl}",
            )
        )
        out.table((number, WORDS[state].in_(out.language)) for state, number in sorted(report.states.items()))
        for look in report.amiss[:_SHOWN]:
            out.say(f"  {look.study_instance_uid}: {look.state.value}. {_objects_text(look).in_(out.language)}")
        if len(report.amiss) > _SHOWN:
            more = len(report.amiss) - _SHOWN
            out.say(Sentence(f"  ... and {more} more; --json has all", f"  ... en nog {more}; --json heeft alle"))
        for line in advice_of(one):
            out.say(Sentence(f"  {line.en}", f"  {line.nl}"))


def _share_text(one: CopyFound) -> Sentence:
    found = one.share
    if not one.report.asked:
        return Sentence("no study was put right yet.", "er is nog geen onderzoek gecorrigeerd.")
    if found.share is None or found.interval is None:
        return Sentence("it holds none of them.", "die heeft er geen van.")
    share, low, high = (
        in_each(notation.share, each) for each in (found.share, found.interval.low, found.interval.high)
    )
    sure = in_each(notation.share, found.interval.confidence)
    told = Sentence(
        f"{share.en} of what it holds is as in the archive",
        f"{share.nl} van wat die heeft, is zoals in het archief",
    )
    if low == high:
        return Sentence(f"{told.en}.", f"{told.nl}.")
    return Sentence(
        f"{told.en} ({low.en} to {high.en}, with {sure.en} confidence).",
        f"{told.nl} ({low.nl} tot {high.nl}, met {sure.nl} betrouwbaarheid).",
    )


def _objects_text(look: CopyLook) -> Sentence:
    """How many objects stand there in which way; those of which there are none are left out."""
    parts = [
        (look.intended, Sentence("as in the archive", "zoals in het archief")),
        (look.before, Sentence("as before", "zoals ervoor")),
        (look.missing, Sentence("missing", "ontbrekend")),
        (look.other, Sentence("other", "anders")),
    ]
    told = [(number, word) for number, word in parts if number]
    if not told:
        return Sentence("It did not hand its objects over.", "Die leverde de objecten niet.")
    en, nl = (", ".join(f"{number} {word.in_(each)}" for number, word in told) for each in (Language.EN, Language.NL))
    return Sentence(f"Objects: {en}.", f"Objecten: {nl}.")


def advice_of(found: CopyFound) -> Iterator[Sentence]:
    """What to do about one copy."""
    report, settings, name = found.report, found.settings, found.report.copy
    if report.is_elsewhere:
        yield Sentence(
            "Another process looks at it or updates it: of the others nothing is known. Ask again when it is done.",
            "Een ander proces bekijkt die of werkt die bij: over de andere is niets bekend. Vraag het daarna opnieuw.",
        )
    if report.unreachable:
        yield Sentence(
            f"It gave no answer: of the others nothing is known. Check copies.{name} with: remediate doctor",
            f"Die gaf geen antwoord: over de andere is niets bekend. Controleer copies.{name} met: remediate doctor",
        )
    if any(report.states[state] for state in BEHIND):
        yield _UPDATES if settings.update != "report" else _fetch_again(name)
    if report.states[CopyState.ANOTHER]:
        yield Sentence(
            "What is another object is never overwritten: look at those studies in the copy.",
            "Wat een ander object is, wordt nooit overschreven: bekijk die onderzoeken in de kopie.",
        )


def _fetch_again(name: str) -> Sentence:
    return Sentence(
        f"Let it fetch these studies from the archive again, or set copies.{name}.update and make a new plan. Until "
        "then see that it sends nothing back to the archive.",
        f"Laat die deze onderzoeken opnieuw uit het archief ophalen, of stel copies.{name}.update in en maak een "
        "nieuw plan. Zorg tot dan dat die niets terugstuurt naar het archief.",
    )


_UPDATES = Sentence(
    "What stands there as before is put right under a plan's approval with: remediate execute PLAN --copies",
    "Wat er nog staat zoals ervoor, wordt onder de goedkeuring van een plan bijgewerkt met: remediate execute PLAN "
    "--copies",
)


def tell_copies_after(out: Output, work: Session, uids: Sequence[str], plan_id: str) -> None:
    """What the copies were last found to hold of studies that are rolled back, and what to do about it."""
    if not work.config.copies:
        return
    found = Counter(look.copy for look in work.ledger.copy_looks(uids) if look.state not in _NOT_THERE)
    for name, copy in work.config.copies.items():
        number = studies(found[name])
        held = Sentence(
            f"Copy {name}: {number.en} of these, with the correction, when it was last looked at.",
            f"Kopie {name}: {number.nl} hiervan, met de correctie, toen die het laatst is bekeken.",
        )
        if not found[name]:
            held = Sentence(
                f"Copy {name}: what it holds of these is not known.",
                f"Kopie {name}: wat die hiervan heeft, is niet bekend.",
            )
        then = _fetch_back(name)
        if copy.update == "c-store":
            then = Sentence(
                f"To take it back there too: remediate execute {plan_id} --copies",
                f"Om het ook daar terug te draaien: remediate execute {plan_id} --copies",
            )
        out.say(Sentence(f"{held.en} {then.en}", f"{held.nl} {then.nl}"))


_NOT_THERE = (CopyState.NONE, CopyState.UNKNOWN, CopyState.OLD_HEADER, CopyState.RESTORED)


def _fetch_back(name: str) -> Sentence:
    return Sentence(
        f"Let it fetch them from the archive again; `remediate verify --copies` says what {name} holds.",
        f"Laat die ze opnieuw uit het archief ophalen; `remediate verify --copies` zegt wat {name} heeft.",
    )


def tell_copy_counts(out: Output, counts: Mapping[tuple[str, CopyState], int]) -> None:
    """For `status`: what is amiss in a copy, as far as it was last looked at."""
    for name in dict.fromkeys(copy for copy, _ in counts):
        amiss = sum(number for (copy, state), number in counts.items() if copy == name and state in AMISS)
        if amiss:
            number = studies(amiss)
            out.say(
                Sentence(
                    f"Copy {name} does not hold {number.en} as the archive does (remediate verify --copies).",
                    f"Kopie {name} heeft {number.nl} niet zoals het archief (remediate verify --copies).",
                )
            )


def tell_copies_left(out: Output, left: Sequence[CopyLeft], configured: Collection[str]) -> None:
    """For `status`: where a copy may hold a study in part, also one that is configured no more."""
    for one in left:
        number = studies(one.studies)
        what = Sentence(
            f"Copy {one.copy} ({one.node}): {_LEFT[one.end].en}, {number.en}.",
            f"Kopie {one.copy} ({one.node}): {_LEFT[one.end].nl}, {number.nl}.",
        )
        then = Sentence("", "")
        if one.copy not in configured:
            then = Sentence(
                f" No copy of that name is configured: put copies.{one.copy} back as it was.",
                f" Er is geen kopie met die naam ingesteld: zet copies.{one.copy} terug zoals die was.",
            )
        elif one.end is CopyEnd.OPEN:
            then = _SETTLE
        out.say(Sentence(f"{what.en}{then.en}", f"{what.nl}{then.nl}"))


_SETTLE = Sentence(" Run: remediate execute --settle --copies", " Voer uit: remediate execute --settle --copies")
_LEFT: Mapping[CopyEnd, Sentence] = {
    CopyEnd.OPEN: Sentence("updates were begun and are not settled", "bijwerkingen zijn begonnen en niet afgehandeld"),
    CopyEnd.SET_APART: Sentence(
        "set apart; its own objects are in the spool", "apart gezet; de eigen objecten staan in de spool"
    ),
}


def copy_counts_json(counts: Mapping[tuple[str, CopyState], int]) -> dict[str, dict[str, int]]:
    """The last looks by copy and state, for programs."""
    found: dict[str, dict[str, int]] = {}
    for (copy, state), number in counts.items():
        found.setdefault(copy, {})[state.value] = number
    return found


def copies_left_json(left: Sequence[CopyLeft]) -> list[dict[str, str | int]]:
    """What is not settled in copies, for programs."""
    return [
        {"copy": one.copy, "node": one.node, "plan": one.plan_id, "end": one.end.value, "studies": one.studies}
        for one in left
    ]


def copies_json(out: Output, found: Sequence[CopyFound]) -> list[dict[str, Any]]:
    """For programs; every study that somebody has to see to is named."""
    return [
        {
            "copy": one.report.copy,
            "node": one.settings.node,
            "update": one.settings.update,
            "asked": one.report.asked,
            "looked": len(one.report.looks),
            "unreachable": one.report.unreachable,
            "elsewhere": one.report.is_elsewhere,
            "held": one.share.held,
            "right": one.share.right,
            "share": one.share.share,
            "interval": None
            if one.share.interval is None
            else {
                "low": one.share.interval.low,
                "high": one.share.interval.high,
                "confidence": one.share.interval.confidence,
            },
            "states": {state.value: number for state, number in sorted(one.report.states.items())},
            "studies": [_look_json(look) for look in one.report.amiss],
            "do": [line.in_(out.language) for line in advice_of(one)],
        }
        for one in found
    ]


def _look_json(look: CopyLook) -> dict[str, Any]:
    objects = {name: getattr(look, name) for name in ("intended", "before", "missing", "other")}
    return {"study_instance_uid": look.study_instance_uid, "state": look.state.value, "objects": objects}


def are_amiss(found: Sequence[CopyFound]) -> bool:
    """Whether somebody has to see to a copy."""
    return any(one.report.amiss or one.report.unreachable or one.report.is_elsewhere for one in found)
