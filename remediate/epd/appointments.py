"""Reads lists of appointments and orders: CSV, and HL7 v2 SIU, ORM and OMI messages; looks nobody up, keeps nothing.

Only a patient's number, a moment, the appointment's own number and whether it goes on are read; what else stands in a
list stays unread. Source: HL7 v2 chapter 10 (SCH, AIS, AIL, AIP), chapter 4 (ORC, TQ1, OBR), table 0119.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from remediate.config.epd import EpdSettings
from remediate.config.needs import AppointmentListSettings
from remediate.epd.csv.cells import moment_reader
from remediate.epd.hl7.reader import AdtMessage, Segment, Wanted, read_messages
from remediate.epd.hl7.time import sortable_time
from remediate.epd.identifiers import IdentifierReader
from remediate.epd.reasons import RejectedRecord
from remediate.errors import EpdError, UsageError
from remediate.records.needs import Appointment, ListFault, UnreadLine
from remediate.tables.cells import is_spoiled
from remediate.tables.reader import Misfit, configured_format, head_of, open_table
from remediate.texts.language import Sentence, unreadable

_NEEDED = ("at", "patient_id")
_MINUTES = 10**6
"""From a moment with seconds and their parts (`hl7/time.py`) to one in minutes."""
_ENDED = frozenset({"S15", "S16", "S17", "S26"})
"""Cancellation, discontinuation, deletion, and a patient who did not come."""
_ENDED_STATES = frozenset({"CANCELLED", "CANCELED", "DELETED", "DC", "NOSHOW", "COMPLETE", "CA", "CM"})
"""Of SCH-25 (table 0278) and ORC-5 (table 0038)."""
_ENDING_ORDERS = frozenset({"CA", "OC", "CR", "DC", "OD", "DR"})
"""Of ORC-1 (table 0119): cancelled or discontinued, asked for or done."""
_ORDERS = frozenset({"ORM", "OMI", "OMG"})
_MESSAGES = Wanted(
    frozenset({"SIU", *_ORDERS}),
    frozenset({"PID", "SCH", "AIS", "AIG", "AIL", "AIP", "ORC", "TQ1", "OBR"}),
)
_HL7_BEGINS = (b"MSH", b"FHS", b"BHS", b"\x0b")


def read_appointments(
    path: Path, settings: AppointmentListSettings, epd: EpdSettings, *, now: int
) -> Iterator[Appointment | UnreadLine]:
    """Every appointment of a list in its order, a line at a time; `now` as `Change.at`.

    A file that begins as HL7 v2 is read as that, any other as CSV under `settings`. Raises `UsageError` when a column
    lacks that is needed, `RemediateError` when the file cannot be read.
    """
    if _beginning(path).lstrip(b"\xef\xbb\xbf\r\n ").startswith(_HL7_BEGINS):
        yield from _read_messages(path, epd, now)
    else:
        yield from _read_table(path, settings, epd.default_issuer)


def _beginning(path: Path) -> bytes:
    """The first bytes. Raises `EpdError` where there is no file."""
    try:
        with path.open("rb") as stream:
            return stream.read(16)
    except OSError as error:
        raise EpdError(unreadable(path.name, error)) from None


# CSV.


def _read_table(
    path: Path, settings: AppointmentListSettings, default_issuer: str
) -> Iterator[Appointment | UnreadLine]:
    head_of(path)
    form = configured_format(path, settings.delimiter, settings.encoding, setting="needs.csv")
    moments = [moment_reader(form) for form in settings.time_formats]
    ended = frozenset(word.strip().casefold() for word in settings.cancelled)
    with open_table(path, form, header_line=settings.header_line) as table:
        places = _places(path, table.names, settings.columns)
        order = ("at", "patient_id", "issuer", "appointment", "state")
        for row in table.rows([places.get(name) for name in order]):
            if isinstance(row, Misfit):
                yield UnreadLine(row.line, ListFault.UNREADABLE)
                continue
            at, number, issuer, key, state = row.cells
            if not number or is_spoiled(number):
                yield UnreadLine(row.line, ListFault.NO_NUMBER)
                continue
            cancelled = state.strip().casefold() in ended
            read = {found for moment in moments if at and (found := moment(at))}
            when = read.pop() // _MINUTES if len(read) == 1 else 0
            if not when and not (cancelled and key):
                yield UnreadLine(row.line, ListFault.TIME_UNREADABLE)
            elif cancelled and not key:
                yield UnreadLine(row.line, ListFault.CANCELLED)
            else:
                yield Appointment(row.line, key, ((issuer or default_issuer, number),), when, 0, cancelled)


def _places(path: Path, header: Sequence[str], columns: Mapping[str, str]) -> Mapping[str, int]:
    """Where our columns stand. Raises `UsageError`."""
    found = {ours: header.index(theirs) for ours, theirs in columns.items() if header.count(theirs) == 1}
    missing = [columns.get(name, name) for name in _NEEDED if name not in found]
    if missing:
        raise UsageError(
            Sentence(
                f"{path.name} has not one column {' and not one '.join(missing)}.",
                f"{path.name} heeft niet één kolom {' en niet één '.join(missing)}.",
            ),
            advice=Sentence(
                "Say in needs.csv.columns what the list calls them.",
                "Zeg in needs.csv.columns hoe de lijst ze noemt.",
            ),
        )
    return found


# HL7 v2.


def _read_messages(path: Path, epd: EpdSettings, now: int) -> Iterator[Appointment | UnreadLine]:
    reader = _Messages(IdentifierReader(epd, now=now))
    with path.open("rb") as stream:
        for found in read_messages(stream, file=path.name, encoding=epd.hl7_encoding, wanted=_MESSAGES):
            if isinstance(found, AdtMessage):
                yield from reader.read(found)
            elif isinstance(found, RejectedRecord):
                yield UnreadLine(found.line, ListFault.UNREADABLE)


class _Messages:
    """What messages say of appointments."""

    def __init__(self, identifiers: IdentifierReader) -> None:
        self._identifiers = identifiers
        self._told = 0  # by the last message that says when it was sent

    def read(self, message: AdtMessage) -> Iterator[Appointment | UnreadLine]:
        """One appointment of a scheduling message; one for each order of an order message."""
        pid = message.first("PID")
        numbers = (
            () if pid is None else self._identifiers.read(pid.text(3), message.delimiters, message.encoding).numbers
        )
        kind, event = (_part(message, message.header.text(9), component) for component in (0, 1))
        self._told = sortable_time(_part(message, message.header.text(7), 0)) or self._told
        is_order = kind in _ORDERS
        for group in _groups(message.segments, "ORC" if is_order else "SCH"):
            key, ended = self._order(message, group) if is_order else self._scheduled(message, group, event)
            at = self._moment(message, group)
            if not numbers:
                yield UnreadLine(message.line, ListFault.NO_NUMBER)
            elif not at and not (ended and key):
                yield UnreadLine(message.line, ListFault.TIME_UNREADABLE)
            else:
                yield Appointment(message.line, key, tuple(numbers), at, self._told, ended)

    def _scheduled(self, message: AdtMessage, group: Sequence[Segment], event: str) -> tuple[str, bool]:
        head = group[0]
        key = _key(message, head.text(2)) or _key(message, head.text(1))
        state = _part(message, head.text(25), 0).upper().replace("-", "").replace(" ", "")
        return f"SIU {key}" if key else "", event in _ENDED or state in _ENDED_STATES

    def _order(self, message: AdtMessage, group: Sequence[Segment]) -> tuple[str, bool]:
        head = group[0]
        key = _key(message, head.text(2)) or _key(message, head.text(3))
        control, state = (_part(message, head.text(number), 0).upper() for number in (1, 5))
        return f"ORC {key}" if key else "", control in _ENDING_ORDERS or state in _ENDED_STATES

    def _moment(self, message: AdtMessage, group: Sequence[Segment]) -> int:
        """The first start that the group tells, in minutes; 0 where none can be read."""
        for name, number, component in _STARTS:
            for segment in group:
                if segment.name == name and (text := _part(message, segment.text(number), component)):
                    found = sortable_time(text)
                    if found and len(text) >= len("YYYYMMDD"):
                        return found // _MINUTES
        return 0


_STARTS = (
    ("TQ1", 7, 0), ("SCH", 11, 3), ("AIS", 4, 0), ("AIL", 6, 0), ("AIP", 6, 0), ("AIG", 8, 0),
    ("OBR", 36, 0), ("OBR", 27, 3), ("ORC", 7, 3), ("ORC", 15, 0),
)  # fmt: skip
"""Where the start of an appointment or order stands, as segment, field and component: the most telling first."""


def _groups(segments: Sequence[Segment], head: str) -> Iterator[list[Segment]]:
    """The segments of each appointment or order, from its first one to the next."""
    group: list[Segment] = []
    for segment in segments:
        if segment.name == head:
            if group:
                yield group
            group = [segment]
        elif group:
            group.append(segment)
    if group:
        yield group


def _part(message: AdtMessage, text: str, component: int) -> str:
    """One component of the first repetition of a field, in clear."""
    parts = text.partition(message.delimiters.repetition)[0].split(message.delimiters.component)
    return message.delimiters.value(parts[component], message.encoding) if component < len(parts) else ""


def _key(message: AdtMessage, text: str) -> str:
    """An entity's number with its namespace (EI)."""
    number, space = (_part(message, text, component) for component in (0, 1))
    return f"{number}^{space}" if number else ""
