"""What one decision may confirm for many: not where somebody else is likely. Values only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remediate.identity.differences import Comparison
from remediate.identity.evidence import Source
from remediate.identity.verdicts import MatchReason, Proof
from remediate.records.reviews import Decision
from remediate.report.review_words import told_proofs
from remediate.review.groups import preview, sizes_of
from remediate.review.rows import ReviewRow
from remediate.review.words import SENTENCES, SINGLY, ReviewProblem
from remediate.texts.language import Language

GROUP = "group"


def row(number: int, *reasons: MatchReason, **kinds: Comparison) -> ReviewRow:
    """The one candidate of a study."""
    return ReviewRow(
        study_instance_uid=f"1.2.{number}", study_date="", modalities=(), instances=1, patient_id=str(number),
        issuer="", source=Source.PROBE, candidate=1, candidates=1, authority="HOSPITAL", epd_patient_id=str(number),
        bsn_in_study=(), bsn_in_epd="", proofs=(), reasons=reasons, surname=(kinds["surname"],),
        given_name=(kinds["given_name"],), birth_date=(kinds["birth_date"],), sex=(Comparison.EQUAL,),
        not_negotiable=(), likeness=50, earlier=None, seen=f"s{number}", group=GROUP,
    )  # fmt: skip


SAME = {"surname": Comparison.AGREES, "given_name": Comparison.FIRST_NAME, "birth_date": Comparison.EQUAL}
OTHER = Comparison.DIFFERS


@pytest.mark.parametrize(
    ("reasons", "fields", "why"),
    [
        ((MatchReason.BIRTH_DATE_DIFFERS,), {"birth_date": Comparison.DAY_AND_MONTH_SWAPPED}, None),
        ((MatchReason.SURNAME_DIFFERS,), {"surname": OTHER}, None),
        ((MatchReason.BIRTH_DATE_DIFFERS,), {"birth_date": Comparison.YEAR_BY_ONE}, None),
        ((MatchReason.BIRTH_DATE_DIFFERS,), {"birth_date": Comparison.YEAR_ONLY}, ReviewProblem.SINGLY_RELATIVE),
        ((MatchReason.GIVEN_NAME_DIFFERS,), {"given_name": OTHER}, ReviewProblem.SINGLY_RELATIVE),
        ((MatchReason.SEX_DIFFERS, MatchReason.STUDY_BEFORE_BIRTH), {}, ReviewProblem.SINGLY_BEFORE_BIRTH),
        ((MatchReason.ANOTHER_PATIENT_FITS,), {}, ReviewProblem.SINGLY_ANOTHER_FITS),
        ((MatchReason.SURNAME_DIFFERS, MatchReason.BIRTH_DATE_DIFFERS), {"surname": OTHER, "birth_date": OTHER},
         ReviewProblem.SINGLY_LITTLE_AGREES),
        ((MatchReason.BIRTH_DATE_DIFFERS,),
         {"given_name": Comparison.LATER_NAME, "birth_date": Comparison.DAY_ONLY}, ReviewProblem.SINGLY_LITTLE_AGREES),
        ((MatchReason.NAME_PLACEHOLDER,), {"surname": Comparison.PLACEHOLDER, "given_name": Comparison.ABSENT},
         ReviewProblem.SINGLY_LITTLE_AGREES),
        ((MatchReason.SURNAME_DIFFERS, MatchReason.GIVEN_NAME_DIFFERS),
         {"surname": OTHER, "given_name": Comparison.INITIALS_DIFFER}, ReviewProblem.SINGLY_LITTLE_AGREES),
        ((MatchReason.SURNAME_DIFFERS, MatchReason.BIRTH_DATE_ABSENT),
         {"surname": Comparison.ONE_LETTER, "birth_date": Comparison.ABSENT}, ReviewProblem.SINGLY_LITTLE_AGREES),
    ],
)  # fmt: skip
def test_a_group_confirms_nobody_where_somebody_else_is_likely(
    reasons: tuple[MatchReason, ...], fields: dict[str, Comparison], why: ReviewProblem | None
) -> None:
    rows = [row(number, *reasons, **(SAME | fields)) for number in range(3)]
    shown = preview(rows, GROUP, Decision.CONFIRM)
    assert shown is not None
    assert (len(shown.lines), dict(shown.refused)) == ((0, {why: 3}) if why else (3, {}))
    assert sizes_of(rows)[0].may_confirm == len(shown.lines)
    excluded = preview(rows, GROUP, Decision.EXCLUDE)
    assert excluded is not None
    assert len(excluded.lines) == 3
    assert why is None or ("op een eigen regel" in SENTENCES[why].in_(Language.NL) and why in SINGLY)


def test_a_given_name_that_agrees_says_by_which_part() -> None:
    later = replace(row(1, **(SAME | {"given_name": Comparison.LATER_NAME})), proofs=(Proof.GIVEN_NAME_AGREES,))
    (told,) = told_proofs(later, Language.EN)
    assert told.endswith("(only a later given name agrees, not the first).")
    in_full = replace(row(1, **(SAME | {"given_name": Comparison.IN_FULL})), proofs=(Proof.GIVEN_NAME_AGREES,))
    assert "(" not in "".join(told_proofs(in_full, Language.NL))
