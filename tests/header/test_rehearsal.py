"""A fault of our own in planning a correction ends in a refusal, never in a correction: the rehearsal's two nets."""

from __future__ import annotations

from typing import Any

import pytest

from remediate.header import correction
from remediate.header.changes import Correction
from remediate.header.correction import plan_correction
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.header.tags import OTHER_PATIENT_IDS
from tests.header.header_samples import BSN, EXPLICIT, OTHER_BSN, PROVENANCE, encoded, patient, text


def plan() -> Correction | Refusal:
    data = encoded(patient(text(0x00101000, "LO", BSN.digits)), EXPLICIT)
    return plan_correction(data, EXPLICIT, bsn=BSN, profile=OTHER_PATIENT_IDS_SEQUENCE, provenance=PROVENANCE)


def test_the_sample_is_corrected_without_a_fault() -> None:
    assert isinstance(plan(), Correction)


def test_a_plan_for_another_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = correction.desired_elements
    monkeypatch.setattr(correction, "desired_elements", lambda layout, _bsn, *more: real(layout, OTHER_BSN, *more))
    found = plan()
    assert isinstance(found, Refusal)
    assert (found.reason, found.detail) == (HeaderReason.RESULT_NOT_IN_PLACE, "the number")


def test_a_plan_that_leaves_something_undone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = correction.desired_elements, iter(range(9))

    def half(*arguments: Any) -> Any:
        wanted = real(*arguments)
        return {OTHER_PATIENT_IDS: wanted[OTHER_PATIENT_IDS]} if next(calls) == 0 else wanted

    monkeypatch.setattr(correction, "desired_elements", half)
    found = plan()
    assert isinstance(found, Refusal)
    assert (found.reason, found.detail) == (HeaderReason.RESULT_NOT_IN_PLACE, "something is left to do")


def test_a_plan_that_cannot_be_taken_back_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Correction, "inverse", lambda self: self)
    found = plan()
    assert isinstance(found, Refusal)
    assert (found.reason, found.detail) == (HeaderReason.RESULT_NOT_IN_PLACE, "undo")
