"""Gives ADT messages their meaning: which patient they are about, and what they say; applies nothing.

Source: HL7 v2 chapter 3, section 3.3 (trigger events) and 3.6.2 (merging).
"""

from __future__ import annotations

import hashlib

from remediate.config.epd import EpdSettings
from remediate.epd.changes import NOTHING, Change, ChangeKind, News, Number
from remediate.epd.csv.cells import sex_reader
from remediate.epd.hl7.reader import AdtMessage, Segment
from remediate.epd.hl7.text import DELETE
from remediate.epd.hl7.time import sortable_time
from remediate.epd.identifiers import IdentifierReader, Identifiers, read_bsn
from remediate.epd.person import NameReader, read_birth_date
from remediate.epd.reasons import RejectReason
from remediate.identity.bsn import Bsn
from remediate.identity.bsn_spelling import read_identifier

_UPSERT_CODES = """
A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A17 A19 A20 A21 A22 A23 A25 A26 A27 A28 A31 A32 A33
A38 A52 A53 A54 A55 A60 A61 A62
"""
UPSERTS = frozenset(_UPSERT_CODES.split())
"""Events whose PID is a snapshot of the patient, also where the event itself is about a visit."""

MERGES = frozenset({"A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"})
"""A18, A30, A34, A36, A39, A40: two records become one. A46, A47: a number changes."""

_RENUMBERINGS = frozenset({"A46", "A47"})

DELETES = frozenset({"A29"})

PARTINGS = frozenset({"A37"})
"""Two patients who were taken for one are told apart; to whom the BSN belongs has to be told again."""

ABOUT_VISITS = frozenset({"A35", "A41", "A42", "A44", "A45", "A48", "A49", "A50", "A51"})
"""Merges and changes of accounts and visits: they tell nothing about who a patient is."""

REFUSED_EVENTS = {
    "A24": RejectReason.EVENT_LINKS,
    "A43": RejectReason.EVENT_MOVES_NUMBER,
}
"""Events about patients that are understood, but not followed."""

_DOUBTFUL = frozenset(
    {
        RejectReason.BIRTH_DATE_UNREADABLE,
        RejectReason.EVENT_CONTRADICTS,
        RejectReason.EVENT_MOVES_NUMBER,
        RejectReason.TIME_IN_FUTURE,
        RejectReason.TIME_UNREADABLE,
    }
)
"""Faults of a message that says something new about patients whose numbers can still be read."""

_NUMBERS, _NAME, _BIRTH_DATE, _SEX = 3, 5, 7, 8
_SOCIAL_SECURITY = 19
_ELSEWHERE = (2, 4, _SOCIAL_SECURITY)
"""Fields in which a BSN is no proof: kept for older systems. One that differs from that in PID-3 contradicts it."""
_IDENTITY_UNKNOWN = 31
"""Identity Unknown Indicator. Under `hl7: present` it is taken at its word; some EPDs fill it with something else."""
_YES = frozenset({"Y", "YES", "J", "JA"})
"""In capitals. HL7 has Y (table 0136); what contradicts is read in the other spellings of yes as well."""
_PRIOR_NUMBERS = 1
_NUMBER_FIELDS = {"PID": _NUMBERS, "MRG": _PRIOR_NUMBERS}


class RefusedError(Exception):
    """A message, or one of its patients, that cannot be used."""

    def __init__(self, reason: RejectReason, met: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.met = met  # the types of what was met instead, separated by blanks


class Interpreter:
    """Reads messages under one set of settings. Keeps the time of the last message, for one that names none.

    Times are as `Change.at`: `now` is the moment of loading, and no message can be of after `latest`: one wrong clock
    would outrank all to come.
    """

    def __init__(self, settings: EpdSettings, *, now: int, latest: int = 99991231235959_9999) -> None:
        self.identifiers = IdentifierReader(settings, now=now)
        self._names = NameReader(settings.name_types, settings.other_name_types)
        self._sex = sex_reader(settings.csv.sex_values)
        self._latest = latest
        name, _, self._verified_value = settings.verified.hl7.partition(":")
        self._verified_field = int(name.removeprefix("pid-")) if name.startswith("pid-") else 0
        self._last_time = 0

    def changes(self, message: AdtMessage) -> tuple[Change, ...]:
        """What a message changes: nothing for visits, one change, or one for each pair of a merge.

        Raises `RefusedError` with the reason why the message cannot be used; then none of it may be.
        """
        event = _event(message)
        at = self._time(message)
        if event in ABOUT_VISITS:
            return ()
        mark = _mark(message)
        if event in MERGES:
            return tuple([self._merge(message, event, pid, mrg, at, mark) for pid, mrg in _pairs(message)])
        if event in PARTINGS:
            return self._parting(message, at, mark)
        if event not in UPSERTS and event not in DELETES:
            raise RefusedError(REFUSED_EVENTS.get(event, RejectReason.EVENT_UNSUPPORTED))
        return tuple([self._snapshot(message, pid, event, at, mark) for pid in _patients(message, event)])

    def doubts(self, message: AdtMessage, refused: RejectReason) -> tuple[Change, ...]:
        """What a message that was refused still tells: of whom something changed that could not be read."""
        if refused not in _DOUBTFUL:
            return ()
        numbers: list[Number] = []
        for segment in message.segments:
            field = _NUMBER_FIELDS.get(segment.name)
            if field and (segment.complete or _is_whole(segment, message)):
                found = self._read(message, segment, field)
                numbers += (*found.numbers, *found.expired)
        try:
            at = self._time(message)
        except RefusedError:
            at = self._last_time
        return (Change(message.line, ChangeKind.DOUBT, at, tuple(numbers), mark=_mark(message)),) if numbers else ()

    def _time(self, message: AdtMessage) -> int:
        """EVN-2, when it was recorded, before MSH-7, when it was sent: a message sent again keeps the first."""
        event = message.first("EVN")
        text = (event and _first(event.text(2), message)) or _first(message.header.text(7), message)
        if not text:
            return self._last_time
        found = sortable_time(text)
        if found is None:
            raise RefusedError(RejectReason.TIME_UNREADABLE)
        if found > self._latest:
            raise RefusedError(RejectReason.TIME_IN_FUTURE)
        self._last_time = found
        return found

    def _snapshot(self, message: AdtMessage, pid: Segment, event: str, at: int, mark: str) -> Change:
        found = self._identifiers(message, pid, _NUMBERS)
        numbers = self._own_numbers(found)
        if event in DELETES:
            return Change(line=message.line, kind=ChangeKind.DELETE, at=at, numbers=numbers, mark=mark)
        if len(pid.fields) <= _NAME and any(found.bsns):
            # PID-5 is required: a segment that ends in PID-3 may have lost part of the number beside the BSN.
            raise RefusedError(RejectReason.SEGMENT_TRUNCATED)
        news, refused = self._news(message, pid, found)
        return Change(message.line, ChangeKind.UPSERT, at, numbers, (), news, mark, refused)

    def _parting(self, message: AdtMessage, at: int, mark: str) -> tuple[Change, ...]:
        """A change for each patient: its numbers, apart from those of the others."""
        found = [segment for segment in message.segments if segment.name == "PID"]
        if not found:
            raise RefusedError(RejectReason.PID_ABSENT)
        people = [self._own_numbers(self._identifiers(message, pid, _NUMBERS)) for pid in found]
        return tuple([Change(message.line, ChangeKind.PART, at, numbers, mark=mark) for numbers in people])

    def _own_numbers(self, found: Identifiers) -> tuple[Number, ...]:
        if found.numbers:
            return self.identifiers.of_one_person(found.numbers)
        if found.expired:
            raise RefusedError(RejectReason.IDENTIFIER_EXPIRED)
        met = " ".join(code or '""' for code in found.met)
        raise RefusedError(RejectReason.IDENTIFIER_TYPE if met else RejectReason.IDENTIFIER_ABSENT, met)

    def _merge(self, message: AdtMessage, event: str, pid: Segment, mrg: Segment, at: int, mark: str) -> Change:
        surviving = self._identifiers(message, pid, _NUMBERS)
        given_up = self._identifiers(message, mrg, _PRIOR_NUMBERS)
        prior = (*given_up.numbers, *given_up.expired)
        survivors = self._own_numbers(surviving)
        if not prior:
            raise RefusedError(RejectReason.PRIOR_IDENTIFIER_ABSENT, " ".join(given_up.met))
        numbers = tuple(number for number in survivors if number not in prior)
        if not numbers:
            raise RefusedError(RejectReason.MERGE_WITH_ITSELF)
        news, refused = (NOTHING, None) if len(pid.fields) <= _NAME else self._news(message, pid, surviving)
        kind = ChangeKind.RENUMBER if event in _RENUMBERINGS else ChangeKind.MERGE
        return Change(message.line, kind, at, numbers, prior, news, mark, refused)

    def _identifiers(self, message: AdtMessage, segment: Segment, number: int) -> Identifiers:
        if not segment.complete and not _is_whole(segment, message):
            raise RefusedError(RejectReason.SEGMENT_TRUNCATED)
        return self._read(message, segment, number)

    def _read(self, message: AdtMessage, segment: Segment, number: int) -> Identifiers:
        return self.identifiers.read(segment.text(number), message.delimiters, message.encoding)

    def _news(self, message: AdtMessage, pid: Segment, found: Identifiers) -> tuple[News, RejectReason | None]:
        bsn, refused = _bsn(found)
        elsewhere = _bsns_elsewhere(pid) if bsn and refused is None else ()
        if bsn and elsewhere and any(other != bsn for other in elsewhere):
            bsn, refused = " ".join({bsn: None, **dict.fromkeys(elsewhere)}), RejectReason.TWO_BSNS
        verified = self._verified(message, pid, bsn)
        if not self._verified_field and _is_unknown(message, pid):
            verified, refused = False, refused or (RejectReason.IDENTITY_UNKNOWN if bsn else None)
        names = self._names.read(pid.text(_NAME), message.delimiters, message.encoding)
        birth_date, sex = _birth_date(pid.text(_BIRTH_DATE), message), self._sex_of(pid.text(_SEX), message)
        return News(names.name, birth_date, sex, bsn, verified, names.others), refused

    def _sex_of(self, text: str, message: AdtMessage) -> str | None:
        value = text.partition(message.delimiters.component)[0].strip()
        if not value:
            return None
        return "" if value == DELETE else self._sex(value)

    def _verified(self, message: AdtMessage, pid: Segment, bsn: str | None) -> bool | None:
        if not self._verified_field:
            return bool(bsn) if bsn is not None else None
        if not pid.text(self._verified_field):
            return None
        return self._verified_value in _codes(message, pid, self._verified_field)


def _is_unknown(message: AdtMessage, pid: Segment) -> bool:
    return any(code.strip().upper() in _YES for code in _codes(message, pid, _IDENTITY_UNKNOWN))


def _codes(message: AdtMessage, pid: Segment, field: int) -> list[str]:
    """The codes in the repetitions of a coded field."""
    text, delimiters = pid.text(field), message.delimiters
    codes = [delimiters.components(code)[0] for code in delimiters.repetitions(text)] if text else []
    return [delimiters.value(code, message.encoding) for code in codes]


def _mark(message: AdtMessage) -> str:
    return hashlib.blake2b(message.content, digest_size=6).hexdigest()


def _first(text: str, message: AdtMessage) -> str:
    """The first component of a field; "" where it is absent or asks to delete."""
    value = text.partition(message.delimiters.component)[0].strip()
    return "" if value == DELETE else value


def _event(message: AdtMessage) -> str:
    """The trigger event: MSH-9.2, in older messages EVN-1."""
    kind = message.header.text(9).split(message.delimiters.component, 2)
    declared = kind[1] if len(kind) > 1 else ""
    event = message.first("EVN")
    named = event.text(1) if event else ""
    if declared == named and declared in UPSERTS:  # as most are written
        return declared
    declared, named = declared.strip().upper(), named.strip().upper()
    if declared and named and declared != named:
        raise RefusedError(RejectReason.EVENT_CONTRADICTS)
    if not declared and not named:
        truncated = not message.header.complete or not message.segments
        raise RefusedError(RejectReason.SEGMENT_TRUNCATED if truncated else RejectReason.EVENT_ABSENT)
    return declared or named


def _patients(message: AdtMessage, event: str) -> list[Segment]:
    """PID, once; A17 swaps the beds of two patients."""
    found = [segment for segment in message.segments if segment.name == "PID"]
    if not found:
        raise RefusedError(RejectReason.PID_ABSENT)
    if len(found) > (2 if event == "A17" else 1):
        raise RefusedError(RejectReason.SEGMENTS_MIXED)
    return found


def _pairs(message: AdtMessage) -> list[tuple[Segment, Segment]]:
    """Every PID with the MRG that follows it (ADT_A39 repeats them)."""
    pid: Segment | None = None
    pairs: list[tuple[Segment, Segment]] = []
    for segment in message.segments:
        if segment.name == "PID":
            if pid is not None:
                raise RefusedError(RejectReason.MRG_ABSENT)
            pid = segment
        elif segment.name == "MRG":
            if pid is None:
                raise RefusedError(RejectReason.PID_ABSENT)
            pairs.append((pid, segment))
            pid = None
    if pid is not None or not pairs:
        raise RefusedError(RejectReason.MRG_ABSENT if pid is not None else RejectReason.PID_ABSENT)
    return pairs


def _is_whole(segment: Segment, message: AdtMessage) -> bool:
    """Whether a segment without a line end at the end of a file still holds all that is read from it.

    Many files lack the last line end. A number that was cut is a number of somebody else, so the field after what
    we read must have begun; for MRG the type of the number, its last part, is enough.
    """
    if segment.name == "PID":
        return len(segment.fields) > _SEX
    if len(segment.fields) > 2:
        return True
    last = message.delimiters.repetitions(segment.text(1))[-1]
    parts = message.delimiters.components(last)
    return len(parts) > 4 and parts[4].strip().upper() in ("PI", "MR", "PT", "PN")


def _bsn(found: Identifiers) -> tuple[str | None, RejectReason | None]:
    if found.bsn_expired:
        return "", RejectReason.BSN_EXPIRED
    if not found.bsns:
        return None, None
    if len(found.bsns) == 1:
        return read_bsn(found.bsns[0])
    held = [text for text in found.bsns if text]
    if len(held) > 1:
        return " ".join(held), RejectReason.TWO_BSNS
    return read_bsn(held[0])


def _bsns_elsewhere(pid: Segment) -> tuple[str, ...]:
    """BSNs beside the list of identifiers: declared as such, or in the field of the social security number."""
    told = [(text, field == _SOCIAL_SECURITY) for field in _ELSEWHERE if (text := pid.text(field))]
    return tuple(
        one.value.digits
        for text, is_declared in told
        for one in read_identifier(text)
        if isinstance(one.value, Bsn) and (is_declared or one.is_declared)
    )


def _birth_date(text: str, message: AdtMessage) -> str | None:
    value = text.partition(message.delimiters.component)[0].strip()
    if not value:
        return None
    if value == DELETE:
        return ""
    found = read_birth_date(value)
    if found is None:
        raise RefusedError(RejectReason.BIRTH_DATE_UNREADABLE)
    return found
