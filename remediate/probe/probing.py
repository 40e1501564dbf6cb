"""Finds out, with a marked synthetic study, what the archive does with an object that is stored again.

Never touches a patient's study. The verdict decides whether `execute` may run at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from remediate.config.epd import NumberSettings
from remediate.config.settings import Config
from remediate.digests import sha256_of_value
from remediate.errors import PlanError
from remediate.header.compare import Different, compare
from remediate.header.reasons import HeaderReason
from remediate.ports import Archive, FactStore, Spool
from remediate.probe.study import PROBE_PATIENT_ID, ProbeObject, ProbeStudy
from remediate.records.dicom import FoundInstance, OutgoingObject, ReceivedObject, StoreVerdict, StudyQuery
from remediate.records.ledger import EventType, NewEvent
from remediate.texts.language import Sentence, joined

FACT = "probe"
"""Under which name the ledger keeps the probe of the archive."""
_PIXEL_DATA = "(7FE0,0010)"


class ArchiveKind(StrEnum):
    """What the archive did with a SOP Instance UID that it already had."""

    REPLACES = "replaces"
    IGNORES = "ignores"
    REFUSES = "refuses"
    FORKS = "forks"
    OVERLAYS = "overlays"
    RENAMES = "renames"
    TRANSCODES = "transcodes"
    LOSES = "loses"


KIND_SENTENCES: Mapping[ArchiveKind, Sentence] = {
    ArchiveKind.REPLACES: Sentence(
        "The archive replaces an object that is stored again: it can be corrected.",
        "Het archief vervangt een object dat opnieuw wordt opgeslagen: het kan gecorrigeerd worden.",
    ),
    ArchiveKind.IGNORES: Sentence(
        "The archive answers success but ignores re-stored objects: it keeps the old ones. "
        "Orthanc needs OverwriteInstances true; dcm4chee needs another overwrite policy.",
        "Het archief meldt succes maar negeert opnieuw opgeslagen objecten: het houdt de oude. "
        "Orthanc vraagt OverwriteInstances true; dcm4chee een andere overwrite policy.",
    ),
    ArchiveKind.REFUSES: Sentence(
        "The archive refuses an object that it already has.", "Het archief weigert een object dat het al heeft."
    ),
    ArchiveKind.FORKS: Sentence(
        "The archive keeps both: it makes a second study or object.",
        "Het archief houdt beide: het maakt een tweede onderzoek of object.",
    ),
    ArchiveKind.OVERLAYS: Sentence(
        "The archive overlays the stored header with its own index on retrieve.",
        "Het archief legt bij het ophalen zijn eigen index over de opgeslagen header.",
    ),
    ArchiveKind.RENAMES: Sentence(
        "The archive gives re-stored objects another SOP Instance UID.",
        "Het archief geeft opnieuw opgeslagen objecten een andere SOP Instance UID.",
    ),
    ArchiveKind.TRANSCODES: Sentence(
        "The archive answers in another transfer syntax than it was sent.",
        "Het archief antwoordt in een andere transfer syntax dan verzonden is.",
    ),
    ArchiveKind.LOSES: Sentence(
        "The archive does not give back what was stored.", "Het archief geeft niet terug wat opgeslagen is."
    ),
}


TOLD_BY_MESSAGE = frozenset({ArchiveKind.OVERLAYS, ArchiveKind.REFUSES, ArchiveKind.IGNORES})
"""What archives do that keep patients in a database of their own, and change them when their HL7 interface says so."""

BY_MESSAGE = Sentence(
    "Or correct it by HL7 messages to the archive: set archive.correct_by to hl7 and hl7_output.host.",
    "Of corrigeer met HL7-berichten aan het archief: zet archive.correct_by op hl7 en vul hl7_output.host in.",
)


_STORED_ELSEWHERE = Sentence(
    "First see to archive.store: what it took is not at the node that is asked, so they are not one archive.",
    "Kijk eerst naar archive.store: wat daar is aangenomen, staat niet bij de node die bevraagd wordt; samen zijn ze "
    "dus niet één archief.",
)
_BY_MOVE = Sentence(
    "First try archive.retrieve: c-move; over C-GET many archives decompress, or hand over less.",
    "Probeer eerst archive.retrieve: c-move; over C-GET pakken veel archieven beelden uit, of leveren ze minder.",
)
_BY_GET = Sentence(
    "First see that the archive knows archive.move_destination at archive.listen, or try archive.retrieve: c-get.",
    "Ga eerst na of het archief archive.move_destination kent op archive.listen, of probeer archive.retrieve: c-get.",
)


def own_setting(kind: ArchiveKind, config: Config) -> Sentence | None:
    """Which of our own settings may be what is wrong, before the archive is blamed; None when none is likely."""
    archive = config.archive
    if kind is ArchiveKind.LOSES and archive.store is not None:
        return _STORED_ELSEWHERE
    if kind in (ArchiveKind.LOSES, ArchiveKind.TRANSCODES) and archive.retrieve == "c-get":
        return _BY_MOVE
    return _BY_GET if kind is ArchiveKind.LOSES else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What the probe found, and for which archive and profile."""

    kind: ArchiveKind
    archive: str  # AE title, host and port
    profile: str
    target: str  # digest of the target's settings
    at: str  # ISO, with offset
    study_instance_uid: str  # the marked study that stays behind, for the administrator to delete
    not_taken: str = ""  # transfer syntaxes that the archive takes no object in: of those nothing is known
    mismatch_since: str = ""  # batch in which reading back showed a difference; a new probe is needed


def archive_name(config: Config) -> str:
    """The archive as people know it, and the node that takes stores where that is another."""
    archive = config.archive
    name = f"{archive.called_ae_title}@{archive.host}:{archive.port}"
    node = archive.store
    return f"{name}, store {node.called_ae_title}@{node.host}:{node.port}" if node else name


def settings_digest(config: Config) -> str:
    """SHA-256 (base32) of the settings that say who is who and what is written: an approval binds them too."""
    epd = config.epd.model_dump(mode="json", include={"default_issuer", "issuer_aliases", "verified"})
    if config.epd.numbers != NumberSettings():  # of a plan that was approved before there were these, the digest stays
        epd["numbers"] = config.epd.numbers.model_dump(mode="json")
    bound = {"identity": config.identity.model_dump(mode="json"), "epd": epd, "target": _target(config)}
    return sha256_of_value(bound)


def _target(config: Config) -> object:
    return config.target.model_dump(mode="json", exclude={"confirmed"})  # it changes nothing in an object


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Runs the probe and keeps its verdict in the ledger."""

    archive: Archive
    facts: FactStore
    spool: Spool
    config: Config
    fact: str = FACT  # another name for a copy, whose node stands as the archive in `config`

    def run(self, study: ProbeStudy, *, now: datetime, actor: str) -> ProbeResult:
        """Store, read back, store again corrected, read back, classify. Raises `ArchiveError` when unreachable."""
        not_taken: set[str] = set()
        kind = self._classify(study, not_taken)
        self.spool.remove(self.spool.folder("probe"))
        result = ProbeResult(
            kind=kind,
            archive=archive_name(self.config),
            profile=self.config.target.profile,
            target=sha256_of_value(_target(self.config)),
            at=now.isoformat(timespec="seconds"),
            study_instance_uid=study.study_instance_uid,
            not_taken=" ".join(sorted(not_taken)),
        )
        details = {"kind": kind.value, "not_taken": result.not_taken}
        event = NewEvent(type=EventType.PROBE, at=now, actor=actor, study=study.study_instance_uid, details=details)
        self.facts.set_fact(self.fact, json.dumps(asdict(result)), event)
        return result

    def _classify(self, study: ProbeStudy, not_taken: set[str]) -> ArchiveKind:
        """`not_taken` is told of transfer syntaxes that the archive never takes; what it takes is judged without."""
        if self._store(study.before, not_taken) is not None:
            return ArchiveKind.REFUSES
        study = _without(study, not_taken)
        if not study.before:
            return ArchiveKind.REFUSES
        first = self._read_back(study, "first")
        for item in study.before:
            verdict = self._judged(item, item, first)
            if verdict is not ArchiveKind.REPLACES:
                return verdict
        studies = self._studies()
        if self._store(study.after) is not None:
            return ArchiveKind.REFUSES
        second = self._read_back(study, "second")
        if self._studies() - studies:
            return ArchiveKind.FORKS
        if self._doubled(study) or set(second) - {item.sop_instance_uid for item in study.after}:
            return ArchiveKind.FORKS if set(second) >= set(first) else ArchiveKind.RENAMES
        verdicts = (self._judged(new, old, second) for new, old in zip(study.after, study.before, strict=True))
        return next((verdict for verdict in verdicts if verdict is not ArchiveKind.REPLACES), ArchiveKind.REPLACES)

    def _studies(self) -> set[str]:
        """Every study that the archive has filed under the probe's patient, those of earlier probes included."""
        found = self.archive.find_studies(StudyQuery(patient_id=PROBE_PATIENT_ID)).studies
        return {study.study_instance_uid for study in found}

    def _doubled(self, study: ProbeStudy) -> bool:
        """One object listed twice: the archive filed it under two patients or studies."""
        listed = [item.sop_instance_uid for item in self.archive.find_instances(study.study_instance_uid)]
        return len(listed) != len(set(listed))

    def _store(self, objects: tuple[ProbeObject, ...], not_taken: set[str] | None = None) -> StoreVerdict | None:
        """The first answer that is no success. With `not_taken` a syntax that was not even negotiated is told there."""
        syntaxes = {item.sop_instance_uid: item.transfer_syntax_uid for item in objects}
        outgoing = [
            OutgoingObject(
                sop_instance_uid=item.sop_instance_uid,
                sop_class_uid=item.sop_class_uid,
                transfer_syntax_uid=item.transfer_syntax_uid,
                parts=(item.dataset,),
                nbytes=len(item.dataset),
            )
            for item in objects
        ]
        for result in self.archive.store(outgoing):
            if not_taken is not None and result.verdict is StoreVerdict.REFUSED and result.status is None:
                not_taken.add(syntaxes[result.sop_instance_uid])
            elif result.verdict not in (StoreVerdict.STORED, StoreVerdict.WARNING):
                return result.verdict
        return None

    def _read_back(self, study: ProbeStudy, name: str) -> dict[str, ReceivedObject]:
        folder = self.spool.folder("probe", name)
        self.spool.remove(folder)
        folder = self.spool.folder("probe", name)
        listed: tuple[FoundInstance, ...] = self.archive.find_instances(study.study_instance_uid)
        if not listed:
            return {}
        received = self.archive.retrieve(study.study_instance_uid, listed, folder).received
        return {item.sop_instance_uid: item for item in received}

    def _judged(self, new: ProbeObject, old: ProbeObject, held: Mapping[str, ReceivedObject]) -> ArchiveKind:
        actual = held.get(new.sop_instance_uid)
        if actual is None:
            return ArchiveKind.LOSES
        data = self.spool.read(actual).header
        found = compare(new.dataset, data, new.transfer_syntax_uid, actual.transfer_syntax_uid)
        if not isinstance(found, Different):
            return ArchiveKind.REPLACES
        if found.reason is HeaderReason.TRANSCODED or _PIXEL_DATA in found.tags:
            return ArchiveKind.TRANSCODES
        same_as_old = compare(old.dataset, data, old.transfer_syntax_uid, actual.transfer_syntax_uid)
        return ArchiveKind.OVERLAYS if isinstance(same_as_old, Different) else ArchiveKind.IGNORES


def _without(study: ProbeStudy, not_taken: set[str]) -> ProbeStudy:
    """The objects that the archive takes: it holds none in a syntax that it never took."""

    def taken(objects: tuple[ProbeObject, ...]) -> tuple[ProbeObject, ...]:
        return tuple(item for item in objects if item.transfer_syntax_uid not in not_taken)

    return replace(study, before=taken(study.before), after=taken(study.after))


def fact_of_copy(name: str) -> str:
    """Under which name the ledger keeps the probe of a copy."""
    return f"{FACT} of copy {name}"


def last_probe(facts: FactStore, fact: str = FACT) -> ProbeResult | None:
    """The newest probe of this ledger; None when there is none, or what stands for it was put there by other hands."""
    try:
        raw = json.loads(facts.fact(fact))
        return ProbeResult(**{**raw, "kind": ArchiveKind(raw["kind"])})
    except (ValueError, TypeError, KeyError):
        return None


def is_withdrawn(facts: FactStore) -> bool:
    """Whether reading back showed something else than was sent, and nobody looked since."""
    probe = last_probe(facts)
    return probe is not None and bool(probe.mismatch_since)


def withdraw_probe(facts: FactStore, batch_id: str, *, now: datetime, fact: str = FACT) -> None:
    """After a mismatch nothing is stored until a person has looked and probed again."""
    probe = last_probe(facts, fact)
    if probe is not None:
        withdrawn = replace(probe, mismatch_since=batch_id)
        event = NewEvent(type=EventType.PROBE, at=now, batch=batch_id, details={"withdrawn": True})
        facts.set_fact(fact, json.dumps(asdict(withdrawn)), event)


_CHANGE_ARCHIVE = Sentence(
    "Change the archive, then run `remediate doctor --probe` again.",
    "Wijzig het archief en voer dan `remediate doctor --probe` opnieuw uit.",
)


_PROBE_AGAIN = Sentence("Run `remediate doctor --probe`.", "Voer `remediate doctor --probe` uit.")
_NEVER_PROBED = Sentence(
    "This archive was never probed, so nothing is stored.",
    "Dit archief is nooit beproefd, dus er wordt niets opgeslagen.",
)
_NOT_AS_TOLD = Sentence(
    "The last probe is not what its event in the ledger says, so nothing is stored.",
    "De laatste proef is niet wat de gebeurtenis ervan in het logboek zegt, dus er wordt niets opgeslagen.",
)
_SOMEBODY_CHANGED_IT = Sentence(
    "Somebody changed it: see `remediate ledger verify`.", "Iemand heeft die gewijzigd: zie `remediate ledger verify`."
)
_OF_ANOTHER = Sentence(
    "The last probe was of another archive or target profile.",
    "De laatste proef was met een ander archief of doelprofiel.",
)
_TOO_OLD = Sentence(
    "The last probe is too old (execute.probe_valid_days).", "De laatste proef is te oud (execute.probe_valid_days)."
)


def require_fitting_probe(
    facts: FactStore, config: Config, *, now: datetime, by_message: bool = False, fact: str = FACT
) -> ProbeResult:
    """The probe under which `execute` may run. Raises `PlanError` in one line when there is none.

    Messages store nothing, so that any archive may be told that was probed, unless reading back showed a difference.
    """
    probe = last_probe(facts, fact)
    if probe is None:
        raise PlanError(_NEVER_PROBED, advice=_PROBE_AGAIN)
    if not facts.stands_as_told(fact, EventType.PROBE):
        raise PlanError(_NOT_AS_TOLD, advice=joined(_SOMEBODY_CHANGED_IT, _PROBE_AGAIN))
    if (probe.archive, probe.target) != (archive_name(config), sha256_of_value(_target(config))):
        raise PlanError(_OF_ANOTHER, advice=_PROBE_AGAIN)
    if probe.kind is not ArchiveKind.REPLACES and not by_message:
        raise _does_not_replace(probe.kind, config)
    if probe.mismatch_since:
        raise _read_back_otherwise(probe.mismatch_since)
    if now - datetime.fromisoformat(probe.at) > timedelta(days=config.execute.probe_valid_days):
        raise PlanError(_TOO_OLD, advice=_PROBE_AGAIN)
    return probe


def _does_not_replace(kind: ArchiveKind, config: Config) -> PlanError:
    found = KIND_SENTENCES[kind]
    return PlanError(
        Sentence(
            f"The probe found that {found.en[0].lower()}{found.en[1:]}",
            f"De proef wees uit: {found.nl}",
        ),
        advice=joined(
            Sentence("Nothing was stored.", "Er is niets opgeslagen."),
            own_setting(kind, config),
            _CHANGE_ARCHIVE,
            BY_MESSAGE if kind in TOLD_BY_MESSAGE else None,
        ),
    )


def _read_back_otherwise(batch_id: str) -> PlanError:
    return PlanError(
        Sentence(
            f"Reading back in {batch_id} showed something else than was sent, so nothing more is stored.",
            f"Teruglezen in {batch_id} toonde iets anders dan was verstuurd, dus er wordt niets meer opgeslagen.",
        ),
        advice=Sentence(
            "Look at those studies (`remediate ledger list --failed`), then run `remediate doctor --probe`.",
            "Bekijk die onderzoeken (`remediate ledger list --failed`), voer dan `remediate doctor --probe` uit.",
        ),
    )
