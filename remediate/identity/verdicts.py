"""What a decision about one study can be, and every proof and reason that may stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from remediate.identity.bsn import Bsn, BsnRange
from remediate.identity.number_spelling import AS_WRITTEN, NumberSpelling
from remediate.identity.patients import LocalId, Patient
from remediate.texts.language import Sentence


class Proof(StrEnum):
    """A positive proof; a BSN is written only when all that the policy asks for are there."""

    PATIENT_BY_ID = "patient-by-id"
    PATIENT_BY_MERGED_ID = "patient-by-merged-id"
    PATIENT_BY_CLAIM = "patient-by-claim"
    BSN_VALID = "bsn-valid"
    BSN_VERIFIED = "bsn-verified"
    BSN_UNIQUE = "bsn-unique"
    BIRTH_DATE_EQUAL = "birth-date-equal"
    SEX_EQUAL = "sex-equal"
    SURNAME_AGREES = "surname-agrees"
    GIVEN_NAME_AGREES = "given-name-agrees"
    GIVEN_NAME_IN_FULL = "given-name-in-full"
    NO_RIVAL = "no-rival"
    CLAIM_EQUAL = "claim-equal"
    NO_CLAIM = "no-claim"
    CONFIRMED_BY_PERSON = "confirmed-by-person"


class MatchReason(StrEnum):
    """Why nothing is written. Conflicts contradict; the others lack something."""

    # conflict
    CLAIM_DIFFERS = "claim-differs"
    CLAIMS_DIFFER_IN_STUDY = "claims-differ-in-study"
    IDENTITY_DIFFERS_IN_STUDY = "identity-differs-in-study"
    ID_AND_CLAIM_NAME_TWO_PATIENTS = "id-and-claim-name-two-patients"
    BIRTH_DATE_DIFFERS = "birth-date-differs"
    SEX_DIFFERS = "sex-differs"
    SURNAME_DIFFERS = "surname-differs"
    GIVEN_NAME_DIFFERS = "given-name-differs"
    BSN_ON_TWO_PATIENTS = "bsn-on-two-patients"
    STUDY_BEFORE_BIRTH = "study-before-birth"
    IDENTITY_CONFLICT_INSIDE = "identity-conflict-inside"
    INDEX_DIFFERS_FROM_HEADER = "index-differs-from-header"
    # insufficient
    HEADER_NOT_READ = "header-not-read"
    NO_PATIENT_ID = "no-patient-id"
    PATIENT_UNKNOWN = "patient-unknown"
    PATIENT_AMBIGUOUS = "patient-ambiguous"
    EPD_WITHOUT_BSN = "epd-without-bsn"
    EPD_BSN_INVALID = "epd-bsn-invalid"
    BSN_NOT_VERIFIED = "bsn-not-verified"
    BSN_HOLDERS_UNKNOWN = "bsn-holders-unknown"
    BSN_OUT_OF_RANGE = "bsn-out-of-range"
    INVALID_NUMBER = "invalid-number"
    CLAIM_PLACEHOLDER = "claim-placeholder"
    BIRTH_DATE_ABSENT = "birth-date-absent"
    BIRTH_DATE_PLACEHOLDER = "birth-date-placeholder"
    BIRTH_DATE_UNREADABLE = "birth-date-unreadable"
    STUDY_DATE_UNREADABLE = "study-date-unreadable"
    SEX_ABSENT = "sex-absent"
    NAME_ABSENT = "name-absent"
    NAME_PLACEHOLDER = "name-placeholder"
    GIVEN_NAME_ABSENT = "given-name-absent"
    ANOTHER_PATIENT_FITS = "another-patient-fits"
    RIVALS_UNKNOWN = "rivals-unknown"
    FILLING_NOT_ALLOWED = "filling-not-allowed"
    HEADER_UNPARSABLE = "header-unparsable"
    DIGITALLY_SIGNED = "digitally-signed"
    # not applicable: legitimately without a BSN, counted apart
    NEWBORN = "newborn"
    FOREIGNER = "foreigner"
    EMERGENCY = "emergency"
    TEST_PATIENT = "test-patient"


EXCEPTION_REASONS = frozenset(
    {MatchReason.NEWBORN, MatchReason.FOREIGNER, MatchReason.EMERGENCY, MatchReason.TEST_PATIENT}
)
"""Reasons of `NotApplicable`, the only ones that an exception rule may name."""

CONFLICT_REASONS = frozenset(
    {
        MatchReason.CLAIM_DIFFERS,
        MatchReason.CLAIMS_DIFFER_IN_STUDY,
        MatchReason.IDENTITY_DIFFERS_IN_STUDY,
        MatchReason.ID_AND_CLAIM_NAME_TWO_PATIENTS,
        MatchReason.BIRTH_DATE_DIFFERS,
        MatchReason.SEX_DIFFERS,
        MatchReason.SURNAME_DIFFERS,
        MatchReason.GIVEN_NAME_DIFFERS,
        MatchReason.BSN_ON_TWO_PATIENTS,
        MatchReason.STUDY_BEFORE_BIRTH,
        MatchReason.IDENTITY_CONFLICT_INSIDE,
        MatchReason.INDEX_DIFFERS_FROM_HEADER,
    }
)
"""Reasons that contradict: one of them makes a decision a `Conflict`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """The study is this patient's: every proof that the policy asks for is there and nothing contradicts."""

    patient: Patient
    bsn: Bsn
    proofs: tuple[Proof, ...]
    overrode: tuple[MatchReason, ...] = ()  # what spoke against, where a person confirmed all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something contradicts. `candidate` is the patient that came closest, for the review list."""

    reasons: tuple[MatchReason, ...]
    candidate: Patient | None = None
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Insufficient:
    """Nothing contradicts, but a proof is missing."""

    reasons: tuple[MatchReason, ...]
    candidate: Patient | None = None
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """A study that is legitimately without a BSN (newborn, foreigner, emergency), by a configured rule."""

    reason: MatchReason


Match = Agree | Conflict | Insufficient | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The live patients to which a study's own identifiers lead; the registry looks them up, `decide` judges."""

    by_patient_id: tuple[Patient, ...] = ()  # Patient ID with its issuer, after merges
    by_merged_id: bool = False  # the number was given up in a merge
    by_claim: tuple[Patient, ...] = ()  # holders of any BSN that the study claims
    rivals: tuple[Patient, ...] | None = None
    """Everybody found under `Asked.keys`, also who is none or stands above; None: not looked up, which proves nothing.

    Of them number and authority, names, birth date and sex are known, and nothing else.
    """
    asked: tuple[int, ...] = field(default=(), repr=False, compare=False)
    """Keyed pseudonyms under which all of this was found, or not found: whatever changes it, is noted under one."""


class Asked(NamedTuple):
    """What a registry is asked about one study."""

    local_id: LocalId | None
    claims: tuple[Bsn, ...]
    keys: tuple[str, ...] | None = None  # of `identity/rivals`: who else may be meant; None does not ask


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRule:
    """Recognises studies that legitimately have no BSN; a rule holds when every pattern it names matches.

    A rule that names no pattern never holds.
    """

    reason: MatchReason  # NEWBORN, FOREIGNER, EMERGENCY or TEST_PATIENT
    patient_name: str = ""  # regular expression found in the decoded PN, case ignored; "" is not looked at
    patient_id: str = ""  # regular expression found in Patient ID, case ignored
    issuer: str = ""  # regular expression found in Issuer of Patient ID, case ignored


NAMES_OF_UNKNOWN = frozenset(
    {"ONBEKEND", "UNKNOWN", "ANONIEM", "ANONYMOUS", "NN"}
    | {"BABY", "PASGEBORENE", "NEONAAT", "NEWBORN", "ZOON VAN", "DOCHTER VAN"}
)
"""Words that stand in an EPD for somebody whose name is not known yet, and who may be anybody."""

PLACEHOLDER_NAMES = NAMES_OF_UNKNOWN | {"TEST", "FANTOOM", "PHANTOM"}
"""Words that stand where a name should; a header with one of them proves no name."""

PLACEHOLDER_GIVEN_NAMES = frozenset(
    {"MEISJE", "JONGEN", "JONGETJE", "KIND", "KINDJE", "DOCHTER", "ZOON", "TWEELING", "DRIELING", "FOETUS", "FETUS"}
)
"""Words that stand where a newborn's given name should. Some are surnames, so they count as given names only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingPolicy:
    """The settings of a decision; the conjunction itself is not configurable."""

    bsn_range: BsnRange = BsnRange.TEST
    fill_missing: bool = True  # write a BSN into studies that claim none
    default_issuer: str = ""  # authority assumed for a Patient ID that names none
    issuer_aliases: Mapping[str, str] | None = None  # issuer as written in headers -> EPD authority
    numbers: NumberSpelling = AS_WRITTEN  # in which spellings a hospital number is one number
    placeholder_birth_dates: frozenset[str] = frozenset({"19000101", "18000101", "19010101", "11111111"})
    placeholder_january_first: bool = True  # any 1 January proves nothing
    placeholder_names: frozenset[str] = PLACEHOLDER_NAMES  # whole words or phrases
    placeholder_given_names: frozenset[str] = PLACEHOLDER_GIVEN_NAMES  # whole words
    exceptions: tuple[ExceptionRule, ...] = ()


SENTENCES: Mapping[MatchReason | Proof, Sentence] = {
    MatchReason.CLAIM_DIFFERS: Sentence(
        "The study carries another BSN than the EPD has for this patient.",
        "Het onderzoek bevat een ander BSN dan het EPD voor deze patiënt heeft.",
    ),
    MatchReason.CLAIMS_DIFFER_IN_STUDY: Sentence(
        "The study carries two different BSNs; the archive has to put that right first, nobody can confirm it.",
        "Het onderzoek bevat twee verschillende BSN's; dat moet eerst in het archief worden hersteld, niemand kan "
        "het bevestigen.",
    ),
    MatchReason.IDENTITY_DIFFERS_IN_STUDY: Sentence(
        "Objects of this study name different patients; the archive has to put that right first, nobody can confirm "
        "it.",
        "Objecten van dit onderzoek noemen verschillende patiënten; dat moet eerst in het archief worden hersteld, "
        "niemand kan het bevestigen.",
    ),
    MatchReason.ID_AND_CLAIM_NAME_TWO_PATIENTS: Sentence(
        "Patient ID and BSN of the study belong to two different EPD patients.",
        "Patiëntnummer en BSN van het onderzoek horen bij twee verschillende EPD-patiënten.",
    ),
    MatchReason.BIRTH_DATE_DIFFERS: Sentence(
        "The birth date differs from the EPD.", "De geboortedatum wijkt af van het EPD."
    ),
    MatchReason.SEX_DIFFERS: Sentence("The sex differs from the EPD.", "Het geslacht wijkt af van het EPD."),
    MatchReason.SURNAME_DIFFERS: Sentence(
        "The surname agrees with none of the EPD's forms.",
        "De achternaam komt met geen van de vormen in het EPD overeen.",
    ),
    MatchReason.GIVEN_NAME_DIFFERS: Sentence(
        "The given name or initial differs from the EPD.", "De voornaam of voorletter wijkt af van het EPD."
    ),
    MatchReason.BSN_ON_TWO_PATIENTS: Sentence(
        "The EPD has this BSN on more than one patient.", "Het EPD heeft dit BSN bij meer dan één patiënt."
    ),
    MatchReason.STUDY_BEFORE_BIRTH: Sentence(
        "The study is dated before the patient's birth: the number may have been reused.",
        "Het onderzoek is van vóór de geboorte van de patiënt: het nummer is misschien hergebruikt.",
    ),
    MatchReason.IDENTITY_CONFLICT_INSIDE: Sentence(
        "A sequence inside an object names another patient.",
        "Een sequence in een object noemt een andere patiënt.",
    ),
    MatchReason.INDEX_DIFFERS_FROM_HEADER: Sentence(
        "The archive's index and the object's header name different patients.",
        "De index van het archief en de header van het object noemen verschillende patiënten.",
    ),
    MatchReason.HEADER_NOT_READ: Sentence(
        "The study's header could not be read from the archive; only its index is known.",
        "De header van het onderzoek was niet uit het archief te lezen; alleen de index is bekend.",
    ),
    MatchReason.NO_PATIENT_ID: Sentence(
        "The study has no Patient ID and no BSN.", "Het onderzoek heeft geen patiëntnummer en geen BSN."
    ),
    MatchReason.PATIENT_UNKNOWN: Sentence("No EPD patient has this number.", "Geen EPD-patiënt heeft dit nummer."),
    MatchReason.PATIENT_AMBIGUOUS: Sentence(
        "More than one EPD patient has this number.", "Meer dan één EPD-patiënt heeft dit nummer."
    ),
    MatchReason.EPD_WITHOUT_BSN: Sentence(
        "The EPD has no BSN for this patient.", "Het EPD heeft geen BSN voor deze patiënt."
    ),
    MatchReason.EPD_BSN_INVALID: Sentence(
        "The EPD's number is not a valid BSN.", "Het nummer in het EPD is geen geldig BSN."
    ),
    MatchReason.BSN_NOT_VERIFIED: Sentence(
        "The EPD has not marked this BSN as verified.", "Het EPD heeft dit BSN niet als geverifieerd gemarkeerd."
    ),
    MatchReason.BSN_HOLDERS_UNKNOWN: Sentence(
        "It is not known whether another patient has this BSN.",
        "Het is niet bekend of een andere patiënt dit BSN heeft.",
    ),
    MatchReason.BSN_OUT_OF_RANGE: Sentence(
        "This BSN is outside the range that the configuration allows (identity.bsn_range).",
        "Dit BSN valt buiten het bereik dat de configuratie toestaat (identity.bsn_range).",
    ),
    MatchReason.INVALID_NUMBER: Sentence(
        "The number that is said to be the BSN is none: it is not nine digits that pass the eleven-test.",
        "Het nummer dat het BSN heet te zijn, is er geen: het zijn geen negen cijfers die aan de elfproef voldoen.",
    ),
    MatchReason.CLAIM_PLACEHOLDER: Sentence(
        "The study holds a placeholder (such as 000000000) where its BSN should stand; a person can confirm the "
        "patient.",
        "In het onderzoek staat een opvulwaarde (zoals 000000000) op de plaats van het BSN; iemand kan de patiënt "
        "bevestigen.",
    ),
    MatchReason.BIRTH_DATE_ABSENT: Sentence(
        "The birth date is absent in the study or in the EPD.",
        "De geboortedatum ontbreekt in het onderzoek of in het EPD.",
    ),
    MatchReason.BIRTH_DATE_PLACEHOLDER: Sentence(
        "The birth date is a placeholder and proves nothing.",
        "De geboortedatum is een opvulwaarde en bewijst niets.",
    ),
    MatchReason.BIRTH_DATE_UNREADABLE: Sentence(
        "The study's birth date is not a valid date.",
        "De geboortedatum in het onderzoek is geen geldige datum.",
    ),
    MatchReason.STUDY_DATE_UNREADABLE: Sentence(
        "The study's date is not a valid date, so that it may lie before the patient's birth.",
        "De datum van het onderzoek is geen geldige datum en kan dus vóór de geboorte van de patiënt liggen.",
    ),
    MatchReason.SEX_ABSENT: Sentence(
        "The sex is absent or unknown in the study or in the EPD.",
        "Het geslacht ontbreekt of is onbekend in het onderzoek of in het EPD.",
    ),
    MatchReason.NAME_ABSENT: Sentence(
        "The name is absent in the study or in the EPD.", "De naam ontbreekt in het onderzoek of in het EPD."
    ),
    MatchReason.NAME_PLACEHOLDER: Sentence(
        "The study's name is a placeholder.", "De naam in het onderzoek is een opvulwaarde."
    ),
    MatchReason.GIVEN_NAME_ABSENT: Sentence(
        "Neither a given name nor an initial can be compared.",
        "Er is geen voornaam of voorletter om te vergelijken.",
    ),
    MatchReason.ANOTHER_PATIENT_FITS: Sentence(
        "Another live patient may be meant: name, birth date and sex of the study rule that patient out no more than "
        "this one.",
        "Ook een andere levende patiënt kan bedoeld zijn: naam, geboortedatum en geslacht in het onderzoek sluiten die "
        "patiënt evenmin uit.",
    ),
    MatchReason.RIVALS_UNKNOWN: Sentence(
        "It is not known whether another patient may be meant.",
        "Het is niet bekend of een andere patiënt bedoeld kan zijn.",
    ),
    MatchReason.FILLING_NOT_ALLOWED: Sentence(
        "The study carries no BSN and filling is switched off (identity.fill_missing).",
        "Het onderzoek bevat geen BSN en aanvullen staat uit (identity.fill_missing).",
    ),
    MatchReason.HEADER_UNPARSABLE: Sentence(
        "A header of this study cannot be read exactly.",
        "Een header van dit onderzoek is niet exact te lezen.",
    ),
    MatchReason.DIGITALLY_SIGNED: Sentence(
        "The study holds a digitally signed object, which may not be changed.",
        "Het onderzoek bevat een digitaal ondertekend object, dat niet gewijzigd mag worden.",
    ),
    MatchReason.NEWBORN: Sentence("A newborn before registration.", "Een pasgeborene vóór registratie."),
    MatchReason.FOREIGNER: Sentence(
        "A patient from abroad without a BSN.", "Een patiënt uit het buitenland zonder BSN."
    ),
    MatchReason.EMERGENCY: Sentence("An emergency registration.", "Een spoedregistratie."),
    MatchReason.TEST_PATIENT: Sentence("A test patient or phantom.", "Een testpatiënt of fantoom."),
    Proof.PATIENT_BY_ID: Sentence(
        "Patient ID and issuer lead to one EPD patient.",
        "Patiëntnummer en uitgevende instantie leiden naar één EPD-patiënt.",
    ),
    Proof.PATIENT_BY_MERGED_ID: Sentence(
        "The Patient ID was merged into one live EPD patient.",
        "Het patiëntnummer is samengevoegd met één levende EPD-patiënt.",
    ),
    Proof.PATIENT_BY_CLAIM: Sentence(
        "The study's own BSN leads to one EPD patient.",
        "Het eigen BSN van het onderzoek leidt naar één EPD-patiënt.",
    ),
    Proof.BSN_VALID: Sentence("The EPD's BSN passes the eleven-test.", "Het BSN in het EPD doorstaat de elfproef."),
    Proof.BSN_VERIFIED: Sentence(
        "The EPD marks the BSN as verified.", "Het EPD heeft het BSN als geverifieerd gemarkeerd."
    ),
    Proof.BSN_UNIQUE: Sentence("No other patient has this BSN.", "Geen andere patiënt heeft dit BSN."),
    Proof.BIRTH_DATE_EQUAL: Sentence("The birth dates are equal.", "De geboortedatums zijn gelijk."),
    Proof.SEX_EQUAL: Sentence("The sexes are equal.", "Het geslacht is gelijk."),
    Proof.SURNAME_AGREES: Sentence("The surnames agree.", "De achternamen komen overeen."),
    Proof.GIVEN_NAME_AGREES: Sentence("Given name or initial is compatible.", "Voornaam of voorletter past."),
    Proof.GIVEN_NAME_IN_FULL: Sentence("The full given names agree.", "De volledige voornamen komen overeen."),
    Proof.NO_RIVAL: Sentence("No other live patient can be meant.", "Er kan geen andere levende patiënt bedoeld zijn."),
    Proof.CLAIM_EQUAL: Sentence("The study already carries this BSN.", "Het onderzoek bevat dit BSN al."),
    Proof.NO_CLAIM: Sentence("The study carries no other BSN.", "Het onderzoek bevat geen ander BSN."),
    Proof.CONFIRMED_BY_PERSON: Sentence("A person confirmed this patient.", "Een persoon bevestigde deze patiënt."),
}
