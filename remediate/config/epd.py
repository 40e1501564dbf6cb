"""What the EPD sends: files, columns, encodings, and which of it counts as verified. Reads no file."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from remediate.config.base import (
    Delimiter,
    Settings,
    date_form,
    known_encoding,
    known_hl7_encoding,
    unknown_key,
)
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence


class CsvSettings(Settings):
    """The EPD's CSV extract. `columns` says for each of our names what the file calls it."""

    delimiter: Delimiter = ";"
    encoding: str = "utf-8"
    date_format: str = "%Y-%m-%d"
    changed_format: str = "iso"
    columns: dict[str, str] = Field(default_factory=dict)
    sex_values: dict[str, str] = Field(
        default_factory=lambda: {"M": "M", "V": "F", "F": "F", "MAN": "M", "VROUW": "F", "O": "O"}
    )

    _known_encoding = field_validator("encoding")(known_encoding)
    _whole_date = field_validator("date_format")(date_form)

    @field_validator("changed_format")
    @classmethod
    def _whole_moment(cls, value: str) -> str:
        return value if value == "iso" else date_form(value)

    @field_validator("sex_values")
    @classmethod
    def _known_sexes(cls, value: dict[str, str]) -> dict[str, str]:
        for text, sex in value.items():
            if sex not in ("M", "F", "O"):
                raise WrongValueError(
                    Sentence(
                        f"{text!r} means {sex!r}; use M, F or O (0010,0040)",
                        f"{text!r} betekent {sex!r}; gebruik M, F of O (0010,0040)",
                    )
                )
        return value

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        known = CSV_COLUMNS
        for name in value:
            if name not in known:
                raise WrongValueError(unknown_key(name, known))
        return value


CSV_COLUMNS = (
    "patient_id", "issuer", "bsn", "bsn_verified", "birth_date", "sex", "surname", "surname_prefix",
    "partner_surname", "partner_prefix", "given_names", "initials", "changed",
)  # fmt: skip


class VerifiedSettings(Settings):
    """What marks a BSN in the EPD as verified; a setting, never a guess."""

    csv_values: tuple[str, ...] = ("J", "1", "ja", "true")
    hl7: str = "present"  # present: a BSN in PID-3 counts as verified; or pid-32:VALUE

    @field_validator("csv_values", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        if isinstance(value, list):
            return tuple("true" if v is True else "false" if v is False else str(v) for v in value)
        return value

    @field_validator("hl7")
    @classmethod
    def _known_rule(cls, value: str) -> str:
        if value != "present" and not re.fullmatch(r"pid-(31|32):.+", value):
            raise WrongValueError(
                Sentence("use present, pid-31:VALUE or pid-32:VALUE", "gebruik present, pid-31:WAARDE of pid-32:WAARDE")
            )
        return value


IDENTIFIER_TYPES = ("PI", "MR", "MRN", "PT", "PID", "EPI", "EPIC", "PATID", "ZIS", "MRT", "LR", "", "PN")
"""Types of CX.5 (HL7 v2 table 0203, and what systems write besides) that number a patient, the most telling first.

VN and AN number a visit, others a document.
"""

NAME_TYPES = ("L", "OFFICIAL", "CURRENT", "", "R", "D", "C", "U")
"""Types of XPN.7 (table 0200) of the name by which the EPD knows a patient, the first that a record holds counts."""

OTHER_NAME_TYPES = ("B", "M")
"""Names that are a patient's too: at birth, before marriage. Others (A, N, S) are names by which nobody is proven."""


class NumberSettings(Settings):
    """In which spellings a hospital number of the EPD, a header or a study list is one number."""

    width: Annotated[int, Field(ge=1, le=64)] | None = None
    strip_leading_zeros: bool = False
    prefix: Annotated[str, Field(pattern=r"^[^0-9]*$", max_length=16)] = ""
    ignore_case: bool = False
    ignore_issuer_case: bool = False


class EpdSettings(Settings):
    """Patient records: HL7 v2 or CSV."""

    files: tuple[str, ...] = ()
    format: Literal["auto", "hl7", "csv"] = "auto"
    default_issuer: str = ""
    issuer_aliases: dict[str, str] = Field(default_factory=dict)
    hl7_encoding: str = "iso-8859-1"
    identifier_types: tuple[str, ...] = IDENTIFIER_TYPES
    bsn_types: tuple[str, ...] = ("NNNLD",)
    bsn_authorities: tuple[str, ...] = ("NLMINBIZA", "2.16.840.1.113883.2.4.6.3")
    person_issuers: tuple[str, ...] = ()
    name_types: tuple[str, ...] = NAME_TYPES
    other_name_types: tuple[str, ...] = OTHER_NAME_TYPES
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.1
    numbers: NumberSettings = NumberSettings()
    csv: CsvSettings = CsvSettings()
    verified: VerifiedSettings = VerifiedSettings()

    _known_encoding = field_validator("hl7_encoding")(known_hl7_encoding)
