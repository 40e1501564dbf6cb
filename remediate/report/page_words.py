"""How pages speak: one language, its sentences, its numbers, shares, moments and lengths. No figures here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from remediate.texts import notation
from remediate.texts.language import Language, Sentence


class PageWords:
    """Speaks one language, with the sentences of one page."""

    words: Mapping[str, Sentence] = {}

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, name: str, /, **values: object) -> str:
        """A sentence with its values filled in."""
        return self.words[name].in_(self.language).format(**notation.counted(values, self.language))

    def number(self, value: float, decimals: int = 0) -> str:
        """1,234.5 in English, 1.234,5 in Dutch."""
        return notation.number(value, self.language, decimals)

    def pace(self, a_second: float) -> tuple[str, str]:
        """How fast objects were stored, and in which unit."""
        return notation.pace_and_unit(a_second, self.language)

    def moment(self, at: datetime) -> str:
        """Day, time and zone, as the terminal tells them."""
        return notation.second(at, at.tzinfo, self.language)

    def length(self, span: timedelta) -> str:
        """How long something takes, in the two largest units."""
        seconds = round(span.total_seconds())
        units = ((86400, "d"), (3600, "u" if self.language is Language.NL else "h"), (60, "min"), (1, "s"))
        parts = []
        for size, name in units:
            count, seconds = divmod(seconds, size)
            if count:
                parts.append(f"{count} {name}")
        return " ".join(parts[:2]) or "0 s"

    def share(self, value: float) -> str:
        """A share, rounded down to a tenth: 94.96 % is not 95.0 %."""
        return notation.share(value, self.language)
