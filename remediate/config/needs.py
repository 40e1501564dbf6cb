"""The section `needs`: the lists that say whose studies are sent next, and how they are written. Reads no file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from remediate.config.base import Delimiter, Settings, known_encoding, time_forms, unknown_key
from remediate.errors import WrongValueError

APPOINTMENT_COLUMNS = ("at", "patient_id", "issuer", "appointment", "state")


class AppointmentListSettings(Settings):
    """A list of appointments or orders as CSV: for each of our names what the file calls it, and its words."""

    delimiter: Delimiter = ";"
    encoding: str = "utf-8"
    header_line: Annotated[int, Field(ge=0, le=100)] = 0
    """The line with the names of the columns, from 1; 0: the first that holds anything."""
    time_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M")
    columns: dict[str, str] = Field(default_factory=lambda: {name: name for name in APPOINTMENT_COLUMNS})
    cancelled: tuple[str, ...] = ("geannuleerd", "afgezegd", "vervallen", "cancelled", "canceled", "no-show")

    _known_encoding = field_validator("encoding")(known_encoding)
    _whole_moments = field_validator("time_formats")(time_forms)

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name not in APPOINTMENT_COLUMNS:
                raise WrongValueError(unknown_key(name, APPOINTMENT_COLUMNS))
        return value


class NeedSettings(Settings):
    """Whose studies are put right first, under `execute.order: need`. Files are names and patterns, as in epd.files."""

    appointments: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    csv: AppointmentListSettings = AppointmentListSettings()
    days_ahead: Annotated[int, Field(ge=1, le=3650)] = 365
    """Appointments further ahead do not count."""
    jobs_days: Annotated[int, Field(ge=7, le=3650)] = 365
    """Of the gateway's jobs so many days count, up to today."""
    longest_waiting: Annotated[int, Field(ge=2, le=1000)] = 10
    """Of so many patients one is of those that have waited longest, whatever the lists say."""
