"""Tells how many patients of whom the EPD knows too little keep studies of others in review; decides no study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remediate.identity.decide import to_look_up
from remediate.identity.evidence import StudyEvidence
from remediate.identity.patients import LocalId, Patient, known_names
from remediate.identity.rivals import rivals_of
from remediate.identity.verdicts import MatchingPolicy
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
    return (_sentence(len(blocking), kept),) if kept else ()


def _is_hardly_known(patient: Patient) -> bool:
    """Whether a birth date, sex, surname, or any given name or initial is lacking."""
    names = known_names(patient)
    is_named = any(name.surname or name.partner_surname for name in names) and any(
        name.given_names or name.initials for name in names
    )
    return not (patient.birth_date and patient.sex and is_named)


def _sentence(records: int, studies: int) -> Sentence:
    return Sentence(
        f"{records} records without birth date, sex, surname or given name keep {studies} studies of others in review, "
        "because nothing rules them out: complete them in the EPD and load it again.",
        f"{records} dossiers zonder geboortedatum, geslacht, achternaam of voornaam houden {studies} onderzoeken van "
        "anderen in beoordeling, omdat niets ze uitsluit: vul ze aan in het EPD en laad het opnieuw.",
    )
