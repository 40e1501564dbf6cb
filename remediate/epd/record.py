"""What the registry holds about one patient, and how news changes it: the newest word on each fact counts.

What was said is kept with the times of the messages that said it first and last, so the outcome does not depend on
the order in which records are loaded, and a record that is read again changes nothing. Of two messages of one moment
neither is the newer: where they differ on birth date, sex or BSN neither is believed, of two names both are known.

A BSN belongs to the person about whom it was told. It counts as verified only while everything that was said since,
and what was known when it was told, may be of that one person. Values only; sealing is the registry's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from types import MappingProxyType
from typing import Any, NamedTuple

from remediate.epd.changes import NO_NAME, NameParts, News
from remediate.identity.patients import PersonName
from remediate.identity.same_person import Identity, may_be_one_person

_SEPARATOR = "\x1f"
_VERSION = 2
"""Of the packed form. Version 1 was its fields between separators, and told no person with the BSN."""

_NEVER = -1
_MOST_SAID = 24
"""Different things said about one number that are kept; more people than that have no number in common."""


class Said(NamedTuple):
    """What one record said of who the patient is. None: nothing about it."""

    name: NameParts | None
    other_names: tuple[NameParts, ...]
    birth_date: str | None  # YYYYMMDD or ""
    sex: str | None

    def __repr__(self) -> str:
        return "Said(...)"

    def identity(self) -> Identity:
        """The same as it is compared with another."""
        names = (self.name, *self.other_names) if self.name is not None and any(self.name) else ()
        return Identity(self.birth_date or "", self.sex or "", tuple(map(person_name, names)))


def said_in(news: News) -> Said:
    """What a record says of who the patient is, without the rest of it."""
    return Said(news.name, news.other_names, news.birth_date, news.sex)


_NOTHING_SAID = Said(None, (), None, None)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Known(NamedTuple):
    """A patient as the EPD sees it, without how we came to know."""

    names: tuple[NameParts, ...]  # the name, then other names under which the EPD knows the patient
    birth_date: str  # YYYYMMDD or ""
    sex: str  # M, F, O or ""
    bsn: str  # as `News.bsn`; of several that were told in one moment all, which is no BSN
    verified: bool  # whether the BSN counts as verified

    def __repr__(self) -> str:
        return "Known(...)"

    def content(self) -> str:
        """All of it in one text; control characters cannot stand in it."""
        names = [part for name in self.names for part in name]
        return _SEPARATOR.join((*names, self.birth_date, self.sex, self.bsn, "1" if self.verified else "0"))


class Facts(NamedTuple):
    """All that is known of one patient, under its own number or under one that was given up for it."""

    said: Mapping[Said, int]  # each thing that was said, with when it was said last
    bsns: tuple[str, ...] = ()  # as `News.bsn`, of one moment; "" among them: the EPD held none
    bsn_at: int = _NEVER
    bsn_alone: bool = False  # told without birth date or name
    verified: bool = False  # so was said of the BSN
    first: Mapping[Said, int] = MappingProxyType({})  # when it was said first, of what was said more than once

    def __repr__(self) -> str:
        return "Facts(...)"

    def newest(self, fact: str) -> list[Any]:
        """The last word on a fact: more than one where messages of one moment differ, none where nothing was said."""
        if len(self.said) == 1:  # as of most patients
            (only,) = self.said
            value = getattr(only, fact)
            return [] if value is None else [value]
        told = [(at, getattr(said, fact)) for said, at in self.said.items() if getattr(said, fact) is not None]
        last = max((at for at, _ in told), default=_NEVER)
        return sorted({value for at, value in told if at == last})

    def only(self, fact: str) -> str:
        """The same where it is one word, else ""."""
        found = self.newest(fact)
        return str(found[0]) if len(found) == 1 else ""

    def names(self) -> tuple[NameParts, ...]:
        """The name that says most, then the others."""
        if len(self.said) == 1:
            (only,) = self.said
            return tuple(dict.fromkeys((only.name or NO_NAME, *(sorted(only.other_names) if only.name else ()))))
        found = sorted(self.newest("name"), key=lambda name: (sum(map(len, name)), name), reverse=True)
        last = max((at for said, at in self.said.items() if said.name is not None), default=_NEVER)
        others = [name for said, at in self.said.items() if said.name and at == last for name in said.other_names]
        return tuple(dict.fromkeys((*(found or [NO_NAME]), *sorted(others))))

    def is_of_one_person(self) -> bool:
        """Whether all that was said since the BSN was told, and who was known then, may be one person."""
        if len(self.said) < 2 and not self.bsn_alone:
            return True
        people = [said.identity() for said, at in self.said.items() if at >= self.bsn_at]
        if self.bsn_alone:
            if any(map(self._is_told_since_only, ("birth_date", "name"))):
                return False
            people += self._known_before()
        return all(may_be_one_person(one, other) for one, other in combinations(people, 2))

    def _is_told_since_only(self, fact: str) -> bool:
        """Whether a name or birth date was told after the BSN only: it may be of whoever came next.

        What was told before counts as long as it was not taken back until then, by a deletion for one.
        """
        told = {said: value for said in self.said if (value := getattr(said, fact)) is not None}
        begun = {said: self.first.get(said, self.said[said]) for said in told}
        empty = [said for said, value in told.items() if not any(value) and begun[said] < self.bsn_at]
        taken_back = max((min(self.said[said], self.bsn_at) for said in empty), default=_NEVER)
        full = [at for said, at in begun.items() if any(told[said])]
        return bool(full) and not any(taken_back < at <= self.bsn_at for at in full)

    def _known_before(self) -> Iterable[Identity]:
        before = [(at, said) for said, at in self.said.items() if at < self.bsn_at]
        for fact in ("birth_date", "name"):
            told = [(at, said) for at, said in before if any(getattr(said, fact) or "")]
            last = max((at for at, _ in told), default=_NEVER)
            yield from (said.identity() for at, said in told if at == last)

    def counts_as_verified(self) -> bool:
        """Whether the BSN is verified and still that of the person of whom the number is."""
        return self.verified and len(self.bsns) == 1 and self.is_of_one_person()

    def counts_as_verified_of(self, news: News) -> bool:
        """The same, and whether what a later message says of the person may be that of every record since."""
        said = said_in(news)
        since = max(self.bsn_at + 1, self.said.get(said, _NEVER))
        return self._replace(said={**self.said, said: since}).counts_as_verified()


@dataclass(slots=True, kw_only=True)
class Record:
    """Mutable while a chunk is applied. Times as in `Change.at`."""

    said: dict[Said, int] = field(default_factory=dict, repr=False)
    first: dict[Said, int] = field(default_factory=dict, repr=False)  # as in `Facts`
    bsns: tuple[str, ...] = field(default=(), repr=False)  # this and the next as in `Facts`
    bsn_at: int = _NEVER
    bsn_alone: bool = False
    told_verified: bool = False
    verified_at: int = _NEVER
    forgotten_at: int = _NEVER  # of the newest thing said that is not kept
    taken: dict[int, Facts] = field(default_factory=dict, repr=False)  # of numbers given up for this one, by their keys
    row_mark: str = ""  # of the last row of CSV
    row_at: int = 0
    rule: str = ""  # mark of the settings under which the record was read

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever said about this patient itself, not even that nothing is known any more."""
        return not (self.said or self.bsns)

    def facts(self) -> Facts:
        """What counts: its own facts, or, as long as nothing was said of it, those of the numbers given up for it."""
        if self.is_blank and self.taken:
            return self._of_taken()
        verified = self.told_verified and self.forgotten_at < self.bsn_at
        return Facts(self.said, self.bsns, self.bsn_at, self.bsn_alone, verified, self.first)

    def _of_taken(self) -> Facts:
        said = {said: 0 for facts in self.taken.values() for said in facts.said}
        bsns = tuple(sorted({bsn for facts in self.taken.values() for bsn in facts.bsns}))
        doubted = self.verified_at != _NEVER and not self.told_verified
        verified = all(facts.verified for facts in self.taken.values()) and not doubted
        return Facts(said, bsns, 0, verified=verified)

    def known(self) -> Known:
        """The patient as far as it is known by now."""
        facts = self.facts()
        birth_date, sex = facts.only("birth_date"), facts.only("sex")
        return Known(facts.names(), birth_date, sex, _one_bsn(facts.bsns), facts.counts_as_verified())

    def copy(self) -> Record:
        """The same, to be changed by itself."""
        return replace(self, said=dict(self.said), first=dict(self.first), taken=dict(self.taken))

    def read_under(self, rule: str) -> None:
        """Under other settings than before, what was learned has to be learned again; until then nothing is verified.

        What is held stays, but every message is news again, also those that were applied under the old settings.
        """
        if self.rule != rule:
            facts = self.facts()
            held = [Said(*_name_and_others(facts), facts.only("birth_date"), facts.only("sex"))] if facts.said else []
            self.said, self.first, self.bsns, self.taken = dict.fromkeys(held, 0), {}, facts.bsns, {}
            self.bsn_at = self.verified_at = self.forgotten_at = _NEVER
            self.told_verified, self.row_mark, self.row_at, self.rule = False, "", 0, rule

    def take_over(self, key: int, other: Record) -> bool:
        """Hold what was known under a number that was given up, until this patient's own records say anything.

        False when it holds that already.
        """
        facts = other.facts()
        held = Said(*_name_and_others(facts), facts.only("birth_date"), facts.only("sex"))
        taken = Facts({held: 0}, facts.bsns, 0, verified=facts.counts_as_verified())
        before, self.taken[key] = self.taken.get(key), taken
        return before != taken

    def apply_message(self, news: News, at: int) -> bool:
        """Take news of a message of time `at`; False when nothing changes."""
        said = said_in(news)
        changed = said != _NOTHING_SAID and self._note(said, at)
        if news.bsn is not None:
            changed |= self._tell_bsn(news, at, news.bsn)
        elif news.verified is not None:
            changed |= self._tell_verified(at, verified=news.verified)
        return changed

    def apply_row(self, news: News, at: int, mark: str, *, dated: bool) -> bool:
        """Take a row of CSV; False when the last row said the same.

        A row that does not say when it was changed is newer than the last one, however fast they follow.
        """
        if mark == self.row_mark:
            return False
        if not dated:
            at = max(at, self.row_at + 1)
        self.apply_message(news, at)
        self.row_mark, self.row_at = mark, max(at, self.row_at)
        return True

    def _note(self, said: Said, at: int) -> bool:
        """Something was said at this moment; False when no first or last time of it changes."""
        last = self.said.get(said)
        if last is None:
            self.said[said] = at
            if len(self.said) > _MOST_SAID:
                self._forget_oldest()
            return True
        first = self.first.get(said, last)
        self.said[said], earliest = max(last, at), min(first, at)
        if earliest < self.said[said]:
            self.first[said] = earliest
        return at > last or at < first

    def _forget_oldest(self) -> None:
        oldest = min(self.said, key=lambda said: (self.said[said], repr(tuple(said))))
        self.forgotten_at = max(self.forgotten_at, self.said.pop(oldest))
        self.first.pop(oldest, None)

    def _tell_bsn(self, news: News, at: int, bsn: str) -> bool:
        """Another BSN is verified only when its own message says so, or a newer one did."""
        if at < self.bsn_at:
            return False
        before = (self.bsns, self.bsn_at, self.bsn_alone, self.told_verified, self.verified_at)
        is_other = self.bsns != (bsn,)
        alone = not (news.birth_date and news.name is not None and any(news.name))
        if at > self.bsn_at:
            self.bsns, self.bsn_at, self.bsn_alone = (bsn,), at, alone
        else:
            self.bsns = tuple(sorted({*self.bsns, bsn}))
            self.bsn_alone = self.bsn_alone or alone
        if is_other or news.verified is not None:
            self._tell_verified(at, verified=bool(news.verified))
        return before != (self.bsns, self.bsn_at, self.bsn_alone, self.told_verified, self.verified_at)

    def _tell_verified(self, at: int, *, verified: bool) -> bool:
        if at < self.verified_at:
            return False
        before = (self.told_verified, self.verified_at)
        verified = verified and (at > self.verified_at or self.told_verified)
        self.told_verified, self.verified_at = verified, at
        return before != (verified, at)

    def pack(self) -> bytes:
        """All fields for storage."""
        taken = [[key, *_plain(facts)] for key, facts in sorted(self.taken.items())]
        own = _plain(Facts(self.said, self.bsns, self.bsn_at, self.bsn_alone, self.told_verified, self.first))
        rest = [self.verified_at, self.forgotten_at, self.row_mark, self.row_at, self.rule]
        return _encode([_VERSION, own, taken, rest]).encode()


def _one_bsn(told: tuple[str, ...]) -> str:
    if len(told) == 1 and told[0].isalnum():
        return told[0]
    return " ".join(sorted({word for text in told for word in text.split()}))


def _plain(facts: Facts) -> list[Any]:
    said = [[list(told), at, *([facts.first[told]] if told in facts.first else [])] for told, at in facts.said.items()]
    return [said, list(facts.bsns), facts.bsn_at, facts.bsn_alone, facts.verified]


def _facts(said: list[Any], bsns: list[str], bsn_at: int, bsn_alone: bool, verified: bool) -> Facts:
    times = {_said(*told): (at, first) for told, at, *first in said}
    first_times = {told: first[0] for told, (_, first) in times.items() if first}
    return Facts({told: at for told, (at, _) in times.items()}, tuple(bsns), bsn_at, bsn_alone, verified, first_times)


def _said(name: list[str] | None, others: list[list[str]], birth_date: str | None, sex: str | None) -> Said:
    return Said(None if name is None else NameParts(*name), tuple(NameParts(*o) for o in others), birth_date, sex)


def _name_and_others(facts: Facts) -> tuple[NameParts, tuple[NameParts, ...]]:
    name, *others = facts.names()
    return name, tuple(others)


def person_name(parts: NameParts) -> PersonName:
    """The name as it is compared."""
    return PersonName(**parts._asdict())


def unpack(packed: bytes) -> Record:
    """The record that `Record.pack` wrote, or an earlier release; of that one nothing counts as verified."""
    text = packed.decode()
    if _SEPARATOR in text:
        return _unpack_first(text.split(_SEPARATOR))
    version, own, taken, rest = json.loads(text)
    if version != _VERSION:
        raise ValueError("not a packed record")
    facts = _facts(*own)
    return Record(
        said=dict(facts.said),
        first=dict(facts.first),
        bsns=facts.bsns,
        bsn_at=facts.bsn_at,
        bsn_alone=facts.bsn_alone,
        told_verified=facts.verified,
        taken={key: _facts(*held) for key, *held in taken},
        verified_at=rest[0],
        forgotten_at=rest[1],
        row_mark=rest[2],
        row_at=rest[3],
        rule=rest[4],
    )


def _unpack_first(parts: list[str]) -> Record:
    """Of version 1 what it held, under no settings that hold now: `epd load` tells it again."""
    said = Said(NameParts(*parts[:6]), (), parts[6], parts[7])
    return Record(said={said: 0}, bsns=(parts[8],) if parts[8] else ())
