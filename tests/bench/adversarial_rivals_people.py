"""People for namesakes: what the EPD has of them, how modalities wrote them, and who may be meant by what was written.

The comparison is simple-minded on purpose: skeletons of letters, and possible unless it is plainly not so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random

from tests.bench.adversarial_dutch import CALLED, PREFIXES, bare, initials, letters, whole

_PARTS = re.compile(r"[\s\-^=,.]+")


@dataclass(kw_only=True)
class Human:
    """Someone as he is. `epd` holds what the EPD has otherwise, by column; "" where it has nothing."""

    number: str = ""
    bsn: str = field(default="", repr=False)
    prefix: str = ""
    surname: str
    partner_prefix: str = ""
    partner_surname: str = ""
    given: list[str]
    birth: date
    sex: str
    epd: dict[str, str] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, str]:
        """The EPD's row."""
        made = {
            "patient_id": self.number,
            "bsn": self.bsn,
            "bsn_verified": "J",
            "birth_date": self.birth.isoformat(),
            "sex": {"F": "V"}.get(self.sex, self.sex),
            "surname": self.surname,
            "surname_prefix": self.prefix,
            "partner_surname": self.partner_surname,
            "partner_prefix": self.partner_prefix,
            "given_names": " ".join(self.given),
            "initials": "".join(f"{letter}." for letter in initials(self.given)),
        }
        return made | self.epd

    @property
    def is_whole(self) -> bool:
        """Whether the EPD has every fact, and none that proves nothing."""
        row = self.row
        asked = ("bsn", "bsn_verified", "birth_date", "sex", "surname")
        whole = all(row[column] for column in asked) and row["bsn"] == self.bsn and row["bsn_verified"] == "J"
        whole &= letters(row["surname"]) in {letters(self.surname), letters(self.prefix + self.surname)}
        return whole and bool(row["given_names"] or row["initials"]) and not row["birth_date"].endswith("01-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A name as a modality wrote it."""

    text: str = field(repr=False)
    surnames: tuple[str, ...] = field(repr=False)  # what stands for the surname
    given: tuple[str, ...] = field(repr=False)  # what stands for the given name
    is_plain: bool  # in a form that everybody reads alike
    is_call_name: bool = False


def spelled(random: Random, human: Human, *, given: str = "") -> Said:
    """One of the ways in which modalities wrote somebody's name; `given` asks for initial, first, all, call or none."""
    how = given or random.choice(("initial", "initial", "initials", "first", "first", "all", "call", "none"))
    names = _given(random, human, how)
    surname, behind, is_plain = _surname(random, human)
    text, layout_is_plain = _laid_out(random, surname, names, behind)
    if random.random() < 0.4:
        text = text.upper()
    if random.random() < 0.3:
        text = bare(text)
    parts = tuple(filter(None, (surname, f"{behind} {surname}" if behind else "")))
    plain = is_plain and layout_is_plain and how != "none"
    found = tuple(filter(None, _PARTS.split(names)))
    return Said(text=text, surnames=parts, given=found, is_plain=plain, is_call_name=how == "call")


def _given(random: Random, human: Human, how: str) -> str:
    first = initials(human.given)
    match how:
        case "initial":
            return first[0] + random.choice(("", "."))
        case "initials":
            return random.choice(("", ".", " ")).join([*first, ""]).strip()
        case "first":
            return human.given[0]
        case "all":
            return " ".join(human.given)
        case "call":
            return random.choice(CALLED.get(human.given[0]) or (human.given[0],))
    return ""


def _surname(random: Random, human: Human) -> tuple[str, str, bool]:
    """The whole surname, a prefix that stands elsewhere, and whether the form is plain."""
    own, partner = whole(human.prefix, human.surname), whole(human.partner_prefix, human.partner_surname)
    forms = [own] if not partner else [own, partner, f"{own}-{partner}", f"{partner}-{own}", f"{partner} - {own}"]
    chosen = random.choice(forms)
    prefix = human.prefix if chosen == own else human.partner_prefix if chosen == partner else ""
    kind = random.choice(("whole", "whole", "whole", "behind", "behind", "without", "glued"))
    if not prefix or kind == "whole" or (kind == "without" and "surname" in human.epd):
        return chosen, "", True
    rest = chosen[len(prefix) :].strip()
    if kind == "behind":
        return rest, prefix, True
    if kind == "without":
        return rest, "", False
    return chosen.replace(" ", ""), "", False


def _laid_out(random: Random, surname: str, names: str, behind: str) -> tuple[str, bool]:
    """The text, and whether it tells apart what is surname and what is given name."""
    if behind:
        forms = [f"{surname}^{names}^^{behind}", f"{surname}^{names}^{behind}", f"{surname}, {behind}^{names}"]
        return random.choice(forms), True
    kind = random.choice(("caret", "caret", "caret", "caret", "caret", "comma", "before", "after", "junior"))
    match kind:
        case "comma":
            return f"{surname}, {names}", True
        case "before":
            return f"{names} {surname}".strip(), False
        case "after":
            return f"{surname} {names}".strip(), False
        case "junior":
            return f"{surname}^{names}^^^{random.choice(('Jr', 'Sr', 'ing.', 'MSc'))}", False
    return f"{surname}^{names}", True


def _skeletons(texts: Iterable[str]) -> set[str]:
    """Of each text, of its halves and of its words, without prefixes."""
    found: set[str] = set()
    for text in texts:
        words = [word for word in _PARTS.split(text) if word]
        kept = [word for word in words if word.casefold().strip("'") not in PREFIXES]
        found |= {letters(text), letters("".join(kept)), *(letters(word) for word in kept)}
    return {skeleton for skeleton in found if skeleton}


def _alike(one: set[str], other: set[str]) -> bool:
    """Whether any is any, or ends with it as glued prefixes do."""
    return any(a == b or (min(len(a), len(b)) > 2 and (a.endswith(b) or b.endswith(a))) for a in one for b in other)


def _first_letters(names: Iterable[str]) -> set[str]:
    """All letters of rows of initials, the first of the others; i and j are one."""
    found: set[str] = set()
    for name in names:
        is_row = len(name) <= 4 and name.isupper()
        found |= set(letters(name) if is_row else letters(name)[:1])
    return {"i" if letter == "j" else letter for letter in found}


_ALIASES = {letters(name): frozenset(map(letters, (name, *calls))) for name, calls in CALLED.items()}


def _one_given(one: Iterable[str], other: Iterable[str], *, in_full: bool) -> bool:
    """Whether both may be the given names of one person; unknown ones may be anything. Unless the first are known to
    be somebody's names `in_full`, a common letter is enough, that of a call name too."""
    a, b = list(one), list(other)
    if not a or not b:
        return True
    if not in_full:
        called = [call for name in b for call in CALLED.get(name, ())]
        return bool(_first_letters(a) & _first_letters([*b, *called])) or _called(a, b)
    full_a, full_b = ([name for name in names if len(name) > 2 and not name.isupper()] for names in (a, b))
    if not full_a or not full_b:
        return bool(_first_letters(a) & _first_letters(b)) or _called(a, b)
    pairs = [(letters(x), letters(y)) for x in full_a for y in full_b]
    return any(x[:3] == y[:3] for x, y in pairs) or _called(full_a, full_b)


def _called(a: Iterable[str], b: Iterable[str]) -> bool:
    """Whether any may be a call name of any, or both have one call name."""
    return any(not _aliases(x).isdisjoint(_aliases(y)) for x in a for y in b if min(len(x), len(y)) > 1)


def _aliases(name: str) -> frozenset[str]:
    return _ALIASES.get(letters(name), frozenset({letters(name)}))


class Rivals:
    """Whom the EPD has, for the question who may be meant by a header."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._by_birth: dict[str, list[tuple[Mapping[str, str], set[str], list[str]]]] = defaultdict(list)
        for row in rows:
            own, partner = row["surname"], row["partner_surname"]
            joined = [f"{row['surname_prefix']} {own}", f"{row['partner_prefix']} {partner}"]
            names = _skeletons([own, partner, *joined, f"{own} {partner}", f"{partner} {own}"])
            given = [n for n in _PARTS.split(f"{row['given_names']} {row['initials']}") if n]
            birth = row["birth_date"]
            known = birth if birth and not birth.endswith("01-01") else ""
            self._by_birth[known].append((row, names, given))

    def possible(self, said: Said, human: Human) -> bool:
        """Whether anybody else may be meant too by what was said of somebody."""
        known, birth, sex = human.row["given_names"].casefold(), human.birth, human.sex
        in_full = all(bare(name).casefold() in bare(known) for name in said.given if len(name) > 2)
        in_full &= any(len(name) > 2 and letters(name) == letters(human.given[0]) for name in said.given) and bool(
            known
        )
        surnames = _skeletons(said.surnames)
        return any(
            row["patient_id"] != human.number
            and row["sex"] in ("", "V" if sex == "F" else sex)
            and _alike(surnames, names)
            and _one_given(said.given, given, in_full=in_full)
            for row, names, given in (*self._by_birth[birth.isoformat()], *self._by_birth[""])
        )
