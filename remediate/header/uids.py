"""What is wrong with a text as a DICOM unique identifier; looks nothing up and mends nothing.

Source: DICOM PS3.5 section 9.1: an organisation's root and a suffix, at most 64 characters of digits and full stops, no
component with a leading zero but 0 itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from remediate.texts.language import Sentence

LENGTH = 64
"""The most characters of a UID."""

_VALID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
_SIGNS = re.compile(r"[0-9.]+")


class UidProblem(StrEnum):
    """Why a text is no UID."""

    ABSENT = "uid-absent"
    TOO_LONG = "uid-too-long"
    OTHER_SIGNS = "uid-other-signs"
    ONE_COMPONENT = "uid-one-component"
    EMPTY_COMPONENT = "uid-empty-component"
    LEADING_ZERO = "uid-leading-zero"


def uid_problem(text: str) -> UidProblem | None:
    """What is wrong with a text as a UID, without the padding of its element; None when nothing is.

    Whatever passes is safe as the name of a file or folder, in a log and on a page.
    """
    if len(text) <= LENGTH and _VALID.fullmatch(text):
        return None
    if not text:
        return UidProblem.ABSENT
    if not _SIGNS.fullmatch(text):
        return UidProblem.OTHER_SIGNS
    if len(text) > LENGTH:
        return UidProblem.TOO_LONG
    components = text.split(".")
    if not all(components):
        return UidProblem.EMPTY_COMPONENT
    return UidProblem.ONE_COMPONENT if len(components) == 1 else UidProblem.LEADING_ZERO


SENTENCES: Mapping[UidProblem, Sentence] = {
    UidProblem.ABSENT: Sentence("The UID is empty.", "De UID is leeg."),
    UidProblem.TOO_LONG: Sentence(
        f"The UID has more than {LENGTH} characters.", f"De UID heeft meer dan {LENGTH} tekens."
    ),
    UidProblem.OTHER_SIGNS: Sentence(
        "The UID holds other characters than digits and full stops.",
        "De UID bevat andere tekens dan cijfers en punten.",
    ),
    UidProblem.ONE_COMPONENT: Sentence(
        "The UID is a plain number: a root and a suffix are needed.",
        "De UID is een kaal getal: er is een root en een achtervoegsel nodig.",
    ),
    UidProblem.EMPTY_COMPONENT: Sentence(
        "The UID begins or ends with a full stop, or has two in a row.",
        "De UID begint of eindigt met een punt, of heeft er twee achter elkaar.",
    ),
    UidProblem.LEADING_ZERO: Sentence(
        "A component of the UID begins with a zero.", "Een onderdeel van de UID begint met een nul."
    ),
}
