"""What single cells of any table say: blanks and signs of spreadsheets taken off, spoiled numbers; guesses nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TEXT_MARK = re.compile(r"(?:^|;)\s*'\d")
"""A spreadsheet's sign that a number is text; not the one of `'t Hart`."""

_SPOILED = re.compile(r"\d(?:[.,]\d+)?E[+-]\d+|\d+[.,]0+", re.ASCII | re.IGNORECASE)


_KEPT_DIGITS = 15
"""Of a number a spreadsheet keeps so many digits (IEEE 754 double)."""


def is_spoiled(number: str) -> bool:
    """Whether a spreadsheet took a hospital number for a quantity: `1,23E+07`, `1234.0`."""
    return _SPOILED.fullmatch(number) is not None


def was_rewritten(cell: str, number: str) -> bool:
    """Whether a spreadsheet made this cell of a number: leading zeros lost, `1,23E+07`, or noughts after the fifteenth
    digit. Which number it was cannot be told from it."""
    if is_spoiled(cell):
        return True
    if not (cell.isdecimal() and number.isdecimal()) or cell == number:
        return False
    plain = number.lstrip("0")
    rounded = plain[:_KEPT_DIGITS] + "0" * len(plain[_KEPT_DIGITS:])
    return cell in (plain, rounded)


def cleared(column: Sequence[str]) -> Sequence[str]:
    """Cells without blanks at both ends, control characters, and a spreadsheet's `="..."` or `'0012345`."""
    text = ";".join(column)  # most columns need nothing cleared, which one look at all of them tells
    is_marked = '="' in text or ("'" in text and _TEXT_MARK.search(text) is not None)
    if text.isprintable() and " ;" not in text and "; " not in text and not is_marked and text == text.strip():
        return column
    return [cell if cell.isalnum() else clear(cell) for cell in column]


def clear(cell: str) -> str:
    """One cell, likewise."""
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    if not cell.isprintable():
        cell = "".join(sign if sign.isprintable() else " " for sign in cell)
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:2].isdigit() else cell
