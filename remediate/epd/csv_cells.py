"""What cells of the EPD's CSV extract say in its own words: sexes and flags; guesses none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

_SEXES = frozenset({"M", "F", "O"})
_USUAL_SEXES = {
    "M": "M", "MAN": "M", "MANNELIJK": "M", "MALE": "M", "1": "M",
    "F": "F", "V": "F", "VROUW": "F", "VROUWELIJK": "F", "FEMALE": "F", "2": "F",
    "O": "O", "A": "O",
}  # fmt: skip
"""HL7 v2 table 0001 and what Dutch systems write; U and N say that it is not known. ISO 5218 for digits."""


def sex_reader(sex_values: Mapping[str, str]) -> Callable[[str], str]:
    """A reader of sexes, of a table or of PID-8: M, F, O, or "" for what is neither usual nor configured."""
    configured = {text.strip().upper(): sex for text, sex in sex_values.items() if sex in _SEXES}
    known = {**_USUAL_SEXES, **configured}
    return lru_cache(maxsize=1 << 10)(lambda text: known.get(text.upper(), ""))


def flag_reader(true_values: tuple[str, ...]) -> Callable[[str], bool]:
    """A reader of a flag: true for the configured texts only, in capitals or not."""
    known = frozenset(text.strip().casefold() for text in true_values)
    return lru_cache(maxsize=1 << 10)(lambda text: text.casefold() in known)
