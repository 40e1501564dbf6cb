"""What single cells of any table say: blanks and signs of spreadsheets taken off, spoiled numbers; guesses nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPOILED = re.compile(r"\d(?:[.,]\d+)?E[+-]\d+|\d+[.,]0+", re.ASCII | re.IGNORECASE)


def is_spoiled(number: str) -> bool:
    """Whether a spreadsheet took a hospital number for a quantity: `1,23E+07`, `1234.0`."""
    return _SPOILED.fullmatch(number) is not None


def cleared(column: Sequence[str]) -> Sequence[str]:
    """Cells without blanks at both ends, without control characters, and without a spreadsheet's `="..."`."""
    text = ";".join(column)  # most columns need nothing cleared, which one look at all of them tells
    if text.isprintable() and " ;" not in text and "; " not in text and '="' not in text and text == text.strip():
        return column
    return [cell if cell.isalnum() else clear(cell) for cell in column]


def clear(cell: str) -> str:
    """One cell, likewise."""
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    if not cell.isprintable():
        cell = "".join(sign if sign.isprintable() else " " for sign in cell)
    return cell.strip()
