"""Histories of a registry as HL7 v2 messages: what clerks told about people, mistakes included, and whose studies lie
under which number. The messages are written here, and who is who is known, not read.

Every mistake of a clerk leaves a trace: a later message, an expiry date, another person. A false write is a study of
one person that is planned with another's BSN. Where nobody erred, or an error was mended in so many words, studies
are decidable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.bench.adversarial_dutch import CALLED, GIVEN, given_names, surname, whole
from tests.bench.adversarial_hospital import (
    BIRTH,
    HOSPITAL,
    ISSUER,
    NAME,
    PATIENT_ID,
    SEX,
    Answer,
    Study,
    hospital,
    test_bsns,
)

EXPIRED = "19990101^20100101"  # CX.7 and CX.8: effective and expiration date
MERGES = ("A40", "A40", "A40", "A34", "A18")
UPDATES = ("A08", "A08", "A31")


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Someone as he is."""

    prefix: str
    surname: str
    given: str
    birth: date
    sex: str
    bsn: str = field(repr=False)
    partner: tuple[str, str] = ("", "")

    @property
    def xpn(self) -> str:
        """PID-5 with the parts of the surname (HL7 v2 FN)."""
        own, partner = whole(self.prefix, self.surname), whole(*self.partner)
        parts = [f"{partner}-{own}" if partner else own, self.prefix, self.surname, *self.partner]
        return f"{'&'.join(parts).rstrip('&')}^{self.given}^^^^^L"


@dataclass(kw_only=True)
class Story:
    """What was told of a few people in the course of the years."""

    random: Random
    kind: str
    bsns: Iterator[str]
    numbers: Iterator[str]
    moment: datetime = field(default_factory=lambda: datetime(2004, 1, 1, 8, tzinfo=UTC))
    messages: list[tuple[datetime, str]] = field(default_factory=list)
    late: list[str] = field(default_factory=list)  # delivered after everything else
    rows: list[dict[str, str]] = field(default_factory=list)
    studies: list[Study] = field(default_factory=list)

    def somebody(self, like: Somebody | None = None) -> Somebody:
        """Anybody, or a namesake of whom only the given name and the BSN differ, or a stranger to him."""
        random = self.random
        if like is not None and random.random() < 0.6:
            return self.namesake(like)
        bsn = next(self.bsns)
        sex = random.choice("MF")
        birth = date(random.randint(1925, 2003), 1, 2) + timedelta(days=random.randint(0, 363))
        prefix, name = surname(random)
        return Somebody(prefix=prefix, surname=name, given=given_names(random, sex)[0], birth=birth, sex=sex, bsn=bsn)

    def namesake(self, like: Somebody) -> Somebody:
        """Somebody of whom only the given name and the BSN differ, and the initial does not if there is such a name.

        Nobody is called by the other's name: Joop may be Johannes.
        """
        near = {like.given, *CALLED[like.given]}
        pool = [n for n in GIVEN[like.sex] if n[:3] != like.given[:3] and near.isdisjoint({n, *CALLED[n]})]
        alike = [n for n in pool if n[0] == like.given[0]] or pool
        return replace(like, given=self.random.choice(alike), bsn=next(self.bsns), partner=("", ""))

    def explain(self) -> None:
        """Put what was told into the note of every study, with BSNs by a letter."""
        letters: dict[str, str] = {}
        for study in self.studies:
            letters.setdefault(study.owner, f"<BSN {len(letters) + 1}>")
        told = [message for _, message in self.messages] + [f"(last) {message}" for message in self.late]
        lines = [re.sub(r"\S*MSH[^\r]*\rEVN\|(\w+)\|(\d{8})\d*\r", r"\1 \2 ", m).replace("\r", " ") for m in told]
        text = " // ".join([*lines, *(f"row {row}" for row in self.rows)])
        for at, study in enumerate(self.studies):
            header = "|".join(str(value) for value in study.headers[0].values())
            note = f"{text} => {letters[study.owner]}: {header} {study.note}"
            for digits, letter in letters.items():
                note = note.replace(digits, letter)
            self.studies[at] = replace(study, note=re.sub(r"9999\d{5}", "<BSN>", note))

    def tell(self, event: str, *ids: str, of: Somebody | None = None, rest: str = "", late: bool = False,
             name: bool = True, birth: bool = True, sex: bool = True, at_once: bool = False,
             fields_besides: dict[int, str] | None = None) -> None:  # fmt: skip
        """A message about one number; `rest` holds further segments, `at_once` has the time of the one before."""
        if not at_once:
            self.moment += timedelta(days=self.random.randint(1, 200), seconds=self.random.randint(0, 30_000))
        fields = ["PID", "1", "", "~".join(ids), "", "", "", "", ""]
        if of is not None:
            fields[5] = of.xpn if name else ""
            fields[7] = f"{of.birth:%Y%m%d}" if birth else ""
            fields[8] = of.sex if sex else ""
        for at, text in (fields_besides or {}).items():
            fields[at] = text
        self._send(event, "|".join(fields).rstrip("|"), rest, late=late)

    def update(self, *ids: str, of: Somebody, **how: bool) -> None:
        """A08 or A31."""
        self.tell(self.random.choice(UPDATES), *ids, of=of, **how)

    def merge(self, into: str, gone: str, event: str = "", *, late: bool = False) -> None:
        """One number disappears into another."""
        self.tell(event or self.random.choice(MERGES), local(into), rest=f"MRG|{local(gone)}\r", late=late)

    def part(self, one: str, other: str) -> None:
        """A37: what was one is two."""
        self.tell("A37", local(one), rest=f"PV1|1|N\rPID|2||{local(other)}\rPV1|1|N\r")

    def _send(self, event: str, pid: str, rest: str, *, late: bool) -> None:
        time = f"{self.moment:%Y%m%d%H%M%S}"
        message = (
            f"MSH|^~\\&|EPD|{HOSPITAL}|PACS|X|{time}||ADT^{event}|{time}{len(self.messages)}|P|2.4||||||UNICODE UTF-8\r"
            f"EVN|{event}|{time}\r{pid}\r{rest}"
        )
        if late:
            self.late.append(message)
        else:
            self.messages.append((self.moment, message))

    def neutral(self, *ids: str, of: Somebody) -> None:
        """Nothing new, none to two times."""
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.update(*ids, of=of)

    def study(self, owner: Somebody, number: str, *, decidable: bool = False, note: str = "",
              short: bool = False, issuer: str | None = None) -> None:  # fmt: skip
        """Two studies of somebody under a number, named in full or in `short` by the initial; with and without a
        partner's name where he has one."""
        for one in (owner, replace(owner, partner=("", ""))):
            header = self._header(replace(one, given=one.given[0]) if short else one, number)
            if issuer is not None:
                header[ISSUER] = issuer
            self.studies.append(
                Study(kind=self.kind, headers=(header,), owner=owner.bsn, decidable=decidable, note=note)
            )

    def _header(self, one: Somebody, number: str) -> dict[int, str]:
        random = self.random
        own, partner = whole(one.prefix, one.surname), whole(*one.partner)
        both = random.choice((f"{partner}-{own}", f"{own}-{partner}")) if partner else own
        name = f"{both}^{one.given}"
        made = {
            PATIENT_ID: number,
            NAME: name.upper() if random.random() < 0.5 else name,
            BIRTH: f"{one.birth:%Y%m%d}",
            SEX: one.sex,
        }
        return made | ({ISSUER: HOSPITAL} if random.random() < 0.5 else {})


def local(value: str, kind: str = "PI", dates: str = "", authority: str = HOSPITAL) -> str:
    """A number of the hospital or of another authority (CX)."""
    return f"{value}^^^{authority}^{kind}" + (f"^^{dates}" if dates else "")


def bsn(value: str, dates: str = "") -> str:
    """A BSN (CX)."""
    return f"{value}^^^NLMINBIZA^NNNLD" + (f"^^{dates}" if dates else "")


def make_world(random: Random, stories: int) -> list[Story]:
    """Stories of every kind in turn, with people, numbers and BSNs of their own."""
    from tests.bench import adversarial_histories_told as told
    from tests.bench import adversarial_histories_wrong as wrong

    tellers = (*told.STORIES, *wrong.STORIES)
    bsns, numbers = test_bsns(random), iter(str(n) for n in range(4_000_000, 5_000_000))
    made = []
    for at in range(stories):
        tell = tellers[at % len(tellers)]
        story = Story(random=random, kind=tell.__name__, bsns=bsns, numbers=numbers)
        tell(story)
        story.explain()
        made.append(story)
    return made


def delivered(random: Random, stories: list[Story]) -> list[str]:
    """The messages of all stories as a feed brings them: by time, late ones last, some twice."""
    everything = sorted((message for story in stories for message in story.messages), key=lambda m: m[0])
    feed = [text for _, text in everything]
    feed += [text for story in stories for text in story.late]
    at = random.randrange(len(feed))
    again = feed[at : at + len(feed) // 50]  # an interface sends a piece again
    return [*feed[: at + len(again)], *again, *feed[at + len(again) :]]


def answers(random: Random, how_many: int) -> Iterator[tuple[Study, Answer]]:
    """What the program says of that many studies."""
    stories = make_world(random, max(110, min(2_400, how_many // 5)))
    made = [study for story in stories for study in story.studies]
    random.shuffle(made)
    with hospital() as here:
        rows = [row for story in stories for row in story.rows]
        if rows:
            here.load_rows(rows)
        feed = delivered(random, stories)
        cut = random.randrange(1, len(feed))
        for part in (feed[:cut], feed[cut:]):
            here.load("".join(part), "hl7")
        yield from here.answers(made[:how_many], random)
