"""Tells what would let more studies be found: a setting of numbers, records that the EPD fills; decides no study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from remediate.identity.bsn import BSN_AUTHORITY
from remediate.identity.bsn_spelling import masked_numbers
from remediate.identity.claims import resolve_issuer
from remediate.identity.dates import read_da
from remediate.identity.decide import to_look_up
from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.number_spelling import core, settings_between
from remediate.identity.patients import LocalId, Patient, known_names
from remediate.identity.rivals import rivals_of
from remediate.identity.verdicts import MatchingPolicy, MatchReason
from remediate.plan.lines import PlannedRow, Template
from remediate.ports import Registry
from remediate.texts.language import Sentence


def rival_hints(
    rivalled: Mapping[str, int], evidence: Iterable[StudyEvidence], registry: Registry, policy: MatchingPolicy
) -> tuple[Sentence, ...]:
    """How many studies wait for nobody but such patients, who can be ruled out once the EPD holds the rest of them.

    `rivalled` says how many studies each of the `evidence` stands for.
    """
    studies = list(evidence)
    blocking: set[LocalId] = set()
    kept = 0
    found = registry.candidates_many([to_look_up(study, policy) for study in studies]) if studies else ()
    for study, who in zip(studies, found, strict=True):
        own = who.by_patient_id or who.by_claim
        everybody = (*(who.rivals or ()), *who.by_patient_id, *who.by_claim)
        rivals = rivals_of(study, own[0], everybody, policy) if own else ()
        if rivals and all(map(_is_hardly_known, rivals)):
            kept += rivalled[study.study_instance_uid]
            blocking.update(LocalId(value=rival.epd_patient_id, authority=rival.authority) for rival in rivals)
    return (_rival_sentence(len(blocking), kept),) if kept else ()


def _is_hardly_known(patient: Patient) -> bool:
    """Whether a birth date, sex, surname, or any given name or initial is lacking."""
    names = known_names(patient)
    is_named = any(name.surname or name.partner_surname for name in names) and any(
        name.given_names or name.initials for name in names
    )
    return not (patient.birth_date and patient.sex and is_named)


def _rival_sentence(records: int, studies: int) -> Sentence:
    return Sentence(
        f"{records} records without birth date, sex, surname or given name keep {studies} studies of others in review, "
        "because nothing rules them out: complete them in the EPD and load it again.",
        f"{records} dossiers zonder geboortedatum, geslacht, achternaam of voornaam houden {studies} onderzoeken van "
        "anderen in beoordeling, omdat niets ze uitsluit: vul ze aan in het EPD en laad het opnieuw.",
    )


MOST_ASKED = 2_000
"""So many different headers of unknown patients are looked up."""

_LEAST_SHARE = 0.01


@dataclass(slots=True)
class HintSample:
    """The first studies of a plan that are left to people for one reason."""

    reason: MatchReason
    first_of: dict[Template, str] = field(default_factory=dict)  # Study Instance UID
    studies: Counter[Template] = field(default_factory=Counter)

    def add(self, rows: Sequence[PlannedRow]) -> None:
        """More studies of the plan."""
        for template, uid, _ in rows:
            if template.frame.reason != self.reason:
                continue
            if template in self.first_of or len(self.first_of) < MOST_ASKED:
                self.first_of.setdefault(template, uid)
                self.studies[template] += 1

    def by_uid(self) -> Mapping[str, int]:
        """How many studies each looked-up one stands for."""
        return {uid: self.studies[template] for template, uid in self.first_of.items()}


def number_hints(
    unknown: Mapping[str, int], evidence: Iterable[StudyEvidence], registry: Registry, policy: MatchingPolicy
) -> tuple[Sentence, ...]:
    """For each way of spelling that explains some of these studies: how many, and which setting to try.

    `unknown` says how many studies each of the `evidence` stands for. The patient found must be born on the header's
    day: a number alone is often somebody else's under another issuer.
    """
    headers = [(study.headers[0], unknown[study.study_instance_uid]) for study in evidence if study.headers]
    known = registry.spellings(header.patient_id for header, _ in headers)
    by_core: dict[str, list[LocalId]] = {}
    for number in known:
        by_core.setdefault(core(number.value), []).append(number)
    explained: Counter[tuple[str, ...]] = Counter()
    for header, studies in headers:
        settings = _explanation(header, by_core.get(core(header.patient_id), ()), known, policy)
        if settings:
            explained[settings] += studies
    total = sum(unknown.values())
    return tuple(
        _sentence(settings, studies, total)
        for settings, studies in sorted(explained.items(), key=lambda found: (-found[1], found[0]))
        if studies >= total * _LEAST_SHARE
    )


def _explanation(
    header: Evidence, numbers: Iterable[LocalId], known: Mapping[LocalId, Patient], policy: MatchingPolicy
) -> tuple[str, ...]:
    """The fewest settings under which the number is that of one patient who was born on that day; none where not so."""
    born = read_da(header.birth_date)
    asked = LocalId(value=header.patient_id, authority=resolve_issuer(header.issuer, policy))
    if asked.authority == BSN_AUTHORITY:
        return ()
    fitting = [number for number in numbers if born is not None and known[number].birth_date == born]
    ways = [
        (settings, known[number])
        for number in fitting
        if (settings := settings_between(asked, number, issuer=header.issuer))
    ]
    if not ways:
        return ()
    settings, _ = min(ways, key=lambda way: (len(way[0]), way[0]))
    people = {(patient.authority, patient.epd_patient_id) for way, patient in ways if way == settings}
    return settings if len(people) == 1 else ()


def _sentence(settings: tuple[str, ...], studies: int, total: int) -> Sentence:
    named = masked_numbers("; ".join(settings))
    return Sentence(
        f"{studies} of {total} studies of unknown patients that were looked up have a patient under another spelling; "
        f"try {named}.",
        f"{studies} van {total} opgezochte onderzoeken van onbekende patiënten hebben een patiënt bij een andere "
        f"schrijfwijze van het nummer; probeer {named}.",
    )
