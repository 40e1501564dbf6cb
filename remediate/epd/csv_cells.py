"""What cells of the EPD's CSV extract say in its own words: sexes and flags; guesses none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

_SEXES = frozenset({"M", "F", "O"})


def sex_reader(sex_values: Mapping[str, str]) -> Callable[[str], str]:
    """A reader of sexes as the file spells them: M, F, O, or "" for what is not configured."""
    known = {text.strip().upper(): sex for text, sex in sex_values.items() if sex in _SEXES}
    return lru_cache(maxsize=1 << 10)(lambda text: known.get(text.upper(), ""))


def flag_reader(true_values: tuple[str, ...]) -> Callable[[str], bool]:
    """A reader of a flag: true for the configured texts only, in capitals or not."""
    known = frozenset(text.strip().casefold() for text in true_values)
    return lru_cache(maxsize=1 << 10)(lambda text: text.casefold() in known)
