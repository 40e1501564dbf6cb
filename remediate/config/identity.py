"""Whose BSN may be written and where: exceptions, placeholders, ranges, the target profile. Judges nobody."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from remediate.config.base import (
    Settings,
    iso_dates,
    unknown_key,
)
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line


class ExceptionSettings(Settings):
    """Recognises studies that legitimately have no BSN; every pattern that is given must match."""

    kind: Literal["newborn", "foreigner", "emergency", "test-patient"]
    patient_name: str = ""
    patient_id: str = ""
    issuer: str = ""

    @field_validator("patient_name", "patient_id", "issuer")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise WrongValueError(
                Sentence(f"not a regular expression: {error}", f"geen reguliere expressie ({error})")
            ) from None
        return value

    @model_validator(mode="after")
    def _some_pattern(self) -> ExceptionSettings:
        if not (self.patient_name or self.patient_id or self.issuer):
            raise WrongValueError(
                Sentence(
                    "give at least one of patient_name, patient_id, issuer",
                    "geef ten minste een van patient_name, patient_id, issuer",
                )
            )
        return self


DEFAULT_EXCEPTIONS = (
    ExceptionSettings(kind="newborn", patient_name=r"(?i)\b(baby|pasgeboren\w*|zoon van|dochter van|kind van)\b"),
    ExceptionSettings(kind="foreigner", patient_id=r"(?i)^BU-"),
    ExceptionSettings(kind="emergency", patient_id=r"(?i)^SEH-"),
    ExceptionSettings(kind="test-patient", patient_name=r"(?i)\b(fantoom|phantom|testpatient|qc)\b"),
)


class IdentitySettings(Settings):
    """Matching. The proofs themselves are not configurable."""

    bsn_range: Literal["test", "production", "any"] = "test"
    fill_missing: bool = True
    placeholder_birth_dates: tuple[str, ...] = ("1800-01-01", "1900-01-01", "1901-01-01", "1111-11-11")
    placeholder_january_first: bool = True
    placeholder_names: tuple[str, ...] = (
        "TEST", "ONBEKEND", "UNKNOWN", "ANONIEM", "ANONYMOUS", "NN", "BABY", "PASGEBORENE", "NEONAAT", "NEWBORN",
        "ZOON VAN", "DOCHTER VAN", "FANTOOM", "PHANTOM",
    )  # fmt: skip
    private_elements: tuple[str, ...] = ()
    exceptions: tuple[ExceptionSettings, ...] = DEFAULT_EXCEPTIONS

    _dates = field_validator("placeholder_birth_dates")(iso_dates)


class ConfirmedSettings(Settings):
    """On what a profile rests, for whoever approves: the document and its version, who confirmed it for this archive,
    and when."""

    document: str = ""
    version: str = ""
    by: str = ""
    on: date | None = None

    @property
    def is_complete(self) -> bool:
        """Whether a person stands for a document; not every document has versions."""
        return bool(self.document and self.by and self.on)

    @property
    def told(self) -> dict[str, str]:
        """What is filled in, as plan and ledger hold it."""
        named = {"document": self.document, "version": self.version, "by": self.by}
        found = {key: one_line(text) for key, text in named.items() if text}
        return found | ({"on": self.on.isoformat()} if self.on else {})


class TargetSettings(Settings):
    """Where the BSN belongs. `elements` makes a custom profile: an element's keyword or tag, and its text or {bsn}."""

    profile: str = "other-patient-ids-sequence"
    confirmed: ConfirmedSettings = ConfirmedSettings()
    elements: dict[str, str] = Field(default_factory=dict)
    suppress_values: bool = False
    modifying_system: str = "REMEDIATE"
    source_of_previous_values: str = ""
    issuer_for_others: str = ""

    @model_validator(mode="after")
    def _known_profile(self) -> TargetSettings:
        complete = ("other-patient-ids-sequence", "patient-id")
        if self.profile not in (*complete, "custom"):
            raise WrongValueError(unknown_key(self.profile, (*complete, "custom")).after("profile: "))
        if (self.profile == "custom") != bool(self.elements):
            raise WrongValueError(
                Sentence(
                    "elements belong to profile custom, and profile custom needs them",
                    "elements hoort bij profiel custom, en profiel custom heeft het nodig",
                )
            )
        return self
