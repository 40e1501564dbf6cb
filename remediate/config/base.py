"""What every section of the configuration stands on: frozen models, ports, TLS and checks of values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from remediate.errors import WrongValueError
from remediate.texts.language import Sentence

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SIGNS_OF_HL7 = "MSH|^~\\&\r"
_DAYS_THAT_DIFFER = (date(1904, 2, 29), date(1987, 6, 5), date(2026, 12, 31))
"""Which a form that leaves out or shortens a part of the date does not give back."""
_A_MOMENT = datetime(2026, 11, 8, 21, 43)  # noqa: DTZ001 - only its digits are looked at


def clock_time(value: Any) -> time:
    """A time of day written HH:MM. Raises ValueError on anything else: of a number nobody knows what it counts."""
    if isinstance(value, time):
        return value
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise WrongValueError(
            Sentence(
                'write a time of day as "HH:MM", such as "06:00" or "20:30"',
                'schrijf een tijdstip als "UU:MM", zoals "06:00" of "20:30"',
            )
        )
    return time(int(match[1]), int(match[2]))


def delimiter(value: Any) -> Any:
    """The sign that separates cells; `tab` and `\\t` are a tab. Raises ValueError for a sign that occurs in cells."""
    if isinstance(value, str) and value.strip(" ").lower() in ("tab", "\\t", "\t"):
        return "\t"
    if isinstance(value, str) and len(value) == 1 and (value.isalnum() or value in " \"'\r\n\0"):
        raise WrongValueError(
            Sentence(
                f"{value!r} separates no cells; use one of ; , | or tab",
                f"{value!r} scheidt geen cellen; gebruik ; , | of tab",
            )
        )
    return value


Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
"""A day is longer than anybody waits, and shorter than what a socket or a date can hold."""
TrySeconds = Annotated[float, Field(gt=0, le=400, allow_inf_nan=False)]
"""Of a step of one try at a receiver: two are shorter than the lease under which one process tells it, so that no
second one begins."""
Days = Annotated[float, Field(ge=0, le=36_525, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=1e15, allow_inf_nan=False)]
ClockTime = Annotated[time, BeforeValidator(clock_time)]
Delimiter = Annotated[
    str, StringConstraints(strip_whitespace=False), Field(min_length=1, max_length=1), BeforeValidator(delimiter)
]
"""What separates the cells of a table."""


class Settings(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class TlsSettings(Settings):
    """TLS as BCP 195 asks (for DICOM: PS3.15 B.9 and later). Paths are relative to the configuration file."""

    ca_file: str
    certificate_file: str = ""
    key_file: str = ""
    check_hostname: bool = True


def known_encoding(value: str) -> str:
    """A name that Python knows. Raises ValueError."""
    try:
        "é".encode(value, "replace")  # idna and the like know no other signs than their own
    except (LookupError, ValueError):
        raise WrongValueError(
            Sentence(
                f"unknown encoding {value!r}; such as utf-8, cp1252 or iso-8859-1",
                f"onbekende codering {value!r}; bijvoorbeeld utf-8, cp1252 of iso-8859-1",
            )
        ) from None
    return value


def known_hl7_encoding(value: str) -> str:
    """The same, with the signs of ASCII as in ASCII: segments are found before they are decoded. Raises ValueError."""
    if _SIGNS_OF_HL7.encode(known_encoding(value), "replace") != _SIGNS_OF_HL7.encode("ascii"):
        raise WrongValueError(
            Sentence(
                f"HL7 v2 cannot be read in {value!r}: its separators are not those of ASCII",
                f"HL7 v2 kan niet in {value!r} worden gelezen: de scheidingstekens zijn niet die van ASCII",
            )
        )
    return value


def date_form(value: str) -> str:
    """A form of dates, as of strptime, from which day, month and year of four digits come back. Raises ValueError."""
    if not all(_comes_back(day, value) for day in _DAYS_THAT_DIFFER):
        raise WrongValueError(
            Sentence(
                "does not give day, month and a year of four digits; for 31-12-1980 use %d-%m-%Y",
                "geeft geen dag, maand en jaar van vier cijfers; gebruik voor 31-12-1980 %d-%m-%Y",
            )
        )
    return value


def time_forms(value: tuple[str, ...]) -> tuple[str, ...]:
    """Forms of moments that give date, hour and minute. Raises ValueError."""
    for form in value:
        if not _comes_back(_A_MOMENT, form):
            raise WrongValueError(
                Sentence(
                    f"{form!r} does not give day, month, year, hour and minute; "
                    "for 31-12-1980 23:59 use %d-%m-%Y %H:%M",
                    f"{form!r} geeft geen dag, maand, jaar, uur en minuut; "
                    "gebruik voor 31-12-1980 23:59 %d-%m-%Y %H:%M",
                )
            )
    return value


def _comes_back(day: date, form: str) -> bool:
    """Whether what is written in this form is read as what it was; where it names the zone, of a moment with one."""
    if isinstance(day, datetime) and "%z" in form:
        day = day.replace(tzinfo=UTC)
    try:
        read = datetime.strptime(day.strftime(form), form)  # noqa: DTZ007 - only its digits are looked at
    except ValueError:
        return False
    return read == day if isinstance(day, datetime) else read.date() == day


def iso_dates(values: Iterable[str]) -> tuple[str, ...]:
    """Dates written YYYY-MM-DD. Raises ValueError."""
    for value in values:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII) or not _is_date(value):
            raise WrongValueError(
                Sentence(
                    f"{value!r} is no date; write it as YYYY-MM-DD",
                    f"{value!r} is geen datum; schrijf die als JJJJ-MM-DD",
                )
            )
    return tuple(values)


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def known_zone(value: str) -> str:
    """A name of the time zone database. Raises ValueError."""
    if value not in available_timezones():
        raise WrongValueError(Sentence(f"unknown time zone {value!r}", f"onbekende tijdzone {value!r}"))
    return value


def unknown_key(key: str, known: tuple[str, ...]) -> Sentence:
    """What to say of a key that is none of `known`: the one that was probably meant, or all of them."""
    close = difflib.get_close_matches(key, known, n=1)
    hint = Sentence("not known here", "hier niet bekend")
    if close:
        hint = Sentence(f"did you mean {close[0]}?", f"bedoelde u {close[0]}?")
    elif known:
        hint = Sentence(f"known: {', '.join(known)}", f"bekend: {', '.join(known)}")
    return Sentence(f"unknown {key!r}; {hint.en}", f"onbekend {key!r}; {hint.nl}")


_CHECKS: Mapping[str, str] = {
    "missing": "is nodig",
    "int_parsing": "moet een geheel getal zijn",
    "int_type": "moet een geheel getal zijn",
    "int_from_float": "moet een geheel getal zijn, zonder decimalen",
    "float_parsing": "moet een getal zijn",
    "float_type": "moet een getal zijn",
    "finite_number": "moet een eindig getal zijn",
    "bool_parsing": "moet true of false zijn",
    "bool_type": "moet true of false zijn",
    "string_type": "moet tekst zijn; zet haar tussen aanhalingstekens",
    "dict_type": "moet een sectie met instellingen zijn",
    "model_type": "moet een sectie met instellingen zijn",
    "model_attributes_type": "moet een sectie met instellingen zijn",
    "tuple_type": "moet een lijst zijn",
    "list_type": "moet een lijst zijn",
    "greater_than": "moet groter zijn dan {gt}",
    "greater_than_equal": "moet ten minste {ge} zijn",
    "less_than": "moet kleiner zijn dan {lt}",
    "less_than_equal": "mag hoogstens {le} zijn",
    "string_too_short": "moet ten minste {min_length} tekens lang zijn",
    "string_too_long": "mag hoogstens {max_length} tekens lang zijn",
    "too_short": "moet er ten minste {min_length} hebben",
    "too_long": "mag er hoogstens {max_length} hebben",
    "literal_error": "moet een zijn van: {expected}",
    "string_pattern_mismatch": "past niet bij {pattern}",
}
"""What pydantic finds wrong with a value, by its name for it, in Dutch."""


def problem_of(item: Any, known: tuple[str, ...]) -> Sentence:
    """One of pydantic's errors as a sentence with its path; `known` are the keys that may stand where it is."""
    path = ".".join(str(part) for part in item["loc"]) or "(top)"
    return _what_is_wrong(item, known).after(f"{path}: ")


def _what_is_wrong(item: Any, known: tuple[str, ...]) -> Sentence:
    context = item.get("ctx", {})
    if isinstance(context.get("error"), WrongValueError):
        said: Sentence = context["error"].sentence
        return said
    if item["type"] == "extra_forbidden":
        return unknown_key(str(item["loc"][-1]), known)
    english = "is needed" if item["type"] == "missing" else item["msg"].removeprefix("Value error, ")
    dutch = _CHECKS.get(item["type"], "wordt niet aanvaard").format_map(context)
    return Sentence(english, dutch.replace("' or '", "' of '"))


class SecretSettings(Settings):
    """Where a secret is found: the name of an environment variable, or of a credential of systemd (LoadCredential)."""

    env: str = ""
    credential: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> SecretSettings:
        if self.env and self.credential:
            raise WrongValueError(Sentence("name either env or credential", "noem env of credential, niet beide"))
        return self

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return bool(self.env or self.credential)
