"""Why a row of a table is left out, with one sentence each; reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.texts.language import Sentence


class RowFault(StrEnum):
    """Why it is not certain what stands in which column of a row, or what it says there."""

    ROW_LENGTH = "row-length"
    QUOTE_UNCLOSED = "quote-unclosed"
    QUOTE_BROKEN = "quote-broken"
    LINE_BREAK_DOUBTFUL = "line-break-doubtful"
    CELL_TOO_LONG = "cell-too-long"
    NUL_CHARACTER = "nul-character"
    OTHER_ENCODING = "other-encoding"
    IDENTIFIER_SPOILED = "identifier-spoiled"


SWALLOWS_ROWS = frozenset({RowFault.QUOTE_UNCLOSED, RowFault.LINE_BREAK_DOUBTFUL})
"""Faults of which it is uncertain how many rows they concern."""

SENTENCES: Mapping[RowFault, Sentence] = {
    RowFault.ROW_LENGTH: Sentence(
        "The row has more or fewer cells than the header.", "De rij heeft meer of minder cellen dan de kop."
    ),
    RowFault.QUOTE_UNCLOSED: Sentence(
        "A quotation mark in this row is never closed.",
        "Een aanhalingsteken in deze rij wordt niet gesloten.",
    ),
    RowFault.QUOTE_BROKEN: Sentence(
        "A quotation mark stands inside a quoted cell, so that it is uncertain where the cell ends.",
        "Er staat een aanhalingsteken binnen een cel tussen aanhalingstekens; waar de cel eindigt is onzeker.",
    ),
    RowFault.LINE_BREAK_DOUBTFUL: Sentence(
        "A quoted cell runs over this line and seems to hold other rows.",
        "Een cel tussen aanhalingstekens loopt over deze regel heen en lijkt andere rijen te bevatten.",
    ),
    RowFault.CELL_TOO_LONG: Sentence(
        "A cell has more characters than any real one.", "Een cel heeft meer tekens dan een echte cel kan hebben."
    ),
    RowFault.NUL_CHARACTER: Sentence(
        "The row holds NUL characters, as damaged files do.", "De rij bevat NUL-tekens, zoals beschadigde bestanden."
    ),
    RowFault.OTHER_ENCODING: Sentence(
        "The row is in another encoding than the rest of the file.",
        "De rij staat in een andere tekencodering dan de rest van het bestand.",
    ),
    RowFault.IDENTIFIER_SPOILED: Sentence(
        "The hospital number was spoiled by a spreadsheet.",
        "Het ziekenhuisnummer is door een rekenblad verminkt.",
    ),
}
