"""How far given names of a header are those of the EPD: in full, by initials, as one of several, or by a call name."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from remediate.identity.call_names import BAPTISMAL_NAMES, is_call_name_of
from remediate.identity.name_text import Word


class GivenNameAgreement(StrEnum):
    """How given names compare; later members prove more."""

    DIFFERS = "differs"
    ABSENT = "absent"  # one of both sides holds neither given name nor initial, or too little to tell
    COMPATIBLE = "compatible"  # initials, one of several names, or a call name
    FULL = "full"  # every given name, written in full and alike on both sides


class GivenNamePart(StrEnum):
    """By which part given names agree that do not in full; tells no name."""

    INITIALS = "initials"  # one side has no more than these
    FIRST = "first"
    LATER = "later"  # the first is another, or stands on one side only
    CALL_NAME = "call-name"
    OTHERWISE = "otherwise"


class GivenNames(NamedTuple):
    """What one side knows of given names."""

    names: tuple[Word, ...]
    initials: tuple[Word, ...]  # as a field of their own holds them
    row: str = ""  # letters of names that may as well be a row of initials, as `row_of_capitals` tells


def given_names_fit(ours: GivenNames, theirs: GivenNames, *, apart: bool = True) -> GivenNameAgreement:
    """How far the given names of a header (`ours`, which holds `names` and `row`) fit what the other side knows.

    Where the other side knows names in full, they alone decide about a name in full: Paul is not the P. whom the
    EPD calls Piet. Initials fit either. A name that the other side does not know may only follow names in full that
    stand `apart` from the surname; behind initials or beside the surname it may be another surname. So may one of
    which the other side knows the initial only: in HOES PRINSEN M, Prinsen is not the P. who is called Hoes.

    Where capitals may be a name or a row of initials, a difference in one reading that is none in the other leaves too
    little to tell; and such a row is never a name in full.
    """
    found = _fit(ours.names, theirs, apart=apart)
    if found is GivenNameAgreement.COMPATIBLE and not apart and _by_initials_only(ours.names, theirs):
        return GivenNameAgreement.ABSENT
    if found is GivenNameAgreement.FULL and theirs.row and not _is_told_a_name(theirs):
        return GivenNameAgreement.COMPATIBLE
    if found is GivenNameAgreement.DIFFERS and _may_be_initials(ours, theirs):
        return GivenNameAgreement.ABSENT
    return found


def part_that_fits(ours: tuple[Word, ...], theirs: GivenNames) -> GivenNamePart:
    """By which part given names agree, of which it is known that they do (`GivenNameAgreement.COMPATIBLE`)."""
    names, mine = theirs.names, _joined(ours)
    if not ours or ours[0].short or not names or names[0].short:
        return GivenNamePart.INITIALS
    if ours[0] == names[0] or _is_run(mine, names[:1]):
        return GivenNamePart.FIRST
    if mine in _rows_of_initials(theirs):
        return GivenNamePart.INITIALS
    if _is_run(mine, names[1:]):
        return GivenNamePart.LATER
    if any(is_call_name_of(mine, word.text) for word in names):
        return GivenNamePart.CALL_NAME
    return GivenNamePart.OTHERWISE


def title_fits(letters: str, theirs: GivenNames) -> GivenNameAgreement:
    """How far letters that are a title as well as initials (MW, DR, JR) fit: in `BOS^MW` M.W. stands for no "mevrouw".

    Proof is that the other side has exactly these initials, all of them; otherwise a title tells nothing.
    """
    return GivenNameAgreement.COMPATIBLE if letters in _rows_of_initials(theirs) else GivenNameAgreement.ABSENT


def _fit(ours: tuple[Word, ...], theirs: GivenNames, *, apart: bool) -> GivenNameAgreement:
    names, initials, _ = theirs
    if not ours or not (names or initials):
        return GivenNameAgreement.ABSENT
    if _in_order(ours, names) and (_may_go_on(ours, names, apart=apart) or _spelled_out(ours, initials)):
        return GivenNameAgreement.FULL if _in_full(ours, names) else GivenNameAgreement.COMPATIBLE
    only_initials = all(word.short for word in ours)
    knows_names = any(not word.short for word in names)
    if knows_names and not only_initials:
        return _full_names_fit(ours, theirs)
    sides = [side for side in (names, initials) if side and _may_go_on(ours, side, apart=apart)]
    fits = any(_in_order(ours, side) or _joined(ours) == _joined(side) for side in sides)
    if fits or _in_order_word_by_word(ours, theirs):
        return GivenNameAgreement.COMPATIBLE
    unclear = any(_call_name_may_begin(ours, side[0]) for side in sides)
    return GivenNameAgreement.ABSENT if unclear else GivenNameAgreement.DIFFERS


def _full_names_fit(ours: tuple[Word, ...], theirs: GivenNames) -> GivenNameAgreement:
    mine = _joined(ours)
    if mine == _joined(theirs.names):
        return GivenNameAgreement.FULL if _in_full(ours, theirs.names) else GivenNameAgreement.COMPATIBLE
    if _is_run(mine, theirs.names) or mine in _rows_of_initials(theirs):
        return GivenNameAgreement.COMPATIBLE
    if len(ours) == 1 and any(is_call_name_of(mine, word.text) for word in theirs.names):
        return GivenNameAgreement.COMPATIBLE
    fits = _in_order_word_by_word(ours, GivenNames(theirs.names, ()))
    return GivenNameAgreement.COMPATIBLE if fits else GivenNameAgreement.DIFFERS


def _in_order_word_by_word(ours: tuple[Word, ...], theirs: GivenNames) -> bool:
    """The same with a hyphen read as a space: Jean-Pierre is J.P. as well as J."""
    if not any("-" in word.text for word in (*ours, *theirs.names)):
        return False
    mine = _without_hyphens(ours)
    sides = (_without_hyphens(theirs.names), theirs.initials)
    return any(_in_order(mine, side) and _may_go_on(mine, side, apart=False) for side in sides)


def _without_hyphens(found: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(Word(text, word.short) for word in found for text in word.text.split("-") if text)


def _rows_of_initials(theirs: GivenNames) -> tuple[str, ...]:
    """As `AM` and `ABM` stand in headers without any stop: as the EPD has them, and as follow from its names."""
    rows = (theirs.names, _without_hyphens(theirs.names))
    return _joined(theirs.initials), *(_first_letters(row) for row in rows)


def _first_letters(found: tuple[Word, ...]) -> str:
    return "".join(word.text[0] for word in found).replace("ij", "y")


def _may_be_initials(ours: GivenNames, theirs: GivenNames) -> bool:
    """Whether what may be a row of initials on either side begins as the other side does."""
    mine, known = _first_letters(_without_hyphens(ours.names)), [_first_letters(_without_hyphens(theirs.names))]
    if theirs.initials:
        known.append(_joined(theirs.initials))
    if ours.row and any(_begin_alike(ours.row, letters) for letters in known):
        return True
    return bool(theirs.row) and (_begin_alike(theirs.row, mine) or _begin_alike(theirs.row, ours.row))


def _begin_alike(row: str, letters: str) -> bool:
    """Whether one row goes on as the other begins. One letter of many tells little: Jan is hardly the J. of Jacob."""
    common = min(len(row), len(letters))
    return row[:common] == letters[:common] and (common > 1 or (common == 1 and len(row) == 2))


def _is_told_a_name(theirs: GivenNames) -> bool:
    """Whether initials in a field of their own say that a row of capitals is one name: JAN with the initial J."""
    return len(theirs.initials) == 1 and theirs.row.startswith(theirs.initials[0].text)


def _by_initials_only(ours: tuple[Word, ...], theirs: GivenNames) -> bool:
    """Whether a word written in full meets no more than an initial, and is no row of them, as `AF`."""
    met = zip(ours, theirs.names or theirs.initials, strict=False)
    is_told = all(word.short or not other.short for word, other in met)
    return not is_told and _joined(ours) not in _rows_of_initials(theirs)


def _in_full(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> bool:
    """Whether these are the same names, none of them shortened; Anne-Marie and Anne Marie are one."""
    return (ours == theirs or _joined(ours) == _joined(theirs)) and not any(word.short for word in (*ours, *theirs))


def _may_go_on(ours: tuple[Word, ...], theirs: tuple[Word, ...], *, apart: bool) -> bool:
    """Whether what is left of ours behind theirs can only be more given names."""
    left = ours[len(theirs) :]
    if all(word.short for word in left):
        return True
    return apart and bool(theirs) and not ours[len(theirs) - 1].short


def _spelled_out(ours: tuple[Word, ...], initials: tuple[Word, ...]) -> bool:
    """Whether there is an initial for every name."""
    return len(ours) <= len(initials) and _in_order(ours, initials)


def _joined(found: tuple[Word, ...]) -> str:
    return "".join(word.text for word in found).replace("-", "").replace("ij", "y")


def _in_order(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> bool:
    """Each word equals the other's at its place, or shortens it; the longer row may go on."""
    for word, other in zip(ours, theirs, strict=False):
        if word.text == other.text or (word.short and _shortens(word, other)):
            continue
        if not (other.short and _shortens(other, word)):
            return False
    return bool(theirs)


def _shortens(initial: Word, word: Word) -> bool:
    """Whether a word begins so; one that begins with IJ has I. for an initial as well as IJ."""
    return word.text.startswith(initial.text) or (word.ij and initial.text == "i")


def _is_run(mine: str, theirs: tuple[Word, ...]) -> bool:
    """Whether a text is some of the names, in their order: the second given name, or Annemarie for Anne Marie."""
    count = len(theirs)
    return any(
        mine == _joined(theirs[start:end])
        for start in range(count)
        for end in range(start + 1, count + 1)
        if not theirs[start].short
    )


def _call_name_may_begin(ours: tuple[Word, ...], initial: Word) -> bool:
    """Kees may be the C. of whom nothing more is known, because Kees is Cornelis: no contradiction, and no proof.

    Truus is Geertruida, and so she would fit her husband Gerrit under his number: too little to tell people apart.
    """
    if len(ours) != 1 or not initial.short:
        return False
    return any(name.startswith(initial.text) for name in BAPTISMAL_NAMES.get(ours[0].text, ()))
