"""What people read of a review in words, alike in a list, at the terminal and on a page. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remediate.identity.bsn import BsnProblem
from remediate.identity.differences import Comparison
from remediate.identity.evidence import Place
from remediate.identity.verdicts import MatchReason, Proof
from remediate.reasons.study import sentence
from remediate.records.reviews import Decision
from remediate.review.marks import Span, day, days_beside, words_beside
from remediate.review.queue import RejectedDecision
from remediate.review.rows import Compared, ReviewRow, Sides
from remediate.review.words import SENTENCES, ReviewProblem
from remediate.texts.language import Language, Sentence

_DECISIONS: Mapping[str, str] = {
    **dict.fromkeys(("bevestigen", "bevestig", "bevestigd", "confirmed"), Decision.CONFIRM),
    **dict.fromkeys(("uitsluiten", "uitgesloten", "excluded"), Decision.EXCLUDE),
    **dict.fromkeys(("splitsen", "splits"), Decision.SPLIT),
}
"""Other words for a decision."""

_DECIDED: Mapping[Decision, Sentence] = {
    Decision.CONFIRM: Sentence("confirm", "bevestigen"),
    Decision.EXCLUDE: Sentence("exclude", "uitsluiten"),
    Decision.SPLIT: Sentence("split", "splitsen"),
    Decision.TAKEN_BACK: Sentence("taken back", "teruggenomen"),
}

_FIELDS = (
    Sentence("surname", "achternaam"),
    Sentence("given name", "voornaam"),
    Sentence("birth date", "geboortedatum"),
    Sentence("sex", "geslacht"),
)
_THE_OTHER = Sentence("The other one compares like this", "Die ander vergelijkt zo")
_ABOUT_NUMBERS = frozenset(
    {Proof.PATIENT_BY_ID, Proof.PATIENT_BY_MERGED_ID, Proof.BSN_VALID, Proof.BSN_VERIFIED, Proof.BSN_UNIQUE}
)
"""What most studies have alike, and stands behind what tells this one from others."""

_NO_BSN = Sentence("no valid number", "geen geldig nummer")
PLACES: Mapping[Place, Sentence] = {
    Place.PATIENT_ID_COMPLETE: Sentence("as Patient ID, complete", "als Patient ID, volledig"),
    Place.PATIENT_ID_PARTIAL: Sentence("as Patient ID, not complete", "als Patient ID, onvolledig"),
    Place.PATIENT_ID_BARE: Sentence("as Patient ID, not as BSN", "als Patient ID, niet als BSN"),
    Place.ITEM_COMPLETE: Sentence("in an item, complete", "in een item, volledig"),
    Place.ITEM_PARTIAL: Sentence("in an item, not complete", "in een item, onvolledig"),
    Place.ITEM_BARE: Sentence("in an item, not as BSN", "in een item, niet als BSN"),
    Place.OTHER_PATIENT_IDS: Sentence("in Other Patient IDs", "in Other Patient IDs"),
    Place.COMMENTS: Sentence("in Patient Comments", "in Patient Comments"),
    Place.ADMISSION_ID: Sentence("as number of an admission or episode", "als opname- of episodenummer"),
    Place.ISSUER: Sentence("in place of an issuer", "op de plaats van een uitgevende instantie"),
    Place.NAME: Sentence("in a name", "in een naam"),
    Place.OTHER_TEXT: Sentence("in another text", "in een andere tekst"),
    Place.NESTED: Sentence("inside another sequence", "binnen een andere sequentie"),
    Place.PRIVATE: Sentence("in a private element", "in een privaat element"),
}
"""Where a number stands that is or is said to be a BSN; an item is one of Other Patient IDs Sequence."""


Beside = tuple[tuple[Span, ...], tuple[Span, ...]]
"""What the study says of one thing, and what the EPD says."""


def read_decision(word: str) -> str:
    """A decision as a person typed it, in either language; any other word as it stands."""
    return str(_DECISIONS.get(word.casefold(), word.casefold()))


def decided(decision: Decision, language: Language) -> str:
    """A decision as a person types it; one that was taken back in words."""
    return _DECIDED[decision].in_(language)


def group_meaning(group: str, language: Language) -> str:
    """A group in words: each of its reasons, and the kinds of difference behind them."""
    reasons, _, kinds = group.partition(":")
    told = " ".join(sentence(code, language) for code in reasons.split("+"))
    differences = ", ".join(SENTENCES[Comparison(kind)].in_(language) for kind in filter(None, kinds.split("+")))
    return f"{told} ({differences})" if differences else told


def compared(found: Iterable[Comparison], language: Language) -> str:
    """How one field of a study's headers compares with the EPD."""
    return " / ".join(SENTENCES[one].in_(language) for one in found)


def told_proofs(row: ReviewRow, language: Language) -> tuple[str, ...]:
    """What speaks for a candidate; of a given name that agrees by which part, for it may be the second one alone."""
    part = compared((one for one in row.given_name if one is not Comparison.IN_FULL), language)
    return tuple(
        f"{sentence(code, language).rstrip('.')} ({part})."
        if code is Proof.GIVEN_NAME_AGREES and part
        else sentence(code, language)
        for code in sorted(row.proofs, key=_ABOUT_NUMBERS.__contains__)
    )


def told_against(row: ReviewRow, language: Language) -> tuple[str, ...]:
    """What speaks against a candidate, or lacks; of every other patient who may be meant how that one compares, so that
    it can be seen who fits better."""
    return tuple(
        " ".join((sentence(code, language), *(_told_rival(one, language) for one in row.rivals)))
        if code is MatchReason.ANOTHER_PATIENT_FITS
        else sentence(code, language)
        for code in row.reasons
    )


def by_field(one: Compared) -> tuple[tuple[Sentence, tuple[Comparison, ...]], ...]:
    """How a study compares with a patient, by the name of each field."""
    return tuple(zip(_FIELDS, (one.surname, one.given_name, one.birth_date, one.sex), strict=True))


def _told_rival(rival: Compared, language: Language) -> str:
    told = (f"{name.in_(language)} {compared(found, language)}" for name, found in by_field(rival) if found)
    return f"{_THE_OTHER.in_(language)}: {'; '.join(told)}."


def claimed(row: ReviewRow, language: Language) -> str:
    """What the study says that is or should be a BSN, masked, and where."""
    return "; ".join(
        f"{_NO_BSN.in_(language) if isinstance(told, BsnProblem) else told} {PLACES[place].in_(language)}"
        for told, place in row.bsn_in_study
    )


def both_sides(sides: Sides) -> tuple[Beside, Beside, Beside]:
    """Names, birth dates and sexes of a study beside those of the EPD."""
    names, births, sexes = (
        " / ".join(told) for told in (sides.names_in_study, map(day, sides.birth_dates_in_study), sides.sexes_in_study)
    )
    return (
        words_beside(names.replace("^", " ").strip(), sides.name_in_epd),
        days_beside(births, day(sides.birth_date_in_epd)),
        words_beside(sexes, sides.sex_in_epd),
    )


def told_reason(code: str, language: Language) -> str:
    """A reason of the policy, or of the list itself."""
    return SENTENCES[ReviewProblem(code)].in_(language) if code in set(ReviewProblem) else sentence(code, language)


def told_rejection(rejected: RejectedDecision, language: Language) -> str:
    """Why a decision was not taken, with what the policy holds against it."""
    policy = (sentence(code, language) for code in rejected.reasons)
    return " ".join((SENTENCES[rejected.problem].in_(language), *policy))
