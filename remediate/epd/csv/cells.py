"""What cells of the EPD's CSV extract say in its own words: sexes, flags and moments; guesses none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from remediate.epd.hl7.time import HOSPITAL_ZONE, wall_clock
from remediate.identity.checks import SEXES

_USUAL_SEXES = {
    "M": "M", "MAN": "M", "MANNELIJK": "M", "MALE": "M", "1": "M",
    "F": "F", "V": "F", "VROUW": "F", "VROUWELIJK": "F", "FEMALE": "F", "2": "F",
    "O": "O", "A": "O",
}  # fmt: skip
"""HL7 v2 table 0001 and what Dutch systems write; U and N say that it is not known. ISO 5218 for digits."""


def sex_reader(sex_values: Mapping[str, str]) -> Callable[[str], str]:
    """A reader of sexes, of a table or of PID-8: M, F, O, or "" for what is neither usual nor configured."""
    configured = {text.strip().upper(): sex for text, sex in sex_values.items() if sex in SEXES}
    known = {**_USUAL_SEXES, **configured}
    return lru_cache(maxsize=1 << 10)(lambda text: known.get(text.upper(), ""))


def flag_reader(true_values: tuple[str, ...]) -> Callable[[str], bool]:
    """A reader of a flag: true for the configured texts only, in capitals or not."""
    known = frozenset(text.strip().casefold() for text in true_values)
    return lru_cache(maxsize=1 << 10)(lambda text: text.casefold() in known)


def moment_reader(form: str) -> Callable[[str], int | None]:
    """A reader of dates with or without a time: as `Change.at`, or None for what is none. A date is its beginning.

    `form` as of strptime, or "iso". A moment that names its offset is brought to the hospital's clock.
    """

    @lru_cache(maxsize=1 << 16)
    def read(text: str) -> int | None:
        try:
            found = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            return None
        if found.tzinfo is None:
            found = found.replace(tzinfo=HOSPITAL_ZONE)
        return wall_clock(found) if found.year > 1 else None

    return read
