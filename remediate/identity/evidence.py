"""What the headers of a study claim about identity, with where each claim stands; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from remediate.identity.bsn import Bsn, BsnProblem


class Place(StrEnum):
    """Where in a header a BSN claim stands; the wrong places are the variants that coverage counts."""

    PATIENT_ID_COMPLETE = "patient-id-complete"
    """Patient ID with issuer NLMINBIZA and complete qualifiers: the target of profile `patient-id`."""
    PATIENT_ID_PARTIAL = "patient-id-partial"
    """Patient ID with an issuer that means BSN, qualifiers missing or different."""
    PATIENT_ID_BARE = "patient-id-bare"
    """Patient ID that holds a number that passes the eleven-test, under no issuer or one that does not mean BSN."""
    ITEM_COMPLETE = "item-complete"
    """A complete item of Other Patient IDs Sequence: the target of profile `other-patient-ids-sequence`."""
    ITEM_PARTIAL = "item-partial"
    """An item that means BSN (issuer, OID or type code) but lacks parts, or is split over two items."""
    ITEM_BARE = "item-bare"
    """An item with a number that passes the eleven-test, under no issuer or one that does not mean BSN."""
    OTHER_PATIENT_IDS = "other-patient-ids"
    """A value of the retired Other Patient IDs (0010,1000)."""
    COMMENTS = "patient-comments"
    """Patient Comments (0010,4000)."""
    ADMISSION_ID = "admission-id"
    """Admission ID (0038,0010) or Service Episode ID (0038,0060)."""
    ISSUER = "issuer"
    """A number where an issuer should stand: Issuer of Patient ID or its qualifiers, at top level or in an item."""
    NAME = "patient-name"
    """A number in a name: Patient's Name (0010,0010), Other Patient Names (0010,1001) and their like."""
    OTHER_TEXT = "other-text"
    """Another text about the patient or the visit, or one of the study in which a word says BSN."""
    NESTED = "nested"
    """Inside another sequence, such as Request Attributes or Referenced Patient Sequence."""
    PRIVATE = "private"
    """A private element that the configuration names."""


class Strength(StrEnum):
    """How a number claims to be a BSN."""

    EXPLICIT = "explicit"
    """By issuer, OID, type code or a word for BSN, whatever the case."""
    CANDIDATE = "candidate"
    """Only by passing the eleven-test, as one in eleven nine-digit hospital numbers does."""
    PART = "part"
    """Nine digits of a longer number, or with letters between them; one number of twelve digits in three holds some.

    It contradicts where another live patient of the registry has this BSN. Else it is no claim: neither this patient's
    own nor a number that nobody has says anything, or an archive with twelve-digit numbers would go to people.
    """


class ItemPart(StrEnum):
    """What an identifier needs to be complete as a BSN (PS3.3 table 10-18); an absent or other one is lacking."""

    ISSUER = "issuer"
    """Issuer of Patient ID (0010,0021)."""
    TYPE = "type"
    """Type of Patient ID (0010,0022); asked for in an item only."""
    QUALIFIERS = "qualifiers"
    """Issuer of Patient ID Qualifiers Sequence (0010,0024) with exactly one item; else its parts are not told."""
    UNIVERSAL_ID = "universal-id"
    """Universal Entity ID (0040,0032)."""
    UNIVERSAL_ID_TYPE = "universal-id-type"
    """Universal Entity ID Type (0040,0033)."""
    TYPE_CODE = "type-code"
    """Identifier Type Code (0040,0035)."""
    NINE_DIGITS = "nine-digits"
    """Patient ID (0010,0020) that holds the number alone, without a word, point or blank."""
    ONE_ITEM = "one-item"
    """Number and issuer in one item, not in two that follow each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BsnClaim:
    """One number in a header that is, or may be, the patient's BSN."""

    place: Place
    path: str  # e.g. "(0010,1002)[0].(0010,0020)"; never a value
    strength: Strength
    value: Bsn | BsnProblem  # a problem: declared to be a BSN, but is none
    lacks: tuple[ItemPart, ...] = ()  # of a Patient ID or an item, in that order; says nothing of whose number it is


class Flag(StrEnum):
    """What else stands in an object that decides whether and how it may be corrected."""

    SIGNED = "digitally-signed"
    ENCAPSULATED_DOCUMENT = "encapsulated-document"
    TEXT_WITH_NUMBER = "text-with-number"
    IDENTITY_CONFLICT_INSIDE = "identity-conflict-inside"
    UNPARSABLE = "header-unparsable"
    NOT_READ = "header-not-read"
    """Not of a header: what the archive's index says of a study whose header did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one header claims. Texts are decoded and stripped; an absent element and an empty one are both ""."""

    patient_id: str = field(default="", repr=False)  # (0010,0020); old headers hold a BSN here
    issuer: str = ""  # (0010,0021)
    patient_name: str = field(default="", repr=False)  # (0010,0010), DICOM PN with its component groups
    birth_date: str = field(default="", repr=False)  # (0010,0030), DA as it stands
    sex: str = ""  # (0010,0040)
    claims: tuple[BsnClaim, ...] = ()  # in order of place in the header
    flags: frozenset[Flag] = frozenset()


def without_lacks(header: Evidence) -> Evidence:
    """The same without what items lack: what earlier releases read, and what is compared with it."""
    if not any(claim.lacks for claim in header.claims):
        return header
    return replace(header, claims=tuple(replace(claim, lacks=()) for claim in header.claims))


class Source(StrEnum):
    """How the evidence was read; later entries are stronger."""

    INDEX = "index"  # C-FIND or an exported study list: what the archive says it has
    PROBE = "probe"  # one object of the study or of each series was retrieved
    OBJECTS = "objects"  # every object was retrieved


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEvidence:
    """The distinct evidence found in one study: one entry when all its headers agree."""

    study_instance_uid: str
    study_date: str = ""  # (0008,0020), DA as it stands; "" when undated
    source: Source = Source.INDEX
    headers: tuple[Evidence, ...] = ()  # distinct, in order of first sight; never empty once surveyed
