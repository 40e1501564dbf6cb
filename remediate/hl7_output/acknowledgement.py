"""Reads the answer to a message: whether it was accepted, and which code says why not; its words are left unread.

Source: HL7 v2 chapter 2, sections 2.9.2 (acknowledgements), 2.15.5 (ERR) and 2.15.8 (MSA).
"""

from __future__ import annotations

import re

from remediate.epd.hl7_text import Delimiters, parse_delimiters
from remediate.records.messages import Acknowledgement, MessageAnswer

_ACCEPTED = frozenset({"AA", "CA"})
_REFUSED = frozenset({"AE", "AR", "CE", "CR"})
_ERROR_CODE = re.compile(r"\d{3}", re.ASCII)  # table 0357; anything longer may be a number of somebody


def read_acknowledgement(content: bytes, control_id: str) -> Acknowledgement:
    """What an answer says of the message with this MSH-10. Never raises, whatever the bytes are."""
    lines = re.split(r"[\r\n]+", content.decode("latin-1").strip("\r\n"))
    delimiters = parse_delimiters(lines[0]) if lines[0].startswith("MSH") else None
    if delimiters is None:
        return Acknowledgement(answer=MessageAnswer.UNREADABLE)
    msa = next((line.split(delimiters.separator) for line in lines if line.startswith("MSA")), [])
    if len(msa) < 3:
        return Acknowledgement(answer=MessageAnswer.UNREADABLE)
    code = msa[1].strip().upper()
    if code not in _ACCEPTED | _REFUSED:
        return Acknowledgement(answer=MessageAnswer.UNREADABLE)
    if msa[2].strip() != control_id:
        return Acknowledgement(answer=MessageAnswer.FOREIGN)
    if code in _ACCEPTED:
        return Acknowledgement(answer=MessageAnswer.ACCEPTED, code=code)
    return Acknowledgement(answer=MessageAnswer.REFUSED, code=code, error=_error(lines, delimiters))


def _error(lines: list[str], delimiters: Delimiters) -> str:
    """ERR-3.1 from version 2.5 on, ERR-1.4.1 before; MSA-6.1 in the oldest."""
    places = []
    for line in lines:
        fields = line.split(delimiters.separator)
        if fields[0] == "ERR":
            places += [_part(delimiters, fields, 3, 0), _part(delimiters, fields, 1, 3)]
        elif fields[0] == "MSA":
            places.append(_part(delimiters, fields, 6, 0))
    return next((place for place in places if _ERROR_CODE.fullmatch(place)), "")


def _part(delimiters: Delimiters, fields: list[str], number: int, component: int) -> str:
    parts = delimiters.components(fields[number]) if len(fields) > number else []
    return delimiters.subcomponents(parts[component])[0].strip() if len(parts) > component else ""
