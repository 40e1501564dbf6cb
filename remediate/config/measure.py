"""The section `measure` of the configuration: what is measured besides the archive itself; reads no file."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator

from remediate.config.base import Delimiter, Settings, known_encoding, known_zone, time_forms, unknown_key
from remediate.errors import WrongValueError
from remediate.texts.language import Language

JOB_COLUMNS = ("time", "job", "type", "state", "study_instance_uid", "accession_number", "destination", "reason")

INFLOW_DIMENSIONS = ("all", "station", "department", "modality", "sender")


class JobTypeWords(Settings):
    """The list's words for the ways of sending; the first are those of Twiin's leaflet."""

    dicom: tuple[str, ...] = ("DICOM Send", "DICOM")
    email: tuple[str, ...] = ("DICOM E-Mail", "DICOM Email", "E-mail", "Email", "Mail")


class JobStateWords(Settings):
    """The list's words for the states of a job; the first are those of Twiin's leaflet."""

    waiting: tuple[str, ...] = ("Wachten", "Wachtend", "In wachtrij", "waiting", "queued", "pending")
    failed: tuple[str, ...] = ("Mislukt", "Fout", "failed", "error")
    finished: tuple[str, ...] = ("Afgerond", "Voltooid", "Gereed", "finished", "done", "completed")


class JobListSettings(Settings):
    """The gateway's list of sent jobs as CSV: for each of our names what the file calls it, and its words."""

    delimiter: Delimiter = ";"
    encoding: str = "utf-8"
    header_line: Annotated[int, Field(ge=0, le=100)] = 0
    """The line with the names of the columns, from 1; 0: the first that holds anything."""
    time_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M")
    timezone: str = "Europe/Amsterdam"
    columns: dict[str, str] = Field(default_factory=lambda: {name: name for name in JOB_COLUMNS})
    types: JobTypeWords = JobTypeWords()
    states: JobStateWords = JobStateWords()

    _known_encoding = field_validator("encoding")(known_encoding)
    _known_zone = field_validator("timezone")(known_zone)
    _whole_moments = field_validator("time_formats")(time_forms)

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name not in JOB_COLUMNS:
                raise WrongValueError(unknown_key(name, JOB_COLUMNS))
        return value


class LetterSettings(Settings):
    """Our own side of a letter to a sender; "" leaves a line out, the name as a place to fill in."""

    name: str = ""
    role: str = ""
    department: str = ""
    email: str = ""
    phone: str = ""
    months: Annotated[int, Field(ge=1, le=120)] = 3
    """Of studies up to the newest one that was received, where no period is asked for."""
    reply_within_days: Annotated[int, Field(ge=1, le=365)] = 28
    language: Language = Language.NL
    """Of letters to whom the address book gives none; --lang stands above it."""
    legal_ground: str = "Wet aanvullende bepalingen verwerking persoonsgegevens in de zorg, artikelen 4 tot en met 9"
    legal_ground_en: str = (
        "Dutch act on additional provisions for the processing of personal data in healthcare, articles 4 to 9"
    )


class InflowSettings(Settings):
    """How new studies are counted, and when their share counts as fallen."""

    day: Literal["made", "came"] = "made"
    """Of a study: its Study Date, or the day on which a survey first saw it."""
    false_alarms_per_year: Annotated[float, Field(ge=0.05, le=4)] = 1.0
    """At most, over all charts together."""
    least_fall: Annotated[float, Field(ge=0.005, le=0.5)] = 0.02
    """As a share: 0.02 is two percentage points. Less is not told, however sure it is."""
    late_days: Annotated[int, Field(ge=1, le=3650)] = 92
    """By the day of coming: what came longer after it was made is no inflow (a migration, a first survey)."""
    accepted: dict[str, date] = Field(default_factory=dict)
    """`dimension NAME`: the day from which the level of that group counts as normal; `all` for the whole."""

    @field_validator("accepted")
    @classmethod
    def _known_dimensions(cls, value: dict[str, date]) -> dict[str, date]:
        for name in value:
            if name.split(" ", 1)[0] not in INFLOW_DIMENSIONS:
                raise ValueError(unknown_key(name.split(" ", 1)[0], INFLOW_DIMENSIONS))
        return value

    def accepted_from(self, dimension: str, name: str) -> date | None:
        """The day from which a person takes the level of a group for normal."""
        return self.accepted.get(f"{dimension} {name}".strip())


class MeasureSettings(Settings):
    """What is measured besides the archive itself, and where pages, figures and letters go."""

    folder: str = "measurements"
    own_institutions: tuple[str, ...] = ()
    address_book: str = ""
    confidence: Annotated[float, Field(ge=0.8, le=0.999)] = 0.95
    old_after_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """From when on a figure, or the last look at a study, is told to be old."""
    letter: LetterSettings = LetterSettings()
    jobs: JobListSettings = JobListSettings()
    new: InflowSettings = InflowSettings()
