"""Judges the studies that other institutions sent, by sender: where their headers have the BSN. Calls nobody.

Headers alone are judged: whether the BSN is the patient's is for the plan to see. Examples are accession numbers only,
and none that may itself be a BSN.
"""

from __future__ import annotations

import difflib
import heapq
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from remediate.errors import UsageError
from remediate.identity.bsn import passes_eleven_test
from remediate.identity.dates import read_da
from remediate.measure.address_book import AddressBook, Contact
from remediate.measure.coverage import UNDATED, often, seen_json
from remediate.measure.moments import Known, changed_by_others, found_before
from remediate.measure.names import may_tell_of_person
from remediate.measure.places import judged_place
from remediate.measure.reasons import MeasureReason
from remediate.plan.categories import NOT_COUNTED, RIGHT, Category, category
from remediate.plan.judge import Judge, Judgement
from remediate.ports import ArrivalStore, StudyStore
from remediate.probe.study import PROBE_PATIENT_ID
from remediate.reasons.study import PlanReason
from remediate.records.ledger import StudyRow
from remediate.records.measurements import NEVER, Seen, day_in
from remediate.records.states import State
from remediate.shares import TARGET, outward, share_of, target_reached
from remediate.texts.language import Sentence
from remediate.texts.printable import as_compared

EXAMPLES = 10
"""Accession numbers of each reason that a letter names."""

_KEPT = 5 * EXAMPLES  # one number may stand on several studies
_CHUNK = 2_000
_LONGEST = 64
_DIGIT = re.compile(r"\d", re.ASCII)
_SIX_DIGITS = re.compile(r"(?<!\d)(\d\d)[-/. ]?(\d\d)[-/. ]?(\d\d)(?!\d)", re.ASCII)
_MAY_BE_NAME = re.compile(r"[A-Za-z]{5,}|[A-Z][a-z]{2,}|[A-Za-z]+[ ,._/-]+[A-Za-z]+")
"""Letters that a system puts before a number are few."""
_SHORT_DATE = len("530412")
_TELLING_ID = 4
"""Signs of a Patient ID that are no part of a number by chance."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2035
_WORD = re.compile(r"[a-z0-9]+")
_ALIKE = 0.8
_LEAST_LETTERS = 3
_ANY_HOSPITAL = frozenset(
    {"ziekenhuis", "zkh", "zh", "kliniek", "polikliniek", "poli", "medisch", "centrum", "mc", "umc", "academisch"}
    | {"gasthuis", "zorg", "zorggroep", "groep", "stichting", "locatie", "afdeling", "radiologie", "hospital", "clinic"}
    | {"medical", "center", "centre", "het", "de", "van", "te", "der", "den", "en", "and", "of", "the", "st", "sint"}
)


@dataclass(slots=True)
class Received:
    """What one institution sent, or all of them, or one year's."""

    reasons: Counter[str] = field(default_factory=Counter)  # of those that are wrong
    excepted: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict, repr=False)  # by reason: date, number
    without_number: int = 0  # wrong, but with no accession number that may be named
    not_looked_at: int = 0  # nobody read a header of them
    gone: int = 0  # no longer in the archive
    unknown_when: int = 0  # others changed them since, and nobody wrote down how they came
    zone: tzinfo = UTC  # in which days are told
    seen: Counter[str] = field(default_factory=Counter)  # by the ISO day on which those that count were last seen
    studies: int = 0
    correct: int = 0
    first: str = ""  # Study Dates (DA) of those that count, none that is impossible or lies ahead
    last: str = ""

    def add(self, found: Category | MeasureReason, reason: str, row: StudyRow, *, day: str) -> None:
        """Count one study; `day` is its Study Date, "" where that is none that was."""
        if isinstance(found, MeasureReason):
            self.unknown_when += 1
            return
        if found is Category.NOT_LOOKED_AT:
            self.not_looked_at += 1
            return
        if found is Category.GONE:
            self.gone += 1
            return
        if found in NOT_COUNTED:
            self.excepted[reason] += 1
            return
        self.studies += 1
        if row.last_seen:
            self.seen[day_in(row.last_seen, self.zone)] += 1
        if day:
            self.first = min(self.first or day, day)
            self.last = max(self.last, day)
        if found in RIGHT:
            self.correct += 1
            return
        self.reasons[reason] += 1
        number = nameable(row.accession_number, [header.patient_id for header in row.evidence.headers])
        if number is None:
            self.without_number += 1
        else:
            newest = self.examples.setdefault(reason, [])
            heapq.heappush(newest, (row.study_date, number))
            if len(newest) > _KEPT:
                heapq.heappop(newest)

    @property
    def unjudged(self) -> int:
        """Studies that count, and of which nobody knows how they came."""
        return self.not_looked_at + self.unknown_when

    def bounds(self) -> list[float] | None:
        """The share of all that count, if none of the unjudged came right and if all did, to six digits, outward; None
        when nothing counts."""
        whole = self.studies + self.unjudged
        return list(outward(self.correct / whole, (self.correct + self.unjudged) / whole)) if whole else None

    def named(self, reason: str) -> list[str]:
        """Accession numbers to name, of the newest studies."""
        newest = sorted(self.examples.get(reason, ()), reverse=True)
        return list(dict.fromkeys(number for _, number in newest))[:EXAMPLES]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedStudies:
    """What came from elsewhere."""

    whole: Received
    by_institution: Mapping[str, Received]
    by_year: Mapping[str, Received]
    contacts: Mapping[str, Contact]  # of the institutions that the address book knows
    book: AddressBook
    own: Sequence[str] = ()
    without_sender: int = 0  # studies without an Institution Name: from whom they came nobody knows
    seen: Seen = NEVER  # when the archive was last seen to have the studies that count
    old_after_days: int = 0
    since: str = ""  # Study Date (DA) from which was asked; "" for all
    until: str = ""
    target: float = TARGET

    def may_be_own(self, institution: str) -> str:
        """Our own name of which this may be another spelling; "" where the address book knows it, or none is near."""
        return "" if institution in self.contacts else resembles(institution, self.own)


def measure_received(
    arrivals: ArrivalStore,
    studies: StudyStore,
    judge: Judge,
    *,
    own: Sequence[str],
    book: AddressBook,
    today: date,
    old_after_days: int,
    zone: tzinfo = UTC,
    since: str = "",
    until: str = "",
    progress: Callable[[int], object] = lambda _: None,
) -> ReceivedStudies:
    """Judge every study with another Institution Name than `own`. Raises `UsageError` when no own name is given."""
    if not own:
        raise UsageError(
            Sentence(
                "Nobody said which Institution Names are your own, so what was received cannot be told apart.",
                "Nergens staat welke Institution Names van uzelf zijn, dus wat is ontvangen is niet te onderscheiden.",
            ),
            advice=Sentence(
                "Set measure.own_institutions; `remediate measure survey` lists the names.",
                "Stel measure.own_institutions in; `remediate measure survey` toont de namen.",
            ),
        )
    whole, by_institution, by_year = Received(zone=zone), dict[str, Received](), dict[str, Received]()
    contacts: dict[str, Contact] = {}
    spellings: dict[str, str] = {}
    elsewhere = arrivals.from_elsewhere(own, since=since, until=until)
    for row, found, reason in _judged(arrivals, studies, elsewhere, judge):
        contact = book.find(row.institution_name)
        written = book.shown(row.institution_name)
        name = spellings.setdefault(as_compared(written), written)
        if contact:
            contacts[name] = contact
        year = row.study_date[:4] if row.study_date[:4].isdecimal() else UNDATED
        made = read_da(row.study_date)
        day = f"{made:%Y%m%d}" if isinstance(made, date) and made <= today else ""
        for group in (
            whole,
            by_institution.setdefault(name, Received()),
            by_year.setdefault(year, Received()),
        ):
            group.add(found, reason, row, day=day)
        progress(1)
    return ReceivedStudies(
        whole=whole,
        by_institution=dict(sorted(by_institution.items())),
        by_year=dict(sorted(by_year.items())),
        contacts=contacts,
        book=book,
        own=tuple(own),
        without_sender=arrivals.without_institution(besides=PROBE_PATIENT_ID, since=since, until=until),
        seen=_seen(whole.seen, today - timedelta(days=old_after_days)),
        old_after_days=old_after_days,
        since=since,
        until=until,
    )


def _seen(days: Mapping[str, int], old_before: date) -> Seen:
    old = sum(studies for day, studies in days.items() if day < old_before.isoformat())
    return Seen(min(days, default=""), max(days, default=""), old)


def _judged(
    arrivals: ArrivalStore, studies: StudyStore, uids: Sequence[str], judge: Judge
) -> Iterator[tuple[StudyRow, Category | MeasureReason, str]]:
    """Exceptions by the configured rules; all else by the headers alone, as they came: never after a correction of ours
    or of others."""
    for start in range(0, len(uids), _CHUNK):
        chunk = studies.studies_named(uids[start : start + _CHUNK])
        judgements = judge.judge_many([row.evidence for row in chunk])
        changed = [row.study_instance_uid for row in chunk if row.changed_since and not row.found]
        before = arrivals.states_before_change(changed) if changed else {}
        for row, judgement in zip(chunk, judgements, strict=True):
            yield row, *_as_it_came(row, judgement, judge, before.get(row.study_instance_uid))


def _as_it_came(row: StudyRow, judgement: Judgement, judge: Judge, before_change: State | None) -> Known:
    if row.gone:
        return Category.GONE, MeasureReason.GONE.value
    reason = judgement.reasons[0]
    if judgement.state is State.EXCLUDED and (excepted := category(State.EXCLUDED, reason)) in NOT_COUNTED:
        return excepted, reason
    before = found_before(row.found)
    if before is None and not row.looked_at:
        return Category.NOT_LOOKED_AT, MeasureReason.NOT_LOOKED_AT.value
    if before is None and row.changed_since:
        return changed_by_others(before_change)
    if before is None:
        place = judged_place(row.evidence, judge.profile, judgement.patient)
        before = (State.CORRECT if place == PlanReason.IN_PLACE else State.PLANNED, str(place))
    return category(*before), before[1]


def nameable(number: str, patient_ids: Iterable[str] = ()) -> str | None:
    """An accession number that a letter may name: some hospitals put a patient's number, or a BSN, in it.

    No nine digits in a row of it, however they are set apart, may pass the eleven-test, nor eight by themselves; no
    digits may be read as a date, and no letters as a name. None of the study's own `patient_ids` may stand in it.
    """
    text = " ".join(number.split())
    if not text or not text.isprintable() or "^" in text or len(text) > _LONGEST:
        return None
    if not text.isascii() or _MAY_BE_NAME.search(text) or _may_hold_date(text) or may_tell_of_person(text):
        return None
    if any(len(one) >= _TELLING_ID and one in text for one in map(str.strip, patient_ids)):
        return None
    digits = "".join(_DIGIT.findall(text))
    runs = {digits[at : at + 9] for at in range(len(digits) - 8)} | ({f"0{digits}"} if len(digits) == 8 else set())
    return None if any(passes_eleven_test(run) for run in runs) else text


def _may_hold_date(text: str) -> bool:
    """Whether eight digits in a row, or six that stand alone or in pairs, may be read as a day."""
    digits = "".join(_DIGIT.findall(text))
    if any(_is_day(digits[at : at + 8], form) for at in range(len(digits) - 7) for form in ("%Y%m%d", "%d%m%Y")):
        return True
    short = ["".join(found.groups()) for found in _SIX_DIGITS.finditer(text)]
    return any(_is_day(six, form) for six in short for form in ("%y%m%d", "%d%m%y"))


def _is_day(digits: str, form: str) -> bool:
    try:
        found = datetime.strptime(digits, form)  # noqa: DTZ007 - a day only
    except ValueError:
        return False
    return len(digits) == _SHORT_DATE or _FIRST_YEAR <= found.year <= _LAST_YEAR  # a century may be left out


def resembles(name: str, own: Sequence[str]) -> str:
    """Which of our own names another one may be a spelling of; "" when none. Words that any hospital has count not."""
    theirs = _telling(name)
    for ours in own:
        known = _telling(ours)
        if not theirs or not known:
            continue
        alike = difflib.SequenceMatcher(None, "".join(sorted(theirs)), "".join(sorted(known))).ratio()
        if theirs <= known or known <= theirs or alike >= _ALIKE or _written_as(name, ours) or _written_as(ours, name):
            return ours
    return ""


def _written_as(name: str, other: str) -> bool:
    """Whether a name is another one without its blanks, or by its first letters."""
    letters, words = "".join(_words(name)), _words(other)
    first = "".join(word[0] for word in words)
    return letters == "".join(words) or (letters == first and len(first) >= _LEAST_LETTERS)


def _telling(name: str) -> set[str]:
    return {word for word in _words(name) if word not in _ANY_HOSPITAL}


def _words(name: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return _WORD.findall(letters)


def received_json(received: ReceivedStudies) -> dict[str, Any]:
    """What `measure received` answers, and what the ledger keeps: no accession numbers."""
    whole = received.whole
    institutions = {}
    for name, group in received.by_institution.items():
        contact = received.contacts.get(name)
        institutions[name] = _group_json(group) | {"contact": bool(contact)}
    return {
        **_group_json(whole),
        "target": received.target,
        "period": {
            "from": _iso(received.since),  # as asked; None where all count
            "to": _iso(received.until),
            "first": _iso(whole.first),
            "last": _iso(whole.last),
        },
        "seen": seen_json(received.seen, received.old_after_days),
        "reached": target_reached(whole.correct, whole.studies, whole.unjudged, received.target),
        "without_sender": received.without_sender,
        "resemble_own": {name: ours for name in institutions if (ours := received.may_be_own(name))},
        "without_contact": [name for name in institutions if name not in received.contacts],
        "by": {
            "institution": institutions,
            "year": {name: _group_json(group) for name, group in received.by_year.items()},
        },
        "problems": {
            reason.value: {"number": len(found), "lines": found}
            for reason, found in sorted(_problems(received.book).items())
        },
    }


def _iso(day: str) -> str | None:
    """A day (DA) as the other measurements write it."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None


def _problems(book: AddressBook) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for number, reason in book.problems:
        found.setdefault(reason, []).append(number)
    return found


def _group_json(group: Received) -> dict[str, Any]:
    return {
        "studies": group.studies,
        "correct": group.correct,
        "share": share_of(group.correct, group.studies),
        "bounds": group.bounds(),
        "not_looked_at": group.not_looked_at,
        "gone": group.gone,
        "unknown_when": group.unknown_when,
        "exceptions": often(group.excepted),
        "wrong": often(group.reasons),
    }
