"""When, how fast and how carefully a batch works. Starts nothing."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, field_validator, model_validator

from remediate.config.base import (
    ClockTime,
    Days,
    Rate,
    Seconds,
    Settings,
    iso_dates,
    known_zone,
)
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
"""A kind of day besides those of the week: a date of the calendar of holidays is this, and not its weekday."""

_Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]
_KindsOfDay = Annotated[tuple[_Day, ...], Field(min_length=1)]


class SpanSettings(Settings):
    """From when to when, on which days; `from` later than `to` runs over midnight, and belongs to the day it began.
    Equal ends are the whole day."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    from_: ClockTime = Field(default=time(20, 0), alias="from")
    to: ClockTime = time(6, 0)
    days: _KindsOfDay = (*DAYS, HOLIDAY)  # type: ignore[assignment]


class WindowSettings(SpanSettings):
    """When `execute` may work: in the span that stands here and in those of `also`, which may touch or overlap."""

    timezone: str = "Europe/Amsterdam"
    also: tuple[SpanSettings, ...] = ()
    holidays: Literal["", "NL"] = ""
    holiday_dates: tuple[str, ...] = ()

    _known_zone = field_validator("timezone")(known_zone)
    _dates = field_validator("holiday_dates")(iso_dates)

    @property
    def zone(self) -> ZoneInfo:
        """The window's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def spans(self) -> tuple[SpanSettings, ...]:
        """All of them."""
        return (self, *self.also)

    @model_validator(mode="after")
    def _opens_on_some_day(self) -> WindowSettings:
        if not self.holidays and all(set(span.days) == {HOLIDAY} for span in self.spans):
            raise WrongValueError(
                Sentence(
                    "the window opens on holidays only, and no calendar says which those are: set holidays: NL",
                    "het venster gaat alleen op feestdagen open, en geen kalender zegt welke dat zijn: stel "
                    "holidays: NL in",
                )
            )
        return self


class LimitSettings(Settings):
    """Ceilings over all workers; null is no ceiling."""

    objects_per_second: Rate | None = None
    objects_per_hour: Rate | None = None
    studies_per_hour: Rate | None = None
    bytes_per_second: Rate | None = None


class SpoolSettings(Settings):
    """Where originals lie until verified, or until `verify` read every object back again, `keep_days` later at least.

    `keep_days` without a second verification keeps them so much longer.
    """

    folder: str = "spool"
    keep_until: Literal["verified", "verified-again"] = "verified"
    keep_days: Days = 0
    min_free_bytes: Annotated[int, Field(ge=0)] = 1_000_000_000


class ExecuteSettings(Settings):
    """How a batch works on the archive. `verify_sample` is in percent of a study's objects."""

    verify: Literal["every", "sample", "find"] = "every"
    verify_sample: Annotated[float, Field(gt=0, le=100)] = 10
    window: WindowSettings = WindowSettings()
    outside: Literal["say", "wait"] = "say"
    associations: Annotated[int, Field(ge=1, le=16)] = 8
    pace: Literal["found", "fixed"] = "found"
    limits: LimitSettings = LimitSettings()
    order: Literal["need", "newest", "uid"] = "need"
    """In which patients are worked on: see the section `needs`; the newest studies first; or by Study Instance UID."""
    ramp: tuple[Annotated[int, Field(ge=1)], ...] = (1, 10, 100)
    max_studies: Annotated[int, Field(ge=1)] | None = None
    attempts: Annotated[int, Field(ge=1)] = 3
    breaker: Annotated[int, Field(ge=1)] = 5
    patience_seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 7_200
    lease_seconds: Seconds = 14_400
    on_partial_failure: Literal["return", "quarantine"] = "return"
    spool: SpoolSettings = SpoolSettings()
    probe_valid_days: Annotated[Days, Field(gt=0)] = 30
