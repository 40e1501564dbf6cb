"""Delimiters, repetitions, components and escapes of HL7 v2 text; knows no segment and no character set.

Source: HL7 v2 chapter 2, sections 2.5.4 (message delimiters) and 2.7 (use of escape sequences).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DELETE = '""'
"""The value that asks to delete what the receiver holds (HL7 v2 chapter 2, section 2.5.3)."""

_NOT_DELIMITER = re.compile(r"[A-Za-z0-9\s\"]")
_HEX = re.compile(r"X(?:[0-9A-Fa-f]{2})+")
_BREAKS = (".br", ".sp", ".ce")
_LAYOUT = ("H", "N", ".fi", ".nf", ".in", ".ti", ".sk")


@dataclass(frozen=True, slots=True, eq=False)
class Delimiters:
    """What MSH-1 and MSH-2 declare. Any of them may be an unusual sign: ZorgDomein repeats with `_`.

    Compared by identity, because what was read under them is remembered by them.
    """

    separator: str
    component: str
    repetition: str
    escape: str
    subcomponent: str
    header: str = field(init=False, repr=False)  # what follows the name of a header segment
    _escaped: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        codes = {
            "F": self.separator,
            "S": self.component,
            "R": self.repetition,
            "E": self.escape,
            "T": self.subcomponent,
        }
        header = f"{self.separator}{self.component}{self.repetition}{self.escape}"
        object.__setattr__(self, "header", header)
        object.__setattr__(self, "_escaped", codes)

    def repetitions(self, text: str) -> list[str]:
        """The repetitions of a field; one, possibly empty, when it does not repeat."""
        return text.split(self.repetition)

    def components(self, text: str) -> list[str]:
        """The components of one repetition, still escaped."""
        return text.split(self.component)

    def subcomponents(self, text: str) -> list[str]:
        """The sub-components of one component, still escaped."""
        return text.split(self.subcomponent)

    def value(self, text: str, encoding: str = "latin-1") -> str:
        """One value in clear: escapes resolved, blanks at both ends gone, control characters as blanks.

        `encoding` reads hexadecimal escapes (`\\Xdd..\\`). What is unknown or cannot be read stays as it stands,
        so changes of character set (`\\Cxxyy\\`, `\\Mxxyyzz\\`) and what systems agree on (`\\Zxx\\`): none is guessed.
        """
        if text.isalnum():
            return text
        if self.escape in text:
            text = self._unescape(text, encoding)
        if not text.isprintable():
            text = "".join(sign if sign.isprintable() else " " for sign in text)
        return text.strip()

    def _unescape(self, text: str, encoding: str) -> str:
        parts = text.split(self.escape)
        clear = [parts[0]]
        position = 1
        while position < len(parts):
            code = parts[position]
            resolved = self._resolve(code, encoding) if position + 1 < len(parts) else None
            if resolved is None:  # no escape sequence: the sign stands for itself
                clear.append(self.escape + code)
                position += 1
            else:
                clear.append(resolved + parts[position + 1])
                position += 2
        return "".join(clear)

    def _resolve(self, code: str, encoding: str) -> str | None:
        sign = self._escaped.get(code)
        if sign is not None:
            return sign
        if _HEX.fullmatch(code):
            try:
                return bytes.fromhex(code[1:]).decode(encoding)
            except UnicodeDecodeError:
                return None
        if code.startswith(_BREAKS):
            return " "
        return "" if code in _LAYOUT[:2] or code.startswith(_LAYOUT[2:]) else None


def parse_delimiters(msh: str) -> Delimiters | None:
    """The delimiters that an MSH segment declares; None when it declares no usable ones.

    MSH-2 holds four signs, and from version 2.7 on a fifth (truncation), all different.
    """
    if len(msh) < 9:
        return None
    separator = msh[3]
    signs = msh[4:].partition(separator)[0]
    if len(signs) not in (4, 5) or len({separator, *signs}) != len(signs) + 1:
        return None
    if _NOT_DELIMITER.search(separator + signs):
        return None
    return Delimiters(separator, *signs[:4])
