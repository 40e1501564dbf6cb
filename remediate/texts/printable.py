"""Text from outside, made safe where it leaves for a screen, a spreadsheet, a page or a log; changes nothing kept.

A header, an index, a file or a person can say anything. Signs that move the cursor, end the line, turn the direction of
writing or cannot be seen are written as escapes (`\\x1b`, `\\u202e`), so that whoever reads sees that they are there.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from remediate.errors import WrongValueError
from remediate.texts.language import Sentence

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Signs without a shape that Unicode counts among letters, marks and symbols."""
_NOT_PLAIN = re.compile("[^\x00-\x7e]")
"""What JSON leaves as it is and may be unseen; it escapes the signs below a blank itself, and indents by line ends."""
_ESCAPES = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a formula of a cell, the full-width ones of East Asian spreadsheets too."""
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
"""Scripts whose letters look like those of others."""
_VARIANT = re.compile("LATIN (?:[A-Z]+ )*?([A-Z])(?: WITH .*)?")
"""The Unicode name of a letter that is a variant of one of A to Z."""
_LOOK_ALIKE = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d"
    "\u03b1\u03b2\u03b5\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abekmhopctyxsijhdqwabenikmvoptyx",
)
"""Small letters of Cyrillic and Greek that look like ours, in either case (Unicode TR 39, confusables)."""
_REALM = re.compile(r"^.*\\|@.*$")
"""What a directory puts before or behind the name of an account."""
_PREFIXES = frozenset(("van", "von", "de", "den", "der", "het", "ten", "ter", "te", "la", "le", "du", "di", "d", "t"))
_MOST_INITIALS = 4
_UNSPOKEN = re.compile("[b-df-hj-np-tv-xz]{2,4}")
"""Initials even where everything is in capitals, or nothing."""
_WORD = re.compile("[^\\W_]+")


def printable(text: str) -> str:
    """A text on one line, of which every sign is seen; "" stays ""."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign if _is_seen(sign) else _shown(sign) for sign in text)


def _is_seen(sign: str) -> bool:
    """Blanks of every width are: only where they stand matters."""
    return (sign.isprintable() and not _INVISIBLE.match(sign)) or unicodedata.category(sign) == "Zs"


def _shown(sign: str) -> str:
    number = ord(sign)
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def printable_json(document: Any, **how: Any) -> str:
    """A JSON text that says exactly what the document holds; what cannot be seen stands in it as JSON's own escapes.

    `how` goes to `json.dumps`.
    """
    return _NOT_PLAIN.sub(_json_escape, json.dumps(document, ensure_ascii=False, **how))


def _json_escape(match: re.Match[str]) -> str:
    sign = match[0]
    if _is_seen(sign):
        return sign
    return json.dumps(sign)[1:-1] if sign != "\x7f" else "\\u007f"


def printable_cell(text: str) -> str:
    """A cell of a CSV file: on one line, and nothing that a spreadsheet would run as a formula."""
    shown = printable(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def one_line(text: str) -> str:
    """A text as it is kept: composed (NFC), without signs that cannot be seen, with single blanks between words."""
    seen = (sign if _is_seen(sign) else " " if _parts_words(sign) else "" for sign in text)
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


def _parts_words(sign: str) -> bool:
    return sign in "\t\n\v\f\r\x85" or unicodedata.category(sign) in ("Zl", "Zp")


def person_name(text: str) -> str:
    """A person's name as the ledger keeps and compares it, so that one person is not two.

    Raises WrongValueError when it holds no letter, or letters of several scripts that look alike.
    """
    name = one_line(text)
    if not any(sign.isalpha() for sign in name):
        raise WrongValueError(Sentence("needs a person's name", "vraagt iemands naam"))
    scripts = set(_scripts_of(name))
    if len(scripts) > 1 and not scripts.isdisjoint(_SCRIPTS):
        named = [script.capitalize() for script in sorted(scripts)]
        raise WrongValueError(
            Sentence(
                f"mixes {' and '.join(named)} letters, which look alike; type the name again on one keyboard",
                f"mengt letters van {' en '.join(named)} die op elkaar lijken; typ de naam opnieuw op één toetsenbord",
            )
        )
    return name


def _scripts_of(name: str) -> Iterator[str]:
    """Of each letter that stands for itself: not of one that only modifies, such as an apostrophe."""
    for sign in unicodedata.normalize("NFKC", name):
        if sign.isalpha() and unicodedata.category(sign) != "Lm":
            yield unicodedata.name(sign, "UNKNOWN").partition(" ")[0]


def same_name(one: str, other: str) -> bool:
    """Whether two names may be one person's: however they are composed, in whatever case and order of words, with or
    without accents and full stops. Rather one person too few than one who counts twice."""
    return _folded(one) == _folded(other)


def same_account(one: str, other: str) -> bool:
    """Whether two names of accounts may be one person's: in whatever case, with signs that look alike or are not seen,
    with or without the name of a directory (`HOSPITAL\\jsmit`, `jsmit@hospital`)."""
    return _bare(one) == _bare(other)


def _bare(account: str) -> str:
    shown = one_line(unicodedata.normalize("NFKC", account))
    return " ".join(_folded_text(_REALM.sub("", shown) or shown).split())


def same_person(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two that act are one person: the same account, or the same name. Each is an account and a name.

    All four eyes are told apart by this, on the terminal and on pages.
    """
    return same_account(one[0], other[0]) or same_name(one[1], other[1])


def resembles(one: str, other: str) -> bool:
    """Whether two names that are not the same may be two spellings of one person's: a word in common that is no initial
    or prefix, and what is left of one the beginning of what is left of the other (`Visser, A.`, `André Visser`)."""
    ours, theirs = _said(one), _said(other)
    shared = {word for word in ours & theirs if len(word) > 1}
    if not shared or same_name(one, other):
        return False
    left, right = ours - shared, theirs - shared
    return (
        len(shared) > 1 or not left or not right or any(a.startswith(b) or b.startswith(a) for a in left for b in right)
    )


def _said(name: str) -> set[str]:
    """The words of a name without prefixes; initials written together (`JP`) are taken apart."""
    found: set[str] = set()
    one_case = name.isupper() or name.islower()
    for word in _WORD.findall(one_line(name)):
        may_be_initials = len(word) <= _MOST_INITIALS and (word.isupper() or one_case)
        for part in set(_folded(word)) - _PREFIXES:
            if may_be_initials or _UNSPOKEN.fullmatch(part):
                found.update(part)
            if not may_be_initials or one_case:  # where nobody can tell
                found.add(part)
    return found


def _folded(name: str) -> list[str]:
    return sorted(_WORD.findall(_folded_text(one_line(name))))


def _folded_text(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(_base(sign) for sign in plain if not unicodedata.combining(sign)).translate(_LOOK_ALIKE)


def _base(sign: str) -> str:
    """The letter of which a Latin one is a variant: ø is o, a small capital is its letter."""
    if sign.isascii():
        return sign
    found = _VARIANT.fullmatch(unicodedata.name(sign, ""))
    return found[1].lower() if found else sign


def as_compared(name: str) -> str:
    """A name of an institution for comparing: people write the same one with other capitals and blanks."""
    return " ".join(name.split()).casefold()
