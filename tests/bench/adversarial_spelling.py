"""How one name comes to stand in headers: every order, prefix habit, case and layout that old systems knew."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from random import Random
from typing import NamedTuple

from remediate.identity.patients import PersonName
from tests.bench.adversarial_names import CALL_NAMES

_PLAIN = str.maketrans("üöøłđćéèëïáóçñŁĐÖÜØßæ", "uooldceeeiaocnLDOUOs\0")
_ABBREVIATED = {"van der": "v.d.", "van den": "v/d", "van de": "vd", "van": "v.", "de": "d."}
_NO_INITIALS = frozenset(
    {"DR", "DRS", "DHR", "MW", "JR", "SR", "JNR", "SNR", "II", "III", "NN", "IJ", "GEB"}
)  # titles, nobody, or one letter to everybody
_FOLDED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae"})


class Spelling(NamedTuple):
    """A Person Name as it was written, and what it says."""

    text: str
    surnames: frozenset[str]  # folded, without prefixes: own, partner's, or both
    given: str  # as written
    apart: bool  # surname and given names stand in components of their own


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """Letters only, lower case, without marks, ij as y: the oracle's own idea of the same name."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    return "".join(letter for letter in plain if letter.isalnum()).replace("ij", "y")


def spelled(random: Random, name: PersonName, given: str) -> Spelling:
    """A Person Name with these given names or initials, in one of many layouts."""
    surname, prefix, parts = _surname(random, name)
    if random.random() < 0.3:
        surname, given = _typed_plainly(random, surname), _typed_plainly(random, given)
    if random.random() < 0.4:
        surname, prefix, given = surname.upper(), prefix.upper(), given.upper()
    apart = random.random() < 0.8
    layouts = _apart(surname, prefix, given) if apart else _together(surname, prefix, given)
    return Spelling(random.choice(layouts), frozenset(map(folded, parts)), given, apart)


def _apart(surname: str, prefix: str, given: str) -> list[str]:
    before, behind = f"{prefix} {surname}".strip(), f"{surname} {prefix}".strip()
    return [
        f"{surname}^{given}^^{prefix}",
        f"{before}^{given}",
        f"{behind}^{given}",
        f"{before}^{given}^^^",
        f"{surname}, {prefix}^{given}" if prefix else f"{surname}^{given}",
        f"{surname}^{given} {prefix}".strip(),
        f"{before}^{given}^^Dhr.^Jr.",
        f"{surname}, {given} {prefix}".strip(),
        f"{surname}^{given}^^{prefix}=ヤマダ^タロウ",
        f"={before}^{given}",
        f"{before} ^ {given} ",
    ]


def _together(surname: str, prefix: str, given: str) -> list[str]:
    """Everything in the family component."""
    return [f"{prefix} {surname} {given}".strip(), f"{given} {prefix} {surname}".replace("  ", " ")]


def _surname(random: Random, name: PersonName) -> tuple[str, str, tuple[str, ...]]:
    """One of the forms under which someone is known: surname, the prefix that stands apart from it, and its parts."""
    own, prefix = name.surname, name.prefix
    theirs = name.partner_surname
    partner = f"{name.partner_prefix} {theirs}".strip()
    whole = f"{prefix} {own}".strip()
    forms: list[tuple[str, str, tuple[str, ...]]] = [(own, prefix, (own,))]
    if partner:
        both = (own, theirs)
        forms += [
            (theirs, name.partner_prefix, (theirs,)),
            (f"{theirs}-{whole}", name.partner_prefix, both),
            (f"{own} - {partner}", prefix, both),
            (f"{own} {partner}", prefix, both),
            (f"{own} e/v {partner}", prefix, both),
            (f"{theirs} geb. {whole}", name.partner_prefix, both),
        ]
    surname, prefix, parts = random.choice(forms)
    habit = random.random()
    if habit < 0.1 and " " not in surname:
        return surname, "", parts
    if habit < 0.2:
        return surname, _ABBREVIATED.get(prefix, prefix), parts
    return surname, prefix, parts


def spelled_badly(random: Random, name: PersonName, given: str) -> str:
    """Damaged on its way: marks lost in a character set, umlauts as two letters, cut off, or glued together."""
    surname, prefix = name.surname, name.prefix
    lost = "".join(letter if letter.isascii() else random.choice("?\ufffd ") for letter in surname)
    two = surname.replace("ü", "ue").replace("ö", "oe").replace("Ö", "Oe").replace("ø", "oe")
    return random.choice(
        [f"{lost}^{given}^^{prefix}", f"{two}^{given}^^{prefix}", f"{prefix} {surname}"[:12].strip() + f"^{given}"]
    )


def _typed_plainly(random: Random, text: str) -> str:
    """As on a keyboard without diacritics, or with y for ij, or without apostrophe and hyphen."""
    text = text.replace("ß", "ss").translate(_PLAIN).replace("\0", "ae")
    habit = random.random()
    if habit < 0.3:
        return text.replace("ij", "y").replace("IJ", "Y")
    if habit < 0.5:
        return text.replace("'", "’").replace("-", " ")
    return text


def given_in_full(_: Random, name: PersonName) -> str:
    """All given names."""
    return name.given_names


def given_in_short(random: Random, name: PersonName) -> str:
    """The first name, initials in several notations, or a call name."""
    given = name.given_names.split()
    dotted = name.initials
    call_name = CALL_NAMES.get(given[0], given[0])
    forms = [given[0], dotted, dotted.replace(".", ". ").strip(), dotted.split(".")[0], dotted.split(".")[0] + "."]
    others = dotted.split(".", 1 + given[0].count("-"))[-1]
    forms += [dotted.replace(".", ""), f"{given[0]} {others}".strip(), call_name, f"{dotted} ({call_name})"]
    return random.choice([form for form in forms if form not in _NO_INITIALS])
